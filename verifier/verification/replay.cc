#include "verifier/verification/replay.h"

#include <algorithm>
#include <map>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy_file.h"
#include "verifier/verification/judge.h"

namespace chartseal::verification {
namespace {

constexpr std::string_view kOtherRoot =
    "it was decided under another trusted root; give that one with --trusted-root";

std::string_view ModeName(policy::Mode mode) {
  return mode == policy::Mode::kEnforce ? kModeEnforce : kModeWarn;
}

std::string_view ModeName(policy::NoMatch no_match) {
  switch (no_match) {
    case policy::NoMatch::kDeny:
      return kModeEnforce;
    case policy::NoMatch::kWarn:
      return kModeWarn;
    case policy::NoMatch::kAllow:
      return kModeAllow;
  }
  return kModeEnforce;
}

// Why the image cannot be judged again, whatever the policy; empty when it can.
std::string_view WhyNot(const RecordedImage& image) {
  if (!image.digest.has_value()) return "the digest was never known";
  if (image.evidence == nullptr) {
    return "the record holds no evidence: the answer was remembered, and what it was made from was no longer "
           "at hand";
  }
  return "";
}

// Whether the answer is about what a release holds, and not about who signed its chart.
bool IsAboutContent(Reason reason) {
  return reason == Reason::kChartContentMismatch || reason == Reason::kChartDependencyMismatch ||
         reason == Reason::kSubchartUnbound || reason == Reason::kSubchartMismatch;
}

// Whether the answer is about what the object says, or about what it and a chart hold, and not about who
// signed that chart.
bool IsAboutObject(Reason reason) {
  return reason == Reason::kChartNotPinned || reason == Reason::kChartSourceUnresolved ||
         reason == Reason::kDefinitionNotInChart || reason == Reason::kChartContentMismatch;
}

void JudgeAgain(const RecordedImage& image, const policy::Requirement& requirement,
                const sigstore::TrustedRoot& root, ReplayedRuling& ruling) {
  ruling.not_replayed = WhyNot(image);
  if (!ruling.not_replayed.empty()) return;
  const auto verdict =
      Judge(*image.evidence, {*image.digest, std::nullopt}, SignatureForm::kContainer, requirement, root);
  if (!verdict.ok()) {
    ruling.answer = kAnswerCouldNotTell;
    ruling.reason = ReasonOf(verdict.status());
    ruling.detail = Message(verdict.status());
    return;
  }
  ruling.answer = verdict->accepted ? kAnswerYes : kAnswerNo;
  ruling.reason = verdict->reason;
  ruling.verdict = *verdict;
}

// The policies of a record, read and checked.
class RecordedPolicies {
 public:
  static absl::StatusOr<RecordedPolicies> Read(const DecisionRecord& record) {
    RecordedPolicies policies;
    for (const RecordedPolicy& recorded : record.policies) {
      if (recorded.source == nullptr) continue;
      const std::string where = Cat("policy ", Printable(recorded.name));
      ASSIGN_OR_RETURN(const Node document, ParseJson(*recorded.source, where));
      ASSIGN_OR_RETURN(policy::Policy policy, policy::ReadPolicy(document, where));
      if (policy.name != recorded.name || policy.fingerprint != recorded.fingerprint) {
        return Malformed(Reason::kRecordMalformed, where,
                         Cat("its document was changed: expected fingerprint ",
                             Printable(recorded.fingerprint, 64), ", found ", policy.fingerprint));
      }
      policies.by_name_.emplace(recorded.name, std::move(policy));
    }
    return policies;
  }

  const policy::Policy* Find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, policy::Policy> by_name_;
};

ReplayedRuling Start(const RecordedRuling& recorded) {
  ReplayedRuling ruling;
  ruling.policy = recorded.policy;
  ruling.mode = recorded.mode;
  ruling.recorded = &recorded;
  ruling.answer = recorded.answer;
  ruling.reason = recorded.reason;
  return ruling;
}

bool Enforces(const ReplayedRuling& ruling) { return ruling.mode == kModeEnforce; }

// What follows from all rulings together; a no that was judged again outweighs what could not be.
class Weighing {
 public:
  void Add(const std::vector<ReplayedRuling>& rulings) {
    for (const ReplayedRuling& ruling : rulings) {
      disagrees_ = disagrees_ || !ruling.Agrees();
      if (!Enforces(ruling)) continue;
      // A no that follows from the request alone stands.
      const bool from_request = ruling.policy.empty() || ruling.reason == Reason::kChartNotPinned;
      const bool judged = ruling.not_replayed.empty() || (from_request && ruling.answer == kAnswerNo);
      denied_ = denied_ || (judged && ruling.answer == kAnswerNo);
      unknown_ = unknown_ || !judged || ruling.answer == kAnswerCouldNotTell;
    }
  }
  ReplayResult Result() const {
    if (disagrees_) return ReplayResult::kDisagrees;
    return denied_ ? ReplayResult::kDenied : unknown_ ? ReplayResult::kUnknown : ReplayResult::kAdmitted;
  }

