#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/crypto/chain.h"
#include "verifier/crypto/public_key.h"

namespace chartseal::sigstore {

// Closed on both ends; no end means open (spec/sigstore.md §3.1).
struct ValidityPeriod {
  absl::Time start = absl::InfiniteFuture();
  absl::Time end = absl::InfiniteFuture();
  bool Contains(absl::Time t) const { return start <= t && t <= end; }
};

// A transparency log or certificate transparency log (spec/sigstore.md §3.1, §3.2).
struct TransparencyLog {
  std::string base_url;
  std::string origin;    // host name of base_url; a Rekor v2 checkpoint's origin and key name
  std::string log_id;    // raw bytes of logId.keyId
  std::string key_hint;  // the 4 bytes that name the key in a checkpoint's signature line
  crypto::PublicKey key;
  crypto::SignatureScheme scheme;
  ValidityPeriod valid_for;
};

struct CertificateAuthority {
  std::string uri;
  crypto::AuthorityChain chain;
  ValidityPeriod valid_for;
};

struct TimestampAuthority {
  std::string uri;
  // The signer, when the entry's first certificate is not a CA: then it pins the signer (spec/sigstore.md
  // §3.1, §4.3).
  std::optional<crypto::Certificate> leaf;
  crypto::AuthorityChain chain;  // without the leaf
  ValidityPeriod valid_for;
};

// Everything that is trusted, at whatever time it was valid. Immutable after parsing; const access is
// thread-safe.
class TrustedRoot {
 public:
  // trusted_root.json (spec/sigstore.md §3.1). `where` names it in errors. Strict: unknown fields, a log key
  // without validFor.start, a log id that is not the key's are refused. Errors carry
  // Reason::kTrustedRootMalformed.
  static absl::StatusOr<TrustedRoot> ParseJson(std::string_view json, std::string_view where);

  // The certificate authorities and CT logs of one root, the transparency logs of another, the timestamp
  // authorities of a third, for policies that name them apart. The version is made from theirs.
  static TrustedRoot Combine(const TrustedRoot& certificates, const TrustedRoot& logs,
                             const TrustedRoot& timestamps);

  const std::vector<TransparencyLog>& tlogs() const { return tlogs_; }
  const std::vector<TransparencyLog>& ctlogs() const { return ctlogs_; }
  const std::vector<CertificateAuthority>& certificate_authorities() const {
    return certificate_authorities_;
  }
  const std::vector<TimestampAuthority>& timestamp_authorities() const { return timestamp_authorities_; }

  // All entries with that id: a log may be listed once per validity period.
  std::vector<const TransparencyLog*> FindTlogs(std::string_view log_id) const;
  std::vector<const TransparencyLog*> FindCtlogs(std::string_view log_id) const;

  // "sha256:…" of the JSON it was read from: the version shown in verdicts and part of cache keys.
  const std::string& version() const { return version_; }

 private:
  TrustedRoot() = default;
  std::vector<TransparencyLog> tlogs_;
  std::vector<TransparencyLog> ctlogs_;
  std::vector<CertificateAuthority> certificate_authorities_;
  std::vector<TimestampAuthority> timestamp_authorities_;
  std::string version_;
};

// The public-good instance's root, embedded at build time from verifier/sigstore/public_good_root.json (facts
// taken from the npm package @sigstore/tuf; docs/trusted-root.md says how to refresh it). Parsed once, on
// first use.
const TrustedRoot& PublicGoodRoot();

}  // namespace chartseal::sigstore
