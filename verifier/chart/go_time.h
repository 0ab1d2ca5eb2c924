#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace chartseal::chart {

// A time as Go's time.Time goes through JSON.
struct GoTime {
  absl::Time time;
  std::string text;  // time.RFC3339Nano: the offset kept, "Z" for none, no zeros at the end of the fraction
};

// What time.Time takes for zero and writes as such: "0001-01-01T00:00:00Z".
GoTime GoZeroTime();

// Reads what time.Time's UnmarshalJSON takes: RFC 3339 with upper-case T and Z; digits of the fraction beyond
// nanoseconds are dropped. nullopt for anything else.
std::optional<GoTime> ParseGoTime(std::string_view text);

}  // namespace chartseal::chart
