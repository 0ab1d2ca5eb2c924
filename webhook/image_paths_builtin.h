#pragma once

#include <vector>

#include "webhook/image_paths.h"

namespace chartseal::webhook {

// Kubernetes' own kinds.
std::vector<ImagePathRule> CoreRules();
// The custom resources that are shipped.
std::vector<ImagePathRule> ShippedRules();

}  // namespace chartseal::webhook
