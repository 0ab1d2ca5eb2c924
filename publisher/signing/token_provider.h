#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "publisher/signing/service_call.h"
#include "verifier/oci/secret.h"

// The services that hand identity tokens to jobs which run on them (spec/sigstore.md §5.1). Each gives the
// JWT as it came, unread. Errors carry kTokenProviderFailed and hold no token.
namespace chartseal::publisher {

// POST {endpoint}/jobs/{job}/oidc/tokens of the Buildkite agent's API.
absl::StatusOr<oci::Secret> BuildkiteToken(const ServiceCaller& caller, const std::string& endpoint,
                                           const std::string& job, const oci::Secret& access_token,
                                           absl::Time deadline);

// GET {url}&audience=sigstore: three tries, a second apart. `url` must be https or on loopback, since the
// request token goes there.
absl::StatusOr<oci::Secret> GithubToken(const ServiceCaller& caller, const std::string& url,
                                        const oci::Secret& request_token, absl::Time deadline);

// The identity of the default service account, from the metadata server.
absl::StatusOr<oci::Secret> GoogleToken(const ServiceCaller& caller, const std::string& metadata_url,
                                        absl::Time deadline);

}  // namespace chartseal::publisher
