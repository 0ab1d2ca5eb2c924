#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/crypto/certificate.h"
#include "verifier/crypto/digest.h"

namespace chartseal::sigstore {

enum class BundleVersion { kV01, kV02, kV03 };

struct InclusionProof {
  int64_t log_index = 0;  // relative to the shard for Rekor v1
  int64_t tree_size = 0;
  std::string root_hash;
  std::vector<std::string> hashes;
  std::optional<std::string> checkpoint;  // the signed note; absent in old v0.1 bundles
};

struct TlogEntry {
  int64_t log_index = 0;  // global
  std::string log_id;     // raw
  std::string kind;
  std::string version;
  int64_t integrated_time = 0;  // Unix seconds; 0 for Rekor v2. Not to be used without a verified SET
  std::optional<std::string> inclusion_promise;  // SET, DER
  std::optional<InclusionProof> inclusion_proof;
  std::string canonicalized_body;
};

struct MessageSignature {
  std::optional<crypto::HashAlgorithm> digest_algorithm;  // a hint (spec/sigstore.md §2.3)
  std::string digest;                                     // raw; a hint
  std::string signature;
};

struct DsseSignature {
  std::string keyid;
  std::string signature;
};

struct DsseEnvelope {
  std::string payload_type;
  std::string payload;  // decoded, exactly the signed bytes
  std::vector<DsseSignature> signatures;

  // "DSSEv1 <len> <type> <len> <payload>": what is signed (spec/sigstore.md §0).
  std::string PreAuthEncoding() const;
};

// A Sigstore bundle v0.1 to v0.3 (spec/sigstore.md §2). Existence means that it decodes: every field has its
// type, every base64 and certificate decodes, no unknown field, counts within limits. The rules of §2.3 that
// are about trust (root certificates, missing proofs, duplicates) are checked by VerifyBundle, which has a
// reason for each. Immutable.
class Bundle {
 public:
  // Errors: Reason::kBundleMalformed, kBundleUnknownVersion, kBundleContent (two contents),
  // kTooManyLogEntries, kTooManyTimestamps, kJsonMalformed, kLimitExceeded. `where` names the source.
  static absl::StatusOr<Bundle> ParseJson(std::string_view json, std::string_view where);

  BundleVersion version() const { return version_; }
  // Empty with a public key hint. Leaf first. One for v0.3's `certificate`.
  const std::vector<crypto::Certificate>& certificates() const { return certificates_; }
  bool has_certificate_chain_field() const { return has_chain_field_; }
  const std::optional<std::string>& public_key_hint() const { return public_key_hint_; }
  const std::vector<TlogEntry>& tlog_entries() const { return tlog_entries_; }
  const std::vector<std::string>& timestamps() const { return timestamps_; }  // DER TimeStampResp each
  // Monostate when there is no content.
  const std::variant<std::monostate, MessageSignature, DsseEnvelope>& content() const { return content_; }

  // The raw signature bytes over which timestamps are made; empty when there is none.
  std::string_view signature() const;

 private:
  Bundle() = default;
  BundleVersion version_ = BundleVersion::kV03;
  std::vector<crypto::Certificate> certificates_;
  bool has_chain_field_ = false;
  std::optional<std::string> public_key_hint_;
  std::vector<TlogEntry> tlog_entries_;
  std::vector<std::string> timestamps_;
  std::variant<std::monostate, MessageSignature, DsseEnvelope> content_;
};

}  // namespace chartseal::sigstore
