#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/dsse.h"

// The encoding that is signed ends in the payload, whatever the envelope says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal::sigstore;
  const auto envelope =
      ParseDsseEnvelope(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  if (envelope.ok() && !envelope->PreAuthEncoding().ends_with(envelope->payload)) __builtin_trap();
  return 0;
}