 private:
  bool disagrees_ = false;
  bool denied_ = false;
  bool unknown_ = false;
};

ReplayResult ResultOf(const Replay& replay, const DecisionRecord& record) {
  Weighing weighing;
  for (const ReplayedImage& image : replay.images) weighing.Add(image.rulings);
  for (const ReplayedImage& chart : replay.charts) weighing.Add(chart.rulings);
  if (!replay.release.has_value()) return weighing.Result();
  weighing.Add(replay.release->rulings);
  const auto& decisive = record.release->decisive;
  if (decisive.has_value()) weighing.Add(replay.release->places[*decisive].rulings);
  return weighing.Result();
}

ReplayedRuling WithoutPolicy(policy::NoMatch no_match) {
  ReplayedRuling ruling;
  ruling.mode = ModeName(no_match);
  ruling.answer = kAnswerNo;
  ruling.reason = Reason::kNoPolicyMatches;
  return ruling;
}

ReplayedImage JudgeUnder(const RecordedImage& image, policy::ArtifactKind kind, const DecisionRecord& record,
                         const policy::PolicySet& policies, const sigstore::TrustedRoot& root) {
  ReplayedImage replayed{&image, {}};
  const auto reference = oci::Reference::Parse(image.image);
  if (!reference.ok()) {
    ReplayedRuling ruling;
    ruling.mode = kModeEnforce;
    ruling.answer = kAnswerCouldNotTell;
    ruling.reason = Reason::kReferenceMalformed;
    ruling.detail = Message(reference.status());
    replayed.rulings.push_back(std::move(ruling));
    return replayed;
  }
  for (const policy::Policy* policy :
       policies.Match(kind, reference->Name(), record.request.namespace_name)) {
    ReplayedRuling ruling;
    ruling.policy = policy->name;
    ruling.mode = ModeName(policy->mode);
    JudgeAgain(image, policy->requirement, root, ruling);
    replayed.rulings.push_back(std::move(ruling));
  }
  if (replayed.rulings.empty()) replayed.rulings.push_back(WithoutPolicy(policies.no_match));
  return replayed;
}

// A chart that satisfies a policy must be that of the release, too. Only the fingerprints can be compared.
void CompareContent(const RecordedRelease& release, const RecordedPlace& place, ReplayedRuling& ruling) {
  if (ruling.answer != kAnswerYes || !ruling.not_replayed.empty()) return;
  if (place.fingerprint.empty()) {
    ruling.not_replayed = "who signed it is right, and what it holds was not looked at";
  } else if (place.fingerprint != release.fingerprint) {
    ruling.answer = kAnswerNo;
    ruling.reason = Reason::kChartContentMismatch;
    ruling.verdict.reset();
  }
}

// A no that is about what the release holds. Of that, the record has the fingerprints alone.
void JudgeContentAgain(const RecordedRelease& release, const RecordedPlace& place, ReplayedRuling& ruling) {
  ruling = Start(*ruling.recorded);
  const bool known = !place.fingerprint.empty() && !release.fingerprint.empty();
  if (!known || ruling.reason != Reason::kChartContentMismatch) {
    ruling.not_replayed = "it is about what the release holds, and the record does not hold that";
  } else if (place.fingerprint == release.fingerprint) {
    ruling.answer = kAnswerYes;
    ruling.reason = Reason::kNone;
  }
}

// Judges what the record holds under its own policies.
class RecordJudge {
 public:
  RecordJudge(const RecordedPolicies& policies, const sigstore::TrustedRoot& root, bool may_judge)
      : policies_(policies), root_(root), may_judge_(may_judge) {}

