#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "verifier/net/clock.h"
#include "webhook/periodic.h"
#include "webhook/policy_store.h"

namespace chartseal::webhook {

struct PolicyFilesOptions {
  std::string policy;        // a file or directory; empty: policies come from the cluster alone
  std::string trusted_root;  // a file; empty: the embedded public-good root
  absl::Duration poll_interval = limits::kFilePollInterval;  // InfiniteDuration: only Poll() looks
};

// Feeds a store from files and follows their changes, by content. A directory is applied as one set: one bad
// file leaves the whole set of before. Whatever is wrong is logged once with file and line, and stands in the
// store's Origins() or Root() until it is repaired. A file or directory that disappears counts as wrong: it
// removes nothing.
class PolicyFiles {
 public:
  // Reads everything once; what is wrong then is an error. Starts a thread that looks again. `store` must
  // outlive this. `sleeper` waits limits::kFileSettleTime before a change is believed.
  static absl::StatusOr<std::unique_ptr<PolicyFiles>> Start(PolicyFilesOptions options, PolicyStore& store,
                                                            net::Sleeper sleeper = net::SystemSleeper());
  ~PolicyFiles() = default;
  PolicyFiles(const PolicyFiles&) = delete;
  PolicyFiles& operator=(const PolicyFiles&) = delete;

  // Looks once. Thread-safe.
  void Poll();

 private:
  PolicyFiles(PolicyFilesOptions options, PolicyStore& store, net::Sleeper sleeper)
      : options_(std::move(options)), store_(store), sleeper_(std::move(sleeper)) {}
  absl::Status LoadPolicies();
  absl::Status LoadRoot();
  void PollPolicies();
  void PollRoot();

  const PolicyFilesOptions options_;
  PolicyStore& store_;
  const net::Sleeper sleeper_;
  std::mutex polling_;  // one look at a time
  // Hashes of what was applied or refused last, so that the same is not read (and logged) twice.
  std::string policies_seen_;
  std::string root_seen_;
  Periodic follower_;  // last: it uses everything above
};

}  // namespace chartseal::webhook
