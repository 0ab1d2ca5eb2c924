#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/chart/chart.h"
#include "verifier/crypto/digest.h"
#include "verifier/net/clock.h"
#include "verifier/oci/reference.h"
#include "webhook/host_workers.h"
#include "webhook/lru_cache.h"
#include "webhook/pull_context.h"
#include "webhook/watched_source.h"

namespace chartseal::webhook {

// What a chart takes in memory, about.
size_t BytesOf(const chart::Chart& chart);

// Charts by digest: those that were pulled not long ago, and the content fingerprint of every one, which is a
// function of the digest and so never old. One pull for all who want the same chart as the same caller.
// Thread-safe; outlives its user as long as a thread pulls.
class ChartPulls : public std::enable_shared_from_this<ChartPulls> {
 public:
  using Chart = std::shared_ptr<const chart::Chart>;

  ChartPulls(std::shared_ptr<SourceProvider> sources, net::Clock clock);

  // The chart of `digest` in `repository`. Pulled by `workers` as `pull`; goes on when the deadline of
  // whoever waits is over. Errors as verification::PullChart(), and kOverloaded.
  absl::StatusOr<Chart> Get(const PullContext& pull, const oci::Reference& repository,
                            const crypto::Digest& digest, HostWorkers& workers, absl::Time deadline);

  // In hex; nullopt when the chart was never seen.
  std::optional<std::string> FingerprintOf(const crypto::Digest& digest);

  // No request to a registry begins any more.
  void Close() { *closing_ = true; }

  CacheStats chart_stats() const { return charts_.stats(); }
  CacheStats fingerprint_stats() const { return fingerprints_.stats(); }
  size_t size() const;  // pulls under way

 private:
  struct Key {
    std::string repository;
    crypto::Digest digest;
    PullContext pull;  // what one may read, another may not
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Flight;

  std::shared_ptr<Flight> Join(const Key& key, bool& is_new);
  void Fly(const Key& key, const oci::Reference& repository, Flight& flight);
  absl::StatusOr<Chart> Fetch(const Key& key, const oci::Reference& repository, Flight& flight);
  void Land(const Key& key, Flight& flight, absl::StatusOr<Chart> result);
  absl::StatusOr<Chart> Await(const Flight& flight, const oci::Reference& repository, absl::Time deadline);

  const std::shared_ptr<SourceProvider> sources_;
  const net::Clock clock_;
  const std::shared_ptr<std::atomic<bool>> closing_;
  LruCache<Chart> charts_;
  LruCache<std::string> fingerprints_;
  mutable std::mutex mutex_;
  std::condition_variable landed_;
  std::map<Key, std::shared_ptr<Flight>> flights_;
};

}  // namespace chartseal::webhook
