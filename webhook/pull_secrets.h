#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "verifier/kube/client.h"
#include "verifier/net/clock.h"
#include "verifier/oci/keyring.h"
#include "webhook/pull_context.h"
#include "webhook/remembered.h"

namespace chartseal::webhook {

// The pull secrets of a pod and of its service account, read from the API server when they are needed and
// remembered for limits::kPullSecretLifetime. Thread-safe.
class PullSecrets {
 public:
  PullSecrets(std::shared_ptr<kube::Client> api, net::Clock clock);

  struct Collected {
    // The pod's secrets first, then those of its service account.
    std::vector<oci::KeyringEntry> entries;
    // OK when everything was read. Otherwise why something was not: kKubeUnavailable (the API server was not
    // reached, or refused) or kCredentialsUnusable (a secret that cannot be read).
    absl::Status doubt;
  };

  // Objects that are not there are passed over, and so are secrets of other types, as kubelet does. Takes at
  // most half of the time that is left.
  Collected Collect(const PullContext& context, absl::Time deadline);

 private:
  using Entries = std::shared_ptr<const std::vector<oci::KeyringEntry>>;
  using Names = std::shared_ptr<const std::vector<std::string>>;

  absl::StatusOr<Entries> SecretOf(const PullContext& context, const std::string& name, absl::Time deadline);
  absl::StatusOr<Names> NamesOf(const PullContext& context, absl::Time deadline);

  const std::shared_ptr<kube::Client> api_;
  const net::Clock clock_;
  Remembered<Entries> secrets_;         // by path
  Remembered<Names> service_accounts_;  // by path
};

}  // namespace chartseal::webhook
