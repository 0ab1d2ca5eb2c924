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
ReplayResult ResultOf(const std::vector<ReplayedImage>& images) {
  bool denied = false;
  bool unknown = false;
  for (const ReplayedImage& image : images) {
    for (const ReplayedRuling& ruling : image.rulings) {
      if (!ruling.Agrees()) return ReplayResult::kDisagrees;
      if (!Enforces(ruling)) continue;
      // A no without a policy follows from the request alone, and stands.
      const bool judged =
          ruling.not_replayed.empty() || (ruling.policy.empty() && ruling.answer == kAnswerNo);
      denied = denied || (judged && ruling.answer == kAnswerNo);
      unknown = unknown || !judged || ruling.answer == kAnswerCouldNotTell;
    }
  }
  return denied ? ReplayResult::kDenied : unknown ? ReplayResult::kUnknown : ReplayResult::kAdmitted;
}

ReplayedRuling WithoutPolicy(policy::NoMatch no_match) {
  ReplayedRuling ruling;
  ruling.mode = ModeName(no_match);
  ruling.answer = kAnswerNo;
  ruling.reason = Reason::kNoPolicyMatches;
  return ruling;
}

ReplayedImage JudgeUnder(const RecordedImage& image, const DecisionRecord& record,
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
       policies.Match(policy::ArtifactKind::kImage, reference->Name(), record.request.namespace_name)) {
    ReplayedRuling ruling;
    ruling.policy = policy->name;
    ruling.mode = ModeName(policy->mode);
    JudgeAgain(image, policy->requirement, root, ruling);
    replayed.rulings.push_back(std::move(ruling));
  }
  if (replayed.rulings.empty()) replayed.rulings.push_back(WithoutPolicy(policies.no_match));
  return replayed;
}

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
  for (const RecordedImage& image : record.images) {
    ReplayedImage& replayed = replay.images.emplace_back(ReplayedImage{&image, {}});
    for (const RecordedRuling& recorded : image.rulings) {
      ReplayedRuling& ruling = replayed.rulings.emplace_back(Start(recorded));
      const policy::Policy* policy = policies.Find(recorded.policy);
      if (recorded.policy.empty()) {
        ruling.not_replayed = "no policy was asked";
      } else if (policy == nullptr) {
        ruling.not_replayed = "the policy came from an object that a record cannot hold";
      } else if (!replay.same_root && !any_root) {
        ruling.not_replayed = kOtherRoot;
      } else {
        JudgeAgain(image, policy->requirement, root, ruling);
      }
    }
  }
  replay.result = ResultOf(replay.images);
  const bool about_the_object = record.images.empty() && record.verdict == kVerdictDenied;
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
    replay.images.push_back(JudgeUnder(image, record, policies, root));
  }
  replay.result = ResultOf(replay.images);
  return replay;
}

}  // namespace chartseal::verification
