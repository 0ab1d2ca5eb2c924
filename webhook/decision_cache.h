#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "webhook/image_verifier.h"
#include "webhook/lru_cache.h"

namespace chartseal::webhook {

// What policies concluded about digests. Keyed by SHA-256 over repository, digest, what the policy says and
// the trusted root, never by a tag: an answer is only found by exactly the question that it was given to.
// Holds yes and no; "could not tell" has no Conclusion and so cannot be put in. Thread-safe.
class DecisionCache {
 public:
  explicit DecisionCache(size_t max_entries = limits::kMaxCachedDecisions,
                         size_t max_bytes = limits::kMaxCachedDecisionBytes);

  // Nullopt for what must not be remembered: a policy or root without fingerprint.
  static std::optional<CacheKey> KeyOf(std::string_view repository, const crypto::Digest& digest,
                                       const policy::Policy& policy, const PolicySnapshot& snapshot);

  // How long a conclusion holds, from when its evidence was asked for: limits::kYesLifetime or kNoLifetime.
  static absl::Duration LifetimeOf(const Conclusion& conclusion);

  // Null when there is none, or none that is young enough.
  std::shared_ptr<const Conclusion> Find(const CacheKey& key, absl::Time now);
  // `as_of` is when the evidence was asked for. Says in the log when others had to go, once a minute at most.
  void Put(const CacheKey& key, std::shared_ptr<const Conclusion> conclusion, absl::Time as_of,
           absl::Time now);

  void CountHit() { entries_.CountHit(); }
  void CountMiss() { entries_.CountMiss(); }
  CacheStats stats() const { return entries_.stats(); }

 private:
  struct Entry {
    std::shared_ptr<const Conclusion> conclusion;
    int64_t as_of;  // Unix nanoseconds: absl::Time would take twice the room
  };
  void SayEvicted(size_t count, absl::Time now);

  LruCache<Entry> entries_;
  std::atomic<size_t> unsaid_evictions_ = 0;
  std::atomic<int64_t> said_at_ = 0;  // Unix seconds
};

}  // namespace chartseal::webhook
