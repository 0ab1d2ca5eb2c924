#pragma once

#include "absl/status/status.h"
#include "verifier/base/object_reader.h"
#include "verifier/policy/policy.h"

namespace chartseal::policy {

// What the spec of a VerificationPolicy says of charts at admission: helmReleases, gitOps and
// customResourceDefinitions (docs/policy-reference.md). As strict as ReadPolicy().
absl::Status ReadChartRules(ObjectReader& spec, Policy& policy);

}  // namespace chartseal::policy
