#include <string>
#include <string_view>

#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources_internal.h"

namespace chartseal::workload::chart_sources_internal {

// Both kinds name repository, chart and version apart; a proxy is installed in every cluster that it selects,
// a release proxy in one.
Checked<Passed> ReadClusterApi(std::string_view kind, const Field& object, Found& found) {
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  ASSIGN_OR_REJECT(const std::string repo, spec.Text("repoURL"));
  ASSIGN_OR_REJECT(const std::string chart, spec.Text("chartName"));
  ASSIGN_OR_REJECT(const std::string version, spec.Text("version"));
  ASSIGN_OR_REJECT(const Field cluster, spec.Object("clusterRef"));
  ASSIGN_OR_REJECT(const std::string name, cluster.Text("name"));
  if (repo.empty()) return spec.At("repoURL").Malformed("a URL", "nothing");
  if (chart.empty()) return spec.At("chartName").Malformed("the name of a chart", "nothing");
  const Field field = spec.At("repoURL");
  ChartSource source = Elsewhere(field, Join(repo, chart));
  if (IsOci(repo)) {
    ASSIGN_OR_REJECT(source, InRepository(field, Join(repo, chart)));
    source.version = {
        .kind = ChartVersion::Kind::kVersion, .text = version, .digest = {}, .rules = {}, .filter = {}};
  }
  source.target = kind == "HelmChartProxy" ? std::string("the workload clusters that are selected")
                                           : Cat("the workload cluster ", Printable(name, 128));
  return found.Add(std::move(source));
}

}  // namespace chartseal::workload::chart_sources_internal
