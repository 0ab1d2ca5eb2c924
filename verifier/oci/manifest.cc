#include "verifier/oci/manifest.h"

#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

// What a media type says about the document; nullopt for none at all.
std::optional<ManifestKind> KindOfType(std::string_view media_type) {
  if (media_type.empty()) return std::nullopt;
  if (media_type == kOciManifest || media_type == kDockerManifest) return ManifestKind::kImage;
  if (media_type == kOciIndex || media_type == kDockerList) return ManifestKind::kIndex;
  return ManifestKind::kOther;
}

absl::StatusOr<std::map<std::string, std::string>> ReadAnnotations(ObjectReader& reader) {
  std::map<std::string, std::string> annotations;
  const Node* node = reader.Raw("annotations");
  if (node == nullptr || node->is_null()) return annotations;
  if (!node->is_map()) return reader.ErrorAt("annotations", "expected an object");
  for (const auto& [key, value] : node->map()) {
    if (!value.is_string())
      return reader.ErrorAt("annotations", Cat("the value of ", Printable(key), " is no string"));
    annotations.emplace(key, value.string_value());
  }
  return annotations;
}

absl::StatusOr<Descriptor> ReadDescriptor(ObjectReader& reader) {
  ASSIGN_OR_RETURN(std::string media_type, reader.String("mediaType"));
  ASSIGN_OR_RETURN(const std::string digest_text, reader.String("digest"));
  ASSIGN_OR_RETURN(const int64_t size, reader.Int64Or("size", -1));
  if (size < 0) return reader.ErrorAt("size", "missing or negative");
  const auto digest = crypto::Digest::Parse(digest_text);
  if (!digest.ok()) return reader.ErrorAt("digest", Message(digest.status()));
  ASSIGN_OR_RETURN(std::string artifact_type, reader.StringOr("artifactType", ""));
  ASSIGN_OR_RETURN(auto annotations, ReadAnnotations(reader));
  return Descriptor{std::move(media_type), *digest, size, std::move(artifact_type), std::move(annotations)};
}

absl::StatusOr<std::optional<Descriptor>> ReadOptionalDescriptor(ObjectReader& reader,
                                                                 std::string_view name) {
  ASSIGN_OR_RETURN(auto object, reader.OptionalObject(name));
  if (!object.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(Descriptor descriptor, ReadDescriptor(*object));
  return descriptor;
}

absl::StatusOr<std::vector<Descriptor>> ReadDescriptors(ObjectReader& reader, std::string_view name,
                                                        size_t max_count) {
  std::vector<Descriptor> descriptors;
  ASSIGN_OR_RETURN(auto objects, reader.Objects(name, max_count));
  for (ObjectReader& object : objects) {
    ASSIGN_OR_RETURN(Descriptor descriptor, ReadDescriptor(object));
    descriptors.push_back(std::move(descriptor));
  }
  return descriptors;
}

}  // namespace

// Reads one document; a friend of Manifest, so that only finished ones exist.
class ManifestReader {
 public:
  explicit ManifestReader(ObjectReader reader) : reader_(std::move(reader)) {}

  absl::StatusOr<Manifest> Read(std::string_view transport_type) {
    RETURN_IF_ERROR(SetKind(transport_type));
    if (manifest_.kind_ == ManifestKind::kOther) return std::move(manifest_);
    ASSIGN_OR_RETURN(const int64_t version, reader_.Int64Or("schemaVersion", 0));
    if (version != 2) return reader_.ErrorAt("schemaVersion", Cat("expected 2, found ", version));
    ASSIGN_OR_RETURN(manifest_.artifact_type_, reader_.StringOr("artifactType", ""));
    ASSIGN_OR_RETURN(manifest_.annotations_, ReadAnnotations(reader_));
    ASSIGN_OR_RETURN(manifest_.subject_, ReadOptionalDescriptor(reader_, "subject"));
    RETURN_IF_ERROR(manifest_.kind_ == ManifestKind::kImage ? ReadImage() : ReadIndex());
    return std::move(manifest_);
  }

 private:
  // The document's own type and its shape decide; what the transport said only fills a gap, because it is not
  // covered by the digest. One document must not be an image to one reader and an index to another
  // (CVE-2021-41190).
  absl::Status SetKind(std::string_view transport_type) {
    const bool image = reader_.Has("config") || reader_.Has("layers");
    const bool index = reader_.Has("manifests");
    if (image && index)
      return reader_.Error("has both layers and manifests; it could be read as either kind");
    ASSIGN_OR_RETURN(const std::string own_type, reader_.StringOr("mediaType", ""));
    const auto own_kind = KindOfType(own_type);
    const auto shape = image ? ManifestKind::kImage : index ? ManifestKind::kIndex : ManifestKind::kOther;
    manifest_.kind_ = own_kind.value_or(shape);
    manifest_.media_type_ = own_type;
    if (!own_kind.has_value()) {
      const bool agrees = KindOfType(transport_type) == shape;
      const std::string_view usual = image ? kOciManifest : index ? kOciIndex : std::string_view();
      manifest_.media_type_ = std::string(agrees ? transport_type : usual);
    } else if (own_kind == ManifestKind::kIndex && shape == ManifestKind::kOther) {
      // Registries written in Go (olareg, ociregistry) list no referrers as "manifests": null.
    } else if (own_kind != ManifestKind::kOther && own_kind != shape) {
      return reader_.ErrorAt("mediaType",
                             Cat("says ", Printable(own_type), ", but the members are those of another"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadImage() {
    ASSIGN_OR_RETURN(manifest_.config_, ReadOptionalDescriptor(reader_, "config"));
    if (!manifest_.config_.has_value()) return reader_.ErrorAt("config", "missing");
    ASSIGN_OR_RETURN(manifest_.layers_, ReadDescriptors(reader_, "layers", limits::kMaxLayers));
    return absl::OkStatus();
  }

  absl::Status ReadIndex() {
    ASSIGN_OR_RETURN(manifest_.manifests_, ReadDescriptors(reader_, "manifests", limits::kMaxIndexEntries));
    return absl::OkStatus();
  }

  ObjectReader reader_;
  Manifest manifest_;
};

absl::StatusOr<Manifest> Manifest::Parse(std::string_view bytes, std::string_view media_type,
                                         std::string_view where) {
  constexpr JsonLimits kLimits = {.max_bytes = limits::kMaxManifestBytes,
                                  .max_depth = limits::kMaxManifestDepth,
                                  .max_nodes = limits::kMaxManifestNodes};
  ASSIGN_OR_RETURN(const Node node, ParseJson(bytes, where, kLimits));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, where, Reason::kManifestMalformed));
  return ManifestReader(std::move(reader)).Read(media_type);
}

const std::string& Manifest::EffectiveArtifactType() const {
  return artifact_type_.empty() && config_.has_value() ? config_->media_type : artifact_type_;
}

}  // namespace chartseal::oci
