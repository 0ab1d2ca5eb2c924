#include <CLI/CLI.hpp>
#include <memory>

#include "cli/flags.h"
#include "cli/predicate_names.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "verifier/base/status.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal::cli {
namespace {

struct AttestationFlags {
  std::vector<std::string> references;
  std::string type;
  IdentityFlags identity;
  TrustFlags trust;
  RegistryFlags registry;
  OutputFormat output = OutputFormat::kText;
};

absl::StatusOr<ExitCode> VerifyAttestation(const AttestationFlags& flags) {
  ASSIGN_OR_RETURN(const auto references, ParseReferences(flags.references));
  policy::Requirement requirement;
  requirement.signature = false;
  ASSIGN_OR_RETURN(requirement.attestation_types.emplace_back(), PredicateType(flags.type));
  ASSIGN_OR_RETURN(requirement.authorities.emplace_back(), flags.identity.ToAuthority());
  ASSIGN_OR_RETURN(const auto root, flags.trust.Load());
  ASSIGN_OR_RETURN(const auto client, flags.registry.MakeClient(references));
  ASSIGN_OR_RETURN(const absl::Time deadline, flags.registry.Deadline());
  const verification::ArtifactVerifier verifier(*client, root);
  std::vector<Outcome> outcomes;
  for (size_t i = 0; i < references.size(); ++i) {
    outcomes.push_back({flags.references[i], "", verifier.Verify(references[i], requirement, deadline)});
  }
  Print(outcomes, flags.output, /*with_predicate=*/true);
  return ExitCodeOf(outcomes);
}

}  // namespace

void AddVerifyAttestation(CLI::App& app, Action& action) {
  auto flags = std::make_shared<AttestationFlags>();
  CLI::App* command = app.add_subcommand(
      "verify-attestation", "Verify that an image or chart carries an attestation of a given type");
  command->add_option("REF", flags->references, "[oci://]host/repository[:tag][@sha256:…], one or several")
      ->type_name("")
      ->required();
  command->add_option("--type", flags->type, "Predicate type: a URI, or cosign's short name for one")
      ->type_name("TYPE")
      ->required();
  flags->identity.AddTo(*command);
  flags->trust.AddTo(*command);
  flags->registry.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->callback([flags, &action] { action = ActionOf(flags, VerifyAttestation); });
}

}  // namespace chartseal::cli
