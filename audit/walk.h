#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/chart_audit.h"
#include "audit/cluster.h"
#include "audit/images_in_use.h"
#include "audit/release_records.h"
#include "audit/result.h"
#include "verifier/base/limits.h"

namespace chartseal::audit {

struct WalkOptions {
  bool all_revisions = false;                     // of releases; else the latest of each
  size_t max_objects = limits::kMaxAuditObjects;  // then reading ends, and that is a gap
  // Told what is read: "apps/v1 deployments", and how many objects were by then. May be empty.
  std::function<void(std::string_view what, size_t objects)> progress;
};

// What a cluster names, and what of it could not be read.
struct Inventory {
  std::vector<ImageInUse> images;
  std::vector<ChartInUse> charts;
  std::vector<ReleaseRecord> releases;
  std::vector<Gap> gaps;
  size_t objects = 0;  // that were read
};

// Reads every kind of workload and of what names charts that the API server knows, Pods, and the records of
// releases, page by page. A kind that cannot be read is a gap. An error when the API server cannot be asked
// at all.
absl::StatusOr<Inventory> Walk(const Cluster& cluster, const WalkOptions& options);

}  // namespace chartseal::audit
