#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "webhook/gate.h"
#include "webhook/http_exchange.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {

// When the answer to a request with this query must be there: what the API server says it waits
// (?timeout=10s) after `received`, capped, less a margin for the way back. InvalidArgument when the timeout
// is no duration above zero.
absl::StatusOr<absl::Time> ReviewDeadline(std::string_view query, absl::Time received);

// POST /validate: AdmissionReview in, AdmissionReview out, one log line for each. What is no AdmissionReview
// v1 is answered with 400, which the API server treats by its failurePolicy. Thread-safe.
class AdmissionHandler {
 public:
  // All borrowed; they must outlive the handler.
  AdmissionHandler(Gate& gate, Metrics& metrics, net::Clock clock)
      : gate_(gate), metrics_(metrics), clock_(std::move(clock)) {}

  HttpReply Validate(const HttpRequest& request);

 private:
  absl::StatusOr<Decision> Review(const HttpRequest& request);

  Gate& gate_;
  Metrics& metrics_;
  const net::Clock clock_;
};

}  // namespace chartseal::webhook
