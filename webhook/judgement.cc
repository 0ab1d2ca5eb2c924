#include "webhook/judgement.h"

#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/verification/judge.h"

namespace chartseal::webhook {
namespace {

absl::StatusOr<verification::Verdict> JudgeOne(const verification::Evidence& evidence,
                                               const crypto::Digest& digest, const policy::Policy& policy,
                                               const PolicySnapshot& snapshot) {
  if (snapshot.root == nullptr) {
    return WithReason(absl::FailedPreconditionError("no trusted root is loaded"),
                      Reason::kTrustedRootMalformed);
  }
  return verification::Judge(evidence, {digest, std::nullopt}, verification::SignatureForm::kContainer,
                             policy.requirement, *snapshot.root);
}

// Judging wants a digest even where it does not look at one.
const crypto::Digest& NoDigest() {
  static const auto* const digest = new crypto::Digest(crypto::Digest::Sha256Of(""));
  return *digest;
}

}  // namespace

Judgement::Judgement(const ImageQuery& query, std::optional<crypto::Digest> digest, DecisionCache& cache)
    : query_(query),
      digest_(std::move(digest)),
      cache_(cache),
      keys_(query.policies.size()),
      answers_(query.policies.size()) {}

bool Judgement::Recall(absl::Time now) {
  const std::string repository = query_.reference.Name();
  bool all = true;
  for (size_t i = 0; i < query_.policies.size(); ++i) {
    const policy::Policy& policy = *query_.policies[i];
    if (!verification::NeedsEvidence(policy)) {
      answers_[i] = WithoutEvidence(policy);
      continue;
    }
    if (digest_.has_value()) keys_[i] = DecisionCache::KeyOf(repository, *digest_, policy, *query_.snapshot);
    auto found = keys_[i].has_value() ? cache_.Find(*keys_[i], now) : nullptr;
    if (found == nullptr) {
      all = false;
    } else {
      answers_[i] = std::move(found);
    }
  }
  return all;
}

Judgement::Answer Judgement::WithoutEvidence(const policy::Policy& policy) const {
  if (policy.not_honoured.has_value()) return MakeConclusion(*policy.not_honoured);
  ASSIGN_OR_RETURN(const auto verdict,
                   JudgeOne({}, digest_.has_value() ? *digest_ : NoDigest(), policy, *query_.snapshot));
  return MakeConclusion(verdict);
}

std::vector<const policy::Requirement*> Judgement::Open() const {
  std::vector<const policy::Requirement*> open;
  for (size_t i = 0; i < answers_.size(); ++i) {
    if (!answers_[i].has_value()) open.push_back(&query_.policies[i]->requirement);
  }
  return open;
}

std::optional<verification::EvidenceScope> Judgement::Missing() const {
  return verification::ScopeOf(Open());
}

bool Judgement::Judge(const verification::Evidence& evidence, absl::Time as_of, absl::Time now) {
  const bool says_no = now - as_of < limits::kNoLifetime;
  bool all = true;
  for (size_t i = 0; i < answers_.size(); ++i) {
    if (answers_[i].has_value()) continue;
    // Whoever waited for the same evidence may have judged it under the same policy.
    if (auto found = keys_[i].has_value() ? cache_.Find(*keys_[i], now) : nullptr) {
      answers_[i] = std::move(found);
      continue;
    }
    const auto verdict = JudgeOne(evidence, *digest_, *query_.policies[i], *query_.snapshot);
    if (!says_no && !(verdict.ok() && verdict->accepted)) {
      all = false;
      continue;
    }
    if (!verdict.ok()) {
      answers_[i] = verdict.status();
      continue;
    }
    auto conclusion = MakeConclusion(*verdict);
    if (keys_[i].has_value()) cache_.Put(*keys_[i], conclusion, as_of, now);
    answers_[i] = std::move(conclusion);
  }
  return all;
}

void Judgement::Fail(const absl::Status& status) {
  for (auto& answer : answers_) {
    if (!answer.has_value()) answer = status;
  }
}

ImageOutcome Judgement::Take(bool remembered) && {
  ImageOutcome outcome{.digest = digest_, .conclusions = {}, .remembered = remembered};
  outcome.conclusions.reserve(answers_.size());
  for (auto& answer : answers_) outcome.conclusions.push_back(*std::move(answer));
  return outcome;
}

}  // namespace chartseal::webhook
