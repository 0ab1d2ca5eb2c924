#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/trusted_root.h"

// What is read must be whole: every log is found under its id, and a checkpoint key hint has its four bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal::sigstore;
  const auto root =
      TrustedRoot::ParseJson(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!root.ok()) return 0;
  for (const TransparencyLog& log : root->tlogs()) {
    if (root->FindTlogs(log.log_id).empty() || log.key_hint.size() != 4) __builtin_trap();
  }
  return 0;
}
