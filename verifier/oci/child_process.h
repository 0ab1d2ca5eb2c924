#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace chartseal::oci {

struct ChildResult {
  int exit_code = -1;  // -1 when a signal ended it
  std::string output;  // standard output
};

// Runs the program at `path` (no search, no shell) with `input` on its standard input and reads its standard
// output; its standard error is dropped. Killed after `allowed`, or when it prints more than `max_output`
// bytes. Unavailable when it cannot be started, DeadlineExceeded, ResourceExhausted; the messages hold
// nothing of input and output.
absl::StatusOr<ChildResult> RunChild(const std::string& path, const std::vector<std::string>& arguments,
                                     std::string_view input, size_t max_output, absl::Duration allowed);

}  // namespace chartseal::oci
