#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/crypto/certificate.h"

// What reads as a certificate reads the same from its own bytes, and can be taken apart without surprise.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using chartseal::crypto::Certificate;
  const auto certificate = Certificate::FromDer({reinterpret_cast<const char*>(data), size});
  if (!certificate.ok()) return 0;
  if (certificate->der().size() != size) std::abort();
  if (!(Certificate::FromDer(certificate->der()).value() == *certificate)) std::abort();
  certificate->subject_text();
  certificate->is_self_signed();
  for (const auto& extension : certificate->extensions()) {
    if (certificate->FindExtension(extension.oid) != &extension) std::abort();
    const auto tbs = certificate->TbsWithoutExtension(extension.oid);
    if (!tbs.ok() || tbs->size() >= size) std::abort();
  }
  return 0;
}
