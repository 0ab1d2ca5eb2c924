#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "webhook/decision.h"
#include "webhook/decision_observer.h"

namespace chartseal::webhook {

// The numbers on /metrics (docs/webhook.md lists them). Thread-safe. Labels take values from closed lists
// only, never text from a request, so that nobody can make the number of time series grow. What is called for
// each request costs some hundred nanoseconds: series are looked up once.
class Metrics : public DecisionObserver {
 public:
  // `version` is that of this program, for chartseal_build_info.
  explicit Metrics(std::string_view version = "unknown");
  ~Metrics() override;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One admission request was decided: the decision, what each policy said about each image, and where the
  // time went.
  void Decided(const DecisionView& view) override;
  // A body that was no AdmissionReview.
  void Malformed();

  // A limit of the server was reached: "in-flight", "body", "bodies", "head", "connections", "time".
  void LimitReached(std::string_view limit);
  void InFlight(int count);
  void Connections(int count);
  // `path` is that of a route.
  void Replied(std::string_view path, int status, absl::Duration duration);

  // A registry, or its token service, answered with this status; 0 when there was no answer. Fits
  // oci::RegistryOptions::on_request.
  void RegistryAnswered(int status);

  // Numbers that somebody else keeps, asked for at each scrape: sizes, ages, counters of a cache. `read` is
  // called from the thread of the scrape, must not wait, and must stay callable as long as this object. Names
  // without "chartseal_" are not taken; the same name may be added again with other labels.
  void AddGauge(std::string_view name, std::string_view help, std::function<double()> read);
  void AddCounter(std::string_view name, std::string_view help, std::function<double()> read);
  // Several series of one name, told apart by `label`; the values of the label must come from a closed list.
  using Samples = std::vector<std::pair<std::string, double>>;
  void AddGauges(std::string_view name, std::string_view help, std::string_view label,
                 std::function<Samples()> read);
  void AddCounters(std::string_view name, std::string_view help, std::string_view label,
                   std::function<Samples()> read);

  // Prometheus text format.
  std::string Text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chartseal::webhook
