#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {

// "ok", or the reason and the message of an error ("json-malformed: f: not valid JSON: …"), so that a test
// compares both at once.
inline std::string Why(const absl::Status& status) {
  return status.ok() ? "ok" : Cat(Name(ReasonOf(status)), ": ", Message(status));
}

template <typename T>
std::string Why(const absl::StatusOr<T>& result) {
  return Why(result.status());
}

}  // namespace chartseal
