#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

namespace chartseal::internal {

// What a plain scalar stands for in the core schema of YAML 1.2 (YAML 1.2.2 §10.3.2), which keys are left out
// of: those are strings as they stand. Never an error.
absl::StatusOr<Node> ReadCoreSchema(std::string_view text, bool is_key);

}  // namespace chartseal::internal
