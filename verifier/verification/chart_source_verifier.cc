#include "verifier/verification/chart_source_verifier.h"

#include <algorithm>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/inline_chart.h"
#include "verifier/verification/places_asked.h"

namespace chartseal::verification {
namespace {

using policy::Policy;
using policy::RequirePin;
using workload::ChartSource;
using workload::ChartVersion;
using Policies = std::vector<const Policy*>;

Policies PoliciesOf(std::string_view name, const ReleaseSetting& setting) {
  return setting.policies.Match({.kind = policy::ArtifactKind::kChart,
                                 .name = name,
                                 .namespace_name = setting.namespace_name,
                                 .namespace_labels = setting.namespace_labels});
}

// A policy that only warns never denies.
Effect PinEffect(const Policy& policy) {
  switch (policy.git_ops.require_pin) {
    case RequirePin::kDeny:
      return EffectOf(policy.mode);
    case RequirePin::kWarn:
      return Effect::kWarn;
    case RequirePin::kAllow:
      return Effect::kAllow;
  }
  return Effect::kDeny;
}

// One ruling like this of each policy that asks for pins.
void AddPinRulings(const Policies& policies, const Ruling& ruling, ChartSourceReport& report) {
  for (const Policy* policy : policies) {
    if (policy->git_ops.require_pin == RequirePin::kAllow) continue;
    report.rulings.push_back(ruling);
    report.rulings.back().policy = policy->name;
    report.rulings.back().effect = PinEffect(*policy);
  }
}

Ruling NotPinned(const ChartSource& source) {
  const std::string& text = source.version.text;
  return {.answer = Answer::kNo,
          .reason = Reason::kChartNotPinned,
          .detail = "the object names neither a digest nor one version",
          .expected = source.pin.has_value() ? "a digest, or an exact version" : "an exact version",
          .found = text.empty() ? "the newest version" : Printable(text, 128)};
}

Ruling Untold(const ChartSource& source) {
  return {.answer = Answer::kCouldNotTell,
          .reason = Reason::kChartSourceUnresolved,
          .detail = source.why.empty() ? std::string("the version is told later") : source.why,
          .expected = "a chart that can be told at admission",
          .found = Printable(source.chart, 128)};
}

Ruling NothingMatches(const ChartSource& source, policy::NoMatch no_match) {
  return {.effect = EffectOf(no_match),
          .answer = Answer::kNo,
          .reason = Reason::kNoPolicyMatches,
          .detail = Cat("no policy covers the chart ", Printable(source.chart), " in this namespace")};
}

Ruling Unverifiable(const ChartSource& source, policy::NoMatch no_match) {
  return {.effect = EffectOf(no_match),
          .answer = Answer::kNo,
          .reason = Reason::kChartSourceUnverifiable,
          .detail = source.why,
          .expected = "oci://host/repository",
          .found = Printable(source.chart, 128)};
}

// Whether policies cover directories that they do not name: a chart may then lie where it was not looked for.
bool LeavePlacesOpen(const Policies& policies) {
  return std::any_of(policies.begin(), policies.end(), [](const Policy* policy) {
    return std::any_of(policy->charts.begin(), policy->charts.end(), [](const policy::Glob& glob) {
      const std::string& pattern = glob.pattern();
      return pattern.find("**") != std::string::npos || pattern.find('*') < pattern.rfind('/');
    });
  });
}

// A chart of a HelmRepository: that one says where it is, and policies say where it may be.
std::optional<ChartSourceReport> OfOtherObject(const ChartSource& source, const ReleaseSetting& setting) {
  if (source.version.kind != ChartVersion::Kind::kVersion) return ChartSourceReport();
  if (!FindChartPlacesBelow(source.chart, setting).places.empty()) return std::nullopt;
  if (LeavePlacesOpen(PoliciesOf("", setting))) return ChartSourceReport();
  return NoPlace(source.chart, setting.policies.no_match);
}

// Whether the glob may match names below `parent`, as far as its beginning tells.
bool MayCoverBelow(const policy::Glob& glob, const std::string& parent) {
  const std::string_view pattern = glob.pattern();
  const std::string_view literal = pattern.substr(0, pattern.find('*'));
  const bool open = literal.size() < pattern.size();
  return literal.starts_with(parent) || (open && std::string_view(parent).starts_with(literal));
}

// Nothing is below it that a policy covers: whatever is named there would be refused.
ChartSourceReport OfParent(const ChartSource& source, const ReleaseSetting& setting) {
  const std::string parent = Cat(source.chart, "/");
  for (const Policy* policy : PoliciesOf("", setting)) {
    for (const policy::Glob& glob : policy->charts) {
      if (MayCoverBelow(glob, parent)) return {};
    }
  }
  ChartSourceReport report;
  report.rulings.push_back(NothingMatches(source, setting.policies.no_match));
  return report;
}

std::optional<ChartSourceReport> OfRegistry(const ChartSource& source, const ReleaseSetting& setting) {
  const Policies policies = PoliciesOf(source.repository->Name(), setting);
  ChartSourceReport report;
  if (policies.empty()) {
    report.rulings.push_back(NothingMatches(source, setting.policies.no_match));
    return report;
  }
  if (source.version.kind != ChartVersion::Kind::kUntold) return std::nullopt;
  AddPinRulings(policies, Untold(source), report);
  return report;
}

// Judges one chart of a registry.
class RegistryJudge {
 public:
  RegistryJudge(const ChartSource& source, const ChartSourceSetting& setting, ChartResolver& resolver,
                SignedCharts& charts, absl::Time deadline)
      : source_(source),
        setting_(setting),
        policies_(PoliciesOf(source.repository->Name(), setting.place)),
        resolver_(resolver),
        charts_(charts),
        deadline_(deadline) {}

