#pragma once

#include "absl/status/statusor.h"
#include "audit/asking.h"
#include "audit/cluster.h"
#include "audit/result.h"
#include "audit/walk.h"

namespace chartseal::audit {

// Reads the cluster and judges all that it names: images, releases by the charts that they are of, and charts
// that objects of GitOps tools name. Nothing is written anywhere. Errors as Walk(): nothing could be read at
// all.
absl::StatusOr<Findings> AuditCluster(const Cluster& cluster, const WalkOptions& options,
                                      const Asking& asking);

}  // namespace chartseal::audit
