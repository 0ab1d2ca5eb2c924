#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"

namespace chartseal::sigstore {

// What the canonicalized body of a Rekor entry records about a signature (spec/sigstore.md §4.8).
struct LogRecord {
  enum class Kind {
    kHashedRekord,    // hashedrekord 0.0.1
    kRekord,          // rekord 0.0.1, format x509; legacy signatures only
    kDsse,            // dsse 0.0.1
    kIntotoV1,        // intoto 0.0.1; legacy attestations only
    kIntotoV2,        // intoto 0.0.2
    kHashedRekordV2,  // hashedrekord 0.0.2: Rekor v2
  };
  struct Hash {
    crypto::HashAlgorithm algorithm = crypto::HashAlgorithm::kSha256;
    std::string value;  // raw
  };

  Kind kind = Kind::kHashedRekord;
  // Of the signed bytes (hashedrekord, rekord) or of the envelope's payload (dsse, intoto).
  Hash hash;
  // Of the envelope as it was uploaded; intoto 0.0.1 only, where it stands in for the signature.
  std::optional<Hash> envelope_hash;
  std::string signature;  // raw; empty for intoto 0.0.1
  // The certificate or SubjectPublicKeyInfo in DER, decoded from PEM but not parsed: it is only compared.
  std::string verifier_der;
  bool verifier_is_certificate = false;

  bool IsRekorV2() const { return kind == Kind::kHashedRekordV2; }
};

// Reads `body`, whose kind and version must be those that the bundle claims; empty claims (legacy layout) are
// not compared. Rejections: kLogEntryMalformed, kLogEntryKindMismatch, kLogEntryKind (one that is not known).
Checked<LogRecord> ParseLogRecord(std::string_view body, std::string_view claimed_kind,
                                  std::string_view claimed_version);

}  // namespace chartseal::sigstore
