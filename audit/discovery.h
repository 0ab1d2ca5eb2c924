#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "audit/cluster.h"
#include "audit/result.h"
#include "verifier/workload/kind.h"

namespace chartseal::audit {

// Those of `wanted` that the API server knows and can list, in the order of its answers (Kubernetes API
// discovery: /api/v1, /apis and the groups in it). A version "*" stands for the preferred one, or else any
// that has the kind. Kinds that it does not know are left out; groups that it cannot answer about (their own
// API server is away) are gaps. With a namespace, only kinds that live in one. An error when it cannot be
// asked at all.
absl::StatusOr<std::vector<Collection>> Discover(const Cluster& cluster,
                                                 const std::vector<workload::GroupVersionKind>& wanted,
                                                 std::vector<Gap>& gaps);

}  // namespace chartseal::audit
