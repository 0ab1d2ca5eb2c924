#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>

#include "audit/auditor.h"
#include "audit/cluster_policies.h"
#include "audit/policy_reports.h"
#include "audit/report_writer.h"
#include "audit/shadow.h"
#include "cli/audit_flags.h"
#include "cli/audit_report.h"
#include "cli/cluster_flags.h"
#include "cli/flags.h"
#include "cli/interruption.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/kube/client.h"

namespace chartseal::cli {
namespace {

enum class AuditFormat { kText, kJson, kPolicyReport };

struct AuditFlags {
  std::string namespace_name;
  bool shadow = false;
  bool all_revisions = false;
  bool write_reports = false;
  AuditFormat format = AuditFormat::kText;
  ClusterFlags cluster;
  PolicyFlags policies;
  TrustFlags trust;
  RegistriesFlags registries;

  bool MakesReports() const { return write_reports || format == AuditFormat::kPolicyReport; }
  OutputFormat output() const {
    return format == AuditFormat::kJson ? OutputFormat::kJson : OutputFormat::kText;
  }
};

// How far it is, on standard error when that is a terminal; the line goes when it is done. Thread-safe.
class ProgressLine {
 public:
  ~ProgressLine() { Show(""); }
  void Reading(std::string_view what, size_t objects) {
    Show(Cat("reading ", what, ", ", objects, " objects so far"));
  }
  void Asking(std::string_view what, size_t done, size_t all) { Show(Cat(what, ": ", done, " of ", all)); }

 private:
  void Show(const std::string& text) {
    if (!on_) return;
    const std::lock_guard lock(mutex_);
    std::fprintf(stderr, "\r\033[K%s", ForTerminal(text).c_str());
    std::fflush(stderr);
  }

