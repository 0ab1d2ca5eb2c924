#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace chartseal::oci {

// One challenge of a WWW-Authenticate field (RFC 7235 §2.1).
struct AuthChallenge {
  std::string scheme;                                           // lower case: "bearer", "basic"
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, each at most once

  // The parameter's value, or "".
  std::string_view Get(std::string_view name) const;
};

// All challenges of all WWW-Authenticate values of one answer, in order. A value that does not follow the
// grammar is passed over as a whole; InvalidArgument (Reason::kRegistryError) when none could be read, or
// more than limits::kMaxChallengeBytes came.
absl::StatusOr<std::vector<AuthChallenge>> ParseAuthChallenges(std::span<const std::string_view> values);

}  // namespace chartseal::oci
