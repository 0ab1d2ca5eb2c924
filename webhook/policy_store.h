#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/policy/policy.h"
#include "webhook/policy_snapshot.h"

namespace chartseal::webhook {

// What a policy was read from: ("file", "/etc/chartseal/policies") or ("VerificationPolicy", "release").
struct Origin {
  std::string kind;
  std::string name;
  friend auto operator<=>(const Origin&, const Origin&) = default;
};

inline constexpr std::string_view kFileOrigin = "file";

using PolicyList = std::vector<policy::Policy>;

// How an origin stands.
struct OriginState {
  Origin origin;
  size_t policies = 0;   // in force
  absl::Status error;    // why its latest state is not in force; OK when it is
  bool honoured = true;  // false: one of its policies cannot be honoured and refuses whatever it covers
};

// The policies in force, merged from every origin, and the trusted root. Fails safe: what cannot be read
// never takes effect and never removes what was in force before it; only a removal removes.
//
// Policies of objects are named KIND/NAME in messages, those of files as the file names them. Names may thus
// repeat across origins: both policies hold.
//
// Thread-safe. Writers rebuild the snapshot under a lock; Current() copies a pointer.
class PolicyStore : public PolicySource {
 public:
  // `no_match`, when given, holds whatever the files say.
  explicit PolicyStore(std::optional<policy::NoMatch> no_match = std::nullopt,
                       net::Clock clock = net::SystemClock());

  std::shared_ptr<const PolicySnapshot> Current() const override;

  // The state of one origin: its policies replace those of before; an error leaves them in force.
  void Apply(const Origin& origin, absl::StatusOr<PolicyList> policies);
  // The same for files, whose noMatch holds for everything. The stricter one wins should there be several
  // origins of that kind; deny without any.
  void ApplyFiles(const std::string& path, absl::StatusOr<policy::PolicySet> set);
  // What is there no more.
  void Remove(const Origin& origin);
  // All objects of a kind, by name: origins of that kind that are not among them are removed. The kind is
  // synced from now on.
  void ReplaceAll(std::string_view kind, std::map<std::string, absl::StatusOr<PolicyList>> objects);

  // An error leaves the root of before.
  void SetRoot(absl::StatusOr<std::shared_ptr<const sigstore::TrustedRoot>> root);

  // `kind` is going to be delivered by ReplaceAll(): Synced() waits for it.
  void Expect(std::string_view kind);
  // Whether there is a root and every expected kind has been delivered once: until then an admission could
  // miss a policy, and the snapshot is not complete.
  bool Synced() const;

  // Every origin, sorted; for metrics and readiness.
  std::vector<OriginState> Origins() const;
  struct RootState {
    std::string version;  // "sha256:…"; empty without a root
    absl::Time since;     // when it came into force
    absl::Status error;   // why a later one did not
    absl::Duration age;   // since then
  };
  RootState Root() const;

  // Called after each change of the root, on the thread of SetRoot() and without any lock that the other
  // calls take, for what was made from the root of before; replaces the callback of before. Returns only when
  // none is running.
  void OnRootChange(std::function<void()> callback);

  // Called after each change of what is in force, without a lock, on the thread that made it. Set before any
  // source is started.
  void OnChange(std::function<void()> callback) { on_change_ = std::move(callback); }

 private:
  struct Entry {
    PolicyList policies;
    std::optional<policy::NoMatch> no_match;
    absl::Status error;
  };

  void Put(const Origin& origin, absl::StatusOr<PolicyList> policies);  // with mutex_ held
  // Replaces the snapshot if something differs; then calls on_change_, with the lock released.
  void Publish(std::unique_lock<std::mutex> lock);
  std::shared_ptr<const PolicySnapshot> Merge() const;

  const std::optional<policy::NoMatch> no_match_;
  const net::Clock clock_;
  std::function<void()> on_change_;
  std::mutex
      root_callback_mutex_;  // guards on_root_change_, and is held while it runs; never taken after others
  std::function<void()> on_root_change_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<Origin, Entry> entries_;
  std::shared_ptr<const sigstore::TrustedRoot> root_;
  absl::Status root_error_;
  absl::Time root_since_;
  std::set<std::string, std::less<>> awaited_;
  mutable std::mutex current_mutex_;  // guards current_; never held for longer than a copy of the pointer
  std::shared_ptr<const PolicySnapshot> current_;
};

}  // namespace chartseal::webhook
