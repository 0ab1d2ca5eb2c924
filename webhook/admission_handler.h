#pragma once

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "webhook/decision_observer.h"
#include "webhook/gates.h"
#include "webhook/http_exchange.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {

// When the answer to a request with this query must be there: what the API server says it waits
// (?timeout=10s) after `received`, capped, less a margin for the way back. InvalidArgument when the timeout
// is no duration above zero.
absl::StatusOr<absl::Time> ReviewDeadline(std::string_view query, absl::Time received);

// POST /validate and POST /mutate: AdmissionReview in, AdmissionReview out. What is no AdmissionReview v1 is
// answered with 400, which the API server treats by its failurePolicy. Every decision is told to the
// observers, once. Thread-safe.
class AdmissionHandler {
 public:
  // All borrowed; they must outlive the handler.
  AdmissionHandler(const Gates& gates, Metrics& metrics, net::Clock clock,
                   std::vector<DecisionObserver*> observers = {})
      : gates_(gates), metrics_(metrics), clock_(std::move(clock)), observers_(std::move(observers)) {}

  // Reads the request and decides it from memory, without waiting; or gives the work that is left.
  std::variant<HttpReply, HttpWork> Start(Endpoint endpoint, const HttpRequest& request) const;

  // Both at once. Blocks.
  HttpReply Answer(Endpoint endpoint, const HttpRequest& request) const;

 private:
  absl::StatusOr<std::variant<HttpReply, HttpWork>> Begin(Endpoint endpoint,
                                                          const HttpRequest& request) const;
  HttpReply Reply(const PendingReview& review, const Decision& decision, absl::Time received) const;

  const Gates& gates_;
  Metrics& metrics_;
  const net::Clock clock_;
  const std::vector<DecisionObserver*> observers_;
};

}  // namespace chartseal::webhook
