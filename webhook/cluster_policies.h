#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/kube/watcher.h"
#include "webhook/policy_status.h"
#include "webhook/policy_store.h"

namespace chartseal::webhook {

// A kind of object that policies are read from.
struct PolicyKind {
  std::string kind;  // the origin's kind in the store: "VerificationPolicy"
  std::string path;  // of the collection
  // The policies of one object, named as it is; `where` is for errors. A policy with not_honoured makes the
  // object not Ready and takes effect all the same. Called with a lock held: it may look things up (the trust
  // roots that policies refer to), but not call back into ClusterPolicies.
  std::function<absl::StatusOr<PolicyList>(const Node& object, std::string_view where)> read;
};

// chartseal.dev/v1alpha1 VerificationPolicy.
PolicyKind VerificationPolicies();

// Feeds a store from the objects of one kind, and tells each object's status whether it is in force. An
// object that cannot be read is not Ready, with field and reason; the state before it stays in force here as
// long as the object exists. Thread-safe.
class ClusterPolicies : public kube::ObjectHandler {
 public:
  // `store` and `statuses` are borrowed; without `statuses` nothing is written. The store then expects this
  // kind: it is synced after the first list.
  ClusterPolicies(PolicyKind kind, PolicyStore& store, StatusWriter* statuses);

  kube::WatchOptions Watch() const { return {.path = kind_.path, .optional = true}; }

  void Replace(std::vector<Node> objects) override;
  void Upsert(Node object) override;
  void Remove(const Node& object) override;
  void Failed(const absl::Status& status) override;

  // Reads all objects again, since something that they refer to has changed.
  void Reread();

 private:
  bool IsBeyondLimit(const std::string& name) const;
  absl::StatusOr<PolicyList> Read(const std::string& name, const Node& object) const;
  // Reads, and says in the object's status what came of it. With mutex_ held, as the next.
  absl::StatusOr<PolicyList> ReadAndTell(const std::string& name, const Node& object);
  void ApplyAll();
  void Forget(const std::string& name);
  void Reached();  // the API server answers again

  const PolicyKind kind_;
  PolicyStore& store_;
  StatusWriter* const statuses_;
  std::mutex mutex_;  // guards what follows, and the order of what the store is told
  std::map<std::string, Node, std::less<>> objects_;        // by name, without what only the API server needs
  std::map<std::string, std::string, std::less<>> logged_;  // the error that the log has of an object
  bool synced_ = false;
  bool failing_ = false;
};

}  // namespace chartseal::webhook
