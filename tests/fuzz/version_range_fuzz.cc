#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/semver.h"

using chartseal::RangeRules;
using chartseal::SemVer;
using chartseal::VersionRange;

namespace {

void CheckVersion(std::string_view text, const VersionRange* range) {
  const auto strict = SemVer::Parse(text);
  for (const RangeRules rules : {RangeRules::kUpTo33, RangeRules::kSince34}) {
    const auto loose = SemVer::ParseLoose(text, rules);
    if (strict.ok() && (!loose.ok() || !(*loose == *strict))) std::abort();
    if (!loose.ok()) continue;
    const auto again = SemVer::Parse(loose->ToString());
    if (!again.ok() || !(*again == *loose) || again->Compare(*loose) != 0) std::abort();
    // Build metadata is all that a range does not see.
    if (range != nullptr && range->Contains(*loose) != range->Contains(*again)) std::abort();
  }
}

}  // namespace

// A range, a line feed, a version. Both by both sets of rules; a version that is read is written so that it
// is read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const auto range = VersionRange::Parse(text.substr(0, end));
  const auto newer = VersionRange::Parse(text.substr(0, end), RangeRules::kSince34);
  if (range.ok() && !newer.ok()) std::abort();
  if (end == text.npos) return 0;
  const std::string_view version = text.substr(end + 1);
  CheckVersion(version, range.ok() ? &*range : nullptr);
  const auto strict = SemVer::Parse(version);
  // Of stable versions both rules say the same.
  if (range.ok() && strict.ok() && strict->is_stable() &&
      range->Contains(*strict) != newer->Contains(*strict)) {
    std::abort();
  }
  return 0;
}
