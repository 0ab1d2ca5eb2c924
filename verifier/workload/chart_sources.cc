#include "verifier/workload/chart_sources.h"

#include <algorithm>

#include "verifier/base/semver.h"
#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources_internal.h"

namespace chartseal::workload {
namespace {

namespace internal = chart_sources_internal;

// The kinds of one tool, by group; versions of an API differ in what does not matter here.
struct Tool {
  std::string_view group;
  std::string_view kind;
  Checked<Passed> (*read)(std::string_view, const internal::Field&, internal::Found&);
};

constexpr Tool kTools[] = {
    {"source.toolkit.fluxcd.io", "OCIRepository", internal::ReadFlux},
    {"source.toolkit.fluxcd.io", "HelmRepository", internal::ReadFlux},
    {"source.toolkit.fluxcd.io", "HelmChart", internal::ReadFlux},
    {"helm.toolkit.fluxcd.io", "HelmRelease", internal::ReadFluxRelease},
    {"argoproj.io", "Application", internal::ReadArgo},
    {"argoproj.io", "ApplicationSet", internal::ReadArgo},
    {"helm.cattle.io", "HelmChart", internal::ReadK3s},
    {"helm.cattle.io", "HelmChartConfig", internal::ReadK3s},
    {"addons.cluster.x-k8s.io", "HelmChartProxy", internal::ReadClusterApi},
    {"addons.cluster.x-k8s.io", "HelmReleaseProxy", internal::ReadClusterApi},
    {"helm.crossplane.io", "Release", internal::ReadCrossplane},
    {"helm.m.crossplane.io", "Release", internal::ReadCrossplane},
    {"fleet.cattle.io", "HelmOp", internal::ReadFleet},
    {"fleet.cattle.io", "GitRepo", internal::ReadFleet},
    {"fleet.cattle.io", "Bundle", internal::ReadFleet},
    {"fleet.cattle.io", "BundleDeployment", internal::ReadFleet},
};

const Tool* FindTool(const GroupVersionKind& kind) {
  const auto* found = std::find_if(std::begin(kTools), std::end(kTools), [&](const Tool& tool) {
    return tool.group == kind.group && tool.kind == kind.kind;
  });
  return found == std::end(kTools) ? nullptr : found;
}

// As registries have it or as people do: "v" in front, "_" for "+".
bool IsWholeVersion(std::string_view text) {
  std::string version(text.substr(text.starts_with('v') ? 1 : 0));
  std::replace(version.begin(), version.end(), '_', '+');
  return SemVer::Parse(version).ok();
}

}  // namespace

bool ChartVersion::IsPinned() const {
  switch (kind) {
    case Kind::kDigest:
      return true;
    case Kind::kTag:
    case Kind::kVersion:
      return IsWholeVersion(text);
    case Kind::kNone:
    case Kind::kUntold:
      return false;
  }
  return false;
}

bool NamesTheSame(const ChartSource& a, const ChartSource& b) {
  ChartSource there = a;
  there.path = b.path;
  there.pointer = b.pointer;
  there.pin = b.pin;
  return there == b;
}

std::vector<GroupVersionKind> ChartKinds() {
  std::vector<GroupVersionKind> kinds;
  for (const Tool& tool : kTools) kinds.push_back({std::string(tool.group), "*", std::string(tool.kind)});
  return kinds;
}

bool NamesCharts(const GroupVersionKind& kind) { return FindTool(kind) != nullptr; }

Checked<std::vector<ChartSource>> ExtractChartSources(const GroupVersionKind& kind, JsonValue object) {
  const Tool* tool = FindTool(kind);
  if (tool == nullptr) {
    return Rejection{.reason = Reason::kKindNotCovered,
                     .detail = Cat("a ", Printable(kind.ToString()), " does not name charts"),
                     .expected = "a kind of Flux, Argo CD, k3s, Cluster API, Crossplane or Fleet",
                     .found = Printable(kind.ToString())};
  }
  internal::Found found;
  RETURN_IF_REJECTED(tool->read(tool->kind, internal::Field(object), found));
  return found.Take();
}

}  // namespace chartseal::workload
