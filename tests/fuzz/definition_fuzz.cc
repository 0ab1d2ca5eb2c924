#include <cstdint>
#include <cstdlib>
#include <string>

#include "verifier/chart/definition.h"

// A file of crds/: what is found in it is the same as itself, and no other way of reading it crashes.
namespace chartseal {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto chart = chart::Chart::FromFiles(
      {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"}, {"crds/widgets.yaml", text}}, "app");
  if (!chart.ok()) return 0;
  std::vector<std::string> unreadable;
  const auto definitions = chart::FindDefinitions(*chart, "widgets.acme.dev", unreadable);
  for (const chart::ChartDefinition& one : definitions) {
    if (chart::DefinitionDifference(one.spec, one.spec).has_value()) std::abort();
    for (const chart::ChartDefinition& other : definitions) {
      chart::DefinitionDifference(one.spec, other.spec);
    }
  }
  return 0;
}

}  // namespace chartseal
