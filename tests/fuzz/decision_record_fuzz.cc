#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/decision_record.h"
#include "verifier/verification/replay.h"

// A decision record: no input may crash the reader or the replay, and what was read is written and read back
// as the same document.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = verification::ReadDecisionRecord(text, "fuzz");
  if (!record.ok()) return 0;
  const std::string written = verification::WriteDecisionRecord(*record);
  const auto again = verification::ReadDecisionRecord(written, "fuzz");
  if (!again.ok()) __builtin_trap();
  if (verification::WriteDecisionRecord(*again) != written) __builtin_trap();
  const auto replay = verification::ReplayRecord(*record, sigstore::PublicGoodRoot(), true);
  if (replay.ok() && replay->images.size() != record->images.size()) __builtin_trap();
  if (replay.ok() && replay->charts.size() != record->charts.size()) __builtin_trap();
  return 0;
}
