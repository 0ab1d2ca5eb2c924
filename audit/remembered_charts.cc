#include "audit/remembered_charts.h"

#include <utility>

#include "verifier/base/limits.h"

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

// Null: the caller is to pull it, and to tell End(). Whoever has waited until the deadline does so too, and
// is told by the registry's client that it has passed.
std::shared_ptr<const chart::Chart> RememberedCharts::KeptOrBegin(const std::string& name,
                                                                  absl::Time deadline) {
  std::unique_lock lock(mutex_);
  ended_.wait_until(lock, absl::ToChronoTime(deadline), [&] { return !under_way_.contains(name); });
  const auto found = kept_.find(name);
  if (found != kept_.end()) return found->second;
  under_way_.insert(name);
  return nullptr;
}

void RememberedCharts::End(const std::string& name,
                           const absl::StatusOr<std::shared_ptr<const chart::Chart>>& pulled) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(name);
  ended_.notify_all();
  if (!pulled.ok()) return;
  const size_t bytes = BytesOf(**pulled);
  if (bytes_ + bytes <= limits::kMaxKeptChartBytes && kept_.emplace(name, *pulled).second) bytes_ += bytes;
}

absl::StatusOr<std::shared_ptr<const chart::Chart>> RememberedCharts::Pull(const oci::Reference& repository,
                                                                           const crypto::Digest& digest,
                                                                           absl::Time deadline) {
  const std::string name = repository.WithDigestOnly(digest).ToString();
  if (auto kept = KeptOrBegin(name, deadline)) return kept;
  auto pulled = inner_.Pull(repository, digest, deadline);
  End(name, pulled);
  return pulled;
}

}  // namespace chartseal::audit
