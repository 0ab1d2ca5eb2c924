#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chartseal {

// The whole content of a regular file (or, with "-", of standard input). Errors name the path: NotFound,
// PermissionDenied, ResourceExhausted with Reason::kLimitExceeded when it holds more than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

}  // namespace chartseal