  const bool on_ = isatty(STDERR_FILENO) != 0;
  std::mutex mutex_;
};

// What the API server would take for one: it becomes a part of paths.
bool IsNamespace(std::string_view name) {
  return name.size() <= 63 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
}

absl::Status CheckFlags(const AuditFlags& flags) {
  if (!IsNamespace(flags.namespace_name)) {
    return UsageError(
        Cat("--namespace: \"", Printable(flags.namespace_name, 80), "\" is no namespace's name"));
  }
  RETURN_IF_ERROR(flags.registries.TimeForEach().status());
  if (flags.shadow && flags.MakesReports()) {
    return UsageError("--shadow says what would be denied, which is nothing to keep in a PolicyReport");
  }
  return absl::OkStatus();
}

absl::StatusOr<audit::Findings> Find(const AuditFlags& flags, const audit::Cluster& cluster) {
  ASSIGN_OR_RETURN(policy::PolicySet policies, flags.policies.Load(cluster));
  if (flags.shadow) policies = audit::Enforced(std::move(policies));
  ASSIGN_OR_RETURN(const auto root, flags.trust.Load());
  ASSIGN_OR_RETURN(const auto registries, flags.registries.MakeClient());
  ASSIGN_OR_RETURN(const absl::Duration time_for_each, flags.registries.TimeForEach());
  ASSIGN_OR_RETURN(const audit::NamespaceLabels labels, audit::ReadNamespaceLabels(cluster));
  ProgressLine line;
  return audit::AuditCluster(
      cluster,
      {.all_revisions = flags.all_revisions,
       .progress = [&](std::string_view what, size_t objects) { line.Reading(what, objects); }},
      {.policies = policies,
       .labels = labels,
       .source = *registries,
       .root = root,
       .clock = cluster.clock,
       .time_for_each = time_for_each,
       .progress = [&](std::string_view what, size_t done, size_t all) { line.Asking(what, done, all); }});
}

absl::Status Report(const AuditFlags& flags, const audit::Cluster& cluster, const audit::Findings& findings) {
  if (!flags.MakesReports()) return absl::OkStatus();
  const auto reports = audit::MakePolicyReports(findings, flags.namespace_name, cluster.clock());
  if (flags.format == AuditFormat::kPolicyReport) {
    std::cout << WriteJson(audit::ListOf(reports), JsonStyle::kPretty) << "\n";
  }
  if (!flags.write_reports) return absl::OkStatus();
  const Interruption interruption;
  ASSIGN_OR_RETURN(const audit::Written written,
                   audit::WriteReports(cluster, reports, [&] { return interruption.IsAskedFor(); }));
  std::cerr << "chartseal: reports written: " << written.written << ", old ones removed: " << written.removed
            << "\n";
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Audit(const AuditFlags& flags) {
  RETURN_IF_ERROR(CheckFlags(flags));
  ASSIGN_OR_RETURN(kube::Config config, flags.cluster.Load());
  ASSIGN_OR_RETURN(const auto client, kube::MakeClient(std::move(config)));
  const net::Clock clock = net::SystemClock();
  const audit::Cluster cluster = {*client, clock, flags.namespace_name};
  ASSIGN_OR_RETURN(const audit::Findings findings, Find(flags, cluster));
  if (flags.shadow) {
    PrintShadow(findings, flags.output());
    return ExitCodeOfShadow(findings);
  }
  if (flags.format != AuditFormat::kPolicyReport) PrintAudit(findings, flags.output());
  const ExitCode found = ExitCodeOf(findings.verdict());
  const absl::Status reported = Report(flags, cluster, findings);
  if (reported.ok()) return found;
  // Standard output has its document already, and a no stays one whether it could be kept or not.
  const ExitCode failed = Fail(reported, OutputFormat::kText);
  return found == ExitCode::kNo ? found : failed;
}

void AddFormatFlag(CLI::App& command, AuditFormat& format) {
  const std::map<std::string, AuditFormat> names = {{"text", AuditFormat::kText},
                                                    {"json", AuditFormat::kJson},
                                                    {"policyreport", AuditFormat::kPolicyReport}};
  command
      .add_option("--output,-o", format,
                  "Output format: text, json, or the PolicyReport objects that --write-reports would write")
      ->transform(CLI::CheckedTransformer(names))
      ->option_text("text|json|policyreport");
}

}  // namespace

void AddAudit(CLI::App& app, Action& action) {
  auto flags = std::make_shared<AuditFlags>();
  CLI::App* command = app.add_subcommand(
      "audit", "Say of everything that runs in a cluster whether it is signed as policies want it");
  command->add_option("--namespace,-n", flags->namespace_name, "Only this namespace (default: all of them)")
      ->type_name("NAMESPACE");
  command->add_flag("--shadow", flags->shadow,
                    "Only show what the policies would deny if they were all enforced today");
  command->add_flag(
      "--all-revisions", flags->all_revisions,
      "Look at every revision of Helm releases, not only the latest: a rollback would apply it again");
  command->add_flag("--write-reports", flags->write_reports,
                    "Write PolicyReport objects into the cluster; without it nothing is written");
  AddFormatFlag(*command, flags->format);
  flags->policies.AddTo(*command);
  flags->trust.AddTo(*command);
  flags->cluster.AddTo(*command);
  flags->registries.AddTo(*command, "image, release or chart");
  command->footer(
      "Exit codes: 0 all of it is signed as policies want it; 1 something is not, also where a policy only "
      "warns,\n"
      "or with --shadow something would be denied; 2 wrong usage; 3 nothing of that, but something could not "
      "be\n"
      "read or told, or reports could not be written.\n\n"
      "Examples: chartseal audit\n"
      "          chartseal audit -n shop --policy policy.yaml --shadow");
  command->callback([flags, &action] {
    action = [flags] {
      const absl::StatusOr<ExitCode> code = Audit(*flags);
      return code.ok() ? *code : Fail(code.status(), flags->output());
    };
  });
}

}  // namespace chartseal::cli
