// Parameterless builds (spec/helm-oci-kubernetes.md §8.14, §8.15): where a build pushes to is read from the
// file at the tag, and from nowhere else.

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "publisher/checks/shell_commands.h"
#include "publisher/checks/workflow_checks.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

// The lines that name the variable. Each that a search finds which leaves lines with a "#" out ends up
// explained: by a finding, or as the one assignment.
class Mentions {
 public:
  Mentions(std::string_view yaml, const std::string& variable) {
    for (int line = 1; !yaml.empty(); ++line) {
      const size_t end = std::min(yaml.find('\n'), yaml.size());
      const std::string_view text = yaml.substr(0, end);
      yaml.remove_prefix(std::min(end + 1, yaml.size()));
      if (text.find(variable) == std::string_view::npos) continue;
      naming_.insert(line);
      if (text.find('#') == std::string_view::npos) found_.insert(line);
    }
    unexplained_ = found_;
  }

  // The line that names the variable whose value stands on `line`: the same, or above it where the value is
  // empty or stands on lines of its own.
  int NameLine(int line) const {
    const auto after = naming_.upper_bound(line);
    return after == naming_.begin() ? line : *std::prev(after);
  }
  bool IsFound(int line) const { return found_.contains(line); }
  void Explain(int line) { unexplained_.erase(line); }
  const std::set<int>& unexplained() const { return unexplained_; }

 private:
  std::set<int> naming_;
  std::set<int> found_;
  std::set<int> unexplained_;
};

class VariableRule {
 public:
  VariableRule(const Workflow& workflow, std::string_view yaml, const std::string& variable,
               CheckFindings& findings)
      : workflow_(workflow), variable_(variable), findings_(findings), mentions_(yaml, variable) {}

  void Check() {
    CheckWiderScopes();
    CheckSteps();
    if (assignments_ == 0) AddMissing();
    CheckPlainSearch();
  }

 private:
  void Add(Reason reason, int line, std::string what, std::string next) {
    mentions_.Explain(line);
    findings_.push_back({.reason = reason,
                         .file = workflow_.where,
                         .line = line,
                         .what = std::move(what),
                         .next = std::move(next)});
  }

  void AddMissing() {
    findings_.push_back({.reason = Reason::kWorkflowVariableMissing,
                         .file = workflow_.where,
                         .what = Cat(variable_, " is assigned on no step"),
                         .expected = Cat("env: { ", variable_, ": a literal } on the step that uses it"),
                         .next = Cat("assign ", variable_, " in the env of that step")});
  }

  void CheckWiderScopes() {
    const auto is_it = [&](std::string_view name) {
      return absl::EqualsIgnoreCase(ToAbsl(name), ToAbsl(variable_));
    };
    for (const auto& [name, value] : workflow_.env) {
      if (is_it(name)) AddRedirect(value.line, "is assigned for the whole workflow");
    }
    for (const auto& [name, line] : workflow_.inputs) {
      if (is_it(name)) AddRedirect(line, "is an input: whoever starts the workflow chooses it");
    }
    for (const WorkflowJob& job : workflow_.jobs) {
      for (const auto& [name, value] : job.env) {
        if (is_it(name)) AddRedirect(value.line, Cat("is assigned for the whole job ", job.id));
      }
    }
  }

  void AddRedirect(int line, std::string_view what) {
    Add(Reason::kWorkflowVariableRedirectable, line, Cat(variable_, " ", what),
        Cat("assign ", variable_, " once, in the env of the step that uses it"));
  }

  void CheckSteps() {
    for (const WorkflowJob& job : workflow_.jobs) {
      for (const WorkflowStep& step : job.steps) CheckStep(job, step);
    }
  }

  void CheckStep(const WorkflowJob& job, const WorkflowStep& step) {
    const auto assigned = std::find_if(step.env.begin(), step.env.end(),
                                       [&](const auto& entry) { return entry.first == variable_; });
    const std::string who = Cat("job ", job.id, ", ", step.Label());
    const bool uses_it = CheckScript(step, who);
    if (assigned == step.env.end()) {
      if (uses_it) {
        Add(Reason::kWorkflowVariableRedirectable, step.run.line,
            Cat(who, " runs ko without ", variable_,
                " of its own: it takes what an earlier step left in GITHUB_ENV"),
            Cat("build in one step, with ", variable_, " in its env"));
      }
      return;
    }
    if (++assignments_ > 1) {
      return Add(Reason::kWorkflowVariableRepeated, assigned->second.line,
                 Cat(who, " assigns ", variable_, " again"),
                 "keep the one assignment on the step that uses it");
    }
    CheckAssignment(step, assigned->second, who, uses_it);
  }

