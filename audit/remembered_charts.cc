#include "audit/remembered_charts.h"

#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

size_t BytesOf(const std::vector<chart::File>& files) {
  size_t bytes = 0;
  for (const chart::File& file : files) bytes += file.name.size() + file.bytes.size();
  return bytes;
}

size_t BytesOf(const chart::Chart& chart) {
  size_t bytes = BytesOf(chart.templates()) + BytesOf(chart.files()) + chart.chart_yaml().bytes.size();
  for (const auto& part : {chart.chart_lock(), chart.values(), chart.schema()}) {
    if (part) bytes += part->bytes.size();
  }
  for (const chart::Chart::Subchart& subchart : chart.subcharts()) bytes += BytesOf(subchart.chart);
  return bytes;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const chart::Chart>> RememberedCharts::Pull(const oci::Reference& repository,
                                                                           const crypto::Digest& digest,
                                                                           absl::Time deadline) {
  const std::string name = repository.WithDigestOnly(digest).ToString();
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(name);
    if (found != kept_.end()) return found->second;
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const chart::Chart> chart, inner_.Pull(repository, digest, deadline));
  const size_t bytes = BytesOf(*chart);
  const std::lock_guard lock(mutex_);
  if (bytes_ + bytes <= limits::kMaxKeptChartBytes && kept_.emplace(name, chart).second) bytes_ += bytes;
  return chart;
}

}  // namespace chartseal::audit
