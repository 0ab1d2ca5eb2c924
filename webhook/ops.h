#pragma once

#include <functional>
#include <string>
#include <vector>

#include "webhook/http_exchange.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {

// What must hold before requests may come.
struct ReadyCondition {
  std::string missing;          // what /readyz says while it does not hold: "policies: not all read yet"
  std::function<bool()> holds;  // called by each probe: must not wait; thread-safe
};

// GET /healthz (200 while the process answers), /readyz (200, or 503 with what is missing), /metrics.
// `metrics`, and what the conditions use, are borrowed and must outlive the routes.
std::vector<Route> OpsRoutes(std::vector<ReadyCondition> conditions, const Metrics& metrics);

}  // namespace chartseal::webhook
