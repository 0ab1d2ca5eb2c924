#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/media_types.h"

namespace chartseal::oci {

// What one document says about another (image-spec descriptor.md). The digest and the size bind the content;
// media type, artifact type and annotations are hints (spec/design.md §3.7).
struct Descriptor {
  std::string media_type;
  crypto::Digest digest;
  int64_t size = 0;           // bytes, never negative
  std::string artifact_type;  // empty when absent
  std::map<std::string, std::string> annotations;

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

enum class ManifestKind {
  kImage,  // config and layers: OCI image manifest, Docker v2 manifest
  kIndex,  // a list of manifests: OCI index, Docker manifest list
  kOther,  // JSON of another type
};

// An image manifest or index (image-spec manifest.md, image-index.md). Unknown members are tolerated, as the
// image spec demands, and their order means nothing; duplicate keys, wrong types and documents that could be
// read as both kinds are refused. Immutable.
class Manifest {
 public:
  // `media_type` is what the transport said (Content-Type without parameters, or ""); the document's own
  // mediaType wins. InvalidArgument with Reason::kManifestMalformed (or kJsonMalformed), ResourceExhausted
  // with kLimitExceeded. `where` names the document in errors.
  static absl::StatusOr<Manifest> Parse(std::string_view bytes, std::string_view media_type,
                                        std::string_view where = "manifest");

  ManifestKind kind() const { return kind_; }
  const std::string& media_type() const { return media_type_; }
  // The manifest's own artifactType; empty when absent.
  const std::string& artifact_type() const { return artifact_type_; }
  const std::optional<Descriptor>& config() const { return config_; }
  const std::vector<Descriptor>& layers() const { return layers_; }
  // Of an index.
  const std::vector<Descriptor>& manifests() const { return manifests_; }
  const std::optional<Descriptor>& subject() const { return subject_; }
  const std::map<std::string, std::string>& annotations() const { return annotations_; }

  // artifactType or, failing that, the config's media type, as the referrers API computes it.
  const std::string& EffectiveArtifactType() const;

 private:
  friend class ManifestReader;
  Manifest() = default;
  ManifestKind kind_ = ManifestKind::kOther;
  std::string media_type_;
  std::string artifact_type_;
  std::optional<Descriptor> config_;
  std::vector<Descriptor> layers_;
  std::vector<Descriptor> manifests_;
  std::optional<Descriptor> subject_;
  std::map<std::string, std::string> annotations_;
};

}  // namespace chartseal::oci
