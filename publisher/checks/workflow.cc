#include "publisher/checks/workflow.h"

#include <utility>

#include "verifier/base/node.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

class WorkflowReader {
 public:
  explicit WorkflowReader(std::string_view where) : where_(where) {}

  absl::StatusOr<Workflow> Read(const Node& root);

 private:
  absl::Status Wrong(const Node& node, std::string_view what) const {
    return Malformed(Reason::kWorkflowMalformed, Cat(where_, ":", node.line()), what);
  }
  absl::Status NeedMap(const Node* node, std::string_view name) const {
    return node->is_map() ? absl::OkStatus()
                          : Wrong(*node, Cat(name, ": expected a mapping, found ", KindName(node->kind())));
  }
  absl::StatusOr<WorkflowText> Text(const Node& node, std::string_view name) const;
  absl::StatusOr<WorkflowText> TextAt(const Node& map, std::string_view name) const;
  absl::StatusOr<WorkflowMap> MapAt(const Node& map, std::string_view name) const;
  absl::StatusOr<std::optional<WorkflowPermissions>> PermissionsAt(const Node& map) const;
  absl::StatusOr<WorkflowText> DefaultShellAt(const Node& map) const;
  absl::Status ReadInputs(const Node& root, Workflow& workflow) const;
  absl::StatusOr<WorkflowStep> ReadStep(const Node& node, size_t number) const;
  absl::StatusOr<WorkflowJob> ReadJob(const std::string& id, const Node& node) const;

  std::string where_;
};

// The nearest one counts.
void InheritShell(const WorkflowText& of_workflow, WorkflowJob& job) {
  if (job.shell.text.empty()) job.shell = of_workflow;
  for (WorkflowStep& step : job.steps) {
    if (step.shell.text.empty()) step.shell = job.shell;
  }
}

// What Actions hands to programs: the text of a string, and the JSON of a number, a boolean or nothing.
absl::StatusOr<WorkflowText> WorkflowReader::Text(const Node& node, std::string_view name) const {
  if (node.is_map() || node.is_list()) {
    return Wrong(node, Cat(name, ": expected text, found ", KindName(node.kind())));
  }
  if (node.is_string()) return WorkflowText{node.string_value(), node.line()};
  return WorkflowText{node.is_null() ? "" : WriteJson(node), node.line(), false};
}

absl::StatusOr<WorkflowText> WorkflowReader::TextAt(const Node& map, std::string_view name) const {
  const Node* node = map.Find(name);
  if (node == nullptr) return WorkflowText{};
  return Text(*node, name);
}

absl::StatusOr<WorkflowMap> WorkflowReader::MapAt(const Node& map, std::string_view name) const {
  WorkflowMap out;
  const Node* node = map.Find(name);
  if (node == nullptr || node->is_null()) return out;
  if (node->is_string())
    return Wrong(*node, Cat(name, ": an expression cannot be checked; write the mapping out"));
  RETURN_IF_ERROR(NeedMap(node, name));
  for (const auto& [key, value] : node->map()) {
    ASSIGN_OR_RETURN(WorkflowText text, Text(value, key));
    out.emplace_back(key, std::move(text));
  }
  return out;
}

absl::StatusOr<std::optional<WorkflowPermissions>> WorkflowReader::PermissionsAt(const Node& map) const {
  const Node* node = map.Find("permissions");
  if (node == nullptr) return std::nullopt;
  WorkflowPermissions permissions{.line = node->line(), .everything = "", .scopes = {}};
  if (node->is_string()) {
    permissions.everything = node->string_value();
    return permissions;
  }
  RETURN_IF_ERROR(NeedMap(node, "permissions"));
  for (const auto& [scope, level] : node->map()) {
    ASSIGN_OR_RETURN(permissions.scopes[scope], Text(level, scope));
  }
  return permissions;
}

absl::Status WorkflowReader::ReadInputs(const Node& root, Workflow& workflow) const {
  for (const char* event : {"workflow_dispatch", "workflow_call"}) {
    const Node* inputs = root.FindPath({"on", event, "inputs"});
    if (inputs == nullptr || inputs->is_null()) continue;
    RETURN_IF_ERROR(NeedMap(inputs, "inputs"));
    for (const auto& [name, value] : inputs->map()) workflow.inputs.emplace_back(name, value.line());
  }
  return absl::OkStatus();
}

