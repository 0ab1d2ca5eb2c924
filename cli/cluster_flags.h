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
};

}  // namespace chartseal::cli
