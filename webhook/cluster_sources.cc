#include "webhook/cluster_sources.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/kube/config.h"
#include "verifier/kube/watcher.h"
#include "verifier/net/clock.h"
#include "webhook/cluster_image_policies.h"
#include "webhook/cluster_policies.h"
#include "webhook/namespace_store.h"
#include "webhook/policy_status.h"

namespace chartseal::webhook {

absl::StatusOr<std::shared_ptr<kube::Client>> ConnectCluster(const Options& options) {
  if (options.cluster == Cluster::kNone) return std::shared_ptr<kube::Client>();
  ASSIGN_OR_RETURN(kube::Config config, options.cluster == Cluster::kSelf
                                            ? kube::InClusterConfig()
                                            : kube::ReadKubeconfig(options.kubeconfig));
  return kube::MakeClient(std::move(config));
}

// In order of dependence: the watchers end first.
struct ClusterSources::Watches {
  Watches(const std::shared_ptr<kube::Client>& client, PolicyStore& store, std::string_view version)
      : statuses(client), policies(VerificationPolicies(), store, &statuses), image_policies(store, version) {
    Watch(client, "Namespace", NamespaceStore::Watch(), *namespaces);
    Watch(client, "VerificationPolicy", policies.Watch(), policies);
    Watch(client, "TrustRoot", image_policies.TrustRootWatch(), image_policies.trust_roots());
    Watch(client, "ClusterImagePolicy", image_policies.PolicyWatch(), image_policies.policies());
  }

  void Watch(const std::shared_ptr<kube::Client>& client, std::string kind, kube::WatchOptions options,
             kube::ObjectHandler& handler) {
    watchers.emplace_back(std::move(kind), kube::Watcher::Start(client, std::move(options), handler));
  }

  StatusWriter statuses;
  const std::shared_ptr<NamespaceStore> namespaces = std::make_shared<NamespaceStore>();
  ClusterPolicies policies;
  ClusterImagePolicies image_policies;
  std::vector<std::pair<std::string, std::unique_ptr<kube::Watcher>>> watchers;
};

ClusterSources::ClusterSources(std::unique_ptr<Watches> watches) : watches_(std::move(watches)) {}

absl::StatusOr<std::unique_ptr<ClusterSources>> ClusterSources::Start(
    const std::shared_ptr<kube::Client>& client, PolicyStore& store) {
  ASSIGN_OR_RETURN(const std::string version,
                   ImagePolicyVersion(*client, net::SystemClock()() + limits::kKubeRequestTime));
  return std::unique_ptr<ClusterSources>(
      new ClusterSources(std::make_unique<Watches>(client, store, version)));
}

ClusterSources::~ClusterSources() = default;

std::shared_ptr<const NamespaceLabels> ClusterSources::labels() const { return watches_->namespaces; }

std::vector<std::pair<std::string, bool>> ClusterSources::Synced() const {
  std::vector<std::pair<std::string, bool>> synced;
  for (const auto& [kind, watcher] : watches_->watchers) synced.emplace_back(kind, watcher->synced());
  return synced;
}

}  // namespace chartseal::webhook
