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

namespace {

// When the API server cannot be asked, the newer version: its watch begins once the server is there.
std::string VersionOf(kube::Client& client) {
  const auto version = ImagePolicyVersion(client, net::SystemClock()() + limits::kKubeRequestTime);
  return version.ok() ? *version : "v1beta1";
}

}  // namespace

absl::StatusOr<std::shared_ptr<kube::Client>> ConnectCluster(const Options& options) {
  if (options.cluster == Cluster::kNone) return std::shared_ptr<kube::Client>();
  ASSIGN_OR_RETURN(kube::Config config, options.cluster == Cluster::kSelf
                                            ? kube::InClusterConfig()
                                            : kube::ReadKubeconfig(options.kubeconfig));
  return kube::MakeClient(std::move(config));
}

// In order of dependence: the watchers end first.
struct ClusterSources::Watches {
  Watches(const std::shared_ptr<kube::Client>& client, PolicyStore& store)
      : statuses(client),
        policies(VerificationPolicies(), store, &statuses),
        image_policies(store, VersionOf(*client)) {
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

ClusterSources::ClusterSources(std::shared_ptr<kube::Client> client, PolicyStore& store)
    : watches_(std::make_unique<Watches>(client, store)) {}

ClusterSources::~ClusterSources() = default;

std::shared_ptr<const NamespaceLabels> ClusterSources::labels() const { return watches_->namespaces; }

std::vector<std::pair<std::string, bool>> ClusterSources::Synced() const {
  std::vector<std::pair<std::string, bool>> synced;
  for (const auto& [kind, watcher] : watches_->watchers) synced.emplace_back(kind, watcher->synced());
  return synced;
}

}  // namespace chartseal::webhook
