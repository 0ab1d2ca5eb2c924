#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "publisher/checks/finding.h"
#include "publisher/checks/workflow.h"

namespace chartseal::publisher {

struct WorkflowRules {
  // Variables that must be assigned once, literally, on the one step that uses them ("KO_DOCKER_REPO").
  std::vector<std::string> parameterless;
  // By job: exactly these permissions ("contents" → "write"). A job that is not listed is judged by what its
  // steps are seen to need.
  std::map<std::string, std::map<std::string, std::string>> permissions;
};

// Every rule over one workflow (spec/helm-oci-kubernetes.md §8.13-8.17), findings in the order of lines.
// InvalidArgument with kWorkflowMalformed or kYamlMalformed when it cannot be read; `where` names the file.
absl::StatusOr<CheckFindings> CheckWorkflow(std::string_view yaml, std::string_view where,
                                            const WorkflowRules& rules);

// The single rules. Each appends to `findings`.

// `variable` is assigned once in the whole file, on a step whose script runs what reads it, as a literal;
// nothing else in the file so much as names it, so that a plain search for the name finds one line.
// KO_DOCKER_REPO is known to be read by ko; of another variable the step that has it is the one that uses it.
void CheckParameterless(const Workflow& workflow, std::string_view yaml, const std::string& variable,
                        CheckFindings& findings);
// Every job has the permissions that it needs and no others: as `wanted` says, else as its steps show
// (NeededPermissions).
void CheckPermissions(const Workflow& workflow,
                      const std::map<std::string, std::map<std::string, std::string>>& wanted,
                      CheckFindings& findings);
// Actions and reusable workflows are named by a full commit, container actions by digest.
void CheckPins(const Workflow& workflow, CheckFindings& findings);
// What cosign and chartseal sign or attest is named by digest.
void CheckSignsByDigest(const Workflow& workflow, CheckFindings& findings);

// What the steps of a job are seen to need: id-token for keyless signing, packages for pushes to ghcr.io,
// contents for checkouts (read) and releases (write), attestations for GitHub's own.
std::map<std::string, std::string> NeededPermissions(const WorkflowJob& job);

// The line of the file on which line `script_line` of a step's script stands.
int LineInFile(const WorkflowText& script, int script_line);

}  // namespace chartseal::publisher
