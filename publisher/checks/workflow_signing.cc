// What is signed is named by digest (spec/helm-oci-kubernetes.md §8.8): a tag can be moved between the push
// and the signature.

#include <algorithm>

#include "absl/strings/match.h"
#include "publisher/checks/shell_commands.h"
#include "publisher/checks/workflow_checks.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

// Flags of cosign and chartseal that stand alone; every other one takes the next word unless it has "=".
constexpr std::string_view kLoneFlags[] = {"-y",
                                           "--yes",
                                           "-r",
                                           "--recursive",
                                           "--allow-http-registry",
                                           "--allow-insecure-registry",
                                           "--upload",
                                           "--plain-http",
                                           "--no-upload",
                                           "-d",
                                           "--verbose",
                                           "--tlog-upload",
                                           "--replace"};

std::string_view ProgramOf(const ShellCommand& command) {
  if (command.words.empty()) return {};
  std::string_view name = command.words[0];
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name;
}

bool SignsArtifacts(const ShellCommand& command) {
  const std::string_view program = ProgramOf(command);
  if (program != "cosign" && program != "chartseal") return false;
  return command.words.size() > 1 && (command.words[1] == "sign" || command.words[1] == "attest");
}

// The arguments that are no flags and no values of flags.
std::vector<std::string> References(const ShellCommand& command) {
  std::vector<std::string> out;
  for (size_t i = 2; i < command.words.size(); ++i) {
    const std::string& word = command.words[i];
    if (word.empty() || word[0] == '>' || word[0] == '<') continue;
    if (word[0] != '-') {
      out.push_back(word);
      continue;
    }
    const bool alone = absl::StrContains(word, "=") ||
                       std::find(std::begin(kLoneFlags), std::end(kLoneFlags), word) != std::end(kLoneFlags);
    if (!alone) ++i;
  }
  return out;
}

// The last "@" that is not inside "${…}".
size_t LastAt(std::string_view reference) {
  size_t found = std::string_view::npos;
  int braces = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    if (reference.substr(i, 2) == "${") ++braces;
    if (reference[i] == '}' && braces > 0) --braces;
    if (reference[i] == '@' && braces == 0) found = i;
  }
  return found;
}

// "repo@sha256:…", "repo@${DIGEST}": what follows the "@" cannot be a tag.
bool NamesDigest(std::string_view reference) {
  const size_t at = LastAt(reference);
  if (at == std::string_view::npos) return false;
  const std::string_view digest = reference.substr(at + 1);
  return absl::StartsWith(ToAbsl(digest), "sha256:") || absl::StartsWith(ToAbsl(digest), "$");
}

}  // namespace

void CheckSignsByDigest(const Workflow& workflow, CheckFindings& findings) {
  for (const WorkflowJob& job : workflow.jobs) {
    for (const WorkflowStep& step : job.steps) {
      for (const ShellCommand& command : ShellCommands(step.run.text)) {
        if (!SignsArtifacts(command)) continue;
        for (const std::string& reference : References(command)) {
          if (NamesDigest(reference)) continue;
          findings.push_back(
              {.reason = Reason::kWorkflowSignsTag,
               .file = workflow.where,
               .line = LineInFile(step.run, command.line),
               .what = Cat("job ", job.id, ", ", step.Label(), " signs what is not seen to be a digest"),
               .expected = "REPOSITORY@sha256:… or REPOSITORY@${DIGEST}",
               .found = Printable(reference),
               .next = "sign the digest that the push gave (chartseal publish does)"});
        }
      }
    }
  }
}

}  // namespace chartseal::publisher
