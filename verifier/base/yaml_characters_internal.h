#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace chartseal::internal {

// Refuses before yaml-cpp sees it what it would read in a way of its own: UTF-16, which it guesses, bytes
// that are not UTF-8, which it copies, and control characters, one of which it uses for the end of the input.
// InvalidArgument with Reason::kYamlMalformed, line and column (in bytes).
absl::Status CheckYamlCharacters(std::string_view text, std::string_view where);

}  // namespace chartseal::internal
