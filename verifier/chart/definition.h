#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/node.h"
#include "verifier/chart/chart.h"

// CustomResourceDefinitions that charts bring (spec/real-parts.md §4): helm sends them to the API server
// before it writes any record of the release.
namespace chartseal::chart {

// A definition in a chart.
struct ChartDefinition {
  std::string file;  // "crds/widgets.yaml", "charts/db/crds/backups.yaml"
  Node spec;
};

// Those of `name` ("widgets.acme.dev") in the crds/ folders of the chart and the charts in it, and in
// templates without actions, which helm renders as they stand. Documents that cannot be read are added to
// `unreadable`, each with the reason why.
std::vector<ChartDefinition> FindDefinitions(const Chart& chart, std::string_view name,
                                             std::vector<std::string>& unreadable);

// Where the two specs of definitions of group apiextensions.k8s.io/v1 mean different things, as the first
// path that is found ("spec.versions[0].schema.openAPIV3Schema.type"); nullopt when what the API server makes
// of `signed_spec` is `spec`. That is: the same members with the same values, but for
//   - its defaults (names.singular, names.listKind, conversion, the port of a conversion webhook),
//   - members that say nothing (null, "", false, empty lists and maps of schemas), which it leaves out,
//   - members of `signed_spec` that the API does not have, which it drops,
//   - the caBundle of a conversion webhook, which is known in a cluster only, and is written by controllers.
std::optional<std::string> DefinitionDifference(const Node& signed_spec, const Node& spec);

}  // namespace chartseal::chart
