#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/cosign_legacy.h"

// The payload of a legacy signature: whatever comes, a payload or a reason.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const auto payload =
      sigstore::ParseSimpleSigning(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!payload.ok() && payload.rejection().reason == Reason::kNone) __builtin_trap();
  return 0;
}
