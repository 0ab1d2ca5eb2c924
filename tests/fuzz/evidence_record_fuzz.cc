#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/base/strict_json.h"
#include "verifier/verification/evidence_record.h"

// Evidence from a decision record: no input may crash the reader, and what it read is written and read back
// as the same document.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = ParseJson(text, "fuzz");
  if (!document.ok()) return 0;
  const auto evidence = verification::ReadEvidence(*document, "fuzz");
  if (!evidence.ok()) return 0;
  const auto written = verification::WriteEvidence(*evidence);
  if (!written.ok()) __builtin_trap();
  const auto again = verification::ReadEvidence(*written, "fuzz");
  if (!again.ok()) __builtin_trap();
  if (WriteJson(*written) != WriteJson(verification::WriteEvidence(*again).value())) __builtin_trap();
  return 0;
}
