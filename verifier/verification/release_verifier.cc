#include "verifier/verification/release_verifier.h"

#include <algorithm>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/verification/decisive_place.h"
#include "verifier/verification/parallel.h"
#include "verifier/verification/release_place.h"
#include "verifier/verification/release_text.h"

namespace chartseal::verification {
namespace {

// The first ruling of this effect that says no, else the first that could not be told; or nullptr.
const Ruling* FirstOpposed(const std::vector<Ruling>& rulings, Effect effect) {
  for (const Answer answer : {Answer::kNo, Answer::kCouldNotTell}) {
    for (const Ruling& ruling : rulings) {
      if (ruling.answer == answer && ruling.effect == effect) return &ruling;
    }
  }
  return nullptr;
}

Ruling NoPlace(const chart::Metadata& metadata, policy::NoMatch no_match) {
  Ruling ruling{.policy = "",
                .effect = EffectOf(no_match),
                .answer = Answer::kNo,
                .reason = Reason::kNoPolicyMatches,
                .detail = Cat("no policy says where a chart called ", Printable(metadata.name, 80),
                              " is published to")};
  const auto named = metadata.annotations.find(std::string(kRepositoryAnnotation));
  if (named != metadata.annotations.end()) {
    ruling.found = Cat(Printable(named->second, 128), " in ", kRepositoryAnnotation, " of the chart");
  }
  ruling.next = NextForRelease(Reason::kNoPolicyMatches, "");
  return ruling;
}

class Verification {
 public:
  Verification(const chart::Release& release, const ChartPlaces& places, SignedCharts& charts,
               absl::Time deadline)
      : release_(release), places_(places), charts_(charts), deadline_(deadline) {}

  // The places that were asked; all, unless the first, which the chart names, says yes.
  void Ask() {
    outcomes_.resize(places_.places.size());
    size_t asked = 0;
    if (places_.first_is_named) {
      LookAt(asked++);
      if (outcomes_[0].Accepts()) return outcomes_.resize(1);
    }
    ParallelFor(outcomes_.size() - asked, limits::kMaxChartPlaces, [&](size_t i) { LookAt(asked + i); });
  }

  ReleaseReport Conclude() && {
    ReleaseReport report;
    report.decisive = DecisivePlace(Standings(), places_.left_out > 0);
    std::string version = release_.content.metadata.version;
    if (report.decisive.has_value()) {
      const PlaceOutcome& outcome = outcomes_[*report.decisive];
      report.rulings = outcome.report.rulings;
      report.warnings = outcome.report.warnings;
      if (!outcome.version.empty()) version = outcome.version;
    } else {
      report.rulings.push_back(LeftOut(places_, AnyEnforced()));
    }
    report.fingerprint = chart::ContentFingerprint(chart::WithVersion(release_.content, version));
    for (PlaceOutcome& outcome : outcomes_) report.places.push_back(std::move(outcome.report));
    return report;
  }

 private:
  void LookAt(size_t i) { outcomes_[i] = LookAtPlace(release_, places_.places[i], charts_, deadline_); }

  bool AnyEnforced() const {
    return std::any_of(outcomes_.begin(), outcomes_.end(),
                       [](const PlaceOutcome& outcome) { return outcome.enforced; });
  }

  std::vector<PlaceStanding> Standings() const {
    std::vector<PlaceStanding> out;
    for (const PlaceOutcome& outcome : outcomes_) {
      const Ruling* const denial = FirstOpposed(outcome.report.rulings, Effect::kDeny);
      out.push_back({.satisfied = outcome.Accepts(),
                     .admits = outcome.Admits(),
                     .enforces = outcome.enforced,
                     .untold = denial != nullptr && denial->answer == Answer::kCouldNotTell,
                     .nearness = outcome.Nearness()});
    }
    return out;
  }

  const chart::Release& release_;
  const ChartPlaces& places_;
  SignedCharts& charts_;
  const absl::Time deadline_;
  std::vector<PlaceOutcome> outcomes_;
};

}  // namespace

Answer ReleaseReport::answer() const {
  for (const Effect effect : {Effect::kDeny, Effect::kWarn, Effect::kAllow}) {
    if (const Ruling* const opposed = FirstOpposed(rulings, effect)) return opposed->answer;
  }
  return Answer::kYes;
}

const Ruling* ReleaseReport::Denial() const { return FirstOpposed(rulings, Effect::kDeny); }

ReleaseReport VerifyRelease(const chart::Release& release, const ChartPlaces& places,
                            policy::NoMatch no_match, SignedCharts& charts, absl::Time deadline) {
  ReleaseReport report;
  if (places.places.empty()) {
    report.rulings.push_back(NoPlace(release.content.metadata, no_match));
    report.fingerprint = chart::ContentFingerprint(release.content);
  } else {
    Verification verification(release, places, charts, deadline);
    verification.Ask();
    report = std::move(verification).Conclude();
  }
  report.chart = release.content.metadata.name;
  report.version = release.content.metadata.version;
  return report;
}

ReleaseReport VerifyRelease(const chart::Release& release, const ReleaseSetting& setting,
                            SignedCharts& charts, absl::Time deadline) {
  return VerifyRelease(release, FindChartPlaces(release.content.metadata, setting), setting.policies.no_match,
                       charts, deadline);
}

bool IsBound(const chart::DocumentBinding& document) {
  if (document.binding == chart::Binding::kVerbatim || document.binding == chart::Binding::kLabelled) {
    return true;
  }
  return document.binding == chart::Binding::kTemplate && !document.subchart && !document.borrowed;
}

}  // namespace chartseal::verification
