#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/node.h"
#include "verifier/kube/client.h"
#include "verifier/kube/watcher.h"
#include "verifier/policy/cluster_image_policy.h"
#include "webhook/cluster_policies.h"
#include "webhook/policy_store.h"

namespace chartseal::webhook {

inline constexpr std::string_view kImagePolicyOrigin = "ClusterImagePolicy";
inline constexpr std::string_view kTrustRootOrigin = "TrustRoot";

// The version of ClusterImagePolicy to watch: v1beta1 where the API server has it, else v1alpha1, which says
// the same (spec/peers.md §2.2). v1beta1 as well when there is no such group at all.
absl::StatusOr<std::string> ImagePolicyVersion(kube::Client& client, absl::Time deadline);

// How a ClusterImagePolicy stands: what policy-controller would write into its status.
struct ImagePolicyState {
  std::string name;
  std::vector<std::string> problems;  // not empty: not Ready, and whatever it covers is refused
  std::vector<std::string> warnings;
  bool ready() const { return problems.empty(); }
};

// Feeds a store from policy-controller's ClusterImagePolicy and TrustRoot objects
// (docs/policy-controller.md). Nothing is written to them: their status belongs to policy-controller, and two
// controllers that write one status would never come to rest. What is wrong is logged once for each state of
// an object, and given by States().
//
// A change of a TrustRoot, its removal included, takes effect at once: policies that refer to one that is not
// there or cannot be used refuse. Keeping the one before would go on trusting what somebody took away.
//
// Thread-safe.
class ClusterImagePolicies {
 public:
  // `store` is borrowed, and from now on synced only when both kinds have been listed. `secrets` reads the
  // keys that policies name by `secretRef`; without it such policies refuse. It is called with locks held and
  // must not wait for long.
  explicit ClusterImagePolicies(PolicyStore& store, std::string_view version = "v1beta1",
                                policy::SecretKeyReader secrets = {});
  ~ClusterImagePolicies();
  ClusterImagePolicies(const ClusterImagePolicies&) = delete;
  ClusterImagePolicies& operator=(const ClusterImagePolicies&) = delete;

  kube::ObjectHandler& policies() { return policies_; }
  kube::WatchOptions PolicyWatch() const { return policies_.Watch(); }
  kube::ObjectHandler& trust_roots() { return trust_roots_; }
  kube::WatchOptions TrustRootWatch() const;

  // To be called when a Secret has changed: policies are read again. A change of the store's root does that
  // by itself.
  void Reread() { policies_.Reread(); }

  // Of every policy that the store has, by name.
  std::vector<ImagePolicyState> States() const;

 private:
  class TrustRootHandler : public kube::ObjectHandler {
   public:
    explicit TrustRootHandler(ClusterImagePolicies& owner) : owner_(owner) {}
    void Replace(std::vector<Node> objects) override;
    void Upsert(Node object) override;
    void Remove(const Node& object) override;
    void Failed(const absl::Status& status) override;

   private:
    ClusterImagePolicies& owner_;
  };

  absl::StatusOr<PolicyList> Read(const Node& object, std::string_view where);
  void Tell(const policy::ImportedPolicy& imported);  // with mutex_ held

  PolicyStore& store_;
  const policy::SecretKeyReader secrets_;
  mutable std::mutex mutex_;  // guards what follows; taken after the lock of policies_, never before it
  policy::TrustRoots roots_;
  std::map<std::string, ImagePolicyState, std::less<>> states_;
  bool failing_ = false;
  ClusterPolicies policies_;
  TrustRootHandler trust_roots_;
};

}  // namespace chartseal::webhook
