#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "cli/cluster_flags.h"
#include "cli/environment.h"
#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "helm_plugin/chart_check.h"
#include "helm_plugin/helm_arguments.h"
#include "helm_plugin/helm_program.h"
#include "helm_plugin/verified_run.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

using helm_plugin::CheckedChart;
using helm_plugin::HelmArguments;
using helm_plugin::HelmCommand;
using verification::Answer;
using verification::Ruling;

constexpr char kUsage[] =
    "Verifies a chart, then runs helm with exactly what was verified.\n\n"
    "Usage: helm chartseal install|upgrade|template [RELEASE] CHART [flags of helm] --policy FILE\n"
    "       helm chartseal verify CHART [--version VERSION] --policy FILE\n"
    "       chartseal helm … is the same without helm's plugin\n\n"
    "CHART is an oci:// reference or the archive of a chart in a file.\n\n"
    "  --policy FILE            VerificationPolicy file; repeat for several (or set CHARTSEAL_POLICY)\n"
    "  --trusted-root FILE      Sigstore trusted_root.json (or set CHARTSEAL_TRUSTED_ROOT)\n"
    "  --verify-timeout TIME    allowed for resolving and verifying (default 60s)\n\n"
    "Everything else is for helm. Exit codes: helm's; 1 a definite no, 2 wrong usage, 3 could not tell, and\n"
    "then helm was not run.\n";

constexpr FlagNames kFlagNames = {.timeout = "--verify-timeout", .credential = "--username and --password"};

struct HelmFlags {
  std::vector<std::string> words;
  OutputFormat output = OutputFormat::kText;
};

std::string Or(std::string value, const char* variable) {
  return value.empty() ? Variable(variable) : std::move(value);
}

absl::StatusOr<policy::PolicySet> LoadPolicies(const HelmArguments& arguments) {
  std::vector<std::string> files;
  const auto given = arguments.values.find("policy");
  if (given != arguments.values.end()) {
    files = given->second;
  } else if (!Variable("CHARTSEAL_POLICY").empty()) {
    files.push_back(Variable("CHARTSEAL_POLICY"));
  }
  if (files.empty()) return UsageError("who must have signed? Give --policy FILE or set CHARTSEAL_POLICY");
  return ReadPolicyFiles(files);
}

// helm's flags for registries, for our client.
absl::StatusOr<std::shared_ptr<oci::RegistryClient>> MakeClient(const HelmArguments& arguments,
                                                                const policy::PolicySet& policies) {
  oci::RegistryOptions options;
  options.ca_file = arguments.Value("ca-file");
  options.credentials = oci::CredentialFiles(oci::DefaultCredentialFiles(arguments.Value("registry-config")));
  const auto reference = oci::Reference::Parse(arguments.chart);
  if (!arguments.chart.starts_with("oci://") || !reference.ok()) {
    // A file: where charts may lie is what policies say.
    if (arguments.IsSet("plain-http")) {
      for (const policy::Policy& policy : policies.policies) {
        for (const policy::Glob& glob : policy.charts) {
          options.plain_http_hosts.insert(glob.pattern().substr(0, glob.pattern().find('/')));
        }
      }
    }
    return oci::RegistryClient::Create(std::move(options));
  }
  if (arguments.IsSet("plain-http")) options.plain_http_hosts = {reference->host()};
  if (!arguments.Value("username").empty()) {
    options.credentials = oci::FixedCredential(
        reference->host(),
        oci::Credential{arguments.Value("username"), oci::Secret(arguments.Value("password")), {}, {}},
        options.credentials);
  }
  return oci::RegistryClient::Create(std::move(options));
}

absl::StatusOr<absl::Time> DeadlineOf(const HelmArguments& arguments) {
  const std::string given = arguments.Value("verify-timeout");
  ASSIGN_OR_RETURN(const absl::Duration allowed,
                   ParseTimeout(kFlagNames.timeout, given.empty() ? RegistryFlags().timeout : given));
  return absl::Now() + allowed;
}

// Where helm will install it. Without one every policy's namespaces would match.
absl::StatusOr<std::string> NamespaceOf(const HelmArguments& arguments) {
  std::string name = Or(arguments.Value("namespace"), "HELM_NAMESPACE");
  if (!name.empty()) return name;
  const ClusterFlags cluster = {arguments.Value("kubeconfig"),
                                Or(arguments.Value("kube-context"), "HELM_KUBECONTEXT")};
  auto of_context = cluster.Namespace();
  if (of_context.ok()) return of_context;
  return UsageError(
      Cat("which namespace? Give -n; the kubeconfig does not say: ", Message(of_context.status())));
}

std::string SignerOf(const Ruling& ruling) {
  return ruling.conclusion == nullptr || ruling.conclusion->signer.empty()
             ? std::string()
             : Cat(", signed by ", Printable(ruling.conclusion->signer, 1024));
}

