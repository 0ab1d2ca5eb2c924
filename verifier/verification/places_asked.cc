#include "verifier/verification/places_asked.h"

#include <optional>
#include <utility>

#include "verifier/base/strings.h"

namespace chartseal::verification {
namespace {

bool Enforces(const ChartPlace& place) {
  return std::any_of(place.policies.begin(), place.policies.end(),
                     [](const policy::Policy* policy) { return policy->mode == policy::Mode::kEnforce; });
}

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

// Of places that do not admit the chart the one with the highest rank decides.
int Rank(const ChartPlace& place, const ChartSourceReport& report) {
  const int enforced = Enforces(place) ? 3 : 0;
  if (IsMissing(report)) return enforced;
  return enforced + (AnswerOf(report) == Answer::kCouldNotTell ? 2 : 1);
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
  std::optional<ChartSourceReport> admitting;
  std::optional<ChartSourceReport> decisive;
  int highest = -1;
  bool enforced = false;
  for (const ChartPlace& place : places.places) {
    PlaceAnswer answer = judge(place);
    if (Satisfied(answer.report)) return std::move(answer.report);
    enforced = enforced || Enforces(place);
    if (Admits(answer)) {
      if (!admitting.has_value()) admitting = std::move(answer.report);
      continue;
    }
    const int rank = Rank(place, answer.report);
    if (rank <= highest) continue;
    highest = rank;
    decisive = std::move(answer.report);
  }
  if (admitting.has_value()) return *std::move(admitting);
  if (places.left_out == 0) return *std::move(decisive);
  ChartSourceReport report;
  report.rulings.push_back(LeftOut(places, enforced));
  return report;
}

}  // namespace chartseal::verification
