#include "webhook/registry_waits.h"

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {

absl::Status Overloaded(std::string_view host, std::string_view what) {
  return WithReason(absl::ResourceExhaustedError(Cat(host, ": ", what)), Reason::kOverloaded);
}

absl::Status TookTooLong(std::string_view host, std::string_view step) {
  const std::string what = step.empty() ? "there was no time left to begin" : Cat(step, " took too long");
  return WithReason(
      absl::DeadlineExceededError(Cat(host, ": ", what, " for the time that the API server allows")),
      Reason::kDeadlineExceeded);
}

}  // namespace chartseal::webhook
