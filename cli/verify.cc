#include <CLI/CLI.hpp>
#include <memory>

#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "cli/verify_release.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal::cli {
namespace {

struct VerifyFlags {
  std::vector<std::string> references;
  std::string policy_file;
  std::vector<std::string> annotations;
  IdentityFlags identity;
  TrustFlags trust;
  RegistryFlags registry;
  ReleaseFlags release;
  OutputFormat output = OutputFormat::kText;
};

absl::StatusOr<std::pair<std::string, std::string>> SplitAnnotation(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return UsageError(Cat("--annotations: expected KEY=VALUE, found \"", Printable(text, 80), "\""));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

// What is asked of each artifact: the policies that cover it, or what the flags say.
class Question {
 public:
  static absl::StatusOr<Question> From(const VerifyFlags& flags) {
    Question question;
    if (flags.policy_file.empty()) {
      policy::Policy from_flags;
      ASSIGN_OR_RETURN(policy::Authority authority, flags.identity.ToAuthority());
      from_flags.requirement.authorities.push_back(std::move(authority));
      for (const std::string& text : flags.annotations) {
        ASSIGN_OR_RETURN(auto annotation, SplitAnnotation(text));
        from_flags.requirement.annotations.push_back(std::move(annotation));
      }
      question.from_flags_ = std::move(from_flags);
      return question;
    }
    if (flags.identity.Any() || !flags.annotations.empty()) {
      return UsageError(
          "--policy says who must have signed; leave out the identity, key and annotation flags");
    }
    ASSIGN_OR_RETURN(question.policies_, ReadPolicyFiles({flags.policy_file}));
    return question;
  }

  const policy::PolicySet& policies() const { return policies_; }

  // Every policy that covers the artifact as an image or as a chart. Borrowed from this question.
  std::vector<const policy::Policy*> PoliciesFor(const oci::Reference& reference) const {
    if (from_flags_) return {&*from_flags_};
    std::vector<const policy::Policy*> found =
        policies_.Match(policy::ArtifactKind::kImage, reference.Name(), "");
    for (const policy::Policy* chart : policies_.Match(policy::ArtifactKind::kChart, reference.Name(), "")) {
      if (std::find(found.begin(), found.end(), chart) == found.end()) found.push_back(chart);
    }
    return found;
  }

 private:
  std::optional<policy::Policy> from_flags_;
  policy::PolicySet policies_;
};

verification::Verdict NotCovered(const crypto::Digest& digest, const oci::Reference& reference) {
  verification::Verdict verdict{.accepted = false, .digest = digest, .reason = Reason::kNoPolicyMatches};
  verdict.detail = std::string(Explanation(Reason::kNoPolicyMatches));
  verdict.expected = Cat("a policy whose match.images or match.charts covers ", reference.Name());
  verdict.next = "add the repository to a policy, or verify against the right policy file";
  return verdict;
}

void VerifyOne(oci::ArtifactSource& source, const verification::ArtifactVerifier& verifier,
               const Question& question, const oci::Reference& reference, const std::string& named,
               absl::Time deadline, std::vector<Outcome>& outcomes) {
  const std::vector<const policy::Policy*> policies = question.PoliciesFor(reference);
  if (policies.empty()) {
    const auto digest = verification::ResolveDigest(source, reference, deadline);
    outcomes.push_back({named, "",
                        digest.ok() ? absl::StatusOr<verification::Verdict>(NotCovered(*digest, reference))
                                    : digest.status()});
    return;
  }
  std::vector<const policy::Requirement*> requirements;
  for (const policy::Policy* policy : policies) requirements.push_back(&policy->requirement);
  auto verdicts = verifier.VerifyAll(reference, requirements, deadline);
  for (size_t i = 0; i < policies.size(); ++i) {
    outcomes.push_back(
        {named, policies[i]->name, verdicts.ok() ? std::move((*verdicts)[i]) : verdicts.status()});
  }
}

// Where the chart of a release may lie is for policies to say, so that flags are not enough.
absl::StatusOr<ExitCode> VerifyOfRelease(const VerifyFlags& flags) {
  RETURN_IF_ERROR(flags.release.Check());
  if (!flags.references.empty()) return UsageError("name either REF or a release");
  if (flags.policy_file.empty()) return UsageError("a release is verified with --policy");
  ASSIGN_OR_RETURN(const Question question, Question::From(flags));
  return VerifyRelease(flags.release, {.policies = question.policies(),
                                       .trust = flags.trust,
                                       .registry = flags.registry,
                                       .output = flags.output});
}

absl::StatusOr<ExitCode> Verify(const VerifyFlags& flags) {
  if (flags.release.Any()) return VerifyOfRelease(flags);
  if (flags.references.empty())
    return UsageError("REF is required, or a release (--release, --release-file)");
  ASSIGN_OR_RETURN(const auto references, ParseReferences(flags.references));
  ASSIGN_OR_RETURN(const Question question, Question::From(flags));
  ASSIGN_OR_RETURN(const auto root, flags.trust.Load());
  ASSIGN_OR_RETURN(const auto client, flags.registry.MakeClient(references));
  ASSIGN_OR_RETURN(const absl::Time deadline, flags.registry.Deadline());
  const verification::ArtifactVerifier verifier(*client, root);
  std::vector<Outcome> outcomes;
  for (size_t i = 0; i < references.size(); ++i) {
    VerifyOne(*client, verifier, question, references[i], flags.references[i], deadline, outcomes);
  }
  Print(outcomes, flags.output);
  return ExitCodeOf(outcomes);
}

}  // namespace

void AddVerify(CLI::App& app, Action& action) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* command = app.add_subcommand(
      "verify", "Verify that an image, a chart or an installed release is of what was signed, by digest");
  command->add_option("REF", flags->references, "[oci://]host/repository[:tag][@sha256:…], one or several")
      ->type_name("");
  command
      ->add_option("--policy", flags->policy_file, "VerificationPolicy file that says who must have signed")
      ->type_name("FILE")
      ->group("Who must have signed");
  command
      ->add_option("--annotations,-a", flags->annotations,
                   "Annotation that the signature must carry; repeat for several")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group("Who must have signed");
  flags->identity.AddTo(*command);
  flags->release.AddTo(*command);
  flags->trust.AddTo(*command);
  flags->registry.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->callback([flags, &action] { action = ActionOf(flags, Verify); });
}

}  // namespace chartseal::cli
