#pragma once

#include <algorithm>
#include <functional>
#include <string_view>

#include "verifier/verification/chart_source_verifier.h"

// Which of several places decides about a chart of a GitOps object, as release_verifier.h has it of releases.
namespace chartseal::verification {

// What came of one place.
struct PlaceAnswer {
  ChartSourceReport report;
  // The chart is the one there: its content, or, of one that is only named, the place has the version.
  bool is_there = false;
};

// Whether every policy says yes.
inline bool Satisfied(const ChartSourceReport& report) {
  return std::all_of(report.rulings.begin(), report.rulings.end(),
                     [](const Ruling& ruling) { return ruling.answer == Answer::kYes; });
}

// Whether the place does not have the version. That says no of the place, and nothing of the chart.
bool IsMissing(const ChartSourceReport& report);

// What follows when policies let a chart of this name lie nowhere.
ChartSourceReport NoPlace(std::string_view chart, policy::NoMatch no_match);

// Asks judge(place) about one place after the other, up to one that satisfies its policies; else the one that
// DecisivePlace() names decides, a place that does not have the version being the farthest. Where it names
// none, places that were left out make it could not tell (kLimitExceeded). Requires a place.
ChartSourceReport AskPlaces(const ChartPlaces& places,
                            const std::function<PlaceAnswer(const ChartPlace&)>& judge);

}  // namespace chartseal::verification
