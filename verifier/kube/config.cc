#include "verifier/kube/config.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/ip_literal.h"

namespace chartseal::kube {
namespace {

// Where kubelet mounts the token, in every pod whose automountServiceAccountToken is not false.
constexpr const char* kMountedAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

absl::StatusOr<Config> ServiceAccountConfig(std::string_view host, std::string_view port,
                                            const std::string& directory) {
  const bool bare_ipv6 = net::IsIpv6(host);
  const std::string text =
      Cat("https://", bare_ipv6 ? "[" : "", host, bare_ipv6 ? "]" : "", ":", port.empty() ? "443" : port);
  const auto server = net::Url::Parse(text);
  if (!server.ok() || server->path() != "/" || !server->query().empty()) {
    return Malformed(Reason::kKubeUnavailable, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT",
                     Cat("expected a host and a port, found ", Printable(host), " and ", Printable(port)));
  }
  auto authorities = ReadFile(directory + "/ca.crt", limits::kMaxPemBytes);
  if (!authorities.ok()) return WithReason(authorities.status(), Reason::kKubeUnavailable);
  Config config = {.server = *server};
  config.ca_pem = *std::move(authorities);
  config.token_file = directory + "/token";
  const auto space = ReadFile(directory + "/namespace", limits::kMaxPemBytes);
  if (space.ok()) config.namespace_name = FromAbsl(absl::StripAsciiWhitespace(ToAbsl(*space)));
  return config;
}

absl::StatusOr<Config> InClusterConfig() {
  const std::string host = Variable("KUBERNETES_SERVICE_HOST");
  if (host.empty()) {
    return WithReason(absl::NotFoundError("KUBERNETES_SERVICE_HOST is not set: this process runs in no pod; "
                                          "name a kubeconfig file instead"),
                      Reason::kKubeUnavailable);
  }
  return ServiceAccountConfig(host, Variable("KUBERNETES_SERVICE_PORT"), kMountedAccount);
}

}  // namespace chartseal::kube