absl::StatusOr<WorkflowText> WorkflowReader::DefaultShellAt(const Node& map) const {
  const Node* run = map.FindPath({"defaults", "run"});
  if (run == nullptr || !run->is_map()) return WorkflowText{};
  return TextAt(*run, "shell");
}

absl::StatusOr<WorkflowStep> WorkflowReader::ReadStep(const Node& node, size_t number) const {
  RETURN_IF_ERROR(NeedMap(&node, "step"));
  WorkflowStep step{.line = node.line(), .name = std::string(node.StringOr("name", node.StringOr("id")))};
  step.number = number;
  ASSIGN_OR_RETURN(step.uses, TextAt(node, "uses"));
  ASSIGN_OR_RETURN(step.run, TextAt(node, "run"));
  ASSIGN_OR_RETURN(step.shell, TextAt(node, "shell"));
  ASSIGN_OR_RETURN(step.env, MapAt(node, "env"));
  ASSIGN_OR_RETURN(step.with, MapAt(node, "with"));
  if (step.uses.text.empty() == step.run.text.empty()) {
    return Wrong(node, Cat(step.Label(), ": expected exactly one of \"uses\" and \"run\""));
  }
  return step;
}

absl::StatusOr<WorkflowJob> WorkflowReader::ReadJob(const std::string& id, const Node& node) const {
  RETURN_IF_ERROR(NeedMap(&node, id));
  WorkflowJob job{.id = id, .line = node.line()};
  ASSIGN_OR_RETURN(job.permissions, PermissionsAt(node));
  ASSIGN_OR_RETURN(job.env, MapAt(node, "env"));
  ASSIGN_OR_RETURN(job.uses, TextAt(node, "uses"));
  ASSIGN_OR_RETURN(job.shell, DefaultShellAt(node));
  const Node* steps = node.Find("steps");
  if (steps == nullptr && job.uses.text.empty())
    return Wrong(node, Cat("job ", id, " has neither steps nor uses"));
  if (steps == nullptr) return job;
  if (!steps->is_list() || steps->list().empty())
    return Wrong(*steps, Cat("job ", id, ": expected a list of steps"));
  for (const Node& step : steps->list()) {
    ASSIGN_OR_RETURN(WorkflowStep read, ReadStep(step, job.steps.size() + 1));
    job.steps.push_back(std::move(read));
  }
  return job;
}

absl::StatusOr<Workflow> WorkflowReader::Read(const Node& root) {
  RETURN_IF_ERROR(NeedMap(&root, "workflow"));
  Workflow workflow{.where = where_};
  ASSIGN_OR_RETURN(workflow.permissions, PermissionsAt(root));
  ASSIGN_OR_RETURN(workflow.env, MapAt(root, "env"));
  ASSIGN_OR_RETURN(workflow.shell, DefaultShellAt(root));
  RETURN_IF_ERROR(ReadInputs(root, workflow));
  if (root.Find("on") == nullptr) return Wrong(root, "\"on\" is missing: this is no workflow");
  const Node* jobs = root.Find("jobs");
  if (jobs == nullptr || !jobs->is_map() || jobs->map().empty())
    return Wrong(root, "\"jobs\" is missing or empty");
  for (const auto& [id, node] : jobs->map()) {
    ASSIGN_OR_RETURN(WorkflowJob job, ReadJob(id, node));
    InheritShell(workflow.shell, job);
    workflow.jobs.push_back(std::move(job));
  }
  return workflow;
}

}  // namespace

std::string WorkflowStep::Label() const {
  return name.empty() ? Cat("step ", number) : Cat("step ", number, " (", Printable(name, 60), ")");
}

absl::StatusOr<Workflow> ParseWorkflow(std::string_view yaml, std::string_view where) {
  ASSIGN_OR_RETURN(const Node root, ParseYaml(yaml, where));
  return WorkflowReader(where).Read(root);
}

}  // namespace chartseal::publisher
