#include <CLI/CLI.hpp>
#include <memory>

#include "cli/explain_report.h"
#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/verification/decision_record.h"
#include "verifier/verification/replay.h"

namespace chartseal::cli {
namespace {

struct ExplainFlags {
  std::string record;
  std::string policy_file;
  TrustFlags trust;
  OutputFormat output = OutputFormat::kText;
};

absl::StatusOr<ExitCode> ExplainCommand(const ExplainFlags& flags) {
  ASSIGN_OR_RETURN(const std::string json, ReadFile(flags.record, limits::kMaxRecordBytes));
  ASSIGN_OR_RETURN(const auto record, verification::ReadDecisionRecord(json, flags.record));
  ASSIGN_OR_RETURN(const auto root, flags.trust.Load());
  Explained explained{flags.record, record, {}, flags.policy_file};
  if (flags.policy_file.empty()) {
    const bool any_root = !flags.trust.trusted_root_file.empty();
    ASSIGN_OR_RETURN(explained.replay, verification::ReplayRecord(record, *root, any_root));
  } else {
    ASSIGN_OR_RETURN(const auto policies, ReadPolicyFiles({flags.policy_file}));
    explained.replay = verification::ReplayUnder(record, policies, *root);
  }
  PrintExplanation(explained, flags.output);
  return ExitCodeOf(explained.replay.result);
}

}  // namespace

void AddExplain(CLI::App& app, Action& action) {
  auto flags = std::make_shared<ExplainFlags>();
  CLI::App* command = app.add_subcommand(
      "explain", "Explain a decision record of the webhook, and judge its evidence again; offline");
  command->add_option("FILE", flags->record, "The decision record (- for standard input)")
      ->type_name("")
      ->required();
  command
      ->add_option("--policy", flags->policy_file,
                   "What would these policies have said? Judge the recorded evidence under them instead")
      ->type_name("FILE");
  flags->trust.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->footer(
      "Exit codes: 0 admitted, and judging again agrees; 1 denied, likewise; 2 wrong usage; 3 could not "
      "tell, "
      "no evidence,\nor judging again disagrees with the record. With --policy: what those policies say.");
  command->callback([flags, &action] { action = ActionOf(flags, ExplainCommand); });
}

}  // namespace chartseal::cli
