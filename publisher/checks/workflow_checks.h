#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "publisher/checks/finding.h"

namespace chartseal::publisher {

struct WorkflowRules {
  // Variables that must be assigned once, literally, on the one step that uses them ("KO_DOCKER_REPO").
  std::vector<std::string> parameterless;
  // Per job: exactly these permissions ("contents" → "write"). A job that is not listed is judged by what its
  // steps are seen to need.
  std::map<std::string, std::map<std::string, std::string>> permissions;
};

// A GitHub Actions workflow (spec/helm-oci-kubernetes.md §8.13-8.17). InvalidArgument with kWorkflowMalformed
// or kYamlMalformed when it cannot be read; `where` names the file.
absl::StatusOr<CheckFindings> CheckWorkflow(std::string_view yaml, std::string_view where,
                                            const WorkflowRules& rules);

}  // namespace chartseal::publisher
