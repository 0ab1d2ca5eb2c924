#include <CLI/CLI.hpp>
#include <memory>

#include "cli/flags.h"
#include "cli/report.h"
#include "cli/signing_flags.h"
#include "cli/signing_report.h"
#include "cli/subcommands.h"
#include "publisher/push/helm_output.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal::cli {
namespace {

constexpr char kExample[] =
    "Example: chartseal sign ghcr.io/acme/charts/app:1.2.3\n"
    "         helm push app-1.2.3.tgz oci://ghcr.io/acme/charts 2>&1 | chartseal sign --from-helm-output -";

struct SignFlags {
  std::vector<std::string> references;
  std::string helm_output;
  AttachFlags attach;
  SigningFlags signing;
  RegistryFlags registry = {.timeout = kSigningTimeout};
  OutputFormat output = OutputFormat::kText;
};

// What is to be signed, and what is known of its digest already.
struct Target {
  std::string named;
  oci::Reference reference;
  std::optional<crypto::Digest> demanded;  // what helm said that it had pushed
};

absl::StatusOr<std::vector<Target>> TargetsOf(const SignFlags& flags) {
  ASSIGN_OR_RETURN(const auto references, ParseReferences(flags.references));
  std::vector<Target> targets;
  for (size_t i = 0; i < references.size(); ++i) {
    targets.push_back({flags.references[i], references[i], std::nullopt});
  }
  return targets;
}

// The reference is helm's own word for what it pushed; one on the command line must be of the same
// repository, and says which when helm's text does not.
absl::StatusOr<std::vector<Target>> TargetOfHelmOutput(const SignFlags& flags) {
  if (flags.references.size() > 1) return UsageError("--from-helm-output goes with one REF at most");
  if (flags.helm_output == "-" && flags.registry.password_stdin) {
    return UsageError("--from-helm-output - and --password-stdin both read standard input");
  }
  ASSIGN_OR_RETURN(std::vector<Target> targets, TargetsOf(flags));
  ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.helm_output, limits::kMaxTextOfOthersBytes));
  ASSIGN_OR_RETURN(const publisher::HelmOutput helm, publisher::ParseHelmOutput(text));
  if (helm.reference) {
    ASSIGN_OR_RETURN(const oci::Reference pushed, oci::Reference::Parse(Cat("oci://", *helm.reference)));
    if (!targets.empty() && targets[0].reference.Name() != pushed.Name()) {
      return UsageError(
          Cat("helm pushed to ", pushed.Name(), ", but ", Printable(targets[0].named), " is named to sign"));
    }
    if (targets.empty()) targets.push_back({*helm.reference, pushed, std::nullopt});
  }
  if (targets.empty()) {
    return UsageError("helm's output has no line \"Pushed: …\"; name what was pushed as REF");
  }
  targets[0].demanded = helm.digest;
  return targets;
}

// A name is resolved once; what is signed is the digest that it had then.
absl::StatusOr<oci::Reference> Resolve(const Target& target, oci::RegistryClient& client,
                                       absl::Time deadline) {
  ASSIGN_OR_RETURN(const crypto::Digest digest,
                   verification::ResolveDigest(client, target.reference, deadline));
  if (target.demanded && *target.demanded != digest) {
    return WithReason(
        absl::FailedPreconditionError(Cat("helm said that it pushed ", target.demanded->ToString(), ", but ",
                                          target.reference.ToString(), " is ", digest.ToString(),
                                          " now; nothing was signed: find out who pushed after helm")),
        Reason::kTagMoved);
  }
  return target.reference.WithDigest(digest);
}

absl::Status SignAll(const SignFlags& flags, const std::vector<Target>& targets, SigningReport& report) {
  ASSIGN_OR_RETURN(const publisher::AttachOptions options, flags.attach.ToOptions(absl::Now()));
  ASSIGN_OR_RETURN(const publisher::Signer signer, flags.signing.MakeSigner());
  std::vector<oci::Reference> references;
  for (const Target& target : targets) references.push_back(target.reference);
  ASSIGN_OR_RETURN(const auto client, flags.registry.MakeClient(references));
  publisher::RegistryWriter writer(client);
  publisher::ArtifactSigner artifacts(signer, writer);
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(const absl::Time deadline, flags.registry.Deadline());
    ASSIGN_OR_RETURN(const oci::Reference reference, Resolve(target, *client, deadline));
    if (!target.reference.digest()) report.Resolved(target.named, reference);
    report.Begin(reference.ToString());
    ASSIGN_OR_RETURN(auto attachments, artifacts.Sign(reference, options, deadline));
    report.Add({target.named, reference.ToString(), reference.digest()->ToString(), "",
                std::move(attachments), std::nullopt});
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Sign(const SignFlags& flags) {
  if (flags.references.empty() && flags.helm_output.empty()) {
    return UsageError("what is to be signed? Give REF or --from-helm-output");
  }
  ASSIGN_OR_RETURN(const std::vector<Target> targets,
                   flags.helm_output.empty() ? TargetsOf(flags) : TargetOfHelmOutput(flags));
  SigningReport report("SIGNED", flags.output);
  const absl::Status status = SignAll(flags, targets, report);
  return report.Finish(status);
}

}  // namespace

void AddSign(CLI::App& app, Action& action) {
  auto flags = std::make_shared<SignFlags>();
  CLI::App* command =
      app.add_subcommand("sign", "Sign images or charts in a registry by digest and attach the signatures");
  command->add_option("REF", flags->references, "[oci://]host/repository[:tag][@sha256:…], one or several")
      ->type_name("");
  command
      ->add_option("--from-helm-output", flags->helm_output,
                   "Sign what `helm push` printed that it pushed (- for standard input), after comparing its "
                   "digest with the registry's")
      ->type_name("FILE");
  flags->attach.AddTo(*command);
  flags->signing.AddTo(*command);
  flags->registry.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, Sign); });
}

}  // namespace chartseal::cli
