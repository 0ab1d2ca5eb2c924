#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "absl/strings/str_split.h"
#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "publisher/checks/chart_checks.h"
#include "publisher/checks/workflow_checks.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

using publisher::CheckFinding;
using publisher::CheckFindings;

struct CheckFlags {
  std::vector<std::string> paths;
  OutputFormat output = OutputFormat::kText;
  // chart
  std::string app_version;
  bool readme = false;
  std::vector<std::string> texts;
  // workflow
  std::vector<std::string> parameterless;
  std::vector<std::string> permissions;
};

void PrintText(const CheckFinding& finding) {
  std::string out = finding.file;
  if (finding.line > 0) out += Cat(":", finding.line);
  out += Cat(": ", Name(finding.reason), ": ", finding.what);
  if (!finding.expected.empty()) out += Cat("\n  expected  ", finding.expected);
  if (!finding.found.empty()) out += Cat("\n  found     ", finding.found);
  if (!finding.next.empty()) out += Cat("\n  next      ", finding.next);
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) std::printf("%s\n", ForTerminal(line).c_str());
}

Node ToNode(const CheckFinding& finding) {
  Node node = Node::MakeMap();
  node.Set("reason", Name(finding.reason)).Set("file", finding.file);
  if (finding.line > 0) node.Set("line", Node::Integer(finding.line));
  node.Set("detail", finding.what);
  if (!finding.expected.empty()) node.Set("expected", finding.expected);
  if (!finding.found.empty()) node.Set("found", finding.found);
  node.Set("next", finding.next);
  return node;
}

ExitCode Report(const CheckFindings& findings, const std::vector<std::string>& checked, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    Node root = Node::MakeMap();
    Node list = Node::MakeList();
    for (const CheckFinding& finding : findings) list.Append(ToNode(finding));
    root.Set("verdict", findings.empty() ? "yes" : "no").Set("findings", std::move(list));
    std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
  } else {
    for (const CheckFinding& finding : findings) PrintText(finding);
    if (findings.empty()) {
      for (const std::string& what : checked) std::printf("ok  %s\n", ForTerminal(what).c_str());
    }
  }
  return findings.empty() ? ExitCode::kYes : ExitCode::kNo;
}

void Append(CheckFindings& all, CheckFindings more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

absl::StatusOr<ExitCode> CheckCharts(const CheckFlags& flags) {
  const bool readme = flags.readme || !flags.texts.empty();
  if (flags.app_version.empty() && !readme)
    return UsageError("nothing to check: give --app-version, --readme or both");
  CheckFindings findings;
  std::vector<std::string> checked;
  for (const std::string& directory : flags.paths) {
    if (!flags.app_version.empty()) {
      ASSIGN_OR_RETURN(CheckFindings found, publisher::CheckAppVersion(directory, flags.app_version));
      Append(findings, std::move(found));
      checked.push_back(Cat(directory, "/Chart.yaml: appVersion is ", flags.app_version));
    }
    if (readme) {
      ASSIGN_OR_RETURN(CheckFindings found,
                       publisher::CheckReadme(directory, publisher::DefaultReadmeHeadings(), flags.texts));
      Append(findings, std::move(found));
      checked.push_back(Cat(directory, "/README.md: every section is there, and how to install from oci://"));
    }
  }
  return Report(findings, checked, flags.output);
}

// "JOB=contents:write,id-token:write"; "JOB=" for none.
absl::Status ReadPermissions(const std::string& text, publisher::WorkflowRules& rules) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return UsageError(Cat("--permissions: expected JOB=SCOPE:LEVEL,…, found \"", Printable(text), "\""));
  }
  auto& scopes = rules.permissions[text.substr(0, equals)];
  for (const absl::string_view entry : absl::StrSplit(text.substr(equals + 1), ',', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(entry, ':');
    if (parts.size() != 2 || (parts[1] != "read" && parts[1] != "write")) {
      return UsageError(Cat("--permissions: expected SCOPE:read or SCOPE:write, found \"",
                            Printable(FromAbsl(entry)), "\""));
    }
    scopes[parts[0]] = parts[1];
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> CheckWorkflows(const CheckFlags& flags) {
  publisher::WorkflowRules rules{.parameterless = flags.parameterless, .permissions = {}};
  for (const std::string& text : flags.permissions) RETURN_IF_ERROR(ReadPermissions(text, rules));
  CheckFindings findings;
  std::vector<std::string> checked;
  for (const std::string& path : flags.paths) {
    ASSIGN_OR_RETURN(const std::string yaml, ReadFile(path, limits::kMaxWorkflowBytes));
    ASSIGN_OR_RETURN(CheckFindings found, publisher::CheckWorkflow(yaml, path, rules));
    Append(findings, std::move(found));
    checked.push_back(path);
  }
  return Report(findings, checked, flags.output);
}

}  // namespace

void AddCheck(CLI::App& app, Action& action) {
  CLI::App* check =
      app.add_subcommand("check", "Check what a release needs, each finding with file and line");
  check->require_subcommand(1);
  constexpr char kExits[] = "Exit codes: 0 all is well, 1 findings, 2 wrong usage, 3 could not tell.";

  auto chart = std::make_shared<CheckFlags>();
  CLI::App* charts = check->add_subcommand("chart", "A chart's directory: appVersion, README");
  charts->add_option("DIR", chart->paths, "Directory with Chart.yaml")->type_name("")->required();
  charts
      ->add_option("--app-version", chart->app_version,
                   "appVersion must be this version; a leading v does not count")
      ->type_name("VERSION");
  charts->add_flag(
      "--readme", chart->readme,
      "README.md has the sections Install, Upgrade, Uninstall, Values reference and Troubleshooting, and "
      "shows how to install from oci://");
  charts->add_option("--require-text", chart->texts, "README.md holds this text (repeatable)")
      ->type_name("TEXT");
  AddOutputFlag(*charts, chart->output);
  charts->footer(std::string(kExits) +
                 "\nExample: chartseal check chart install/kubernetes/app --app-version v1.4.2 --readme");
  charts->callback([&action, chart] { action = ActionOf(chart, CheckCharts); });

  auto workflow = std::make_shared<CheckFlags>();
  CLI::App* workflows = check->add_subcommand(
      "workflow",
      "A GitHub Actions workflow: permissions, pinned actions, signing by digest, parameterless builds");
  workflows->add_option("FILE", workflow->paths, "Workflow file")->type_name("")->required();
  workflows
      ->add_option("--parameterless", workflow->parameterless,
                   "This variable is assigned once, literally, on the one step that uses it (repeatable)")
      ->type_name("VARIABLE");
  workflows
      ->add_option("--permissions", workflow->permissions,
                   "The job has exactly these permissions, instead of those that its steps are seen to need "
                   "(repeatable)")
      ->type_name("JOB=SCOPE:LEVEL,…");
  AddOutputFlag(*workflows, workflow->output);
  workflows->footer(
      std::string(kExits) +
      "\nExample: chartseal check workflow .github/workflows/release.yml --parameterless KO_DOCKER_REPO");
  workflows->callback([&action, workflow] { action = ActionOf(workflow, CheckWorkflows); });
}

}  // namespace chartseal::cli
