#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/keyring.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::webhook {

// Registries as the holder of a keyring sees them. Each credential that fits a repository is tried, the most
// specific first and `options.credentials` last, until one is not turned away (kUnauthorized), as kubelet
// does. All sources over one `http` share its connections.
std::shared_ptr<oci::ArtifactSource> MakeLayeredSource(std::shared_ptr<net::HttpClient> http,
                                                       const oci::RegistryOptions& options,
                                                       std::shared_ptr<const oci::Keyring> keyring);

// `source`, when some credentials could not be read (`doubt`, not OK). What it brings counts. What it is
// refused, and what it does not find in a repository of which it can read nothing, may be what those
// credentials would have shown: then the answer is `doubt`, never "there is no signature".
std::shared_ptr<oci::ArtifactSource> MakeDoubtfulSource(std::shared_ptr<oci::ArtifactSource> source,
                                                        absl::Status doubt);

}  // namespace chartseal::webhook
