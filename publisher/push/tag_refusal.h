#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "publisher/push/write_step.h"

namespace chartseal::publisher {

// Whether a registry says that it does not let tags be moved: Amazon ECR and others with TAG_INVALID even for
// the digest that the tag has already, Harbor with 412 (spec/helm-oci-kubernetes.md §3.6).
bool SaysTagIsImmutable(const net::HttpResponse& response);

// The error for a tag that could not be written; of immutable tags it tells what to do.
absl::Status TagRefused(const WriteStep& step, std::string_view tag, const net::HttpResponse& response);

}  // namespace chartseal::publisher
