#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chartseal::cli {

// The predicate type URI for a URI or one of cosign's short names (spec/sigstore.md §1.2). Usage error for
// anything else.
absl::StatusOr<std::string> PredicateType(std::string_view text);

}  // namespace chartseal::cli
