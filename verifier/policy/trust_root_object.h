#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::policy {

// policy-controller's TrustRoot, `policy.sigstore.dev/v1alpha1` (spec/peers.md §2.2): a root of trust that
// ClusterImagePolicy objects refer to by name. Only one with `spec.sigstoreKeys` can be used: `remote` and
// `repository` name TUF repositories, which are not read yet.
//
// It has no periods of validity. What it lists is trusted at any time; certificates still have their own.
struct TrustRootObject {
  std::string name;
  std::shared_ptr<const sigstore::TrustedRoot> root;  // null when it cannot be used
  std::string problem;                                // then the reason, with where and field
};
using TrustRoots = std::map<std::string, TrustRootObject, std::less<>>;

// Reads the object as an API server hands it out; `where` names it in messages. What cannot be used is not an
// error: the policies that refer to it fail with its `problem`. InvalidArgument (Reason::kPolicyMalformed)
// only when it is no TrustRoot or has no name.
absl::StatusOr<TrustRootObject> ReadTrustRoot(const Node& object, std::string_view where);

}  // namespace chartseal::policy
