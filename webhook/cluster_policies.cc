#include "webhook/cluster_policies.h"

#include <algorithm>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::webhook {
namespace {

std::string NameOf(const Node& object) {
  const Node* name = object.FindPath({"metadata", "name"});
  return name != nullptr && name->is_string() ? name->string_value() : "";
}

// Who wrote which field, and annotations (kubectl's copy of the whole object among them), are half of an
// object's size and decide nothing.
Node Trimmed(Node object) {
  for (auto& [name, value] : object.map()) {
    if (name != "metadata" || !value.is_map()) continue;
    std::erase_if(value.map(), [](const auto& member) {
      return member.first == "managedFields" || member.first == "annotations";
    });
  }
  return object;
}

// The message is made from the object alone, never from what this replica had before: replicas must agree.
Condition ConditionOf(const absl::StatusOr<PolicyList>& policies) {
  Condition condition;
  if (!policies.ok()) {
    condition.reason = ReasonOf(policies.status()) == Reason::kLimitExceeded ? "LimitExceeded" : "Malformed";
    condition.message =
        Cat(Message(policies.status()),
            ". What cannot be read does not take effect; where an earlier state of this policy "
            "was in force, it still is.");
    return condition;
  }
  for (const policy::Policy& policy : *policies) {
    if (!policy.not_honoured.has_value()) continue;
    condition.reason = "NotHonoured";
    condition.message =
        Cat(policy.not_honoured->detail, policy.not_honoured->detail.ends_with(".") ? "" : ".",
            " Whatever this policy covers is refused.");
    return condition;
  }
  condition.holds = true;
  condition.reason = "InForce";
  condition.message = "The policy is in force as it is written.";
  return condition;
}

}  // namespace

PolicyKind VerificationPolicies() {
  PolicyKind kind;
  kind.kind = "VerificationPolicy";
  kind.path = "/apis/chartseal.dev/v1alpha1/verificationpolicies";
  kind.read = [](const Node& object, std::string_view where) -> absl::StatusOr<PolicyList> {
    ASSIGN_OR_RETURN(policy::Policy policy, policy::ReadPolicy(object, where, policy::Author::kCluster));
    return PolicyList{std::move(policy)};
  };
  return kind;
}

ClusterPolicies::ClusterPolicies(PolicyKind kind, PolicyStore& store, StatusWriter* statuses)
    : kind_(std::move(kind)), store_(store), statuses_(statuses) {
  store_.Expect(kind_.kind);
}

bool ClusterPolicies::IsBeyondLimit(const std::string& name) const {
  return objects_.size() > limits::kMaxPolicyObjects &&
         std::distance(objects_.begin(), objects_.find(name)) >=
             static_cast<std::ptrdiff_t>(limits::kMaxPolicyObjects);
}

absl::StatusOr<PolicyList> ClusterPolicies::Read(const std::string& name, const Node& object) const {
  const std::string where = Cat(kind_.kind, "/", name);
  if (!IsBeyondLimit(name)) return kind_.read(object, where);
  return WithReason(
      absl::ResourceExhaustedError(Cat(where, ": at most ", limits::kMaxPolicyObjects,
                                       " objects of this kind are read, in the order of their names")),
      Reason::kLimitExceeded);
}

absl::StatusOr<PolicyList> ClusterPolicies::ReadAndTell(const std::string& name, const Node& object) {
  absl::StatusOr<PolicyList> policies = Read(name, object);
  const std::string error = Message(policies.status());
  // Every write of a status comes back as an event; the log has said it then.
  if (!error.empty() && logged_[name] != error) {
    log::Warning("a policy object cannot be used; what was in force stays in force",
                 {{"kind", kind_.kind}, {"name", name}, {"error", error}});
  }
  if (error.empty()) {
    logged_.erase(name);
  } else {
    logged_[name] = error;
  }
  if (statuses_ != nullptr) statuses_->Want(kind_.path, object, ConditionOf(policies));
  return policies;
}

void ClusterPolicies::Forget(const std::string& name) {
  logged_.erase(name);
  if (statuses_ != nullptr) statuses_->Forget(kind_.path, name);
}

void ClusterPolicies::ApplyAll() {
  std::map<std::string, absl::StatusOr<PolicyList>> all;
  for (const auto& [name, object] : objects_) all.emplace(name, ReadAndTell(name, object));
  store_.ReplaceAll(kind_.kind, std::move(all));
}

void ClusterPolicies::Replace(std::vector<Node> objects) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, Node, std::less<>> before;
  before.swap(objects_);
  for (Node& object : objects) {
    std::string name = NameOf(object);
    if (!name.empty()) objects_.insert_or_assign(std::move(name), Trimmed(std::move(object)));
  }
  for (const auto& [name, object] : before) {
    if (objects_.count(name) == 0) Forget(name);
  }
  synced_ = true;
  Reached();
  ApplyAll();
}

void ClusterPolicies::Upsert(Node object) {
  const std::string name = NameOf(object);
  if (name.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  Reached();
  const auto [place, is_new] = objects_.insert_or_assign(name, Trimmed(std::move(object)));
  store_.Apply({kind_.kind, name}, ReadAndTell(name, place->second));
}

void ClusterPolicies::Remove(const Node& object) {
  const std::string name = NameOf(object);
  const std::lock_guard<std::mutex> lock(mutex_);
  Reached();
  objects_.erase(name);
  Forget(name);
  store_.Remove({kind_.kind, name});
  if (objects_.size() >= limits::kMaxPolicyObjects) ApplyAll();  // one more is within the limit now
}

void ClusterPolicies::Reread() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (synced_) ApplyAll();  // before the first list there is nothing to read, and this must not count as one
}

void ClusterPolicies::Failed(const absl::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!std::exchange(failing_, true)) {
    log::Warning("policy objects cannot be watched; what is in force stays in force",
                 {{"kind", kind_.kind}, {"error", Message(status)}});
  }
}

void ClusterPolicies::Reached() {
  if (std::exchange(failing_, false)) log::Info("policy objects are watched again", {{"kind", kind_.kind}});
}

}  // namespace chartseal::webhook
