#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/mint_request.h"

namespace chartseal::sandbox {

struct SigstoreOptions {
  absl::Time start = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01: everything is valid from here
  absl::Duration lifetime = absl::Hours(24 * 3650);
  bool rekor_v2_ecdsa = false;  // P-256 instead of Ed25519
  // Validity times left at zero become `start` and `start + lifetime`.
  CertificateAuthorityOptions ca;
  TimestampAuthorityOptions tsa;
  RekorV1Options rekor_v1;
  RekorV2Options rekor_v2;
};

// Everything about one signature, for tests that build other things of it.
struct Minted {
  std::string bundle_json;
  std::string artifact_sha256;  // hex
  std::string signature;        // raw
  std::string payload;          // DSSE payload, or the artifact
  std::string certificate;      // DER leaf; empty with a managed key
  std::string public_key;       // DER public key info
  std::vector<LogEntry> log_entries;
  std::vector<std::string> timestamps;  // DER responses
};

// A whole private Sigstore in memory: Fulcio, CT log, Rekor v1 and v2, timestamp authority, witness.
// Everything it mints verifies against TrustedRootJson(), unless a hook broke it. Not thread safe.
class Sigstore {
 public:
  explicit Sigstore(const SigstoreOptions& options = {});
  // From authorities that were kept (see state.h).
  Sigstore(SigstoreOptions options, CertificateAuthority ca, CtLog ct_log, RekorV1 rekor_v1, RekorV2 rekor_v2,
           TimestampAuthority tsa);

  // The bundle as JSON text.
  std::string Mint(const MintRequest& request) { return MintDetailed(request).bundle_json; }
  Minted MintDetailed(const MintRequest& request);

  absl::Time start() const { return options_.start; }
  absl::Time end() const { return options_.start + options_.lifetime; }
  // When a request that names no time signs.
  absl::Time default_signing_time() const { return options_.start + absl::Hours(24 * 30); }
  const SigstoreOptions& options() const { return options_; }

  const CertificateAuthority& ca() const { return ca_; }
  const CtLog& ct_log() const { return ct_log_; }
  RekorV1& rekor_v1() { return rekor_v1_; }
  const RekorV1& rekor_v1() const { return rekor_v1_; }
  RekorV2& rekor_v2() { return rekor_v2_; }
  const RekorV2& rekor_v2() const { return rekor_v2_; }
  const TimestampAuthority& tsa() const { return tsa_; }
  const Witness& witness() const { return witness_; }

 private:
  SigstoreOptions options_;
  CertificateAuthority ca_;
  CtLog ct_log_;
  RekorV1 rekor_v1_;
  RekorV2 rekor_v2_;
  TimestampAuthority tsa_;
  Witness witness_;
};

// DSSE pre-authentication encoding.
std::string Pae(std::string_view payload_type, std::string_view payload);

}  // namespace chartseal::sandbox
