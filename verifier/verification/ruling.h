#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "verifier/base/reason.h"
#include "verifier/base/verdict.h"
#include "verifier/policy/policy.h"
#include "verifier/verification/conclusion.h"

namespace chartseal::verification {

// What follows when the answer is not yes.
enum class Effect { kDeny, kWarn, kAllow };
std::string_view Name(Effect effect);  // "enforce", "warn", "allow": the mode label of metrics
Effect EffectOf(policy::Mode mode);
Effect EffectOf(policy::NoMatch no_match);

enum class Answer { kYes, kNo, kCouldNotTell };
std::string_view Name(Answer answer);  // "yes", "no", "could-not-tell"

// What one policy says about one artifact. Without a policy: what follows from no policy matching, or from a
// name that cannot be read.
struct Ruling {
  std::string policy;  // empty without one
  Effect effect = Effect::kDeny;
  Answer answer = Answer::kCouldNotTell;
  Reason reason = Reason::kNone;
  std::string detail;
  std::string expected;
  std::string found;
  std::string next;                              // what a person can do; empty for a yes
  std::shared_ptr<const Conclusion> conclusion;  // of a yes or no by a policy
};

// Whether it stops what it is about, or only warns of it.
inline bool Denies(const Ruling& ruling) {
  return ruling.answer != Answer::kYes && ruling.effect == Effect::kDeny;
}
inline bool Warns(const Ruling& ruling) {
  return ruling.answer != Answer::kYes && ruling.effect == Effect::kWarn;
}

// The ruling with what the policy concluded, or why it could not be told. `next` of a no is only what the
// conclusion says.
Ruling WithConclusion(Ruling ruling, std::shared_ptr<const Conclusion> conclusion);
Ruling WithStatus(Ruling ruling, const absl::Status& status);
// The ruling with this no in place of a yes. Whatever else it said before stays.
Ruling WithRejection(Ruling ruling, const Rejection& rejection);

}  // namespace chartseal::verification
