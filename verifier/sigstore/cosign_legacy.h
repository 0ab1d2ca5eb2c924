#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/certificate.h"
#include "verifier/sigstore/bundle.h"

namespace chartseal::sigstore {

// The payload of a legacy signature, "simple signing" (spec/sigstore.md §1.1).
struct SimpleSigning {
  std::string docker_reference;
  std::string manifest_digest;  // "sha256:…"
  std::string type;
  std::vector<std::pair<std::string, std::string>> optional;  // string members of `optional` (cosign -a)
};

// Rejections: kPayloadMalformed, kPayloadType.
Checked<SimpleSigning> ParseSimpleSigning(std::string_view json);

// One layer of a `.sig` (simple signing) or `.att` (DSSE envelope) manifest: the blob and its annotations
// (spec/sigstore.md §1.1, §1.2). Existence means that what is there decodes.
class LegacySignature {
 public:
  enum class Kind { kSimpleSigning, kDsse };

  // `annotations` are the layer's. Errors: InvalidArgument with Reason::kBundleMalformed naming the
  // annotation, or, for a blob that is no envelope, with the reasons of ParseDsseEnvelope.
  static absl::StatusOr<LegacySignature> Create(Kind kind, std::string payload,
                                                const std::map<std::string, std::string>& annotations,
                                                std::string_view where);

  // The `dev.sigstore.cosign/bundle` annotation: a SET and what it is over.
  struct LogBundle {
    std::string set;              // DER signature
    std::string body;             // canonical entry, decoded
    int64_t integrated_time = 0;  // Unix seconds
    int64_t log_index = 0;
    std::string log_id;  // raw
  };

  Kind kind() const { return kind_; }
  const std::string& payload() const { return payload_; }                    // the blob, exactly
  const std::string& signature() const { return signature_; }                // raw; empty for kDsse
  const std::optional<DsseEnvelope>& envelope() const { return envelope_; }  // the blob decoded, for kDsse
  const std::optional<crypto::Certificate>& certificate() const { return certificate_; }
  const std::vector<crypto::Certificate>& chain() const { return chain_; }  // untrusted
  const std::optional<LogBundle>& log_bundle() const { return log_bundle_; }
  const std::optional<std::string>& timestamp() const { return timestamp_; }  // DER TimeStampResp

 private:
  LegacySignature() = default;
  Kind kind_ = Kind::kSimpleSigning;
  std::string payload_;
  std::string signature_;
  std::optional<DsseEnvelope> envelope_;
  std::optional<crypto::Certificate> certificate_;
  std::vector<crypto::Certificate> chain_;
  std::optional<LogBundle> log_bundle_;
  std::optional<std::string> timestamp_;
};

}  // namespace chartseal::sigstore
