#pragma once

#include <optional>
#include <vector>

#include "audit/asking.h"
#include "audit/cluster.h"
#include "audit/result.h"
#include "verifier/base/node.h"
#include "verifier/base/verdict.h"
#include "verifier/verification/signed_charts.h"
#include "verifier/workload/chart_sources.h"

// Charts that objects of GitOps tools name (spec/helm-oci-kubernetes.md §5).
namespace chartseal::audit {

// One chart that one object names.
struct ChartInUse {
  ObjectName object;
  workload::ChartSource source;
  std::optional<Rejection> unreadable = std::nullopt;  // instead of `source`
};

// Those of an object of one of workload::ChartKinds().
std::vector<ChartInUse> ChartsIn(const Node& object, const Collection& collection);

// What policies say of each, in order: of the chart that its controller would take now, by digest
// (verification::VerifyChartSource). None for a chart that another object decides, which is told of that one.
// `charts` is thread-safe.
std::vector<Result> AuditCharts(const std::vector<ChartInUse>& in_use, verification::SignedCharts& charts,
                                const Asking& asking);

}  // namespace chartseal::audit
