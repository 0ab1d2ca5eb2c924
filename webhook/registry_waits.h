#pragma once

#include <string_view>

#include "absl/status/status.h"

// What is said to those who waited for a registry in vain.
namespace chartseal::webhook {

// ResourceExhausted with Reason::kOverloaded: `what` says of what there is too much.
absl::Status Overloaded(std::string_view host, std::string_view what);

// DeadlineExceeded with Reason::kDeadlineExceeded: `step` is what was going on, "listing referrers of …";
// empty when nothing had begun.
absl::Status TookTooLong(std::string_view host, std::string_view step);

}  // namespace chartseal::webhook
