#include "publisher/checks/workflow_checks.h"

#include <algorithm>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

bool IsFullCommit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsPinned(std::string_view uses) {
  if (uses.substr(0, 2) == "./") return true;  // of this very commit
  if (uses.substr(0, 9) == "docker://") return uses.find("@sha256:") != std::string_view::npos;
  const size_t at = uses.rfind('@');
  return at != std::string_view::npos && IsFullCommit(uses.substr(at + 1));
}

void CheckPin(const Workflow& workflow, const WorkflowText& uses, std::string_view who,
              CheckFindings& findings) {
  if (uses.text.empty() || IsPinned(uses.text)) return;
  findings.push_back({.reason = Reason::kWorkflowActionUnpinned,
                      .file = workflow.where,
                      .line = uses.line,
                      .what = Cat(who, " uses an action by a name that can be moved"),
                      .expected = "OWNER/REPO@ and a full commit (40 hex digits), or docker:// and a digest",
                      .found = Printable(uses.text),
                      .next = "pin the commit and keep the version in a comment behind it"});
}

}  // namespace

int LineInFile(const WorkflowText& script, int script_line) {
  const bool is_block = script.text.find('\n') != std::string::npos;
  return is_block ? script.line + script_line : script.line;
}

void CheckPins(const Workflow& workflow, CheckFindings& findings) {
  for (const WorkflowJob& job : workflow.jobs) {
    CheckPin(workflow, job.uses, Cat("job ", job.id), findings);
    for (const WorkflowStep& step : job.steps) {
      CheckPin(workflow, step.uses, Cat("job ", job.id, ", ", step.Label()), findings);
    }
  }
}

absl::StatusOr<CheckFindings> CheckWorkflow(std::string_view yaml, std::string_view where,
                                            const WorkflowRules& rules) {
  if (yaml.size() > limits::kMaxWorkflowBytes) {
    return WithReason(
        absl::ResourceExhaustedError(Cat(where, ": larger than ", limits::kMaxWorkflowBytes, " bytes")),
        Reason::kLimitExceeded);
  }
  ASSIGN_OR_RETURN(const Workflow workflow, ParseWorkflow(yaml, where));
  CheckFindings findings;
  for (const std::string& variable : rules.parameterless) {
    CheckParameterless(workflow, yaml, variable, findings);
  }
  CheckPermissions(workflow, rules.permissions, findings);
  CheckPins(workflow, findings);
  CheckSignsByDigest(workflow, findings);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const CheckFinding& a, const CheckFinding& b) { return a.line < b.line; });
  return findings;
}

}  // namespace chartseal::publisher
