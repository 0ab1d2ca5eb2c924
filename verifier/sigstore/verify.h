#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/certificate.h"
#include "verifier/crypto/digest.h"
#include "verifier/crypto/public_key.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/claims.h"
#include "verifier/sigstore/cosign_legacy.h"
#include "verifier/sigstore/statement.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::sigstore {

// A key that the caller trusts directly, instead of Fulcio's word.
struct ManagedKey {
  crypto::PublicKey key;
  // Nullopt: the scheme of the key's type. RSA-PSS only when configured here (spec/sigstore.md §4.11).
  std::optional<crypto::SignatureScheme> scheme;
  // When set, the signature needs a signed time inside it (spec/sigstore.md §4.2).
  std::optional<ValidityPeriod> valid_for;
};

// How much evidence is wanted; each counts distinct authorities (spec/sigstore.md §4.1).
struct Thresholds {
  int transparency_logs = 1;
  int signed_times =
      1;  // SET of a Rekor v1 log or RFC 3161; only for certificates and keys with a validity period
  int timestamp_authorities = 0;  // RFC 3161 alone, when a policy insists
  int scts = 1;                   // only for certificates

  friend bool operator==(const Thresholds&, const Thresholds&) = default;
};

// The artifact, as far as it is known: always a digest, and the bytes when they are at hand (pure Ed25519
// over a blob needs them; spec/sigstore.md §4.11). Borrows the bytes.
struct Artifact {
  crypto::Digest digest;
  std::optional<std::string_view> bytes;
};

struct VerifyOptions {
  std::optional<ManagedKey> key;  // given: only this key counts, certificates are refused
  Thresholds thresholds;
};

struct LogEntryFact {
  std::string log_id;  // hex
  std::string log_url;
  int64_t log_index = 0;  // global
};

// What one signature proves, after everything of spec/sigstore.md §4.1 steps 1-6 held. Who signed (step 7)
// and which predicate (step 8) are for policy to judge.
struct VerifiedSignature {
  std::optional<Claims> claims;          // with a certificate
  std::optional<crypto::PublicKey> key;  // the key that verified
  std::vector<absl::Time> signed_times;  // all accepted ones, ascending
  std::vector<LogEntryFact> log_entries;
  // What was signed.
  std::optional<Statement> statement;    // DSSE
  std::optional<SimpleSigning> payload;  // legacy layout
  // Neither: messageSignature over the artifact itself.
};

// Verifies a bundle against an artifact (spec/sigstore.md §4). Pure: no I/O, no clock. The order of checks is
// fixed, so that the reason reported is that of the first rule broken.
Checked<VerifiedSignature> VerifyBundle(const Bundle& bundle, const Artifact& artifact,
                                        const TrustedRoot& root, const VerifyOptions& options);

// The same for one layer of a legacy `.sig` or `.att` tag (spec/sigstore.md §1.6).
Checked<VerifiedSignature> VerifyLegacy(const LegacySignature& signature, const crypto::Digest& artifact,
                                        const TrustedRoot& root, const VerifyOptions& options);

}  // namespace chartseal::sigstore
