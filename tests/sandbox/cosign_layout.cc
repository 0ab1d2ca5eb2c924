#include "tests/sandbox/cosign_layout.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

// Members in the order in which they are written here, as the real writers have an order of their own.
using nlohmann::json;
using nlohmann::ordered_json;

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";
constexpr char kEmptyType[] = "application/vnd.oci.empty.v1+json";
constexpr char kLegacyLayerType[] = "application/vnd.dev.cosign.simplesigning.v1+json";

OciBlob Blob(std::string media_type, std::string bytes) {
  std::string digest = OciDigest(bytes);
  return {std::move(media_type), std::move(digest), std::move(bytes)};
}

ordered_json Descriptor(const OciBlob& blob) {
  return {{"mediaType", blob.media_type}, {"size", blob.bytes.size()}, {"digest", blob.digest}};
}

OciManifest Finish(const ordered_json& document, const char* media_type) {
  OciManifest manifest;
  manifest.media_type = media_type;
  manifest.bytes = document.dump();
  manifest.digest = OciDigest(manifest.bytes);
  return manifest;
}

std::string LegacyPayload(std::string_view digest, const LegacyOptions& options) {
  json payload = {{"critical",
                   {{"identity", {{"docker-reference", options.docker_reference}}},
                    {"image", {{"docker-manifest-digest", digest}}},
                    {"type", options.type}}},
                  {"optional", json::parse(options.optional_json)}};
  if (options.payload) options.payload(payload);
  std::string text = payload.dump();
  if (options.payload_text) options.payload_text(text);
  return text;
}

std::string SetBundle(const LogEntry& entry, const LegacyOptions& options) {
  json bundle = {{"SignedEntryTimestamp", Base64Encode(entry.signed_entry_timestamp)},
                 {"Payload",
                  {{"body", Base64Encode(entry.body)},
                   {"integratedTime", entry.integrated_time},
                   {"logIndex", entry.log_index},
                   {"logID", HexEncode(entry.log_id)}}}};
  if (options.set_bundle) options.set_bundle(bundle);
  return bundle.dump();
}

std::string PemChain(const std::vector<std::string>& chain) {
  std::string pem;
  for (const std::string& certificate : chain) pem += PemEncode("CERTIFICATE", certificate);
  return pem;
}

// cosign's real config blob: nothing but the layers' digests.
OciBlob LegacyConfig(const std::vector<OciBlob>& layers) {
  ordered_json diff_ids = ordered_json::array();
  for (const OciBlob& layer : layers) diff_ids.push_back(layer.digest);
  const ordered_json config = {{"architecture", ""},
                               {"created", "0001-01-01T00:00:00Z"},
                               {"history", {{{"created", "0001-01-01T00:00:00Z"}}}},
                               {"os", ""},
                               {"rootfs", {{"type", "layers"}, {"diff_ids", diff_ids}}},
                               {"config", ordered_json::object()}};
  return Blob("application/vnd.oci.image.config.v1+json", config.dump());
}

}  // namespace

std::string FallbackTag(std::string_view digest) {
  std::string tag(digest);
  std::replace(tag.begin(), tag.end(), ':', '-');
  return tag;
}

LegacySignature MintLegacy(Sigstore& sigstore, std::string_view digest, MintRequest request,
                           const LegacyOptions& options) {
  request.content = ContentKind::kMessageSignature;
  request.artifact = LegacyPayload(digest, options);
  request.artifact_sha256.clear();
  const CertificateAuthority& ca = request.ca ? *request.ca : sigstore.ca();
  const Minted minted = sigstore.MintDetailed(request);
  LegacySignature signature;
  signature.payload = request.artifact;
  auto& annotations = signature.annotations;
  annotations["dev.cosignproject.cosign/signature"] = Base64Encode(minted.signature);
  if (!minted.certificate.empty()) {
    annotations["dev.sigstore.cosign/certificate"] = PemEncode("CERTIFICATE", minted.certificate);
    annotations["dev.sigstore.cosign/chain"] = options.empty_chain ? "" : PemChain(ca.Chain());
  }
  if (options.with_bundle && !minted.log_entries.empty()) {
    annotations["dev.sigstore.cosign/bundle"] = SetBundle(minted.log_entries[0], options);
  }
  if (!minted.timestamps.empty()) {
    annotations["dev.sigstore.cosign/rfc3161timestamp"] =
        json{{"SignedRFC3161Timestamp", Base64Encode(minted.timestamps[0])}}.dump();
  }
  if (options.annotations) options.annotations(annotations);
  return signature;
}

