#include <algorithm>
#include <utility>

#include "webhook/scraped_metrics_internal.h"

namespace chartseal::webhook {
namespace {

prometheus::ClientMetric MetricOf(const ScrapedMetrics::Source& source, const std::string& value,
                                  double number) {
  prometheus::ClientMetric metric;
  if (!source.label.empty()) metric.label.push_back({source.label, value});
  metric.gauge.value = number;
  metric.counter.value = number;
  return metric;
}

prometheus::MetricFamily& FamilyOf(const ScrapedMetrics::Source& source,
                                   std::vector<prometheus::MetricFamily>& families) {
  const auto found = std::find_if(families.begin(), families.end(),
                                  [&](const auto& family) { return family.name == source.name; });
  if (found != families.end()) return *found;
  return families.emplace_back(prometheus::MetricFamily{source.name, source.help, source.type, {}});
}

}  // namespace

void ScrapedMetrics::Add(Source source) {
  if (!source.name.starts_with("chartseal_")) return;
  const std::lock_guard lock(mutex_);
  sources_.push_back(std::move(source));
}

std::vector<prometheus::MetricFamily> ScrapedMetrics::Collect() const {
  std::vector<Source> sources;
  {
    // What is read may itself want to add something, or take its own locks.
    const std::lock_guard lock(mutex_);
    sources = sources_;
  }
  std::vector<prometheus::MetricFamily> families;
  for (const Source& source : sources) {
    prometheus::MetricFamily& family = FamilyOf(source, families);
    for (const auto& [value, number] : source.read()) {
      family.metric.push_back(MetricOf(source, value, number));
    }
  }
  return families;
}

}  // namespace chartseal::webhook
