#include "webhook/cluster_image_policies.h"

#include <functional>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/trust_root_object.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kGroupPath = "/apis/policy.sigstore.dev";

PolicyKind KindOf(std::string_view version,
                  std::function<absl::StatusOr<PolicyList>(const Node&, std::string_view)> read) {
  PolicyKind kind;
  kind.kind = kImagePolicyOrigin;
  kind.path = Cat(kGroupPath, "/", version, "/clusterimagepolicies");
  kind.read = std::move(read);
  return kind;
}

std::string NameOf(const Node& object) {
  const Node* name = object.FindPath({"metadata", "name"});
  return name != nullptr && name->is_string() ? name->string_value() : "";
}

std::optional<policy::TrustRootObject> ReadRoot(const Node& object) {
  const std::string where = Cat(kTrustRootOrigin, "/", Printable(NameOf(object), 64));
  auto root = policy::ReadTrustRoot(object, where);
  if (!root.ok()) {
    log::Warning("a trust root cannot be read",
                 {{"name", NameOf(object)}, {"error", Message(root.status())}});
    return std::nullopt;
  }
  if (root->root == nullptr) {
    log::Warning("a trust root cannot be used; policies that refer to it refuse",
                 {{"name", root->name}, {"error", root->problem}});
  }
  return *std::move(root);
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += Cat(out.empty() ? "" : "; ", text);
  return Printable(out, limits::kMaxDenialLineBytes);
}

}  // namespace

absl::StatusOr<std::string> ImagePolicyVersion(kube::Client& client, absl::Time deadline) {
  const auto group = client.Get(kGroupPath, deadline);
  if (absl::IsNotFound(group.status())) return "v1beta1";
  if (!group.ok()) return group.status();
  const Node* versions = group->Find("versions");
  std::string found;
  for (const Node& version : versions != nullptr && versions->is_list() ? versions->list() : Node::List()) {
    const std::string_view name = version.StringOr("version");
    if (name == "v1beta1" || (name == "v1alpha1" && found.empty())) found = name;
  }
  if (!found.empty()) return found;
  return WithReason(absl::FailedPreconditionError(ToAbsl(
                        Cat(kGroupPath, ": the API server has neither v1beta1 nor v1alpha1 of this group"))),
                    Reason::kKubeUnavailable);
}

ClusterImagePolicies::ClusterImagePolicies(PolicyStore& store, std::string_view version,
                                           policy::SecretKeyReader secrets)
    : store_(store),
      secrets_(std::move(secrets)),
      policies_(
          KindOf(version, [this](const Node& object, std::string_view where) { return Read(object, where); }),
          store, nullptr),
      trust_roots_(*this) {
  store_.Expect(kTrustRootOrigin);
  store_.OnRootChange([this] { Reread(); });
}

ClusterImagePolicies::~ClusterImagePolicies() { store_.OnRootChange({}); }

kube::WatchOptions ClusterImagePolicies::TrustRootWatch() const {
  return {.path = Cat(kGroupPath, "/v1alpha1/trustroots"), .optional = true};
}

absl::StatusOr<PolicyList> ClusterImagePolicies::Read(const Node& object, std::string_view where) {
  const auto snapshot = store_.Current();
  if (snapshot->root == nullptr) {
    return WithReason(absl::FailedPreconditionError(ToAbsl(Cat(where, ": no trusted root is loaded yet"))),
                      Reason::kTrustedRootMalformed);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  auto imported = policy::ReadClusterImagePolicy(object, where, {roots_, snapshot->root, secrets_});
  if (!imported.ok()) {
    states_[NameOf(object)] = {NameOf(object), {Message(imported.status())}, {}};
    return imported.status();
  }
  Tell(*imported);
  return PolicyList{std::move(imported->policy)};
}

void ClusterImagePolicies::Tell(const policy::ImportedPolicy& imported) {
  const std::string& name = imported.policy.name;
  ImagePolicyState& state = states_[name];
  if (!imported.problems.empty() && imported.problems != state.problems) {
    log::Warning("a policy cannot be honoured; whatever it covers is refused",
                 {{"kind", kImagePolicyOrigin}, {"name", name}, {"error", Joined(imported.problems)}});
  }
  if (!imported.warnings.empty() && imported.warnings != state.warnings) {
    log::Warning("a policy is in force, but perhaps not as it was meant",
                 {{"kind", kImagePolicyOrigin}, {"name", name}, {"warnings", Joined(imported.warnings)}});
  }
  state = {name, imported.problems, imported.warnings};
}

std::vector<ImagePolicyState> ClusterImagePolicies::States() const {
  std::vector<ImagePolicyState> states;
  const std::vector<OriginState> origins = store_.Origins();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const OriginState& origin : origins) {
    if (origin.origin.kind != kImagePolicyOrigin) continue;
    if (const auto found = states_.find(origin.origin.name); found != states_.end()) {
      states.push_back(found->second);
    }
  }
  return states;
}

// -- TrustRoot objects.

void ClusterImagePolicies::TrustRootHandler::Replace(std::vector<Node> objects) {
  policy::TrustRoots roots;
  for (const Node& object : objects) {
    auto root = ReadRoot(object);
    if (root && roots.size() < limits::kMaxPolicyObjects) roots.emplace(root->name, *std::move(root));
  }
  {
    const std::lock_guard<std::mutex> lock(owner_.mutex_);
    owner_.roots_ = std::move(roots);
    owner_.failing_ = false;
  }
  owner_.Reread();
  owner_.store_.ReplaceAll(kTrustRootOrigin, {});  // no policies come from here; the kind is synced
}

void ClusterImagePolicies::TrustRootHandler::Upsert(Node object) {
  auto root = ReadRoot(object);
  {
    const std::lock_guard<std::mutex> lock(owner_.mutex_);
    auto& roots = owner_.roots_;
    if (!root) {
      roots.erase(NameOf(object));
    } else if (roots.count(root->name) != 0 || roots.size() < limits::kMaxPolicyObjects) {
      roots.insert_or_assign(root->name, *std::move(root));
    }
  }
  owner_.Reread();
}

void ClusterImagePolicies::TrustRootHandler::Remove(const Node& object) {
  {
    const std::lock_guard<std::mutex> lock(owner_.mutex_);
    owner_.roots_.erase(NameOf(object));
  }
  owner_.Reread();
}

void ClusterImagePolicies::TrustRootHandler::Failed(const absl::Status& status) {
  const std::lock_guard<std::mutex> lock(owner_.mutex_);
  if (!std::exchange(owner_.failing_, true)) {
    log::Warning("trust roots cannot be watched; what is in force stays in force",
                 {{"error", Message(status)}});
  }
}

}  // namespace chartseal::webhook
