#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/net/url.h"

namespace chartseal::kube {

// How to reach an API server, and as whom. Files are named, not read: tokens and certificates are rotated
// under us (spec/helm-oci-kubernetes.md §6.3, §7).
struct Config {
  net::Url server;                 // https, path without a slash at its end
  std::string ca_pem;              // empty: the system's authorities
  std::string token;               // at most one of token and token_file
  std::string token_file;          // read anew when it is older than a minute
  std::string client_certificate;  // PEM, with client_key
  std::string client_key;
};

// The service account of the pod that this process runs in: KUBERNETES_SERVICE_HOST and _PORT, and the files
// that kubelet mounts. NotFound when this is no pod.
absl::StatusOr<Config> InClusterConfig();

// The current context of a kubeconfig file: server, certificate-authority(-data), token(-file),
// client-certificate(-data), client-key(-data). InvalidArgument with file and line for what is malformed, and
// for what is not supported (exec, auth-provider, username, insecure-skip-tls-verify: true), by name.
absl::StatusOr<Config> ReadKubeconfig(const std::string& path);

}  // namespace chartseal::kube
