// Least privilege of jobs (spec/helm-oci-kubernetes.md §8.13).

#include <algorithm>

#include "absl/strings/match.h"
#include "publisher/checks/shell_commands.h"
#include "publisher/checks/workflow_checks.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

using Scopes = std::map<std::string, std::string>;

// A wider level does not become a narrower one.
void Need(Scopes& needed, const std::string& scope, const std::string& level) {
  std::string& there = needed[scope];
  if (there != "write") there = level;
}

bool Has(const ShellCommand& command, std::string_view word) {
  return std::any_of(command.words.begin(), command.words.end(), [&](const std::string& candidate) {
    return candidate == word || absl::StartsWith(candidate, Cat(word, "="));
  });
}

// The command's name without its directory, and its first argument.
std::pair<std::string_view, std::string_view> NameAndVerb(const ShellCommand& command) {
  if (command.words.empty()) return {};
  std::string_view name = command.words[0];
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return {name, command.words.size() > 1 ? std::string_view(command.words[1]) : std::string_view()};
}

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void AddNeedsOf(const ShellCommand& command, Scopes& needed) {
  const auto [name, verb] = NameAndVerb(command);
  const bool signs = IsOneOf(verb, {"sign", "sign-blob", "attest", "attest-blob", "publish"});
  if (IsOneOf(name, {"cosign", "chartseal"}) && signs && !Has(command, "--key") &&
      !Has(command, "--identity-token")) {
    Need(needed, "id-token", "write");
  }
  const bool pushes = (name == "chartseal" && IsOneOf(verb, {"push", "publish", "sign", "attest"})) ||
                      (name == "cosign" && IsOneOf(verb, {"sign", "attest", "attach", "copy"})) ||
                      (name == "ko" && IsOneOf(verb, {"build", "publish", "resolve", "apply"})) ||
                      (IsOneOf(name, {"helm", "docker", "podman", "oras", "crane", "skopeo"}) &&
                       IsOneOf(verb, {"push", "copy", "cp"}));
  if (pushes) Need(needed, "packages", "write");
  if (name == "chartseal" && Has(command, "--github-release")) Need(needed, "contents", "write");
  if (name == "gh" && verb == "release") {
    const bool reads = command.words.size() > 2 && IsOneOf(command.words[2], {"download", "view", "list"});
    Need(needed, "contents", reads ? "read" : "write");
  }
}

void AddNeedsOf(std::string_view action, Scopes& needed) {
  const auto is = [&](std::string_view name) {
    return absl::StartsWith(ToAbsl(action), ToAbsl(Cat(name, "@")));
  };
  if (is("actions/checkout")) Need(needed, "contents", "read");
  if (is("actions/attest-build-provenance") || is("actions/attest")) {
    Need(needed, "id-token", "write");
    Need(needed, "attestations", "write");
  }
  if (is("docker/build-push-action")) Need(needed, "packages", "write");
  if (is("softprops/action-gh-release") || is("ncipollo/release-action") ||
      is("goreleaser/goreleaser-action")) {
    Need(needed, "contents", "write");
  }
  if (is("sigstore/gh-action-sigstore-python")) Need(needed, "id-token", "write");
}

std::string Spelled(const Scopes& scopes) {
  std::string out;
  for (const auto& [scope, level] : scopes) out += Cat(out.empty() ? "" : ", ", scope, ": ", level);
  return out.empty() ? "{}" : out;
}

class PermissionRule {
 public:
  PermissionRule(const Workflow& workflow, const WorkflowJob& job, const Scopes& needed,
                 CheckFindings& findings)
      : workflow_(workflow), job_(job), needed_(needed), findings_(findings) {}

  void Check() {
    const auto& permissions = job_.permissions.has_value() ? job_.permissions : workflow_.permissions;
    if (!permissions.has_value()) {
      return Add(Reason::kWorkflowPermissionExtra, job_.line,
                 "has no permissions block: it gets the repository's default, which may be everything",
                 "nothing");
    }
    if (!permissions->everything.empty()) {
      return Add(Reason::kWorkflowPermissionExtra, permissions->line, "has permissions that are not listed",
                 permissions->everything);
    }
    for (const auto& [scope, level] : permissions->scopes) CheckGranted(scope, level);
    for (const auto& [scope, level] : needed_) {
      if (!permissions->scopes.contains(scope)) {
        Add(Reason::kWorkflowPermissionMissing, permissions->line, Cat("needs ", scope, ": ", level),
            "nothing");
      }
    }
  }

 private:
  void CheckGranted(const std::string& scope, const WorkflowText& level) {
    const auto wanted = needed_.find(scope);
    const std::string need = wanted == needed_.end() ? "none" : wanted->second;
    if (level.text == need) return;
    const bool too_little = need == "write" || (need == "read" && level.text == "none");
    Add(too_little ? Reason::kWorkflowPermissionMissing : Reason::kWorkflowPermissionExtra, level.line,
        too_little ? Cat("needs ", scope, ": ", need) : Cat("does not need ", scope, ": ", level.text),
        Cat(scope, ": ", level.text));
  }

  void Add(Reason reason, int line, std::string_view what, std::string found) {
    findings_.push_back({.reason = reason,
                         .file = workflow_.where,
                         .line = line,
                         .what = Cat("job ", job_.id, " ", what),
                         .expected = Spelled(needed_),
                         .found = std::move(found),
                         .next = Cat("give the job exactly: permissions: { ", Spelled(needed_), " }")});
  }

  const Workflow& workflow_;
  const WorkflowJob& job_;
  const Scopes& needed_;
  CheckFindings& findings_;
};

}  // namespace

std::map<std::string, std::string> NeededPermissions(const WorkflowJob& job) {
  Scopes needed;
  for (const WorkflowStep& step : job.steps) {
    AddNeedsOf(step.uses.text, needed);
    for (const ShellCommand& command : ShellCommands(step.run.text)) AddNeedsOf(command, needed);
  }
  return needed;
}

void CheckPermissions(const Workflow& workflow, const std::map<std::string, Scopes>& wanted,
                      CheckFindings& findings) {
  for (const WorkflowJob& job : workflow.jobs) {
    const auto listed = wanted.find(job.id);
    if (listed == wanted.end() && !job.uses.text.empty()) continue;  // its steps stand in another file
    const Scopes needed = listed == wanted.end() ? NeededPermissions(job) : listed->second;
    PermissionRule(workflow, job, needed, findings).Check();
  }
  for (const auto& [id, scopes] : wanted) {
    const bool known = std::any_of(workflow.jobs.begin(), workflow.jobs.end(),
                                   [&, &name = id](const WorkflowJob& job) { return job.id == name; });
    if (known) continue;
    findings.push_back({.reason = Reason::kWorkflowPermissionMissing,
                        .file = workflow.where,
                        .what = Cat("there is no job ", id, " that could have permissions"),
                        .next = "name a job of this workflow"});
  }
}

}  // namespace chartseal::publisher
