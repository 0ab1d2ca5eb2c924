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
  std::string namespace_name;  // that of the pod, or of the kubeconfig's context; empty: neither says
};

// The service account of the pod that this process runs in: KUBERNETES_SERVICE_HOST and _PORT, and the files
// that kubelet mounts. NotFound when this is no pod.
absl::StatusOr<Config> InClusterConfig();

// As InClusterConfig(), from the values of the two variables and the directory with "token" and "ca.crt".
// Errors: InvalidArgument for a host or port that is none, those of ReadFile() for ca.crt; the token is read
// by the client, and "namespace" may be missing.
absl::StatusOr<Config> ServiceAccountConfig(std::string_view host, std::string_view port,
                                            const std::string& directory);

// One context of a kubeconfig file: server, certificate-authority(-data), token, tokenFile,
// client-certificate(-data), client-key(-data); files are relative to the kubeconfig. InvalidArgument with
// Reason::kKubeUnavailable, file and line for what is malformed, for a server without https, and, by name,
// for what is not supported in the cluster and user that are used (exec, auth-provider, username and
// password, impersonation, insecure-skip-tls-verify: true, tls-server-name, proxy-url). Others are not
// looked at. `context` names another context than the current one; empty: the current one.
absl::StatusOr<Config> ReadKubeconfig(const std::string& path, std::string_view context = "");

}  // namespace chartseal::kube