// What helm prints goes to standard output; what is said here must not get into it.
void Say(std::FILE* out, const std::string& line) {
  std::fprintf(out, "chartseal: %s\n", ForTerminal(line).c_str());
}

std::string Explained(const Ruling& ruling) {
  return Cat(Name(ruling.reason), ": ", ruling.detail,
             ruling.policy.empty() ? "" : Cat(" (policy ", ruling.policy, ")"),
             ruling.expected.empty() ? "" : Cat("; expected ", ruling.expected),
             ruling.found.empty() ? "" : Cat("; found ", ruling.found));
}

void Say(std::FILE* out, const CheckedChart& chart) {
  const std::string name = Printable(chart.name, 1024);
  if (!chart.MayPass()) {
    const Ruling& denial = chart.Denial();
    const bool definite = denial.answer == Answer::kNo;
    Say(out, Cat(definite ? "NOT VERIFIED  " : "COULD NOT TELL  ", name, ": ", Explained(denial)));
    const std::string next = denial.next.empty() ? NextStep(denial.reason, kFlagNames) : denial.next;
    if (!next.empty()) Say(out, Cat("next: ", next));
    return;
  }
  bool verified = true;
  for (const Ruling& ruling : chart.rulings) {
    if (ruling.answer == Answer::kYes) continue;
    verified = false;
    Say(out, Cat("warning: ", name, ": ", Explained(ruling)));
  }
  if (verified) Say(out, Cat("VERIFIED  ", name, SignerOf(chart.rulings.front())));
}

absl::StatusOr<ExitCode> RunAsIs(const std::vector<std::string>& words) {
  ASSIGN_OR_RETURN(const std::string helm, helm_plugin::FindHelm(Variable("HELM_BIN"), Variable("PATH")));
  ASSIGN_OR_RETURN(const int code, helm_plugin::RunHelm(helm, words, helm_plugin::SignalsForHelm()));
  return static_cast<ExitCode>(code);
}

absl::StatusOr<ExitCode> VerifyAndRun(const HelmArguments& arguments) {
  ASSIGN_OR_RETURN(const policy::PolicySet policies, LoadPolicies(arguments));
  const TrustFlags trust = {Or(arguments.Value("trusted-root"), "CHARTSEAL_TRUSTED_ROOT")};
  ASSIGN_OR_RETURN(const auto root, trust.Load());
  ASSIGN_OR_RETURN(const auto registry, MakeClient(arguments, policies));
  ASSIGN_OR_RETURN(const absl::Time deadline, DeadlineOf(arguments));
  ASSIGN_OR_RETURN(const std::string namespace_name, NamespaceOf(arguments));
  ASSIGN_OR_RETURN(
      const CheckedChart chart,
      helm_plugin::CheckChart({arguments.chart, arguments.Value("version"), arguments.IsSet("devel")},
                              {policies, namespace_name, *registry, root}, deadline));
  const bool only_verifies = arguments.command == HelmCommand::kVerify;
  Say(only_verifies ? stdout : stderr, chart);
  if (!chart.MayPass()) {
    return chart.Denial().answer == Answer::kNo ? ExitCode::kNo : ExitCode::kCouldNotTell;
  }
  if (only_verifies) return ExitCode::kYes;
  ASSIGN_OR_RETURN(std::string helm, helm_plugin::FindHelm(Variable("HELM_BIN"), Variable("PATH")));
  const std::string temporary = Variable("TMPDIR");
  ASSIGN_OR_RETURN(
      const int code,
      helm_plugin::RunVerified(arguments, chart, {std::move(helm), temporary.empty() ? "/tmp" : temporary},
                               *registry, deadline));
  return static_cast<ExitCode>(code);
}

absl::StatusOr<ExitCode> HelmPlugin(const HelmFlags& flags) {
  if (flags.words.empty() || flags.words[0] == "--help" || flags.words[0] == "-h") {
    std::cout << kUsage;
    return flags.words.empty() ? ExitCode::kUsage : ExitCode::kYes;
  }
  const auto arguments = helm_plugin::ReadHelmArguments(flags.words);
  if (!arguments.ok()) return UsageError(Message(arguments.status()));
  if (!arguments->help) return VerifyAndRun(*arguments);
  if (arguments->command != HelmCommand::kVerify) {
    return RunAsIs({std::string(helm_plugin::Name(arguments->command)), "--help"});
  }
  std::cout << kUsage;
  return ExitCode::kYes;
}

}  // namespace

void AddHelm(CLI::App& app, Action& action) {
  auto flags = std::make_shared<HelmFlags>();
  CLI::App* command = app.add_subcommand(
      "helm",
      "Verify a chart, then let helm install, upgrade or render exactly that; `helm chartseal` calls it");
  command->set_help_flag();  // what stands behind it is helm's command line
  command->prefix_command();
  command->callback([flags, command, &action] {
    flags->words = command->remaining();
    action = ActionOf(flags, HelmPlugin);
  });
}

}  // namespace chartseal::cli
