#include "webhook/question.h"

#include <map>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "webhook/remedy.h"

namespace chartseal::webhook {
namespace {

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

Ruling FromStatus(const absl::Status& status, const oci::Reference& reference, Ruling ruling) {
  ruling.answer = Answer::kCouldNotTell;
  ruling.reason = ReasonOf(status);
  if (ruling.reason == Reason::kNone && absl::IsDeadlineExceeded(status)) {
    ruling.reason = Reason::kDeadlineExceeded;
  }
  constexpr std::string_view kSaidAlready = "could not tell: ";
  ruling.detail = Message(status);
  if (ruling.detail.starts_with(kSaidAlready)) ruling.detail.erase(0, kSaidAlready.size());
  ruling.next = Remedy(ruling.reason, reference.host(), reference.Name());
  return ruling;
}

Ruling FromVerdict(const verification::Verdict& verdict, const oci::Reference& reference, Ruling ruling) {
  ruling.answer = verdict.accepted ? Answer::kYes : Answer::kNo;
  ruling.reason = verdict.reason;
  ruling.detail = verdict.detail;
  if (verdict.accepted) return ruling;
  ruling.expected = verdict.expected;
  ruling.found = verdict.found;
  ruling.next =
      verdict.next.empty() ? Remedy(verdict.reason, reference.host(), reference.Name()) : verdict.next;
  return ruling;
}

// A name that is no reference: no policy can be found for it, and no node could pull it.
Ruling UnreadableName(const absl::Status& status) {
  return {.reason = Reason::kReferenceMalformed,
          .detail = Message(status),
          .next = Remedy(Reason::kReferenceMalformed, "", "")};
}

Ruling NothingMatches(const oci::Reference& reference, policy::NoMatch no_match) {
  return {.effect = EffectOf(no_match),
          .answer = Answer::kNo,
          .reason = Reason::kNoPolicyMatches,
          .detail = Cat("no policy covers ", reference.Name(), " in this namespace"),
          .next = Remedy(Reason::kNoPolicyMatches, reference.host(), reference.Name())};
}

ImageReport Begin(const Question& question) {
  return {.image = question.image, .paths = question.paths, .digest = std::nullopt, .rulings = {}};
}

// The rulings that need no verification; true when that is all of them.
bool RuleWithoutVerifying(const Question& question, policy::NoMatch no_match, ImageReport& report) {
  if (!question.reference.ok()) {
    report.rulings.push_back(UnreadableName(question.reference.status()));
    return true;
  }
  if (!question.policies.empty()) return false;
  report.rulings.push_back(NothingMatches(*question.reference, no_match));
  return true;
}

// A verdict on other content than what was asked about must not count.
absl::StatusOr<verification::Verdict> VerifyExactly(ImageVerifier& verifier, const oci::Reference& reference,
                                                    const policy::Requirement& requirement,
                                                    absl::Time deadline) {
  ASSIGN_OR_RETURN(verification::Verdict verdict, verifier.Verify(reference, requirement, deadline));
  if (reference.digest().has_value() && verdict.digest != *reference.digest()) {
    return WithReason(absl::DataLossError(Cat("asked about ", reference.digest()->ToString(), ", judged ",
                                              verdict.digest.ToString())),
                      Reason::kDigestMismatch);
  }
  return verdict;
}

}  // namespace

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

std::vector<Question> MakeQuestions(const std::vector<ImageUse>& images, std::string_view namespace_name,
                                    const policy::PolicySet& policies) {
  std::vector<Question> questions;
  std::map<std::string, size_t> known;  // by canonical spelling, or as written when it has none
  for (const ImageUse& use : images) {
    auto reference = oci::Reference::Parse(use.reference);
    const std::string key = reference.ok() ? reference->ToString() : use.reference;
    const auto [found, is_new] = known.emplace(key, questions.size());
    if (!is_new) {
      questions[found->second].paths.push_back(use.path);
      continue;
    }
    Question question{.image = use.reference, .paths = {use.path}, .reference = std::move(reference)};
    if (question.reference.ok()) {
      question.policies =
          policies.Match(policy::ArtifactKind::kImage, question.reference->Name(), namespace_name);
    }
    questions.push_back(std::move(question));
  }
  return questions;
}

ImageReport Ask(const Question& question, policy::NoMatch no_match, ImageVerifier& verifier,
                absl::Time deadline) {
  ImageReport report = Begin(question);
  if (RuleWithoutVerifying(question, no_match, report)) return report;
  oci::Reference reference = *question.reference;
  for (const policy::Policy* policy : question.policies) {
    Ruling ruling{.policy = policy->name, .effect = EffectOf(policy->mode)};
    const auto verdict = VerifyExactly(verifier, reference, policy->requirement, deadline);
    if (!verdict.ok()) {
      report.rulings.push_back(FromStatus(verdict.status(), reference, std::move(ruling)));
      continue;
    }
    report.rulings.push_back(FromVerdict(*verdict, reference, std::move(ruling)));
    report.digest = verdict->digest;
    reference = reference.WithDigest(verdict->digest);
  }
  return report;
}

ImageReport OutOfTime(const Question& question, policy::NoMatch no_match) {
  ImageReport report = Begin(question);
  if (RuleWithoutVerifying(question, no_match, report)) return report;
  const absl::Status status =
      WithReason(absl::DeadlineExceededError("it could not be verified within the API server's time limit"),
                 Reason::kDeadlineExceeded);
  for (const policy::Policy* policy : question.policies) {
    Ruling ruling{.policy = policy->name, .effect = EffectOf(policy->mode)};
    report.rulings.push_back(FromStatus(status, *question.reference, std::move(ruling)));
  }
  return report;
}

}  // namespace chartseal::webhook
