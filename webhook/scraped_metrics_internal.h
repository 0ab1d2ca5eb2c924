#pragma once

#include <prometheus/metric_family.h>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "webhook/metrics.h"

namespace chartseal::webhook {

// Numbers that are asked for when somebody looks. Thread-safe.
class ScrapedMetrics {
 public:
  struct Source {
    std::string name;
    std::string help;
    prometheus::MetricType type;
    std::string label;  // empty: one series without a label
    std::function<Metrics::Samples()> read;
  };
  void Add(Source source);

  // One family for each name, in the order in which they were added.
  std::vector<prometheus::MetricFamily> Collect() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Source> sources_;
};

}  // namespace chartseal::webhook
