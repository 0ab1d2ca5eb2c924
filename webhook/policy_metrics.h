#pragma once

#include "verifier/net/clock.h"
#include "webhook/metrics.h"
#include "webhook/policy_snapshot.h"

namespace chartseal::webhook {

// Adds what is in force to /metrics: policies by mode, the trusted root's fingerprint, and for how long this
// process has trusted it. Both are borrowed and must outlive each other's use: `source` is asked at scrapes.
void AddPolicyMetrics(Metrics& metrics, const PolicySource& source, net::Clock clock);

}  // namespace chartseal::webhook
