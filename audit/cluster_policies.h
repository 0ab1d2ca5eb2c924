#pragma once

#include "absl/status/statusor.h"
#include "audit/asking.h"
#include "audit/cluster.h"
#include "verifier/policy/policy.h"

namespace chartseal::audit {

// The VerificationPolicy objects of the cluster, all of them whatever its namespace. Strict: an object that
// cannot be read is an error that names it, since an audit without it would say yes too often. NotFound
// (kPolicyMalformed) when there are none, or the kind is not known there.
absl::StatusOr<policy::PolicySet> ReadClusterPolicies(const Cluster& cluster);

// Labels of the namespaces that are audited. Where they may not be read they are not known: then every
// selector holds (docs/policy-reference.md). NotFound when the one namespace that is audited does not exist:
// a slip of the pen would be an audit of nothing, which is all well.
absl::StatusOr<NamespaceLabels> ReadNamespaceLabels(const Cluster& cluster);

}  // namespace chartseal::audit
