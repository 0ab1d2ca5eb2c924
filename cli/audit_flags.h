#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit/cluster.h"
#include "cli/flags.h"
#include "verifier/policy/policy.h"

namespace chartseal::cli {

// Many registries at once: what RegistryFlags says of the ones that are named, this says by host.
struct RegistriesFlags {
  std::vector<std::string> plain_http;
  std::string ca_file;
  std::string registry_config;
  std::string timeout = "30s";

  // `each`: what the time is allowed for, "image, release or chart".
  void AddTo(CLI::App& app, const std::string& each);
  absl::StatusOr<std::shared_ptr<oci::RegistryClient>> MakeClient() const;
  absl::StatusOr<absl::Duration> TimeForEach() const;
};

// Policies from files, or those of the cluster.
struct PolicyFlags {
  std::vector<std::string> files;
  std::string no_match;

  void AddTo(CLI::App& app);
  absl::StatusOr<policy::PolicySet> Load(const audit::Cluster& cluster) const;
};

}  // namespace chartseal::cli