  ChartSourceReport Judge() {
    report_.repository = source_.repository->Name();
    const absl::Status whole = Ask();
    if (!whole.ok()) ForAll([&](Ruling ruling) { return WithStatus(std::move(ruling), whole); });
    report_.pinnable = IsPinnable();
    const bool pinned = source_.version.IsPinned() || (setting_.pins && report_.pinnable);
    if (!pinned) AddPinRulings(policies_, NotPinned(source_), report_);
    return std::move(report_);
  }

 private:
  template <typename Rule>
  void ForAll(Rule rule) {
    report_.rulings.clear();
    for (const Policy* policy : policies_) {
      report_.rulings.push_back(rule(Ruling{.policy = policy->name, .effect = EffectOf(policy->mode)}));
    }
  }

  // An error is about all policies.
  absl::Status Ask() {
    ASSIGN_OR_RETURN(const Checked<ResolvedChart> resolved,
                     resolver_.Resolve(*source_.repository, source_.version, deadline_));
    if (!resolved.ok()) {
      ForAll([&](Ruling ruling) {
        return WithConclusion(std::move(ruling), MakeConclusion(resolved.rejection()));
      });
      return absl::OkStatus();
    }
    report_.version = resolved->tag;
    report_.digest = resolved->digest;
    ASSIGN_OR_RETURN(
        const SignedChart chart,
        charts_.AskSigner(source_.repository->WithDigestOnly(resolved->digest), policies_, deadline_));
    if (chart.conclusions.size() != policies_.size()) return absl::InternalError("an answer is missing");
    report_.lookup = LookupOf(chart);
    size_t next = 0;
    ForAll([&](Ruling ruling) {
      const auto& conclusion = chart.conclusions[next++];
      return conclusion.ok() ? WithConclusion(std::move(ruling), *conclusion)
                             : WithStatus(std::move(ruling), conclusion.status());
    });
    return absl::OkStatus();
  }

  bool IsPinnable() const {
    if (!source_.pin.has_value() || !report_.digest.has_value() || policies_.empty()) return false;
    for (size_t i = 0; i < policies_.size(); ++i) {
      if (report_.rulings[i].answer != Answer::kYes || !policies_[i]->git_ops.pin) return false;
    }
    return true;
  }

  const ChartSource& source_;
  const ChartSourceSetting& setting_;
  const Policies policies_;
  ChartResolver& resolver_;
  SignedCharts& charts_;
  const absl::Time deadline_;
  ChartSourceReport report_;
};

// At the places where policies let it lie. What none of them has may lie elsewhere, where policies leave that
// open: then its release will tell.
ChartSourceReport ByName(const ChartSource& source, const ChartSourceSetting& setting,
                         ChartResolver& resolver, SignedCharts& charts, absl::Time deadline) {
  const ChartPlaces places = FindChartPlacesBelow(source.chart, setting.place);
  bool missing = places.left_out == 0;
  ChartSourceReport decisive = AskPlaces(places, [&](const ChartPlace& place) {
    ChartSource there = source;
    there.repository = place.repository;
    PlaceAnswer answer{.report = RegistryJudge(there, setting, resolver, charts, deadline).Judge()};
    answer.is_there = answer.report.digest.has_value();
    missing = missing && IsMissing(answer.report);
    return answer;
  });
  const Policies policies = PoliciesOf("", setting.place);
  if (!missing || !LeavePlacesOpen(policies)) return decisive;
  ChartSourceReport report;
  if (!source.version.IsPinned()) AddPinRulings(policies, NotPinned(source), report);
  return report;
}

}  // namespace

std::optional<ChartSourceReport> JudgeUnasked(const ChartSource& source, const ChartSourceSetting& setting) {
  const ReleaseSetting& place = setting.place;
  ChartSourceReport report;
  switch (source.origin) {
    case ChartSource::Origin::kRegistry:
      return OfRegistry(source, place);
    case ChartSource::Origin::kElsewhere:
      report.rulings.push_back(Unverifiable(source, place.policies.no_match));
      return report;
    case ChartSource::Origin::kInline:
      return std::nullopt;
    case ChartSource::Origin::kOtherObject:
      return OfOtherObject(source, place);
    case ChartSource::Origin::kParent:
      return OfParent(source, place);
    case ChartSource::Origin::kUntold:
      AddPinRulings(PoliciesOf("", place), Untold(source), report);
      return report;
  }
  return std::nullopt;
}

ChartSourceReport VerifyChartSource(const ChartSource& source, const ChartSourceSetting& setting,
                                    ChartResolver& resolver, SignedCharts& charts, absl::Time deadline) {
  if (auto report = JudgeUnasked(source, setting)) return *std::move(report);
  if (source.origin == ChartSource::Origin::kInline) {
    return VerifyInlineChart(source.archive, setting.place, charts, deadline);
  }
  if (source.origin == ChartSource::Origin::kOtherObject) {
    return ByName(source, setting, resolver, charts, deadline);
  }
  return RegistryJudge(source, setting, resolver, charts, deadline).Judge();
}

}  // namespace chartseal::verification
