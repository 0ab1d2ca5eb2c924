// {"group":…, "kind":…, "object":…}: whatever stands in an object of a GitOps tool, it names charts, or is
// refused with words.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verifier/base/json_document.h"
#include "verifier/base/limits.h"
#include "verifier/workload/chart_sources.h"

namespace {

using chartseal::workload::ChartSource;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckSource(const ChartSource& source) {
  const bool registry = source.origin == ChartSource::Origin::kRegistry;
  Check(source.repository.has_value() == registry);
  Check(!source.path.empty() && source.pointer.starts_with('/'));
  if (registry) Check(!source.repository->tag().has_value() && !source.repository->digest().has_value());
  using Kind = chartseal::workload::ChartVersion::Kind;
  Check(source.version.digest.has_value() == (source.version.kind == Kind::kDigest));
  if (!source.pin.has_value()) return;
  Check(registry && source.version.kind != Kind::kDigest && source.pin->pointer.starts_with('/'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const auto document =
      JsonDocument::Parse(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!document.ok()) return 0;
  const JsonValue root = (*document)->root();
  const workload::GroupVersionKind kind = {std::string(root.StringOr("group")), "v1",
                                           std::string(root.StringOr("kind"))};
  const auto sources = workload::ExtractChartSources(kind, root.Find("object"));
  if (!sources.ok()) {
    Check(sources.rejection().reason != Reason::kNone && !sources.rejection().expected.empty());
    return 0;
  }
  Check(workload::NamesCharts(kind) && sources->size() <= limits::kMaxChartSources);
  for (const ChartSource& source : *sources) CheckSource(source);
  return 0;
}
