#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/object_reader.h"
#include "verifier/crypto/digest.h"
#include "verifier/crypto/public_key.h"

namespace chartseal::sigstore {

// The enums of sigstore_common.proto that JSON carries, by name or by number (spec/sigstore.md §0). A member
// that is missing has the value zero, "UNSPECIFIED", which is never acceptable here.

// HashAlgorithm. SHA3 is known by name and refused: no client signs with it.
absl::StatusOr<crypto::HashAlgorithm> ReadHashAlgorithm(ObjectReader& reader, std::string_view name);

// What a PublicKeyDetails value says about a log's key (spec/sigstore.md §3.1).
struct KeyDetails {
  crypto::KeyType type;
  int bits;    // RSA only; 0 when the value does not say
  bool pkcs1;  // rawBytes is a PKCS#1 RSAPublicKey instead of a SubjectPublicKeyInfo
  crypto::SignatureScheme scheme;
};
absl::StatusOr<KeyDetails> ReadKeyDetails(ObjectReader& reader, std::string_view name);

// The PublicKeyDetails name of a signing key as Rekor v2 writes it (spec/sigstore.md §4.8); empty when such a
// key cannot be used there.
std::string_view KeyDetailsName(const crypto::PublicKey& key);

}  // namespace chartseal::sigstore
