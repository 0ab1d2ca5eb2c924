#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/strings.h"
#include "verifier/sigstore/claims.h"

// Whoever a certificate is about, it is one name and one issuer, in valid UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto certificate =
      chartseal::crypto::Certificate::FromDer({reinterpret_cast<const char*>(data), size});
  if (!certificate.ok()) return 0;
  const auto claims = chartseal::sigstore::ReadClaims(*certificate);
  if (!claims.ok()) {
    if (claims.rejection().reason == chartseal::Reason::kNone) std::abort();
    return 0;
  }
  if (claims->identity.empty() || claims->issuer.empty()) std::abort();
  if (!chartseal::IsUtf8(claims->identity) || !chartseal::IsUtf8(claims->issuer)) std::abort();
  if (certificate->subject_alt_names().size() != 1) std::abort();
  return 0;
}
