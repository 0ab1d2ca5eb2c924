#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/credentials.h"

namespace chartseal::oci {

// Runs docker-credential-<name> get, with `server` and a newline on its standard input, and reads
// {"ServerURL","Username","Secret"} from its standard output (docker/docker-credential-helpers;
// spec/helm-oci-kubernetes.md §2.5). No shell is involved; `name` must be [A-Za-z0-9._-]. The program is
// looked for in the directories of `search_path`, and is killed at the deadline or after
// limits::kMaxHelperTime. "credentials not found" is an anonymous credential; every other failure is
// FailedPrecondition/kCredentialsUnusable. What the helper prints never stands in an error.
absl::StatusOr<Credential> RunCredentialHelper(std::string_view name, std::string_view server,
                                               std::string_view search_path, absl::Time deadline);

}  // namespace chartseal::oci
