#include "webhook/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace chartseal::webhook {
namespace {

using Labels = std::map<std::string, std::string>;
using Counters = prometheus::Family<prometheus::Counter>;
using Gauges = prometheus::Family<prometheus::Gauge>;
using Histograms = prometheus::Family<prometheus::Histogram>;

Counters& AddCounters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Gauges& AddGauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

// From a cached answer to the most that the API server waits.
const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return *buckets;
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  Counters& decisions = AddCounters(registry, "chartseal_admission_decisions_total",
                                    "Admission requests decided, by what decided them.");
  Counters& images = AddCounters(registry, "chartseal_image_verdicts_total",
                                 "What each policy said about each image of admission requests.");
  Counters& malformed =
      AddCounters(registry, "chartseal_malformed_reviews_total", "Bodies that were no AdmissionReview v1.");
  Counters& limits = AddCounters(registry, "chartseal_limits_reached_total",
                                 "Connections and requests turned away because of a limit.");
  Counters& replies = AddCounters(registry, "chartseal_http_replies_total", "HTTP replies by path and code.");
  Gauges& in_flight =
      AddGauges(registry, "chartseal_requests_in_flight", "Admission requests being worked on.");
  Gauges& connections = AddGauges(registry, "chartseal_connections", "Open connections to the TLS listener.");
  Histograms& durations = prometheus::BuildHistogram()
                              .Name("chartseal_request_duration_seconds")
                              .Help("From the head of a request to its reply.")
                              .Register(registry);
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
  // Series that alerts are written on are there from the start.
  state_->in_flight.Add({});
  state_->connections.Add({});
  state_->malformed.Add({});
  for (const char* limit : {"in-flight", "body", "bodies", "head", "connections", "time"}) {
    state_->limits.Add({{"limit", limit}});
  }
}

Metrics::~Metrics() = default;

void Metrics::Decided(const Decision& decision) {
  state_->decisions
      .Add({{"verdict", std::string(decision.verdict)},
            {"reason", std::string(Name(decision.reason))},
            {"mode", std::string(Name(decision.effect))}})
      .Increment();
  for (const ImageReport& report : decision.reports) {
    for (const Ruling& ruling : report.rulings) {
      state_->images
          .Add({{"verdict", std::string(Name(ruling.answer))},
                {"reason", std::string(Name(ruling.reason))},
                {"mode", std::string(Name(ruling.effect))}})
          .Increment();
    }
  }
}

void Metrics::Malformed() { state_->malformed.Add({}).Increment(); }

void Metrics::LimitReached(std::string_view limit) {
  state_->limits.Add({{"limit", std::string(limit)}}).Increment();
}

void Metrics::InFlight(int count) { state_->in_flight.Add({}).Set(count); }

void Metrics::Connections(int count) { state_->connections.Add({}).Set(count); }

void Metrics::Replied(std::string_view path, int status, absl::Duration duration) {
  state_->replies.Add({{"path", std::string(path)}, {"code", std::to_string(status)}}).Increment();
  state_->durations.Add({{"path", std::string(path)}}, Buckets()).Observe(absl::ToDoubleSeconds(duration));
}

std::string Metrics::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, state_->registry.Collect());
  return out.str();
}

}  // namespace chartseal::webhook
