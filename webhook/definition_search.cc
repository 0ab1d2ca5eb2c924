#include "webhook/definition_search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/definition.h"
#include "verifier/chart/version_tags.h"
#include "verifier/verification/parallel.h"
#include "verifier/verification/release_text.h"
#include "verifier/verification/ruling.h"

namespace chartseal::webhook {
namespace {

using verification::Answer;
using verification::Ruling;
using verification::SignedChart;

// Versions that are looked into at the same time: enough that the answer is there in time, and few enough
// that one definition does not hold all the threads.
constexpr size_t kAtOnce = 4;
// What came of one.
struct Look {
  std::string chart;  // "ghcr.io/acme/charts/app:1.2.3"
  Answer answer = Answer::kNo;
  std::string found;    // of a no
  absl::Status status;  // of what could not be told
  std::optional<crypto::Digest> digest;
  verification::Lookup lookup;  // of that digest
  std::shared_ptr<const verification::Conclusion> conclusion;
};

bool Covers(const policy::DefinitionRule& rule, std::string_view group) {
  return std::any_of(rule.groups.begin(), rule.groups.end(),
                     [group](const policy::Glob& glob) { return glob.Matches(group); });
}

class Search {
 public:
  Search(const policy::Policy& policy, const WantedDefinition& wanted, verification::SignedCharts& charts,
         TagLists& tags, absl::Time deadline)
      : policy_(policy), wanted_(wanted), charts_(charts), tags_(tags), deadline_(deadline) {}

  ChartReport Run() {
    FindCandidates();
    // The newest of the first chart first and alone: almost always it is the one.
    for (size_t begin = 0; begin < candidates_.size() && !HasYes(); begin += begin == 0 ? 1 : kAtOnce) {
      LookInto(begin, std::min(candidates_.size(), begin == 0 ? 1 : begin + kAtOnce));
    }
    return Report();
  }

 private:
  void FindCandidates() {
    for (const policy::DefinitionRule& rule : policy_.definitions) {
      if (!Covers(rule, wanted_.group)) continue;
      for (const policy::DefinitionRule::Source& source : rule.charts) AddVersions(source);
    }
    TakeInTurns();
  }

  // So that no chart with many versions keeps another from being looked into: of each at least the newest.
  void TakeInTurns() {
    size_t most = 0;
    for (const auto& versions : versions_) most = std::max(most, versions.size());
    const size_t limit = std::max(limits::kMaxDefinitionCharts, versions_.size());
    for (size_t age = 0; age < most; ++age) {
      for (const auto& versions : versions_) {
        if (age >= versions.size()) continue;
        if (candidates_.size() < limit)
          candidates_.push_back(versions[age]);
        else
          ++left_out_;
      }
    }
  }

  void AddVersions(const policy::DefinitionRule::Source& source) {
    expected_ += Cat(expected_.empty() ? "" : " or ", source.repository, " ", source.versions);
    if (first_.empty()) first_ = source.repository;
    const absl::StatusOr<oci::Reference> repository = oci::Reference::Parse(Cat("oci://", source.repository));
    if (repository.ok()) signers_ = Cat(", signed by ", verification::SignersOf({*repository, {&policy_}}));
    absl::StatusOr<std::vector<std::string>> found =
        repository.ok() ? TagsOf(*repository, source.versions) : repository.status();
    if (!found.ok()) {
      looks_.push_back(Failed(source.repository, found.status()));
      return;
    }
    if (found->empty()) looks_.push_back({.chart = source.repository, .found = "no such version"});
    std::vector<oci::Reference>& versions = versions_.emplace_back();
    for (const std::string& tag : *found) {
      absl::StatusOr<oci::Reference> reference = repository->WithTag(tag);
      if (reference.ok())
        versions.push_back(*std::move(reference));  // else no tag that a registry should have
    }
  }

  absl::StatusOr<std::vector<std::string>> TagsOf(const oci::Reference& repository,
                                                  std::string_view versions) {
    if (chart::IsExactVersion(versions)) return std::vector<std::string>{chart::TagOfVersion(versions)};
    absl::StatusOr<std::vector<std::string>> tags = tags_.ListTags(repository, deadline_);
    if (absl::IsNotFound(tags.status())) return std::vector<std::string>{};
    RETURN_IF_ERROR(tags.status());
    ASSIGN_OR_RETURN(const std::vector<chart::VersionTag> in_range, chart::TagsInRange(*tags, versions));
    std::vector<std::string> newest;
    for (const chart::VersionTag& version : in_range) newest.push_back(version.tag);
    return newest;
  }

  void LookInto(size_t begin, size_t end) {
    std::vector<Look> looks(end - begin);
    verification::ParallelFor(end - begin, kAtOnce,
                              [&](size_t i) { looks[i] = LookInto(candidates_[begin + i]); });
    std::move(looks.begin(), looks.end(), std::back_inserter(looks_));
  }

