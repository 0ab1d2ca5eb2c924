#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/kube/client.h"
#include "webhook/namespace_labels.h"
#include "webhook/options.h"
#include "webhook/policy_store.h"

namespace chartseal::webhook {

// How the webhook stands to a cluster.
struct ClusterConnection {
  std::shared_ptr<kube::Client> client;  // null without one
  std::string policy_secrets_namespace;  // that of Options, or the webhook's own; empty: not known
};

// To the API server that the options name; without a client for Cluster::kNone.
absl::StatusOr<ClusterConnection> ConnectCluster(const Options& options);

// What the webhook takes from the cluster by watching: policies of every kind, trust roots, Secrets with the
// keys of policies, labels of namespaces. Thread-safe.
class ClusterSources {
 public:
  // Starts the watches; does not wait for them: `store` says when all policies are there. An error when the
  // API server cannot be asked which version of ClusterImagePolicy it has: watching one that it does not have
  // would look as if there were no policies.
  static absl::StatusOr<std::unique_ptr<ClusterSources>> Start(const ClusterConnection& cluster,
                                                               PolicyStore& store);
  ~ClusterSources();

  std::shared_ptr<const NamespaceLabels> labels() const;
  // Whether each watch has had its first list, by the kind that it watches; for metrics.
  std::vector<std::pair<std::string, bool>> Synced() const;

 private:
  struct Watches;
  explicit ClusterSources(std::unique_ptr<Watches> watches);
  std::unique_ptr<Watches> watches_;
};

}  // namespace chartseal::webhook
