#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/node.h"
#include "verifier/crypto/digest.h"
#include "verifier/crypto/public_key.h"

// The Sigstore bundle v0.3 and the DSSE envelope as text (spec/sigstore.md §1.2, §2.1); their readers are
// verifier/sigstore/bundle.h and dsse.h.
namespace chartseal::publisher {

inline constexpr std::string_view kBundleMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
inline constexpr std::string_view kInTotoPayloadType = "application/vnd.in-toto+json";

// A bundle but for its content. Exactly one of certificate and hint.
struct BundleMaterial {
  std::string certificate_der;          // the leaf
  std::string key_hint;                 // see KeyHint()
  std::vector<Node> log_entries;        // TransparencyLogEntry in protojson, written as they are
  std::vector<std::string> timestamps;  // DER TimeStampResp
};

// What cosign writes as publicKey.hint: base64 of the SHA-256 of the SubjectPublicKeyInfo.
std::string KeyHint(const crypto::PublicKey& key);

// A bundle with an envelope around an in-toto statement.
std::string WriteStatementBundle(const BundleMaterial& material, std::string_view statement,
                                 std::string_view signature);
// A bundle with a messageSignature; `digest` is of the message, raw.
std::string WriteMessageBundle(const BundleMaterial& material, crypto::HashAlgorithm algorithm,
                               std::string_view digest, std::string_view signature);

// The envelope on its own: the blob of a legacy attestation, and what Rekor v1 is given. One signature with
// an empty keyid, as cosign writes it.
std::string WriteEnvelope(std::string_view statement, std::string_view signature);

}  // namespace chartseal::publisher