  Look LookInto(const oci::Reference& candidate) const {
    const std::string name = candidate.ToString();
    absl::StatusOr<SignedChart> asked = charts_.AskSigner(candidate, {&policy_}, deadline_);
    if (absl::IsNotFound(asked.status())) return {.chart = name, .found = "no such version"};
    if (!asked.ok()) return Failed(name, asked.status());
    if (asked->conclusions.size() != 1) return Failed(name, absl::InternalError("not one conclusion"));
    if (!asked->conclusions[0].ok()) return Failed(name, asked->conclusions[0].status());
    Look look = {.chart = name,
                 .digest = asked->digest,
                 .lookup = LookupOf(*asked),
                 .conclusion = *asked->conclusions[0]};
    if (!look.conclusion->accepted) {
      look.found = std::string(Name(look.conclusion->reason));
      return look;
    }
    const auto chart = charts_.Pull(candidate, asked->digest, deadline_);
    if (!chart.ok()) return Failed(name, chart.status());
    return Compare(**chart, std::move(look));
  }

  Look Compare(const chart::Chart& chart, Look look) const {
    std::vector<std::string> unreadable;
    const auto definitions = chart::FindDefinitions(chart, wanted_.name, unreadable);
    for (const chart::ChartDefinition& definition : definitions) {
      const std::optional<std::string> where = chart::DefinitionDifference(definition.spec, wanted_.spec);
      if (!where.has_value()) {
        look.answer = Answer::kYes;
        return look;
      }
      if (look.found.empty()) look.found = Cat(definition.file, " differs in ", *where);
    }
    if (look.found.empty()) look.found = unreadable.empty() ? "no such definition" : unreadable.front();
    return look;
  }

  static Look Failed(std::string chart, const absl::Status& status) {
    return {.chart = std::move(chart), .answer = Answer::kCouldNotTell, .status = status};
  }

  const Look* First(Answer answer) const {
    const auto found =
        std::find_if(looks_.begin(), looks_.end(), [&](const Look& look) { return look.answer == answer; });
    return found == looks_.end() ? nullptr : &*found;
  }
  bool HasYes() const { return First(Answer::kYes) != nullptr; }

  ChartReport Report() const {
    const Ruling ruling = {.policy = policy_.name, .effect = verification::EffectOf(policy_.mode)};
    ChartReport report = {.chart = first_, .path = Cat("CustomResourceDefinition ", wanted_.name)};
    if (const Look* const yes = First(Answer::kYes)) {
      report.chart = yes->chart;
      report.digest = yes->digest;
      report.lookup = yes->lookup;
      report.rulings = {WithConclusion(ruling, yes->conclusion)};
    } else if (const Look* const failed = First(Answer::kCouldNotTell)) {
      report.chart = failed->chart;
      report.rulings = {WithStatus(ruling, failed->status)};
    } else {
      report.rulings = {No(ruling)};
    }
    return report;
  }

  // Of several charts the newest version of the first is said; the others only counted, since the texts of a
  // denial are short.
  Ruling No(Ruling ruling) const {
    ruling.answer = Answer::kNo;
    ruling.reason = Reason::kDefinitionNotInChart;
    ruling.detail = std::string(Explanation(ruling.reason));
    if (looks_.size() > 1) ruling.detail += Cat("; ", looks_.size(), " were looked into");
    if (left_out_ > 0) ruling.detail += Cat(", and ", left_out_, " older versions were not");
    ruling.expected = Cat("the definition just so in a chart of ", expected_, signers_);
    if (!looks_.empty()) ruling.found = Cat(looks_[0].chart, ": ", looks_[0].found);
    ruling.next = "install it from the chart of that version, or add the chart that brings it to the policy";
    return ruling;
  }

  const policy::Policy& policy_;
  const WantedDefinition& wanted_;
  verification::SignedCharts& charts_;
  TagLists& tags_;
  const absl::Time deadline_;
  std::string first_;                                  // repository that the rules name
  std::string expected_;                               // all of them with their versions
  std::string signers_;                                // of all
  std::vector<std::vector<oci::Reference>> versions_;  // of each source, the newest first
  std::vector<oci::Reference> candidates_;             // in the order in which they are looked into
  size_t left_out_ = 0;
  std::vector<Look> looks_;
};

}  // namespace

bool CoversDefinitions(const policy::Policy& policy, std::string_view group) {
  return std::any_of(policy.definitions.begin(), policy.definitions.end(),
                     [group](const policy::DefinitionRule& rule) { return Covers(rule, group); });
}

ChartReport JudgeDefinition(const policy::Policy& policy, const WantedDefinition& wanted,
                            verification::SignedCharts& charts, TagLists& tags, absl::Time deadline) {
  return Search(policy, wanted, charts, tags, deadline).Run();
}

}  // namespace chartseal::webhook
