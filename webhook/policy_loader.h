#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "verifier/policy/policy.h"

namespace chartseal::webhook {

// Reads the policies of a file, or of every *.yaml, *.yml and *.json of a directory (not of directories
// below; names that begin with a dot are passed over, since a mounted ConfigMap has some of its own), in the
// order of their names. All files together are read as one: names are distinct, noMatch does not differ.
//
// InvalidArgument or ResourceExhausted for a policy that is malformed, naming the file; NotFound and others
// when it cannot be read; NotFound as well for a directory without a policy file.
absl::StatusOr<std::shared_ptr<const policy::PolicySet>> LoadPolicies(const std::string& path);

}  // namespace chartseal::webhook
