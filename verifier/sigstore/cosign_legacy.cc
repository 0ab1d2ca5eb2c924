#include "verifier/sigstore/cosign_legacy.h"

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/dsse.h"

namespace chartseal::sigstore {
namespace {

constexpr std::string_view kPayloadWhere = "simple signing payload";
constexpr std::string_view kPayloadType = "cosign container image signature";
constexpr std::string_view kSignatureKey = "dev.cosignproject.cosign/signature";
constexpr std::string_view kCertificateKey = "dev.sigstore.cosign/certificate";
constexpr std::string_view kChainKey = "dev.sigstore.cosign/chain";
constexpr std::string_view kBundleKey = "dev.sigstore.cosign/bundle";
constexpr std::string_view kTimestampKey = "dev.sigstore.cosign/rfc3161timestamp";

using Annotations = std::map<std::string, std::string>;

// Absent and empty are the same: cosign 3 writes an empty chain.
std::string_view Find(const Annotations& annotations, std::string_view key) {
  const auto found = annotations.find(std::string(key));
  return found == annotations.end() ? std::string_view() : std::string_view(found->second);
}

// A status of whatever inner parser, as an error of this annotation.
absl::Status AnnotationError(std::string_view where, std::string_view key, const absl::Status& status) {
  return Malformed(Reason::kBundleMalformed, Cat(where, ": annotation ", key), Message(status));
}

absl::StatusOr<SimpleSigning> ReadPayload(const Node& node) {
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, kPayloadWhere, Reason::kPayloadMalformed));
  ASSIGN_OR_RETURN(ObjectReader critical, reader.Object("critical"));
  SimpleSigning payload;
  ASSIGN_OR_RETURN(std::optional<ObjectReader> identity, critical.OptionalObject("identity"));
  if (identity) {
    ASSIGN_OR_RETURN(payload.docker_reference, identity->StringOr("docker-reference", ""));
  }
  ASSIGN_OR_RETURN(ObjectReader image, critical.Object("image"));
  ASSIGN_OR_RETURN(payload.manifest_digest, image.String("docker-manifest-digest"));
  ASSIGN_OR_RETURN(payload.type, critical.String("type"));
  ASSIGN_OR_RETURN(const std::optional<ObjectReader> optional, reader.OptionalObject("optional"));
  if (optional) {
    for (const auto& [key, value] : optional->node().map()) {
      if (value.is_string()) payload.optional.emplace_back(key, value.string_value());
    }
  }
  return payload;
}

absl::StatusOr<LegacySignature::LogBundle> ReadLogBundle(std::string_view json) {
  ASSIGN_OR_RETURN(const Node node, ParseJson(json, "log bundle", {.max_bytes = limits::kMaxBundleBytes}));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, "log bundle", Reason::kBundleMalformed));
  LegacySignature::LogBundle bundle;
  ASSIGN_OR_RETURN(bundle.set, reader.Bytes("SignedEntryTimestamp"));
  ASSIGN_OR_RETURN(ObjectReader payload, reader.Object("Payload"));
  ASSIGN_OR_RETURN(bundle.body, payload.Bytes("body"));
  ASSIGN_OR_RETURN(bundle.integrated_time, payload.Int64Or("integratedTime", 0));
  ASSIGN_OR_RETURN(bundle.log_index, payload.Int64Or("logIndex", 0));
  ASSIGN_OR_RETURN(const std::string log_id, payload.String("logID"));
  ASSIGN_OR_RETURN(bundle.log_id, HexDecode(log_id));
  if (bundle.integrated_time < 0 || bundle.log_index < 0) return payload.Error("has a negative number");
  RETURN_IF_ERROR(payload.Done());
  RETURN_IF_ERROR(reader.Done());
  return bundle;
}

absl::StatusOr<std::string> ReadTimestamp(std::string_view json) {
  ASSIGN_OR_RETURN(const Node node, ParseJson(json, "timestamp", {.max_bytes = limits::kMaxBundleBytes}));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, "timestamp", Reason::kBundleMalformed));
  ASSIGN_OR_RETURN(std::string token, reader.Bytes("SignedRFC3161Timestamp"));
  RETURN_IF_ERROR(reader.Done());
  return token;
}

absl::StatusOr<crypto::Certificate> ReadLeaf(std::string_view pem) {
  ASSIGN_OR_RETURN(std::vector<crypto::Certificate> certificates, crypto::Certificate::ListFromPem(pem));
  if (certificates.size() != 1) {
    return absl::InvalidArgumentError(Cat("expected one certificate, found ", certificates.size()));
  }
  return certificates.front();
}

}  // namespace

Checked<SimpleSigning> ParseSimpleSigning(std::string_view json) {
  auto node = ParseJson(json, kPayloadWhere, {.max_bytes = limits::kMaxLegacyPayloadBytes});
  if (!node.ok()) return Rejection{Reason::kPayloadMalformed, Message(node.status()), "", ""};
  auto payload = ReadPayload(*node);
  if (!payload.ok()) return Rejection{Reason::kPayloadMalformed, Message(payload.status()), "", ""};
  if (payload->type != kPayloadType) {
    return Rejection{Reason::kPayloadType, "critical.type of the signed payload", std::string(kPayloadType),
                     Printable(payload->type)};
  }
  return *std::move(payload);
}

absl::StatusOr<LegacySignature> LegacySignature::Create(Kind kind, std::string payload,
                                                        const Annotations& annotations,
                                                        std::string_view where) {
  LegacySignature out;
  out.kind_ = kind;
  const auto read = [&](std::string_view key, auto reader, auto& target) -> absl::Status {
    const std::string_view text = Find(annotations, key);
    if (text.empty()) return absl::OkStatus();
    auto value = reader(text);
    if (!value.ok()) return AnnotationError(where, key, value.status());
    target = *std::move(value);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(read(kCertificateKey, ReadLeaf, out.certificate_));
  RETURN_IF_ERROR(read(kChainKey, crypto::Certificate::ListFromPem, out.chain_));
  RETURN_IF_ERROR(read(kBundleKey, ReadLogBundle, out.log_bundle_));
  RETURN_IF_ERROR(read(kTimestampKey, ReadTimestamp, out.timestamp_));
  if (kind == Kind::kDsse) {
    ASSIGN_OR_RETURN(out.envelope_, ParseDsseEnvelope(payload, where));
  } else {
    RETURN_IF_ERROR(read(kSignatureKey, Base64Decode, out.signature_));
    if (out.signature_.empty()) {
      return Malformed(Reason::kBundleMalformed, Cat(where, ": annotation ", kSignatureKey), "missing");
    }
  }
  out.payload_ = std::move(payload);
  return out;
}

}  // namespace chartseal::sigstore
