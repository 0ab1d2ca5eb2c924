#include <CLI/CLI.hpp>
#include <memory>

#include "cli/flags.h"
#include "cli/predicate_names.h"
#include "cli/report.h"
#include "cli/signing_flags.h"
#include "cli/signing_report.h"
#include "cli/subcommands.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal::cli {
namespace {

constexpr char kExample[] =
    "Example: chartseal attest ghcr.io/acme/app@sha256:… --predicate sbom.json --type spdxjson";

struct AttestFlags {
  std::string reference;
  std::string predicate_file;
  std::string type;
  AttachFlags attach;
  SigningFlags signing;
  RegistryFlags registry = {.timeout = kSigningTimeout};
  OutputFormat output = OutputFormat::kText;
};

absl::Status AttestOne(const AttestFlags& flags, const oci::Reference& named, SigningReport& report) {
  ASSIGN_OR_RETURN(const std::string type, PredicateType(flags.type));
  ASSIGN_OR_RETURN(const publisher::AttachOptions options, flags.attach.ToOptions(absl::Now()));
  if (flags.predicate_file == "-" && flags.registry.password_stdin) {
    return UsageError("--predicate - and --password-stdin both read standard input");
  }
  ASSIGN_OR_RETURN(const std::string predicate, ReadFile(flags.predicate_file, limits::kMaxPredicateBytes));
  ASSIGN_OR_RETURN(const publisher::Signer signer, flags.signing.MakeSigner());
  ASSIGN_OR_RETURN(const auto client, flags.registry.MakeClient({named}));
  ASSIGN_OR_RETURN(const absl::Time deadline, flags.registry.Deadline());
  ASSIGN_OR_RETURN(const crypto::Digest digest, verification::ResolveDigest(*client, named, deadline));
  const oci::Reference reference = named.WithDigest(digest);
  if (!named.digest()) report.Resolved(flags.reference, reference);
  report.Begin(reference.ToString());
  publisher::RegistryWriter writer(client);
  ASSIGN_OR_RETURN(
      auto attachments,
      publisher::ArtifactSigner(signer, writer).Attest(reference, type, predicate, options, deadline));
  report.Add(
      {flags.reference, reference.ToString(), digest.ToString(), "", std::move(attachments), std::nullopt});
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Attest(const AttestFlags& flags) {
  ASSIGN_OR_RETURN(const auto references, ParseReferences({flags.reference}));
  SigningReport report("ATTESTED", flags.output);
  const absl::Status status = AttestOne(flags, references.front(), report);
  return report.Finish(status);
}

}  // namespace

void AddAttest(CLI::App& app, Action& action) {
  auto flags = std::make_shared<AttestFlags>();
  CLI::App* command = app.add_subcommand(
      "attest", "Attach a signed statement with a predicate to an image or chart in a registry");
  command->add_option("REF", flags->reference, "[oci://]host/repository[:tag][@sha256:…]")
      ->type_name("")
      ->required();
  command
      ->add_option("--predicate", flags->predicate_file,
                   "The predicate, a JSON file (- for standard input); signed byte for byte")
      ->type_name("FILE")
      ->required();
  command->add_option("--type", flags->type, "Predicate type: a URI, or cosign's short name for one")
      ->type_name("TYPE")
      ->required();
  flags->attach.AddTo(*command);
  flags->signing.AddTo(*command);
  flags->registry.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, Attest); });
}

}  // namespace chartseal::cli
