#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "verifier/base/status.h"
#include "webhook/question.h"

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
  using Behaviour = std::function<absl::StatusOr<verification::Verdict>(const oci::Reference&, absl::Time)>;

  void Answer(const std::string& name, absl::StatusOr<verification::Verdict> answer) {
    Behave(name, [answer](const oci::Reference&, absl::Time) { return answer; });
  }
  void Behave(const std::string& name, Behaviour behaviour) { table_[name] = std::move(behaviour); }

  absl::StatusOr<verification::Verdict> Verify(const oci::Reference& reference, const policy::Requirement&,
                                               absl::Time deadline) override {
    {
      absl::MutexLock lock(&mutex_);
      asked_.push_back(reference.ToString());
    }
    const auto found = table_.find(reference.Name());
    if (found == table_.end()) return absl::InternalError("the test did not expect " + reference.Name());
    return found->second(reference, deadline);
  }

  std::vector<std::string> asked() {
    absl::MutexLock lock(&mutex_);
    return asked_;
  }

 private:
  std::map<std::string, Behaviour> table_;
  absl::Mutex mutex_;
  std::vector<std::string> asked_;
};

}  // namespace chartseal::webhook
