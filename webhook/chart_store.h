#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/verification/signed_charts.h"
#include "webhook/host_workers.h"
#include "webhook/image_verifier.h"
#include "webhook/lru_cache.h"
#include "webhook/policy_snapshot.h"
#include "webhook/pull_context.h"
#include "webhook/tag_resolver.h"

namespace chartseal::webhook {

class ChartPulls;

// Charts in registries as the webhook asks for them: on the way of images, with their memory, clients,
// credentials, mirrors, threads and deadlines. A tag is resolved afresh each time, what policies conclude is
// remembered by digest, and so is what no policy can change: the chart of a digest, while it fits, and its
// content fingerprint (docs/decisions/0010).
//
// As a SignedCharts it asks under the trusted root in force, with the webhook's own credentials; As() asks
// for somebody. Thread-safe.
class ChartStore : public verification::SignedCharts {
 public:
  struct Parts {
    std::shared_ptr<ImageVerifier> verifier;       // judges signatures of charts as those of images
    std::shared_ptr<SourceProvider> sources;       // where charts are pulled from
    std::shared_ptr<HostWorkers> workers;          // the threads that pull
    std::shared_ptr<const PolicySource> policies;  // the trusted root
    net::Clock clock;
  };
  explicit ChartStore(Parts parts);
  // Ends what is being pulled soon, and does not wait for it.
  ~ChartStore() override;

  // Whoever asks: the credentials that pods of the context would have, and the snapshot that the policies
  // come from. The result must not outlive this.
  std::unique_ptr<verification::SignedCharts> As(PullContext pull,
                                                 std::shared_ptr<const PolicySnapshot> snapshot);

  absl::StatusOr<verification::SignedChart> Ask(const oci::Reference& reference,
                                                const std::vector<const policy::Policy*>& policies,
                                                absl::Time deadline) override;
  absl::StatusOr<verification::SignedChart> AskSigner(const oci::Reference& reference,
                                                      const std::vector<const policy::Policy*>& policies,
                                                      absl::Time deadline) override;
  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                    absl::Time deadline) override;
  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                           const crypto::Digest& digest,
                                                           absl::Time deadline) override;

  CacheStats chart_stats() const;
  CacheStats fingerprint_stats() const;
  size_t pulls() const;  // under way

 private:
  class Caller;

  const Parts parts_;
  TagResolver tags_;
  const std::shared_ptr<ChartPulls> pulls_;  // shared with the threads that pull
};

}  // namespace chartseal::webhook
