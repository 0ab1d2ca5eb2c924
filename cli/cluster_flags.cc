#include "cli/cluster_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "cli/environment.h"
#include "verifier/base/status.h"

namespace chartseal::cli {
namespace {

// Where kubeconfig files are that nobody names.
std::string UsualFile() { return Variable("HOME") + "/.kube/config"; }

bool IsInPod() { return !Variable("KUBERNETES_SERVICE_HOST").empty(); }

}  // namespace

void ClusterFlags::AddTo(CLI::App& app) {
  constexpr char kGroup[] = "Cluster";
  app.add_option(
         "--kubeconfig", kubeconfig,
         "kubeconfig file (default: $KUBECONFIG, then ~/.kube/config, then the account of the Pod that "
         "this runs in)")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--context", context, "Context of the kubeconfig file (default: the current one)")
      ->type_name("NAME")
      ->group(kGroup);
}

absl::StatusOr<kube::Config> ClusterFlags::Load() const {
  const std::string file = kubeconfig.empty() ? Variable("KUBECONFIG") : kubeconfig;
  if (kubeconfig.empty() && file.find(':') != std::string::npos) {
    return UsageError("KUBECONFIG names several files, which are not merged; name one with --kubeconfig");
  }
  if (NamesNothing() && IsInPod()) return kube::InClusterConfig();
  return kube::ReadKubeconfig(file.empty() ? UsualFile() : file, context);
}

bool ClusterFlags::NamesNothing() const {
  return kubeconfig.empty() && context.empty() && Variable("KUBECONFIG").empty() &&
         access(UsualFile().c_str(), F_OK) != 0;
}

absl::StatusOr<std::string> ClusterFlags::Namespace() const {
  constexpr char kDefault[] = "default";
  if (NamesNothing() && !IsInPod()) return kDefault;
  ASSIGN_OR_RETURN(const kube::Config config, Load());
  return config.namespace_name.empty() ? kDefault : config.namespace_name;
}

}  // namespace chartseal::cli
