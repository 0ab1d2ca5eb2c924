#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "verifier/kube/client.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/mirror_table.h"
#include "verifier/oci/registry_client.h"
#include "webhook/pull_context.h"

namespace chartseal::webhook {

struct PullSourceOptions {
  // How registries are spoken to. Its credentials (docker's file, credential helpers) are tried last.
  oci::RegistryOptions registry;
  // Null: the credentials of `registry` alone, whatever pods name.
  std::shared_ptr<kube::Client> api;
  // Where images are read instead of the registry that they name.
  oci::MirrorTable mirrors;
};

// Pull credentials as kubelet finds them: the pod's imagePullSecrets and those of its service account, the
// most specific for a repository first (webhook/pull_secrets.h), then the global ones. Contexts with the same
// credentials share one source, found by a fingerprint; limits::kMaxCredentialSets are kept, the one used
// longest ago goes. All share one HTTP client, so that connections to a registry are shared and bounded.
//
// When a service account or secret cannot be read, the others are used, and whatever the registry then
// withholds is told as that failure (kKubeUnavailable or kCredentialsUnusable): a public image is admitted
// without its secret, and a private one is never taken for unsigned. For() itself does not fail.
//
// InvalidArgument when a CA file of `registry` cannot be used.
absl::StatusOr<std::shared_ptr<SourceProvider>> MakePullSources(PullSourceOptions options);

// As MakePullSources(), over another HTTP client; the CA files of `registry` are then not used.
std::shared_ptr<SourceProvider> MakePullSourcesOver(std::shared_ptr<net::HttpClient> http,
                                                    PullSourceOptions options);

}  // namespace chartseal::webhook
