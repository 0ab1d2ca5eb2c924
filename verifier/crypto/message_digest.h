#pragma once

// Internal to verifier/crypto: OpenSSL's digests. Only .cc files include it.

#include "verifier/crypto/digest.h"
#include "verifier/crypto/openssl_ptr.h"

namespace chartseal::crypto {

// Fetched from the provider once, for the whole life of the process: EVP_sha256() and its like look it up
// again each time they are used, which costs as much as hashing 200 bytes. Never null; thread-safe.
const EVP_MD* MessageDigest(HashAlgorithm algorithm);

}  // namespace chartseal::crypto
