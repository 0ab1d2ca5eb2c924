#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/cluster_flags.h"
#include "verifier/chart/release_input.h"
#include "verifier/policy/label_selector.h"

// Where the command line has release records from.
namespace chartseal::cli {

// Which installed release is meant.
struct InstalledRelease {
  std::string name;
  std::string namespace_name;  // empty: that of the kubeconfig's context, else "default"
  int64_t revision = 0;        // 0: the latest
  ClusterFlags cluster;
};

struct ReleaseRecord {
  std::string where;  // "Secret shop/sh.helm.release.v1.app.v3", or the file
  chart::Release release;
  std::string namespace_name;                      // that it is, or is to be, in
  std::optional<policy::Labels> namespace_labels;  // when they could be read
};

// The record in the cluster: of the Secrets that helm keeps, else of its ConfigMaps; HELM_DRIVER says which,
// as for helm. Errors: wrong usage for names that are none; those of kube::Client, NotFound when there is no
// such release, and those of ReadRelease().
absl::StatusOr<ReleaseRecord> ReadInstalled(const InstalledRelease& wanted, absl::Time deadline);

// The record in a file or, with "-", on standard input (chart/release_input.h).
absl::StatusOr<ReleaseRecord> ReadReleaseFile(const std::string& path);

}  // namespace chartseal::cli
