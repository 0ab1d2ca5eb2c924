#include "verifier/verification/places_asked.h"

#include <optional>
#include <utility>
#include <vector>

#include "verifier/base/strings.h"
#include "verifier/verification/decisive_place.h"

namespace chartseal::verification {
namespace {

bool Admits(const PlaceAnswer& answer) {
  return answer.is_there && std::none_of(answer.report.rulings.begin(), answer.report.rulings.end(), Denies);
}

// What the strongest rulings say, where not all are yes: a no goes before what could not be told.
Answer AnswerOf(const ChartSourceReport& report) {
  for (const Effect effect : {Effect::kDeny, Effect::kWarn, Effect::kAllow}) {
    for (const Answer answer : {Answer::kNo, Answer::kCouldNotTell}) {
      for (const Ruling& ruling : report.rulings) {
        if (ruling.effect == effect && ruling.answer == answer) return answer;
      }
    }
  }
  return Answer::kYes;
}

// A place without the version is the farthest, and what it has not is no yes that could not be told.
PlaceStanding StandingOf(const ChartPlace& place, const PlaceAnswer& answer) {
  const bool missing = IsMissing(answer.report);
  return {.satisfied = Satisfied(answer.report),
          .admits = Admits(answer),
          .enforces = Enforces(place.policies),
          .untold = !missing && AnswerOf(answer.report) == Answer::kCouldNotTell,
          .nearness = missing ? 0 : 1};
}

}  // namespace

bool IsMissing(const ChartSourceReport& report) {
  if (report.digest.has_value() || report.rulings.empty()) return false;
  const Reason reason = report.rulings.front().reason;
  return reason == Reason::kNotFound || reason == Reason::kVersionUnknown;
}

ChartSourceReport NoPlace(std::string_view chart, policy::NoMatch no_match) {
  ChartSourceReport report;
  report.rulings.push_back({.effect = EffectOf(no_match),
                            .answer = Answer::kNo,
                            .reason = Reason::kNoPolicyMatches,
                            .detail = Cat("no policy says where a chart ", Printable(chart), " may lie")});
  return report;
}

ChartSourceReport AskPlaces(const ChartPlaces& places,
                            const std::function<PlaceAnswer(const ChartPlace&)>& judge) {
  std::vector<PlaceStanding> standings;
  std::vector<ChartSourceReport> reports;
  bool enforced = false;
  for (const ChartPlace& place : places.places) {
    PlaceAnswer answer = judge(place);
    standings.push_back(StandingOf(place, answer));
    if (standings.back().satisfied) return std::move(answer.report);
    enforced = enforced || standings.back().enforces;
    reports.push_back(std::move(answer.report));
  }
  const std::optional<size_t> decisive = DecisivePlace(standings, places.left_out > 0);
  if (decisive.has_value()) return std::move(reports[*decisive]);
  ChartSourceReport report;
  report.rulings.push_back(LeftOut(places, enforced));
  return report;
}

}  // namespace chartseal::verification
