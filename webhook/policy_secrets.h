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
#include "webhook/policy_store.h"

namespace chartseal::webhook {

inline constexpr std::string_view kPolicySecretOrigin = "Secret";

// The public keys that policies name by `key.secretRef`. They are in Secrets of one namespace, each with one
// entry under any name, as policy-controller wants them (docs/policy-controller.md). The Secrets are watched:
// a change holds at once, a removal too, and an API server that is away changes nothing. Of a Secret that
// holds anything but public keys nothing is kept, and no value is ever logged or told.
//
// Thread-safe.
class PolicySecrets : public kube::ObjectHandler {
 public:
  // An empty namespace: no Secret is read, and every KeyOf() says so. Otherwise `store` is not synced before
  // the Secrets have been listed, or the API server has refused that: it is borrowed.
  PolicySecrets(std::string namespace_name, PolicyStore& store);

  bool enabled() const { return !namespace_.empty(); }
  // Of that namespace; without the built-in types of Secrets that are never public keys.
  kube::WatchOptions Watch() const;

  // Called without a lock, on the watcher's thread, when what KeyOf() says has changed. Set before the watch
  // starts.
  void OnChange(std::function<void()> callback) { on_change_ = std::move(callback); }

  // The PEM text; a policy::SecretKeyReader. From memory, at once. An error names the Secret, what is
  // expected and what to do.
  absl::StatusOr<std::string> KeyOf(std::string_view namespace_name, std::string_view name) const;

  void Replace(std::vector<Node> objects) override;
  void Upsert(Node object) override;
  void Remove(const Node& object) override;
  void Failed(const absl::Status& status) override;

 private:
  using Key = absl::StatusOr<std::string>;

  std::string Called(std::string_view name) const;
  Key Read(const Node& secret) const;
  // With mutex_ held.
  bool Put(const std::string& name, Key key);
  void Reached();
  void Changed();  // without it

  const std::string namespace_;
  PolicyStore& store_;
  std::function<void()> on_change_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Key, std::less<>> keys_;
  // Why keys_ says nothing; empty once the Secrets have been listed.
  std::string unread_ = "has not been read yet; wait a moment";
  bool too_many_ = false;
  bool failing_ = false;
};

}  // namespace chartseal::webhook
