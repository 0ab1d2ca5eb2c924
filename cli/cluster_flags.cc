#include "cli/cluster_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

void ClusterFlags::AddTo(CLI::App& app) {
  constexpr char kGroup[] = "Cluster";
  app.add_option("--kubeconfig", kubeconfig, "kubeconfig file (default: $KUBECONFIG, then ~/.kube/config)")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--context", context, "Context of the kubeconfig file (default: the current one)")
      ->type_name("NAME")
      ->group(kGroup);
}

absl::StatusOr<kube::Config> ClusterFlags::Load() const {
  std::string file = kubeconfig.empty() ? Variable("KUBECONFIG") : kubeconfig;
  if (kubeconfig.empty() && file.find(':') != std::string::npos) {
    return UsageError("KUBECONFIG names several files, which are not merged; name one with --kubeconfig");
  }
  if (file.empty()) {
    const std::string usual = Variable("HOME") + "/.kube/config";
    const bool in_pod =
        context.empty() && access(usual.c_str(), F_OK) != 0 && !Variable("KUBERNETES_SERVICE_HOST").empty();
    if (in_pod) return kube::InClusterConfig();
    file = usual;
  }
  return kube::ReadKubeconfig(file, context);
}

}  // namespace chartseal::cli
