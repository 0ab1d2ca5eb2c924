#pragma once

#include <vector>

#include "verifier/workload/image_paths.h"

namespace chartseal::workload {

// Kubernetes' own kinds.
std::vector<ImagePathRule> CoreRules();
// The custom resources that are shipped.
std::vector<ImagePathRule> ShippedRules();

}  // namespace chartseal::workload
