#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/crypto/public_key.h"

// A key from any of the three encodings has one SubjectPublicKeyInfo, which reads as the same key, and never
// takes the input for a signature.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using chartseal::crypto::PublicKey;
  using chartseal::crypto::SignatureCheck;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const auto& key :
       {PublicKey::FromSpkiDer(input), PublicKey::FromPkcs1Der(input), PublicKey::FromPem(input)}) {
    if (!key.ok()) continue;
    if (!(PublicKey::FromSpkiDer(key->spki_der()).value() == *key)) std::abort();
    if (key->Verify(key->default_scheme(), "message", input) == SignatureCheck::kValid) std::abort();
  }
  return 0;
}
