#pragma once

#include <optional>
#include <string_view>

namespace chartseal {

// Why something was turned away or could not be told. One list for the whole product, documented in
// docs/reasons.md, shown in denials, metrics and JSON output, asserted by tests.
enum class Reason {
  kNone = 0,
#define CHARTSEAL_REASON(enumerator, name, explanation) enumerator,
#include "verifier/base/reason_codes.inc"
#undef CHARTSEAL_REASON
};

// The stable name, e.g. "identity-mismatch"; "none" for kNone. Static lifetime.
std::string_view Name(Reason reason);

// One line for people. Static lifetime.
std::string_view Explanation(Reason reason);

// The inverse of Name().
std::optional<Reason> ReasonFromName(std::string_view name);

}  // namespace chartseal