OciManifest LegacyManifest(std::string_view digest, const std::vector<LegacySignature>& signatures) {
  std::vector<OciBlob> blobs;
  ordered_json layers = ordered_json::array();
  for (const LegacySignature& signature : signatures) {
    blobs.push_back(Blob(kLegacyLayerType, signature.payload));
    layers.push_back(Descriptor(blobs.back()));
    layers.back()["annotations"] = signature.annotations;
  }
  const OciBlob config = LegacyConfig(blobs);
  OciManifest manifest = Finish({{"schemaVersion", 2},
                                 {"mediaType", kManifestType},
                                 {"config", Descriptor(config)},
                                 {"layers", layers}},
                                kManifestType);
  manifest.tag = FallbackTag(digest) + ".sig";
  blobs.push_back(config);
  manifest.blobs = std::move(blobs);
  return manifest;
}

OciManifest BundleReferrer(const OciSubject& subject, std::string_view bundle_json,
                           const ReferrerOptions& options) {
  const OciBlob config = Blob(kEmptyType, "{}");
  const OciBlob bundle = Blob(options.layer_media_type, std::string(bundle_json));
  std::map<std::string, std::string> annotations = {
      {"dev.sigstore.bundle.content", options.content},
      {"dev.sigstore.bundle.predicateType", options.predicate_type},
      {"org.opencontainers.image.created", options.created}};
  ordered_json config_descriptor = Descriptor(config);
  if (options.artifact_type_in_config) config_descriptor["artifactType"] = options.artifact_type;
  const ordered_json document = {
      {"schemaVersion", 2},
      {"mediaType", kManifestType},
      {"config", config_descriptor},
      {"layers", ordered_json::array({Descriptor(bundle)})},
      {"annotations", annotations},
      {"subject", {{"mediaType", subject.media_type}, {"size", subject.size}, {"digest", subject.digest}}},
      {"artifactType", options.artifact_type}};
  OciManifest manifest = Finish(document, kManifestType);
  manifest.artifact_type =
      options.listed_artifact_type.empty() ? options.artifact_type : options.listed_artifact_type;
  manifest.annotations = std::move(annotations);
  manifest.blobs = {config, bundle};
  return manifest;
}

OciManifest MintReferrer(Sigstore& sigstore, const OciSubject& subject, MintRequest request,
                         const ReferrerOptions& options) {
  request.content = ContentKind::kDsse;
  request.artifact_sha256 = subject.digest.substr(subject.digest.find(':') + 1);
  ReferrerOptions described = options;
  described.predicate_type = request.statement.predicate_type;
  return BundleReferrer(subject, sigstore.Mint(request), described);
}

OciManifest ReferrersIndex(std::string_view subject_digest, const std::vector<OciManifest>& referrers) {
  std::vector<OciManifest> sorted = referrers;
  std::sort(sorted.begin(), sorted.end(),
            [](const OciManifest& a, const OciManifest& b) { return a.digest < b.digest; });
  ordered_json manifests = ordered_json::array();
  for (const OciManifest& referrer : sorted) {
    ordered_json descriptor = {
        {"mediaType", referrer.media_type}, {"size", referrer.bytes.size()}, {"digest", referrer.digest}};
    if (!referrer.annotations.empty()) descriptor["annotations"] = referrer.annotations;
    if (!referrer.artifact_type.empty()) descriptor["artifactType"] = referrer.artifact_type;
    manifests.push_back(std::move(descriptor));
  }
  OciManifest index =
      Finish({{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", manifests}}, kIndexType);
  index.tag = FallbackTag(subject_digest);
  return index;
}

}  // namespace chartseal::sandbox