  ReplayedImage Judge(const RecordedImage& image) const {
    ReplayedImage replayed{&image, {}};
    for (const RecordedRuling& recorded : image.rulings) {
      ReplayedRuling& ruling = replayed.rulings.emplace_back(Start(recorded));
      const policy::Policy* policy = policies_.Find(recorded.policy);
      if (recorded.policy.empty()) {
        ruling.not_replayed = "no policy was asked";
      } else if (policy == nullptr) {
        ruling.not_replayed = "the policy came from an object that a record cannot hold";
      } else if (!may_judge_) {
        ruling.not_replayed = kOtherRoot;
      } else {
        JudgeAgain(image, policy->requirement, root_, ruling);
      }
    }
    return replayed;
  }

  ReplayedImage JudgeChart(const RecordedImage& chart) const {
    ReplayedImage replayed = Judge(chart);
    for (ReplayedRuling& ruling : replayed.rulings) {
      if (!IsAboutObject(ruling.recorded->reason)) continue;
      ruling = Start(*ruling.recorded);
      ruling.not_replayed = "it is about what the object says, and the record does not hold that";
    }
    return replayed;
  }

  ReplayedRelease Judge(const RecordedRelease& release) const {
    ReplayedRelease replayed;
    for (const RecordedPlace& place : release.places) {
      ReplayedImage& image = replayed.places.emplace_back(Judge(place.chart));
      for (ReplayedRuling& ruling : image.rulings) {
        if (IsAboutContent(ruling.recorded->reason)) {
          JudgeContentAgain(release, place, ruling);
        } else {
          CompareContent(release, place, ruling);
        }
      }
    }
    for (const RecordedRuling& recorded : release.rulings) {
      replayed.rulings.push_back(Start(recorded));
      replayed.rulings.back().not_replayed = "no place was asked";
    }
    return replayed;
  }

 private:
  const RecordedPolicies& policies_;
  const sigstore::TrustedRoot& root_;
  const bool may_judge_;
};

}  // namespace

bool ReplayedRuling::Agrees() const {
  if (recorded == nullptr || !not_replayed.empty()) return true;
  return answer == recorded->answer && reason == recorded->reason;
}

absl::StatusOr<Replay> ReplayRecord(const DecisionRecord& record, const sigstore::TrustedRoot& root,
                                    bool any_root) {
  ASSIGN_OR_RETURN(const RecordedPolicies policies, RecordedPolicies::Read(record));
  Replay replay;
  replay.trusted_root_version = root.version();
  replay.same_root = record.trusted_root_version.empty() || record.trusted_root_version == root.version();
  const RecordJudge judge(policies, root, replay.same_root || any_root);
  for (const RecordedImage& image : record.images) replay.images.push_back(judge.Judge(image));
  for (const RecordedImage& chart : record.charts) replay.charts.push_back(judge.JudgeChart(chart));
  if (record.release.has_value()) replay.release = judge.Judge(*record.release);
  replay.result = ResultOf(replay, record);
  const bool about_the_object = record.images.empty() && record.charts.empty() &&
                                !record.release.has_value() && record.verdict == kVerdictDenied;
  if (about_the_object)
    replay.result = ReplayResult::kDenied;  // its kind or a field of it: no evidence to judge
  const bool record_denies = record.verdict == kVerdictDenied;
  const bool contradicts = (replay.result == ReplayResult::kDenied && !record_denies) ||
                           (replay.result == ReplayResult::kAdmitted && record_denies);
  if (contradicts) replay.result = ReplayResult::kDisagrees;
  return replay;
}

Replay ReplayUnder(const DecisionRecord& record, const policy::PolicySet& policies,
                   const sigstore::TrustedRoot& root) {
  Replay replay;
  replay.trusted_root_version = root.version();
  replay.same_root = record.trusted_root_version.empty() || record.trusted_root_version == root.version();
  for (const RecordedImage& image : record.images) {
    replay.images.push_back(JudgeUnder(image, policy::ArtifactKind::kImage, record, policies, root));
  }
  for (const RecordedImage& chart : record.charts) {
    replay.charts.push_back(JudgeUnder(chart, policy::ArtifactKind::kChart, record, policies, root));
  }
  if (record.release.has_value()) {
    replay.release.emplace();
    for (const RecordedPlace& place : record.release->places) {
      ReplayedImage& replayed = replay.release->places.emplace_back(
          JudgeUnder(place.chart, policy::ArtifactKind::kChart, record, policies, root));
      for (ReplayedRuling& ruling : replayed.rulings) CompareContent(*record.release, place, ruling);
    }
    if (!record.release->decisive.has_value()) {
      replay.release->rulings.push_back(WithoutPolicy(policies.no_match));
    }
  }
  replay.result = ResultOf(replay, record);
  return replay;
}

}  // namespace chartseal::verification
