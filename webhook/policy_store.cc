#include "webhook/policy_store.h"

#include <algorithm>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using policy::NoMatch;
using policy::Policy;

constexpr std::string_view kDigestPrefix = "sha256:";

std::string FingerprintOf(const sigstore::TrustedRoot* root) {
  if (root == nullptr) return "";
  const std::string& version = root->version();
  return version.starts_with(kDigestPrefix) ? version.substr(kDigestPrefix.size()) : version;
}

NoMatch Stricter(NoMatch left, NoMatch right) {
  if (left == NoMatch::kDeny || right == NoMatch::kDeny) return NoMatch::kDeny;
  return left == NoMatch::kWarn || right == NoMatch::kWarn ? NoMatch::kWarn : NoMatch::kAllow;
}

// Policies without a fingerprint cannot be compared, and are taken for different.
bool SamePolicy(const Policy& left, const Policy& right) {
  return left.name == right.name && !left.fingerprint.empty() && left.fingerprint == right.fingerprint;
}

bool Same(const PolicySnapshot& left, const PolicySnapshot& right) {
  const auto& a = left.policies.policies;
  const auto& b = right.policies.policies;
  return left.complete == right.complete && left.root == right.root &&
         left.policies.no_match == right.policies.no_match &&
         std::equal(a.begin(), a.end(), b.begin(), b.end(), SamePolicy);
}

}  // namespace

PolicyStore::PolicyStore(std::optional<NoMatch> no_match, net::Clock clock)
    : no_match_(no_match), clock_(std::move(clock)), current_(Merge()) {}

std::shared_ptr<const PolicySnapshot> PolicyStore::Current() const {
  const std::lock_guard<std::mutex> lock(current_mutex_);
  return current_;
}

void PolicyStore::Put(const Origin& origin, absl::StatusOr<PolicyList> policies) {
  Entry& entry = entries_[origin];
  entry.error = policies.status();
  if (!policies.ok()) return;
  if (origin.kind != kFileOrigin) {
    for (Policy& policy : *policies) policy.name = Cat(origin.kind, "/", policy.name);
  }
  entry.policies = *std::move(policies);
}

void PolicyStore::Apply(const Origin& origin, absl::StatusOr<PolicyList> policies) {
  std::unique_lock<std::mutex> lock(mutex_);
  Put(origin, std::move(policies));
  Publish(std::move(lock));
}

void PolicyStore::ApplyFiles(const std::string& path, absl::StatusOr<policy::PolicySet> set) {
  const Origin origin{std::string(kFileOrigin), path};
  std::unique_lock<std::mutex> lock(mutex_);
  if (set.ok()) {
    entries_[origin].no_match = set->no_match;
    Put(origin, std::move(set->policies));
  } else {
    Put(origin, set.status());
  }
  Publish(std::move(lock));
}

void PolicyStore::Remove(const Origin& origin) {
  std::unique_lock<std::mutex> lock(mutex_);
  entries_.erase(origin);
  Publish(std::move(lock));
}

void PolicyStore::ReplaceAll(std::string_view kind,
                             std::map<std::string, absl::StatusOr<PolicyList>> objects) {
  std::unique_lock<std::mutex> lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.first.kind == kind && objects.count(entry.first.name) == 0;
  });
  for (auto& [name, policies] : objects) Put({std::string(kind), name}, std::move(policies));
  if (const auto awaited = awaited_.find(kind); awaited != awaited_.end()) awaited_.erase(awaited);
  Publish(std::move(lock));
}

void PolicyStore::SetRoot(absl::StatusOr<std::shared_ptr<const sigstore::TrustedRoot>> root) {
  std::unique_lock<std::mutex> lock(mutex_);
  root_error_ = root.status();
  // Read again with the same content it keeps its age.
  const bool changed = root.ok() && FingerprintOf(root->get()) != FingerprintOf(root_.get());
  if (changed) {
    root_ = *std::move(root);
    root_since_ = clock_();
  }
  Publish(std::move(lock));
  if (!changed) return;
  const std::lock_guard<std::mutex> callback_lock(root_callback_mutex_);
  if (on_root_change_) on_root_change_();
}

void PolicyStore::OnRootChange(std::function<void()> callback) {
  const std::lock_guard<std::mutex> lock(root_callback_mutex_);
  on_root_change_ = std::move(callback);
}

std::shared_ptr<const PolicySnapshot> PolicyStore::Merge() const {
  auto snapshot = std::make_shared<PolicySnapshot>();
  std::optional<NoMatch> no_match;
  for (const auto& [origin, entry] : entries_) {
    auto& all = snapshot->policies.policies;
    all.insert(all.end(), entry.policies.begin(), entry.policies.end());
    if (entry.no_match) no_match = no_match ? Stricter(*no_match, *entry.no_match) : *entry.no_match;
  }
  snapshot->policies.no_match = no_match_.value_or(no_match.value_or(NoMatch::kDeny));
  snapshot->complete = awaited_.empty() && root_ != nullptr;
  snapshot->root = root_;
  snapshot->root_fingerprint = FingerprintOf(root_.get());
  return snapshot;
}

void PolicyStore::Publish(std::unique_lock<std::mutex> lock) {
  std::shared_ptr<const PolicySnapshot> merged = Merge();
  {
    const std::lock_guard<std::mutex> current_lock(current_mutex_);
    if (Same(*current_, *merged)) return;
    current_.swap(merged);  // the old one is destroyed, if nobody uses it, after the locks are released
  }
  lock.unlock();
  if (on_change_) on_change_();
}

void PolicyStore::Expect(std::string_view kind) {
  std::unique_lock<std::mutex> lock(mutex_);
  awaited_.emplace(kind);
  Publish(std::move(lock));
}

bool PolicyStore::Synced() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return root_ != nullptr && awaited_.empty();
}

std::vector<OriginState> PolicyStore::Origins() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<OriginState> states;
  for (const auto& [origin, entry] : entries_) {
    const bool honoured = std::none_of(entry.policies.begin(), entry.policies.end(),
                                       [](const Policy& policy) { return policy.not_honoured.has_value(); });
    states.push_back({origin, entry.policies.size(), entry.error, honoured});
  }
  return states;
}

PolicyStore::RootState PolicyStore::Root() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (root_ == nullptr) return {"", absl::InfinitePast(), root_error_, absl::ZeroDuration()};
  return {root_->version(), root_since_, root_error_, clock_() - root_since_};
}

}  // namespace chartseal::webhook
