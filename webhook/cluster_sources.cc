#include "webhook/cluster_sources.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/kube/config.h"
#include "verifier/kube/watcher.h"
#include "verifier/net/clock.h"
#include "webhook/cluster_image_policies.h"
#include "webhook/cluster_policies.h"
#include "webhook/namespace_store.h"
#include "webhook/policy_secrets.h"
#include "webhook/policy_status.h"

namespace chartseal::webhook {

absl::StatusOr<ClusterConnection> ConnectCluster(const Options& options) {
  if (options.cluster == Cluster::kNone) return ClusterConnection();
  ASSIGN_OR_RETURN(kube::Config config, options.cluster == Cluster::kSelf
                                            ? kube::InClusterConfig()
                                            : kube::ReadKubeconfig(options.kubeconfig));
  ClusterConnection cluster;
  cluster.policy_secrets_namespace =
      options.policy_secrets_namespace.empty() ? config.namespace_name : options.policy_secrets_namespace;
  ASSIGN_OR_RETURN(cluster.client, kube::MakeClient(std::move(config)));
  return cluster;
}

// In order of dependence: the watchers end first.
struct ClusterSources::Watches {
  Watches(const ClusterConnection& cluster, PolicyStore& store, std::string_view version)
      : statuses(cluster.client),
        secrets(cluster.policy_secrets_namespace, store),
        policies(VerificationPolicies(), store, &statuses),
        image_policies(store, version, [this](std::string_view space, std::string_view name) {
          return secrets.KeyOf(space, name);
        }) {
    const auto& client = cluster.client;
    secrets.OnChange([this] { image_policies.Reread(); });
    Watch(client, "Namespace", NamespaceStore::Watch(), *namespaces);
    if (secrets.enabled()) Watch(client, "Secret", secrets.Watch(), secrets);
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
  PolicySecrets secrets;
  ClusterPolicies policies;
  ClusterImagePolicies image_policies;
  std::vector<std::pair<std::string, std::unique_ptr<kube::Watcher>>> watchers;
};

ClusterSources::ClusterSources(std::unique_ptr<Watches> watches) : watches_(std::move(watches)) {}

absl::StatusOr<std::unique_ptr<ClusterSources>> ClusterSources::Start(const ClusterConnection& cluster,
                                                                      PolicyStore& store) {
  ASSIGN_OR_RETURN(const std::string version,
                   ImagePolicyVersion(*cluster.client, net::SystemClock()() + limits::kKubeRequestTime));
  return std::unique_ptr<ClusterSources>(
      new ClusterSources(std::make_unique<Watches>(cluster, store, version)));
}

ClusterSources::~ClusterSources() = default;

std::shared_ptr<const NamespaceLabels> ClusterSources::labels() const { return watches_->namespaces; }

std::vector<std::pair<std::string, bool>> ClusterSources::Synced() const {
  std::vector<std::pair<std::string, bool>> synced;
  for (const auto& [kind, watcher] : watches_->watchers) synced.emplace_back(kind, watcher->synced());
  return synced;
}

}  // namespace chartseal::webhook
