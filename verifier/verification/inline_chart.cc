#include "verifier/verification/inline_chart.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/version_tags.h"
#include "verifier/verification/decisive_place.h"
#include "verifier/verification/places_asked.h"

namespace chartseal::verification {
namespace {

// The files of a chart and of all charts in it, by the paths that they would have unpacked.
class Files {
 public:
  explicit Files(const chart::Chart& chart) { AddChart(chart, ""); }

  const std::map<std::string, std::string_view>& all() const { return files_; }
  // One that two files have, as of two archives in charts/ with the same top directory; or "".
  const std::string& ambiguous() const { return ambiguous_; }

 private:
  void AddChart(const chart::Chart& chart, const std::string& below) {
    Add(chart.chart_yaml(), below);
    for (const auto* file : {&chart.chart_lock(), &chart.values(), &chart.schema()}) {
      if (file->has_value()) Add(**file, below);
    }
    for (const chart::File& file : chart.templates()) Add(file, below);
    for (const chart::File& file : chart.files()) Add(file, below);
    for (const auto& subchart : chart.subcharts()) {
      AddChart(subchart.chart, Cat(below, "charts/", subchart.directory, "/"));
    }
  }

  void Add(const chart::File& file, const std::string& below) {
    const auto [added, is_new] = files_.emplace(Cat(below, file.name), file.bytes);
    if (!is_new && ambiguous_.empty()) ambiguous_ = added->first;
  }

  std::map<std::string, std::string_view> files_;
  std::string ambiguous_;
};

// helm would render both, and only one could be compared.
Rejection Ambiguous(std::string_view file) {
  return {.reason = Reason::kChartDuplicate,
          .detail = Cat("two files of charts in the chart are called ", Printable(file)),
          .expected = "one",
          .found = "two"};
}

Rejection Differs(std::string_view file, std::string_view expected, std::string_view found) {
  return {.reason = Reason::kChartContentMismatch,
          .detail = Cat("the chart in the object is not the signed one: ", Printable(file)),
          .expected = std::string(expected),
          .found = std::string(found)};
}

// What cannot be read is nobody's chart, whatever policies there are.
ChartSourceReport Unreadable(const absl::Status& status) {
  ChartSourceReport report;
  report.rulings.push_back(WithStatus(Ruling{}, status));
  return report;
}

absl::StatusOr<chart::Chart> Read(std::string_view base64) {
  constexpr std::string_view kWhere = "chart in the object";
  const auto bytes = Base64Decode(base64);
  if (!bytes.ok()) return Malformed(Reason::kChartSourceMalformed, kWhere, Message(bytes.status()));
  if (bytes->size() > limits::kMaxInlineChartBytes) {
    return WithReason(absl::ResourceExhaustedError(Cat(kWhere, ": ", bytes->size(), " bytes")),
                      Reason::kLimitExceeded);
  }
  return chart::Chart::FromArchive(*bytes, kWhere);
}

class PlaceJudge {
 public:
  PlaceJudge(const chart::Chart& chart, SignedCharts& charts, absl::Time deadline)
      : chart_(chart), charts_(charts), deadline_(deadline) {}

  PlaceAnswer At(const ChartPlace& place) {
    PlaceAnswer answer;
    answer.report.repository = place.repository.Name();
    answer.report.version = chart::TagOfVersion(chart_.metadata().version);
    const absl::Status whole = Judge(place, answer);
    if (whole.ok()) return answer;
    answer.report.rulings.clear();
    for (const policy::Policy* policy : place.policies) {
      answer.report.rulings.push_back(WithStatus(Begin(*policy), whole));
    }
    return answer;
  }

 private:
  static Ruling Begin(const policy::Policy& policy) {
    return {.policy = policy.name, .effect = EffectOf(policy.mode)};
  }

  // Who signed first, then whether this is it: where a policy says yes, since a signature on something else
  // says nothing of this, and where all of them only warn, since they do so of their own charts. An error is
  // about the place as a whole.
  absl::Status Judge(const ChartPlace& place, PlaceAnswer& answer) {
    ChartSourceReport& report = answer.report;
    ASSIGN_OR_RETURN(const oci::Reference reference, place.repository.WithTag(report.version));
    ASSIGN_OR_RETURN(const SignedChart found, charts_.AskSigner(reference, place.policies, deadline_));
    if (found.conclusions.size() != place.policies.size()) return absl::InternalError("an answer is missing");
    report.digest = found.digest;
    const bool any_enforces = Enforces(place.policies);
    report.lookup = LookupOf(found);
    bool any_yes = false;
    for (size_t i = 0; i < place.policies.size(); ++i) {
      const auto& conclusion = found.conclusions[i];
      report.rulings.push_back(conclusion.ok() ? WithConclusion(Begin(*place.policies[i]), *conclusion)
                                               : WithStatus(Begin(*place.policies[i]), conclusion.status()));
      any_yes = any_yes || report.rulings.back().answer == Answer::kYes;
    }
    if (any_enforces && !any_yes) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto theirs, charts_.Pull(place.repository, found.digest, deadline_));
    const Checked<Passed> same = CompareCharts(*theirs, chart_);
    answer.is_there = same.ok();
    if (same.ok()) return absl::OkStatus();
    for (Ruling& ruling : report.rulings) {
      // Where nobody enforces it matters more that it is not from there than who signed what is.
      if (!any_enforces) ruling.answer = Answer::kYes;
      ruling = WithRejection(std::move(ruling), same.rejection());
    }
    return absl::OkStatus();
  }

  const chart::Chart& chart_;
  SignedCharts& charts_;
  const absl::Time deadline_;
};

}  // namespace

Checked<Passed> CompareCharts(const chart::Chart& signed_chart, const chart::Chart& found) {
  const Files wanted(signed_chart);
  const Files ours(found);
  for (const Files* const files : {&wanted, &ours}) {
    if (!files->ambiguous().empty()) return Ambiguous(files->ambiguous());
  }
  for (const auto& [name, bytes] : wanted.all()) {
    const auto other = ours.all().find(name);
    if (other == ours.all().end()) return Differs(name, "the file", "nothing");
    if (other->second != bytes) return Differs(name, "what was signed", "other bytes");
  }
  for (const auto& [name, bytes] : ours.all()) {
    if (!wanted.all().contains(name))
      return Differs(name, "nothing", "a file that the signed chart does not have");
  }
  return Passed{};
}

ChartSourceReport VerifyInlineChart(std::string_view base64, const ReleaseSetting& setting,
                                    SignedCharts& charts, absl::Time deadline) {
  const absl::StatusOr<chart::Chart> chart = Read(base64);
  if (!chart.ok()) return Unreadable(chart.status());
  const ChartPlaces places = FindChartPlaces(chart->metadata(), setting);
  if (places.places.empty()) return NoPlace(chart->metadata().name, setting.policies.no_match);
  PlaceJudge judge(*chart, charts, deadline);
  return AskPlaces(places, [&](const ChartPlace& place) { return judge.At(place); });
}

}  // namespace chartseal::verification
