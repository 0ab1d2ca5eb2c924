#include "audit/cluster_policies.h"

#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::audit {
namespace {

absl::Status NoPolicies() {
  return WithReason(absl::NotFoundError("the cluster has no VerificationPolicy; create one, or name a file "
                                        "with --policy"),
                    Reason::kPolicyMalformed);
}

void Keep(const Node& object, NamespaceLabels& labels) {
  const Node* name = object.FindPath({"metadata", "name"});
  auto found = policy::LabelsOf(object);
  if (name == nullptr || !name->is_string() || !found || labels.size() >= limits::kMaxNamespaces) return;
  labels.insert_or_assign(name->string_value(), *std::move(found));
}

}  // namespace

absl::StatusOr<policy::PolicySet> ReadClusterPolicies(const Cluster& cluster) {
  const Collection collection = {
      {"chartseal.dev", "v1alpha1", "VerificationPolicy"}, "verificationpolicies", false};
  policy::PolicySet set;
  const Cluster all = {cluster.client, cluster.clock, ""};
  const absl::Status status = ReadCollection(all, collection, {}, [&](const Node& object) -> absl::Status {
    const std::string where = Cat("VerificationPolicy ", NameOf(object, collection).name);
    if (set.policies.size() == limits::kMaxPolicyObjects) {
      return WithReason(
          absl::ResourceExhaustedError(Cat("more than ", limits::kMaxPolicyObjects, " policies")),
          Reason::kLimitExceeded);
    }
    ASSIGN_OR_RETURN(policy::Policy policy, policy::ReadPolicy(object, where, policy::Author::kCluster));
    set.policies.push_back(std::move(policy));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(status)) return NoPolicies();
  RETURN_IF_ERROR(status);
  if (set.policies.empty()) return NoPolicies();
  return set;
}

absl::StatusOr<NamespaceLabels> ReadNamespaceLabels(const Cluster& cluster) {
  NamespaceLabels labels;
  if (!cluster.namespace_name.empty()) {
    const auto object = cluster.client.Get(Cat("/api/v1/namespaces/", cluster.namespace_name),
                                           cluster.clock() + limits::kKubeRequestTime);
    if (absl::IsNotFound(object.status())) {
      return WithReason(absl::NotFoundError(Cat("the cluster has no namespace ", cluster.namespace_name)),
                        Reason::kNotFound);
    }
    if (object.ok()) Keep(*object, labels);
    return labels;
  }
  const Collection namespaces = {{"", "v1", "Namespace"}, "namespaces", false};
  // What was read until an error stays true.
  ReadCollection(cluster, namespaces, {.metadata_only = true}, [&](const Node& object) {
    Keep(object, labels);
    return absl::OkStatus();
  }).IgnoreError();
  return labels;
}

}  // namespace chartseal::audit
