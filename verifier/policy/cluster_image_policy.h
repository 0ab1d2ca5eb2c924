#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/policy/image_policy_authority.h"
#include "verifier/policy/policy.h"

namespace chartseal::policy {

// A ClusterImagePolicy, and what somebody who looks after it should know.
struct ImportedPolicy {
  Policy policy;
  // Each with where and field. Not empty: the policy is not Ready, and policy.not_honoured is set, so that
  // whatever its images cover is answered with a no. One problem is enough, also when another authority could
  // be honoured: the policy would otherwise say less than it was written to say.
  std::vector<std::string> problems;
  // What works, but perhaps not as its author thinks.
  std::vector<std::string> warnings;
};

// Reads policy-controller's ClusterImagePolicy, `policy.sigstore.dev` v1alpha1 or v1beta1, with its own
// semantics (spec/peers.md §2.2, docs/policy-controller.md), as an API server hands it out. `where` names it
// in messages ("ClusterImagePolicy acme").
//
// InvalidArgument (Reason::kPolicyMalformed) only when it is no ClusterImagePolicy, has no name, or when its
// images cannot be read: then it is not known what to refuse. Everything else that is wrong, unknown or not
// supported makes it a policy that refuses.
absl::StatusOr<ImportedPolicy> ReadClusterImagePolicy(const Node& object, std::string_view where,
                                                      const ImagePolicyContext& context);

}  // namespace chartseal::policy
