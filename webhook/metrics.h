#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "webhook/decision.h"

namespace chartseal::webhook {

// The numbers on /metrics (docs/webhook.md lists them). Thread-safe. Labels take values from closed lists
// only, never text from a request, so that nobody can make the number of time series grow.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One admission request was decided; counts its images too.
  void Decided(const Decision& decision);
  // A body that was no AdmissionReview.
  void Malformed();

  // A limit of the server was reached: "in-flight", "body", "bodies", "head", "connections", "time".
  void LimitReached(std::string_view limit);
  void InFlight(int count);
  void Connections(int count);
  // `path` is that of a route.
  void Replied(std::string_view path, int status, absl::Duration duration);

  // Prometheus text format.
  std::string Text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chartseal::webhook
