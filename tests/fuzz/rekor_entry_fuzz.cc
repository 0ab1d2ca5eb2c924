#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/rekor_entry.h"

// The digest of a Rekor v1 record that is read has the length of its algorithm.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const auto record =
      sigstore::ParseLogRecord(std::string_view(reinterpret_cast<const char*>(data), size), "", "");
  if (!record.ok() || record->IsRekorV2()) return 0;
  if (record->hash.value.size() != crypto::DigestSize(record->hash.algorithm)) __builtin_trap();
  return 0;
}
