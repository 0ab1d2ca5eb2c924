#include "verifier/verification/ruling.h"

#include <string_view>
#include <utility>

#include "verifier/base/status.h"

namespace chartseal::verification {

std::string_view Name(Effect effect) {
  switch (effect) {
    case Effect::kDeny:
      return "enforce";
    case Effect::kWarn:
      return "warn";
    case Effect::kAllow:
      return "allow";
  }
  return "unknown";
}

std::string_view Name(Answer answer) {
  switch (answer) {
    case Answer::kYes:
      return "yes";
    case Answer::kNo:
      return "no";
    case Answer::kCouldNotTell:
      return "could-not-tell";
  }
  return "unknown";
}

Effect EffectOf(policy::Mode mode) { return mode == policy::Mode::kWarn ? Effect::kWarn : Effect::kDeny; }

Effect EffectOf(policy::NoMatch no_match) {
  switch (no_match) {
    case policy::NoMatch::kDeny:
      return Effect::kDeny;
    case policy::NoMatch::kWarn:
      return Effect::kWarn;
    case policy::NoMatch::kAllow:
      return Effect::kAllow;
  }
  return Effect::kDeny;
}

Ruling WithConclusion(Ruling ruling, std::shared_ptr<const Conclusion> conclusion) {
  ruling.answer = conclusion->accepted ? Answer::kYes : Answer::kNo;
  ruling.reason = conclusion->reason;
  if (const Refusal* refusal = conclusion->refusal.get()) {
    ruling.detail = refusal->detail;
    ruling.expected = refusal->expected;
    ruling.found = refusal->found;
    ruling.next = refusal->next;
  }
  ruling.conclusion = std::move(conclusion);
  return ruling;
}

Ruling WithStatus(Ruling ruling, const absl::Status& status) {
  constexpr std::string_view kSaidAlready = "could not tell: ";
  ruling.answer = Answer::kCouldNotTell;
  ruling.reason = ReasonOf(status);
  if (ruling.reason == Reason::kNone && absl::IsDeadlineExceeded(status)) {
    ruling.reason = Reason::kDeadlineExceeded;
  }
  ruling.detail = Message(status);
  if (ruling.detail.starts_with(kSaidAlready)) ruling.detail.erase(0, kSaidAlready.size());
  return ruling;
}

Ruling WithRejection(Ruling ruling, const Rejection& rejection) {
  if (ruling.answer != Answer::kYes) return ruling;
  ruling.answer = Answer::kNo;
  ruling.reason = rejection.reason;
  ruling.detail = rejection.detail;
  ruling.expected = rejection.expected;
  ruling.found = rejection.found;
  return ruling;
}

}  // namespace chartseal::verification
