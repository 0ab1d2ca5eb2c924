#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "publisher/release/publish.h"

namespace chartseal::publisher {

// What a GitHub Actions job leaves for later steps and for people. Elsewhere, where the variables are unset,
// both do nothing.
using Environment = std::function<std::optional<std::string>(const char*)>;

// Appends "name=value" lines to the file that GITHUB_OUTPUT names. A value that holds a line break is refused
// (InvalidArgument): it could set other outputs. FailedPrecondition with kFileUnusable.
absl::Status WriteStepOutputs(const std::vector<std::pair<std::string, std::string>>& outputs,
                              const Environment& environment);

// Appends Markdown about a release to the file that GITHUB_STEP_SUMMARY names: the steps with their outcomes
// and, of one that ended well, the commands with which anybody can check it. Errors as above.
absl::Status WriteStepSummary(const PublishResult& result, const Environment& environment);
// The same text.
std::string StepSummary(const PublishResult& result);

}  // namespace chartseal::publisher
