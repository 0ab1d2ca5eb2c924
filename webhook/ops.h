#pragma once

#include <atomic>
#include <vector>

#include "webhook/http_exchange.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {

// What must be there before requests may come. Set by main, read by probes; thread-safe.
struct Readiness {
  std::atomic<bool> policy_loaded = false;
  std::atomic<bool> trusted_root_loaded = false;
  std::atomic<bool> listening = false;  // false again while draining
};

// GET /healthz (200 while the process answers), /readyz (200, or 503 with what is missing), /metrics. Both
// arguments are borrowed and must outlive the routes.
std::vector<Route> OpsRoutes(const Readiness& readiness, const Metrics& metrics);

}  // namespace chartseal::webhook
