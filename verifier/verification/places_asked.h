#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/verification/chart_source_verifier.h"

namespace chartseal::verification {

// Whether every policy says yes.
inline bool Satisfied(const ChartSourceReport& report) {
  return std::all_of(report.rulings.begin(), report.rulings.end(),
                     [](const Ruling& ruling) { return ruling.answer == Answer::kYes; });
}

// What follows when policies let a chart of this name lie nowhere.
ChartSourceReport NoPlace(std::string_view chart, policy::NoMatch no_match);

// Asks judge(place) about one place after the other. One that satisfies its policies is enough. Else what
// could not be told of one is could not tell, and otherwise the first says no. Requires a place.
template <typename Judge>
ChartSourceReport AskPlaces(const std::vector<ChartPlace>& places, Judge judge) {
  const auto could_not_tell = [](const ChartSourceReport& report) {
    return std::any_of(report.rulings.begin(), report.rulings.end(),
                       [](const Ruling& ruling) { return ruling.answer == Answer::kCouldNotTell; });
  };
  std::optional<ChartSourceReport> decisive;
  for (const ChartPlace& place : places) {
    ChartSourceReport report = judge(place);
    if (Satisfied(report)) return report;
    if (!decisive.has_value() || (could_not_tell(report) && !could_not_tell(*decisive))) {
      decisive = std::move(report);
    }
  }
  return *std::move(decisive);
}

}  // namespace chartseal::verification
