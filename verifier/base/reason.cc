#include "verifier/base/reason.h"

#include <array>

namespace chartseal {
namespace {

struct Entry {
  Reason reason;
  std::string_view name;
  std::string_view explanation;
};

constexpr auto kEntries = std::to_array<Entry>({
    {Reason::kNone, "none", "no reason"},
#define CHARTSEAL_REASON(enumerator, name, explanation) {Reason::enumerator, name, explanation},
#include "verifier/base/reason_codes.inc"
#undef CHARTSEAL_REASON
});

const Entry& Find(Reason reason) { return kEntries[static_cast<size_t>(reason)]; }

}  // namespace

std::string_view Name(Reason reason) { return Find(reason).name; }
std::string_view Explanation(Reason reason) { return Find(reason).explanation; }

std::optional<Reason> ReasonFromName(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry.reason;
  }
  return std::nullopt;
}

}  // namespace chartseal
