#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/flags.h"
#include "verifier/kube/config.h"

namespace chartseal::cli {

// Which cluster, by kubectl's rules and names of flags.
struct ClusterFlags {
  std::string kubeconfig;
  std::string context;

  void AddTo(CLI::App& app);
  // --kubeconfig, $KUBECONFIG (one file), ~/.kube/config, or the service account of the pod that this runs
  // in.
  absl::StatusOr<kube::Config> Load() const;
  // Where the cluster's tools work without --namespace: that of the kubeconfig's context, or of the pod, else
  // "default". So it is for who has no kubeconfig at all, as helm and kubectl have it. Errors as Load().
  absl::StatusOr<std::string> Namespace() const;

 private:
  // No flag, no variable, no usual file: then a pod's own account counts.
  bool NamesNothing() const;
};

}  // namespace chartseal::cli
