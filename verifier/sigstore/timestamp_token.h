#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"

namespace chartseal::sigstore {

// The parts of an RFC 3161 TimeStampResp that verification needs, as they stand there: nothing has been
// verified. Views point into the bytes it was read from.
struct TimestampToken {
  // TSTInfo
  std::string_view tst_info;  // the eContent octets, which messageDigest is over
  std::string imprint_hash;   // OID of the hash in messageImprint
  std::string_view imprint;
  absl::Time time;  // genTime

  // SignedData: the certificates that came along, DER each. Untrusted.
  std::vector<std::string_view> certificates;

  // The one SignerInfo
  std::string_view signer_issuer;   // DER Name
  std::string_view signer_serial;   // INTEGER contents
  std::string digest_algorithm;     // OID
  std::string signature_algorithm;  // OID
  std::string_view signature;
  std::string signed_attributes;  // as signed: with the SET OF tag (RFC 5652 §5.4)

  // Attributes among the signed ones
  std::string content_type;              // OID
  std::string_view message_digest;       // raw digest
  bool has_signing_certificate = false;  // ESS, version 1: names the certificate by SHA-1
  // ESS, version 2 (RFC 5035): the hash's OID and the certificate's digest.
  std::optional<std::pair<std::string, std::string_view>> signing_certificate_v2;
};

// The hash with that OID, if it is one that is accepted (SHA-256, SHA-384, SHA-512).
std::optional<crypto::HashAlgorithm> HashFromOid(std::string_view oid);

// RFC 3161 §2.4.2, RFC 5652 §5; spec/sigstore.md §4.3 (1), (2). Rejects with kTimestampMalformed what is not
// a granted response with exactly one signer, signed attributes and a TSTInfo inside, in DER.
Checked<TimestampToken> ReadTimestampToken(std::string_view der);

}  // namespace chartseal::sigstore
