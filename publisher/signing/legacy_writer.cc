#include "publisher/signing/legacy_writer.h"

#include <charconv>
#include <utility>
#include <vector>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

using Annotations = std::map<std::string, std::string>;

Node TextMap(const Annotations& texts) {
  Node map = Node::MakeMap();
  for (const auto& [key, value] : texts) map.Set(key, value);
  return map;
}

// protojson writes int64 as strings and leaves zeros out (spec/sigstore.md §0).
int64_t Int64At(const Node& entry, std::string_view key) {
  const Node* node = entry.Find(key);
  if (node == nullptr) return 0;
  if (node->kind() == Node::Kind::kInteger) return node->integer_value();
  const std::string_view text = entry.StringOr(key);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view TextAt(const Node& entry, std::string_view object, std::string_view key) {
  const Node* node = entry.Find(object);
  return node == nullptr ? std::string_view() : node->StringOr(key);
}

absl::Status NoPromise() {
  return WithReason(absl::FailedPreconditionError("the log entry has no signed entry timestamp, which is all "
                                                  "that the legacy layout can carry of a log; sign with the "
                                                  "layout \"bundle\""),
                    Reason::kRekorFailed);
}

// {"SignedEntryTimestamp":…,"Payload":{"body":…,"integratedTime":…,"logIndex":…,"logID":…}}
absl::StatusOr<std::string> LogBundle(const Node& entry) {
  const std::string_view promise = TextAt(entry, "inclusionPromise", "signedEntryTimestamp");
  if (promise.empty()) return NoPromise();
  ASSIGN_OR_RETURN(const std::string log_id, Base64Decode(TextAt(entry, "logId", "keyId")));
  Node payload = Node::MakeMap();
  payload.Set("body", entry.StringOr("canonicalizedBody"));
  payload.Set("integratedTime", Node::Integer(Int64At(entry, "integratedTime")));
  payload.Set("logIndex", Node::Integer(Int64At(entry, "logIndex")));
  payload.Set("logID", HexEncode(log_id));
  Node bundle = Node::MakeMap();
  bundle.Set("SignedEntryTimestamp", promise);
  bundle.Set("Payload", std::move(payload));
  return WriteJson(bundle);
}

// What cosign writes: an image without platform from the year one.
std::string MakeConfig(const std::vector<crypto::Digest>& layers) {
  constexpr std::string_view kYearOne = R"({"created":"0001-01-01T00:00:00Z"})";
  std::string history;
  std::string diff_ids;
  for (const crypto::Digest& layer : layers) {
    history += Cat(history.empty() ? "" : ",", kYearOne);
    diff_ids += Cat(diff_ids.empty() ? "\"" : ",\"", layer.ToString(), "\"");
  }
  return Cat(R"({"architecture":"","created":"0001-01-01T00:00:00Z","history":[)", history,
             R"(],"os":"","rootfs":{"type":"layers","diff_ids":[)", diff_ids, R"(]},"config":{}})");
}

Node DescriptorNode(const oci::Descriptor& descriptor) {
  Node node = Node::MakeMap();
  node.Set("mediaType", descriptor.media_type);
  node.Set("size", Node::Integer(descriptor.size));
  node.Set("digest", descriptor.digest.ToString());
  if (!descriptor.annotations.empty()) node.Set("annotations", TextMap(descriptor.annotations));
  return node;
}

absl::Status CannotAppend(std::string_view where, std::string_view why) {
  return WithReason(
      absl::FailedPreconditionError(Cat(where, ": ", why, "; nothing was changed: look at what is there")),
      Reason::kRegistryError);
}

Node NewManifest() {
  Node manifest = Node::MakeMap();
  manifest.Set("schemaVersion", Node::Integer(2));
  manifest.Set("mediaType", oci::kOciManifest);
  manifest.Set("config", Node::MakeMap());
  manifest.Set("layers", Node::MakeList());
  return manifest;
}

}  // namespace

std::string MakeSimpleSigning(std::string_view docker_reference, const crypto::Digest& subject,
                              const Annotations& annotations) {
  const std::string optional = annotations.empty() ? "null" : WriteJson(TextMap(annotations));
  return Cat(R"({"critical":{"identity":{"docker-reference":)",
             WriteJson(Node::String(std::string(docker_reference))),
             R"(},"image":{"docker-manifest-digest":")", subject.ToString(),
             R"("},"type":"cosign container image signature"},"optional":)", optional, "}");
}

absl::StatusOr<Annotations> LegacyAnnotations(const MadeSignature& made, std::string_view predicate_type) {
  Annotations annotations;
  annotations.emplace(kSignatureAnnotation, predicate_type.empty() ? Base64Encode(made.signature) : "");
  if (!predicate_type.empty()) annotations.emplace("predicateType", predicate_type);
  if (!made.certificate_pem.empty()) {
    annotations.emplace("dev.sigstore.cosign/certificate", made.certificate_pem);
    annotations.emplace("dev.sigstore.cosign/chain", made.chain_pem);
  }
  if (!made.log_entries.empty()) {
    ASSIGN_OR_RETURN(std::string bundle, LogBundle(made.log_entries.front()));
    annotations.emplace("dev.sigstore.cosign/bundle", std::move(bundle));
  }
  if (!made.timestamps.empty()) {
    annotations.emplace(
        "dev.sigstore.cosign/rfc3161timestamp",
        Cat(R"({"SignedRFC3161Timestamp":")", Base64Encode(made.timestamps.front()), R"("})"));
  }
  return annotations;
}

absl::StatusOr<LegacyManifest> AppendLayer(const std::optional<oci::ManifestBytes>& existing,
                                           const oci::Descriptor& layer, std::string_view where) {
  LegacyManifest out{"", std::string(oci::kOciImageConfig), "", std::string(oci::kOciManifest)};
  Node manifest = NewManifest();
  std::vector<crypto::Digest> digests;
  if (existing) {
    ASSIGN_OR_RETURN(const oci::Manifest parsed,
                     oci::Manifest::Parse(existing->bytes, existing->media_type, where));
    if (parsed.kind() != oci::ManifestKind::kImage || !parsed.config()) {
      return CannotAppend(where, "signatures are kept in an image manifest, and this is none");
    }
    if (parsed.layers().size() >= limits::kMaxLayers) {
      return CannotAppend(where, Cat("there are ", parsed.layers().size(), " signatures already, the most"));
    }
    ASSIGN_OR_RETURN(manifest, ParseJson(existing->bytes, where, {.max_bytes = limits::kMaxManifestBytes}));
    out.media_type = parsed.media_type();
    out.config_media_type = parsed.config()->media_type;
    for (const oci::Descriptor& old : parsed.layers()) digests.push_back(old.digest);
  }
  digests.push_back(layer.digest);
  out.config = MakeConfig(digests);
  Node layers = *manifest.Find("layers");
  layers.Append(DescriptorNode(layer));
  manifest.Set("layers", std::move(layers));
  manifest.Set("config", DescriptorNode({out.config_media_type,
                                         crypto::Digest::Sha256Of(out.config),
                                         static_cast<int64_t>(out.config.size()),
                                         "",
                                         {}}));
  out.manifest = WriteJson(manifest);
  return out;
}

}  // namespace chartseal::publisher
