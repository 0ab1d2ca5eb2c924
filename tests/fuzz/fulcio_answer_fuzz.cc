#include "publisher/signing/fulcio_answer.h"

#include <cstddef>
#include <cstdint>

#include "verifier/base/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const auto chain = publisher::ChainFromFulcio(std::string_view(reinterpret_cast<const char*>(data), size));
  if (chain.ok() && (chain->empty() || chain->size() > limits::kMaxChainLength)) __builtin_trap();
  return 0;
}
