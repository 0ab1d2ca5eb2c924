#pragma once

#include <vector>

#include "audit/asking.h"
#include "audit/images_in_use.h"
#include "audit/result.h"

namespace chartseal::audit {

// What policies say of each image that is in use, in order. What a kubelet reports is judged, then the digest
// that is written, else what the tag points to now. A digest without signatures that is part of the index
// which the tag names is judged by the index: some runtimes report the part that suits their node. Each tag
// is resolved once, and each digest verified once for all policies that cover it, whatever number of objects
// name it.
std::vector<Result> AuditImages(const std::vector<ImageInUse>& images, const Asking& asking);

}  // namespace chartseal::audit