  void CheckAssignment(const WorkflowStep& step, const WorkflowText& value, const std::string& who,
                       bool uses_it) {
    const int line = mentions_.NameLine(value.line);
    mentions_.Explain(line);
    if (absl::StrContains(value.text, "${{") || !value.is_string || value.text.empty()) {
      findings_.push_back({.reason = Reason::kWorkflowVariableNotLiteral,
                           .file = workflow_.where,
                           .line = line,
                           .what = Cat(variable_, " is not a literal text"),
                           .found = Printable(value.text),
                           .next = "write the value out"});
    }
    if (KnowsWhoReadsIt() && !uses_it) {
      findings_.push_back({.reason = Reason::kWorkflowVariableMissing,
                           .file = workflow_.where,
                           .line = line,
                           .what = Cat(variable_, " is assigned on ", who, ", which does not run ko"),
                           .next = "assign it on the step that runs ko"});
    }
    if (!mentions_.IsFound(line)) {
      findings_.push_back({.reason = Reason::kWorkflowVariableMissing,
                           .file = workflow_.where,
                           .line = line,
                           .what = Cat("the assignment of ", variable_,
                                       " has a # on its line: a search that leaves comments out misses it"),
                           .next = "move the comment to a line of its own"});
    }
    CheckShell(step, who);
    CheckExpressions(step, who);
  }

  // A program of one's own that is put between step and script can set anything.
  void CheckShell(const WorkflowStep& step, const std::string& who) {
    constexpr std::string_view kShells[] = {"", "bash", "sh", "pwsh", "powershell", "cmd", "python"};
    const std::string_view program = std::string_view(step.shell.text).substr(0, step.shell.text.find(' '));
    if (std::find(std::begin(kShells), std::end(kShells), program) != std::end(kShells)) return;
    Add(Reason::kWorkflowVariableRedirectable, step.shell.line,
        Cat(who, " runs its script with ", Printable(program), ", which could set ", variable_),
        "run it with shell: bash");
  }

  // Expressions are pasted into the script before a shell reads it.
  void CheckExpressions(const WorkflowStep& step, const std::string& who) {
    for (const char* outside : {"inputs.", "github.event.", "github.head_ref"}) {
      const size_t at = step.run.text.find(outside);
      if (at == std::string::npos || !absl::StrContains(step.run.text, "${{")) continue;
      const int line = 1 + static_cast<int>(std::count(step.run.text.begin(),
                                                       step.run.text.begin() + static_cast<long>(at), '\n'));
      Add(Reason::kWorkflowVariableRedirectable, LineInFile(step.run, line),
          Cat(who, " pastes ", outside, "… into its script: its text could set ", variable_),
          "take it out, or pass it through the step's env");
      return;
    }
  }

  bool KnowsWhoReadsIt() const { return variable_ == "KO_DOCKER_REPO"; }

  // Finds what sets the variable in a script. Says whether the script runs what reads it.
  bool CheckScript(const WorkflowStep& step, const std::string& who) {
    bool runs_reader = false;
    for (const ShellCommand& command : ShellCommands(step.run.text)) {
      runs_reader = runs_reader || RunsKo(command);
      if (!Sets(command)) continue;
      Add(Reason::kWorkflowVariableRedirectable, LineInFile(step.run, command.line),
          Cat(who, " sets ", variable_, " in its script"),
          Cat("leave ", variable_, " to the env of the step"));
    }
    return runs_reader;
  }

  static bool RunsKo(const ShellCommand& command) {
    if (command.words.size() < 2) return false;
    const std::string& program = command.words[0];
    if (program != "ko" && !absl::EndsWith(program, "/ko")) return false;
    constexpr std::string_view kBuilding[] = {"build", "publish", "resolve", "apply", "create", "run"};
    return std::find(std::begin(kBuilding), std::end(kBuilding), command.words[1]) != std::end(kBuilding);
  }

  // An assignment in any form: NAME=…, export NAME, env NAME=…, unset NAME, a line for GITHUB_ENV.
  bool Sets(const ShellCommand& command) const {
    const auto names = [&](const std::string& word) {
      return absl::StartsWith(word, variable_ + "=") || absl::StrContains(word, "\n" + variable_ + "=") ||
             absl::StartsWith(word, variable_ + "<<");
    };
    if (std::any_of(command.assignments.begin(), command.assignments.end(), names)) return true;
    if (std::any_of(command.words.begin(), command.words.end(), names)) return true;
    constexpr std::string_view kSetting[] = {"export",  "unset", "read",    "declare",
                                             "typeset", "local", "readonly"};
    const bool sets = !command.words.empty() && std::find(std::begin(kSetting), std::end(kSetting),
                                                          command.words[0]) != std::end(kSetting);
    return sets && std::find(command.words.begin(), command.words.end(), variable_) != command.words.end();
  }

  // What a person does to check this rule: search for the name, leave comments out, and find one line.
  void CheckPlainSearch() {
    const std::set<int> lines = mentions_.unexplained();
    for (const int line : lines) {
      Add(Reason::kWorkflowVariableRepeated, line, Cat(variable_, " is named here as well"),
          Cat("a search for ", variable_, " that leaves comments out must find one line, the assignment"));
    }
  }

  const Workflow& workflow_;
  const std::string& variable_;
  CheckFindings& findings_;
  Mentions mentions_;
  int assignments_ = 0;
};

}  // namespace

void CheckParameterless(const Workflow& workflow, std::string_view yaml, const std::string& variable,
                        CheckFindings& findings) {
  VariableRule(workflow, yaml, variable, findings).Check();
}

}  // namespace chartseal::publisher
