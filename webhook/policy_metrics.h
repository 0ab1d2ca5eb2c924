#pragma once

#include "verifier/net/clock.h"
#include "webhook/metrics.h"
#include "webhook/policy_snapshot.h"
#include "webhook/policy_store.h"

namespace chartseal::webhook {

// Adds chartseal_policy_origins: files and objects that policies come from, by how they stand. "ready": the
// latest state is in force; "not-honoured": it is, and refuses whatever it covers; "not-ready": it could not
// be read, and what was there before is in force. `store` is borrowed, and asked at scrapes.
void AddOriginMetrics(Metrics& metrics, const PolicyStore& store);

// Adds what is in force to /metrics: policies by mode, the trusted root's fingerprint, and for how long this
// process has trusted it. Both are borrowed and must outlive each other's use: `source` is asked at scrapes.
void AddPolicyMetrics(Metrics& metrics, const PolicySource& source, net::Clock clock);

}  // namespace chartseal::webhook
