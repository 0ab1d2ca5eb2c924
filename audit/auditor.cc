#include "audit/auditor.h"

#include <utility>

#include "audit/chart_audit.h"
#include "audit/image_audit.h"
#include "audit/release_audit.h"
#include "audit/remembered_charts.h"
#include "verifier/base/status.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::audit {
namespace {

void Append(std::vector<Result> more, Findings& findings) {
  for (Result& result : more) findings.results.push_back(std::move(result));
}

}  // namespace

absl::StatusOr<Findings> AuditCluster(const Cluster& cluster, const WalkOptions& options,
                                      const Asking& asking) {
  ASSIGN_OR_RETURN(Inventory inventory, Walk(cluster, options));
  Findings findings{.results = AuditImages(inventory.images, asking),
                    .gaps = std::move(inventory.gaps),
                    .objects = inventory.objects};
  verification::RegistryCharts registry(asking.source, asking.root);
  RememberedCharts charts(registry);
  Append(AuditReleases(inventory.releases, cluster, charts, asking), findings);
  Append(AuditCharts(inventory.charts, charts, asking), findings);
  findings.Sort();
  return findings;
}

}  // namespace chartseal::audit
