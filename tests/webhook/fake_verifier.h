#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "verifier/base/status.h"
#include "webhook/image_verifier.h"

namespace chartseal::webhook {

inline crypto::Digest DigestOf(std::string_view text) { return crypto::Digest::Sha256Of(text); }

inline verification::Verdict Yes(std::string_view content = "content") {
  return {.accepted = true, .digest = DigestOf(content)};
}

inline verification::Verdict No(Reason reason, std::string_view content = "content") {
  return {.accepted = false,
          .digest = DigestOf(content),
          .reason = reason,
          .detail = "signed by somebody else",
          .expected = "issuer https://issuer.test, subject https://good.test/release",
          .found = "issuer https://issuer.test, subject https://evil.test/release",
          .next = "sign it with the release workflow"};
}

inline absl::Status Unknown(Reason reason, absl::StatusCode code = absl::StatusCode::kUnavailable) {
  return WithReason(absl::Status(code, "connection refused by 127.0.0.1:1"), reason);
}

// Answers by repository name from a table, and remembers what it was asked.
class FakeVerifier : public ImageVerifier {
 public:
  using Behaviour = std::function<absl::StatusOr<verification::Verdict>(const ImageQuery&, absl::Time)>;

  void Answer(const std::string& name, absl::StatusOr<verification::Verdict> answer) {
    Behave(name, [answer](const ImageQuery&, absl::Time) { return answer; });
  }
  void Behave(const std::string& name, Behaviour behaviour) { table_[name] = std::move(behaviour); }
  // What the policies of the query say, in order; whatever the table says about the digest holds for all.
  void AnswerEach(const std::string& name, std::vector<absl::StatusOr<verification::Verdict>> answers) {
    Answer(name, Yes());
    each_[name] = std::move(answers);
  }
  // From now on Recall() knows this image.
  void Remember(const std::string& name) { remembered_.insert(name); }

  std::optional<ImageOutcome> Recall(const ImageQuery& query, absl::Time now) override {
    {
      const std::lock_guard lock(mutex_);
      recalled_.push_back(query.reference.ToString());
    }
    if (!remembered_.contains(query.reference.Name())) return std::nullopt;
    auto outcome = One(query, now);
    if (outcome.ok()) outcome->remembered = true;
    return outcome.ok() ? std::optional(*std::move(outcome)) : std::nullopt;
  }

  std::vector<absl::StatusOr<ImageOutcome>> VerifyAll(const std::vector<ImageQuery>& queries,
                                                      absl::Time deadline) override {
    std::vector<absl::StatusOr<ImageOutcome>> outcomes;
    for (const ImageQuery& query : queries) {
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(query.reference.ToString());
        pulls_.push_back(*query.pull);
      }
      outcomes.push_back(One(query, deadline));
    }
    return outcomes;
  }

  // What VerifyAll() was asked, and as whom; what Recall() was asked.
  std::vector<std::string> asked() { return Locked(asked_); }
  std::vector<PullContext> pulls() { return Locked(pulls_); }
  std::vector<std::string> recalled() { return Locked(recalled_); }

 private:
  template <typename T>
  T Locked(const T& list) {
    const std::lock_guard lock(mutex_);
    return list;
  }

  absl::StatusOr<ImageOutcome> One(const ImageQuery& query, absl::Time time) {
    const std::string name = query.reference.Name();
    const auto found = table_.find(name);
    if (found == table_.end()) return absl::InternalError("the test did not expect " + name);
    const auto verdict = found->second(query, time);
    if (!verdict.ok()) return verdict.status();
    ImageOutcome outcome{.digest = verdict->digest, .conclusions = {}};
    for (size_t i = 0; i < query.policies.size(); ++i) {
      const auto each = each_.find(name);
      const auto answer = each == each_.end() ? verdict : each->second.at(i);
      if (answer.ok()) {
        outcome.conclusions.push_back(MakeConclusion(*answer));
      } else {
        outcome.conclusions.push_back(answer.status());
      }
    }
    return outcome;
  }

  std::map<std::string, Behaviour> table_;
  std::map<std::string, std::vector<absl::StatusOr<verification::Verdict>>> each_;
  std::set<std::string> remembered_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::vector<PullContext> pulls_;
  std::vector<std::string> recalled_;
};

}  // namespace chartseal::webhook
