#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/policy/policy.h"
#include "verifier/policy/policy_file.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::webhook {

// The text of a file, or of every *.yaml, *.yml and *.json of a directory (not of directories below; names
// that begin with a dot are passed over, since a mounted ConfigMap has some of its own), in the order of
// their names. Where kubelet mounted the directory, all are read from the one state that its ..data link
// names, so that an update in the middle cannot mix two.
//
// NotFound and others when it cannot be read, ResourceExhausted beyond limits::kMaxPolicyFiles or
// kMaxYamlBytes for one; NotFound as well for a directory without a policy file.
absl::StatusOr<std::vector<policy::PolicyText>> ReadPolicyTexts(const std::string& path);

// Reads them as one set: names are distinct, noMatch does not differ. InvalidArgument or ResourceExhausted
// for a policy that is malformed, naming the file.
absl::StatusOr<std::shared_ptr<const policy::PolicySet>> LoadPolicies(const std::string& path);

using SharedRoot = std::shared_ptr<const sigstore::TrustedRoot>;

// The root that is built in.
SharedRoot EmbeddedRoot();

struct RootText {
  std::string where;
  std::string json;
};
absl::StatusOr<RootText> ReadTrustedRootText(const std::string& path);
// Errors as sigstore::TrustedRoot::ParseJson.
absl::StatusOr<SharedRoot> ParseTrustedRoot(const RootText& text);

}  // namespace chartseal::webhook
