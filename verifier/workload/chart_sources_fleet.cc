#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources_internal.h"

namespace chartseal::workload::chart_sources_internal {
namespace {

constexpr std::string_view kTarget = "the clusters that Fleet selects";
constexpr std::string_view kEmbedded = "its files stand among the resources of the bundle";

bool IsUrl(std::string_view text) { return text.find("://") != std::string_view::npos; }

// A chart by its whole name in `chart`, or in `repo` without one; the URL of an archive; a name in a
// repository; or a path among the files that came from Git.
Checked<ChartSource> Read(const Layered& helm, const std::string& chart, const std::string& repo) {
  ASSIGN_OR_REJECT(const std::string version, helm.Text("version"));
  if (IsOci(repo) && !chart.empty()) {
    return helm.upper.At("repo").Malformed("an OCI repository in repo without chart, or in chart alone",
                                           "both");
  }
  if (IsOci(repo)) return AtReference(helm.upper.At("repo"), repo, version);
  if (IsOci(chart)) return AtReference(helm.upper.At("chart"), chart, version);
  if (!repo.empty()) return Elsewhere(helm.upper.At("repo"), Join(repo, chart));
  if (IsUrl(chart)) return Elsewhere(helm.upper.At("chart"), chart);
  return Untold(helm.upper.At("chart"), chart, kEmbedded);
}

Checked<Passed> ReadHelm(const Layered& helm, Found& found) {
  ASSIGN_OR_REJECT(const std::string chart, helm.Text("chart"));
  ASSIGN_OR_REJECT(const std::string repo, helm.Text("repo"));
  if (chart.empty() && repo.empty()) return Passed{};
  ASSIGN_OR_REJECT(ChartSource source, Read(helm, chart, repo));
  source.target = std::string(kTarget);
  return found.Add(std::move(source));
}

// Options of a target win over those of the whole, field by field.
Checked<Passed> ReadTargets(const Field& spec, const Field& helm, Found& found) {
  ASSIGN_OR_REJECT(const std::vector<Field> targets, spec.Objects("targets"));
  for (const Field& target : targets) {
    ASSIGN_OR_REJECT(const Field own, target.Object("helm"));
    if (own.At("chart").is_null() && own.At("repo").is_null() && own.At("version").is_null()) continue;
    RETURN_IF_REJECTED(ReadHelm({own, helm}, found));
  }
  return Passed{};
}

}  // namespace

// A GitRepo says only where the files are that become bundles.
Checked<Passed> ReadFleet(std::string_view kind, const Field& object, Found& found) {
  if (kind == "GitRepo") return Passed{};
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  const bool deployment = kind == "BundleDeployment";
  ASSIGN_OR_REJECT(const Field options, deployment ? spec.Object("options") : Checked<Field>(spec));
  ASSIGN_OR_REJECT(const Field helm, options.Object("helm"));
  RETURN_IF_REJECTED(ReadHelm({helm}, found));
  if (deployment) {
    ASSIGN_OR_REJECT(const Field staged, spec.Object("stagedOptions"));
    ASSIGN_OR_REJECT(const Field staged_helm, staged.Object("helm"));
    return ReadHelm({staged_helm}, found);
  }
  return ReadTargets(spec, helm, found);
}

}  // namespace chartseal::workload::chart_sources_internal
