#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/cluster.h"
#include "audit/policy_reports.h"

namespace chartseal::audit {

struct Written {
  size_t written = 0;  // created or replaced
  size_t removed = 0;  // of earlier audits, and not among these
};

// Makes the reports of the cluster (of its namespace, when it has one) these: each is created, or replaced by
// name, then what earlier audits left is removed. Only objects with our label and a name of ours are
// touched: one of somebody else under such a name is an error. `stopped` is asked before each: once it says
// so, nothing more is written (Cancelled). Errors carry Reason::kReportFailed and name the object; what was
// written until then stays, and they say how much that is.
absl::StatusOr<Written> WriteReports(const Cluster& cluster, const std::vector<PolicyReport>& reports,
                                     const std::function<bool()>& stopped);

}  // namespace chartseal::audit
