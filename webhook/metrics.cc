#include "webhook/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <span>
#include <sstream>

#include "webhook/policy_series_internal.h"
#include "webhook/scraped_metrics_internal.h"

namespace chartseal::webhook {
namespace {

using Counters = prometheus::Family<prometheus::Counter>;
using Gauges = prometheus::Family<prometheus::Gauge>;
using Histograms = prometheus::Family<prometheus::Histogram>;

constexpr size_t kReasons = 1
#define CHARTSEAL_REASON(enumerator, name, explanation) +1
#include "verifier/base/reason_codes.inc"
#undef CHARTSEAL_REASON
    ;
constexpr std::array<std::string_view, 3> kVerdicts = {"allowed", "warned", "denied"};
constexpr std::array<std::string_view, 2> kEndpoints = {"validate", "mutate"};
constexpr std::array<std::string_view, 3> kSources = {"cache", "registry", "none"};
constexpr std::array<std::string_view, 2> kStages = {"registry", "crypto"};
constexpr std::array<std::string_view, 6> kLimits = {"in-flight", "body",        "bodies",
                                                     "head",      "connections", "time"};
constexpr std::array<std::string_view, 8> kAnswers = {"none", "2xx", "3xx", "401",
                                                      "404",  "429", "4xx", "5xx"};

template <size_t N>
size_t IndexOf(const std::array<std::string_view, N>& names, std::string_view name) {
  return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

std::string_view AnswerOf(int status) {
  if (status == 401) return "401";  // how an exchange for a token begins
  if (status == 404) return "404";  // how the absence of a signature looks
  if (status == 429) return "429";
  if (status < 200) return "none";
  return status < 300 ? "2xx" : status < 400 ? "3xx" : status < 500 ? "4xx" : "5xx";
}

Counters& AddFamily(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Gauges& AddGaugeFamily(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Histograms& AddHistogramFamily(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

// From a remembered answer to the most that the API server waits.
const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return *buckets;
}

template <size_t N>
std::array<prometheus::Counter*, N> AddAll(Counters& family, const char* label,
                                           const std::array<std::string_view, N>& values) {
  std::array<prometheus::Counter*, N> counters;
  for (size_t i = 0; i < N; ++i) counters[i] = &family.Add({{label, std::string(values[i])}});
  return counters;
}

// A tag that could not be resolved has no digest, and may have taken all the time there was.
bool AskedInVain(const ImageReport& report) {
  return std::any_of(report.rulings.begin(), report.rulings.end(), [](const Ruling& ruling) {
    return ruling.answer == Answer::kCouldNotTell && !ruling.policy.empty();
  });
}

// Where the images and the chart of a request were looked up: "cache" when all of them were remembered.
size_t SourceOf(const Decision& decision) {
  size_t source = 2;
  if (decision.release.has_value() && decision.release->place() != nullptr) {
    if (!decision.release->place()->remembered) return 1;
    source = 0;
  }
  for (const ImageReport& report : decision.reports) {
    const bool asked = report.digest.has_value() || AskedInVain(report);
    if (!asked) continue;
    if (!report.remembered) return 1;
    source = 0;
  }
  return source;
}

// One for each verdict, mode and reason that occurs, found without a lock.
class DecisionCounters {
 public:
  explicit DecisionCounters(Counters& family) : family_(family) {}

  void Count(const Decision& decision) {
    const size_t verdict = std::min(IndexOf(kVerdicts, decision.verdict), kVerdicts.size() - 1);
    const size_t effect = static_cast<size_t>(decision.effect);
    auto& slot = slots_[(verdict * 3 + effect) * kReasons + static_cast<size_t>(decision.reason)];
    prometheus::Counter* counter = slot.load(std::memory_order_acquire);
    if (counter == nullptr) {
      counter = &family_.Add({{"verdict", std::string(kVerdicts[verdict])},
                              {"reason", std::string(Name(decision.reason))},
                              {"mode", std::string(Name(decision.effect))}});
      slot.store(counter, std::memory_order_release);  // whoever comes second finds the same one
    }
    counter->Increment();
  }

 private:
  Counters& family_;
  std::array<std::atomic<prometheus::Counter*>, 3 * 3 * kReasons> slots_{};
};

// Replies by route and status: there are few of either.
class ReplySeries {
 public:
  ReplySeries(Counters& counters, Histograms& histograms) : counters_(counters), histograms_(histograms) {}

  void Count(std::string_view path, int status, double seconds) {
    Series series;
    {
      const std::lock_guard lock(mutex_);
      series = Find(path, status);
    }
    series.replies->Increment();
    series.durations->Observe(seconds);
  }

 private:
  struct Series {
    std::string path;
    int status = 0;
    prometheus::Counter* replies = nullptr;
    prometheus::Histogram* durations = nullptr;
  };

  const Series& Find(std::string_view path, int status) {
    for (const Series& series : series_) {
      if (series.status == status && series.path == path) return series;
    }
    const std::string name(path);
    return series_.emplace_back(Series{name, status,
                                       &counters_.Add({{"path", name}, {"code", std::to_string(status)}}),
                                       &histograms_.Add({{"path", name}}, Buckets())});
  }

  Counters& counters_;
  Histograms& histograms_;
  std::mutex mutex_;
  std::vector<Series> series_;
};

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  DecisionCounters decisions{AddFamily(registry, "chartseal_admission_decisions_total",
                                       "Admission requests decided, by what decided them.")};
  PolicySeries images{AddFamily(registry, "chartseal_image_verdicts_total",
                                "What each policy said about each image of admission requests.")};
  PolicySeries charts{AddFamily(registry, "chartseal_chart_verdicts_total",
                                "What each policy said about each chart that objects name.")};
  PolicySeries releases{AddFamily(registry, "chartseal_release_verdicts_total",
                                  "What each policy said about the chart of each release record.")};
  prometheus::Counter& malformed =
      AddFamily(registry, "chartseal_malformed_reviews_total", "Bodies that were no AdmissionReview v1.")
          .Add({});
  Counters& limits = AddFamily(registry, "chartseal_limits_reached_total",
                               "Connections and requests turned away because of a limit.");
  std::array<prometheus::Counter*, kLimits.size()> limit = AddAll(limits, "limit", kLimits);
  std::array<prometheus::Counter*, 2> lookups =
      AddAll<2>(AddFamily(registry, "chartseal_cache_lookups_total",
                          "Images with a digest that were remembered (hit) or had to be fetched (miss)."),
                "result", {"hit", "miss"});
  std::array<prometheus::Counter*, kAnswers.size()> answers =
      AddAll(AddFamily(registry, "chartseal_registry_requests_total",
                       "Requests to registries and their token services, by how they were answered."),
             "answer", kAnswers);
  prometheus::Gauge& in_flight =
      AddGaugeFamily(registry, "chartseal_requests_in_flight", "Admission requests being worked on.").Add({});
  prometheus::Gauge& connections =
      AddGaugeFamily(registry, "chartseal_connections", "Open connections to the TLS listener.").Add({});
  std::array<std::array<prometheus::Histogram*, kSources.size()>, kEndpoints.size()> totals{};
  std::array<prometheus::Histogram*, kStages.size()> stages{};
  ReplySeries replies{AddFamily(registry, "chartseal_http_replies_total", "HTTP replies by path and code."),
                      AddHistogramFamily(registry, "chartseal_request_duration_seconds",
                                         "From the head of a request to its reply.")};
  ScrapedMetrics scraped;
};

Metrics::Metrics(std::string_view version) : state_(std::make_unique<State>()) {
  Histograms& totals =
      AddHistogramFamily(state_->registry, "chartseal_decision_duration_seconds",
                         "From a request to its decision; by where its images were looked up: all "
                         "remembered (cache), some fetched (registry), nothing to verify (none).");
  for (size_t endpoint = 0; endpoint < kEndpoints.size(); ++endpoint) {
    for (size_t source = 0; source < kSources.size(); ++source) {
      state_->totals[endpoint][source] = &totals.Add(
          {{"endpoint", std::string(kEndpoints[endpoint])}, {"source", std::string(kSources[source])}},
          Buckets());
    }
  }
  Histograms& stages = AddHistogramFamily(state_->registry, "chartseal_image_stage_duration_seconds",
                                          "Time that an image which was not remembered took: asking the "
                                          "registry, and verifying what came.");
  for (size_t stage = 0; stage < kStages.size(); ++stage) {
    state_->stages[stage] = &stages.Add({{"stage", std::string(kStages[stage])}}, Buckets());
  }
  AddGaugeFamily(state_->registry, "chartseal_build_info", "Always 1; the version is the label.")
      .Add({{"version", std::string(version)}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::Decided(const DecisionView& view) {
  const Decision& decision = view.decision;
  state_->decisions.Count(decision);
  state_->images.Count(view.snapshot, decision.reports);
  if (!decision.charts.empty()) state_->charts.Count(view.snapshot, decision.charts);
  if (decision.release.has_value()) {
    state_->releases.Count(view.snapshot, std::span(&*decision.release, 1));
  }
  state_->totals[static_cast<size_t>(view.endpoint)][SourceOf(decision)]->Observe(
      absl::ToDoubleSeconds(view.took));
  for (const ImageReport& report : decision.reports) {
    if (!report.digest.has_value()) continue;
    state_->lookups[report.remembered ? 0 : 1]->Increment();
    if (report.remembered) continue;
    state_->stages[0]->Observe(absl::ToDoubleSeconds(report.registry_time));
    state_->stages[1]->Observe(absl::ToDoubleSeconds(report.crypto_time));
  }
}

void Metrics::Malformed() { state_->malformed.Increment(); }

void Metrics::LimitReached(std::string_view limit) {
  const size_t index = IndexOf(kLimits, limit);
  if (index < kLimits.size()) state_->limit[index]->Increment();
}

void Metrics::InFlight(int count) { state_->in_flight.Set(count); }

void Metrics::Connections(int count) { state_->connections.Set(count); }

void Metrics::Replied(std::string_view path, int status, absl::Duration duration) {
  state_->replies.Count(path, status, absl::ToDoubleSeconds(duration));
}

void Metrics::RegistryAnswered(int status) {
  state_->answers[IndexOf(kAnswers, AnswerOf(status))]->Increment();
}

void Metrics::AddGauge(std::string_view name, std::string_view help, std::function<double()> read) {
  AddGauges(name, help, "", [read = std::move(read)] { return Samples{{"", read()}}; });
}

void Metrics::AddCounter(std::string_view name, std::string_view help, std::function<double()> read) {
  AddCounters(name, help, "", [read = std::move(read)] { return Samples{{"", read()}}; });
}

void Metrics::AddGauges(std::string_view name, std::string_view help, std::string_view label,
                        std::function<Samples()> read) {
  state_->scraped.Add({std::string(name), std::string(help), prometheus::MetricType::Gauge,
                       std::string(label), std::move(read)});
}

void Metrics::AddCounters(std::string_view name, std::string_view help, std::string_view label,
                          std::function<Samples()> read) {
  state_->scraped.Add({std::string(name), std::string(help), prometheus::MetricType::Counter,
                       std::string(label), std::move(read)});
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  for (prometheus::MetricFamily& family : state_->scraped.Collect()) families.push_back(std::move(family));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace chartseal::webhook
