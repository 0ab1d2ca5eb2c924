#include "webhook/policy_metrics.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace chartseal::webhook {
namespace {

// "enforce" and "warn" are in force as written; one that cannot be honoured answers no to whatever it covers.
Metrics::Samples CountPolicies(const PolicySource& source) {
  double enforce = 0;
  double warn = 0;
  double not_honoured = 0;
  if (const auto snapshot = source.Current(); snapshot != nullptr) {
    for (const policy::Policy& policy : snapshot->policies.policies) {
      if (policy.not_honoured.has_value()) {
        ++not_honoured;
      } else {
        ++(policy.mode == policy::Mode::kEnforce ? enforce : warn);
      }
    }
  }
  return {{"enforce", enforce}, {"warn", warn}, {"not-honoured", not_honoured}};
}

// Notices at a scrape that the root is another one.
class RootAge {
 public:
  RootAge(const PolicySource& source, net::Clock clock) : source_(source), clock_(std::move(clock)) {
    Seconds();
  }

  double Seconds() {
    const auto snapshot = source_.Current();
    const absl::Time now = clock_();
    const std::lock_guard lock(mutex_);
    const std::string fingerprint = snapshot == nullptr ? "" : snapshot->root_fingerprint;
    if (fingerprint != fingerprint_) {
      fingerprint_ = fingerprint;
      since_ = now;
    }
    return fingerprint.empty() ? 0 : absl::ToDoubleSeconds(now - since_);
  }

 private:
  const PolicySource& source_;
  const net::Clock clock_;
  std::mutex mutex_;
  std::string fingerprint_;
  absl::Time since_;
};

}  // namespace

void AddOriginMetrics(Metrics& metrics, const PolicyStore& store) {
  metrics.AddGauges(
      "chartseal_policy_origins", "Where policies come from, by how their latest state stands.", "state",
      [&store] {
        double ready = 0, not_honoured = 0, not_ready = 0;
        for (const OriginState& origin : store.Origins()) {
          ++(!origin.error.ok() ? not_ready : origin.honoured ? ready : not_honoured);
        }
        return Metrics::Samples{{"ready", ready}, {"not-honoured", not_honoured}, {"not-ready", not_ready}};
      });
}

void AddPolicyMetrics(Metrics& metrics, const PolicySource& source, net::Clock clock) {
  metrics.AddGauges("chartseal_policies", "Policies in force, by what follows from a no.", "state",
                    [&source] { return CountPolicies(source); });
  metrics.AddGauges("chartseal_trusted_root_info", "Always 1; the label is the SHA-256 of the trusted root.",
                    "sha256", [&source]() -> Metrics::Samples {
                      const auto snapshot = source.Current();
                      if (snapshot == nullptr || snapshot->root_fingerprint.empty()) return {};
                      return {{snapshot->root_fingerprint, 1}};
                    });
  const auto age = std::make_shared<RootAge>(source, std::move(clock));
  metrics.AddGauge("chartseal_trusted_root_age_seconds",
                   "For how long this process has had its trusted root.", [age] { return age->Seconds(); });
}

}  // namespace chartseal::webhook
