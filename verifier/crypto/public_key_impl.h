#pragma once

// Internal to verifier/crypto: what a PublicKey holds. Only .cc files include it.

#include <string>

#include "verifier/crypto/openssl_ptr.h"
#include "verifier/crypto/public_key.h"

namespace chartseal::crypto {

struct PublicKey::Impl {
  KeyType type;
  int bits;
  std::string spki_der;
  std::string spki_sha256;
  std::string ed25519_raw;
  EvpPkeyPtr key;  // only read after construction, so that threads may share it
};

}  // namespace chartseal::crypto
