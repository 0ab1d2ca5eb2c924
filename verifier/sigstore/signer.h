#pragma once

#include <optional>
#include <string>
#include <vector>

#include "verifier/base/verdict.h"
#include "verifier/crypto/certificate.h"
#include "verifier/crypto/public_key.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/cosign_legacy.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::sigstore {

// The key that a signature is checked with, and what has to be shown for it to count.
struct Signer {
  std::optional<crypto::Certificate> leaf;        // keyless: trusted only after its chain has been verified
  std::vector<crypto::Certificate> untrusted;     // further certificates that came along, mere path hints
  crypto::PublicKey key;                          // the leaf's, or the managed one
  std::optional<crypto::SignatureScheme> scheme;  // set by the caller's configuration
  std::optional<ValidityPeriod> valid_for;        // of a managed key

  // What a log entry must name: the certificate or the key, in DER.
  const std::string& verifier_der() const { return leaf ? leaf->der() : key.spki_der(); }
  crypto::SignatureScheme PrimaryScheme() const { return scheme.value_or(key.default_scheme()); }
  // Whether a signed time must be proven (spec/sigstore.md §4.2).
  bool NeedsSignedTime() const { return leaf.has_value() || valid_for.has_value(); }
};

// Either the caller's key or the bundle's certificate, never a mixture (spec/sigstore.md §4.11). Rejections:
// kCertificateUnexpected, kKeyRequired, kKeyMismatch (the hint names another key).
Checked<Signer> SelectSigner(const Bundle& bundle, const std::optional<ManagedKey>& key);
Checked<Signer> SelectSigner(const LegacySignature& signature, const std::optional<ManagedKey>& key);

}  // namespace chartseal::sigstore
