#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace chartseal::publisher {

// A text of a workflow and where it stands.
struct WorkflowText {
  std::string text;
  int line = 0;
  bool is_string = true;  // false: a number or boolean that Actions turns into text
};
using WorkflowMap = std::vector<std::pair<std::string, WorkflowText>>;

// `permissions:`, as it stands.
struct WorkflowPermissions {
  int line = 0;
  std::string everything;                      // "read-all" or "write-all"; empty when scopes are listed
  std::map<std::string, WorkflowText> scopes;  // "contents" → "write"
};

struct WorkflowStep {
  int line = 0;
  std::string name;   // or id; may be empty
  WorkflowText uses;  // empty text when absent
  WorkflowText run;
  WorkflowText shell;  // what runs it: the step's own, else the job's or the workflow's default
  WorkflowMap env;
  WorkflowMap with;

  // "step 3 (Build)".
  std::string Label() const;
  size_t number = 0;  // from 1
};

struct WorkflowJob {
  std::string id;
  int line = 0;
  std::optional<WorkflowPermissions> permissions;
  WorkflowMap env;
  WorkflowText uses;   // a reusable workflow
  WorkflowText shell;  // defaults.run.shell, else the workflow's
  std::vector<WorkflowStep> steps;
};

// A GitHub Actions workflow, as far as its checks look at it
// (docs.github.com/actions/reference/workflow-syntax-for-github-actions).
struct Workflow {
  std::string where;  // the file
  std::optional<WorkflowPermissions> permissions;
  WorkflowMap env;
  WorkflowText shell;  // defaults.run.shell
  std::vector<std::pair<std::string, int>>
      inputs;  // of workflow_dispatch and workflow_call, with their lines
  std::vector<WorkflowJob> jobs;
};

// InvalidArgument with kWorkflowMalformed or kYamlMalformed (duplicate keys, aliases and such); the message
// has file and line.
absl::StatusOr<Workflow> ParseWorkflow(std::string_view yaml, std::string_view where);

}  // namespace chartseal::publisher
