#pragma once

#include <vector>

#include "audit/asking.h"
#include "audit/cluster.h"
#include "audit/release_records.h"
#include "audit/result.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::audit {

// What policies say of the chart of each release, in order (verification::VerifyRelease). Reads each record
// from the cluster, and keeps none. One that is gone by now has no result. `charts` is thread-safe.
std::vector<Result> AuditReleases(const std::vector<ReleaseRecord>& records, const Cluster& cluster,
                                  verification::SignedCharts& charts, const Asking& asking);

}  // namespace chartseal::audit
