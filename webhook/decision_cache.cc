#include "webhook/decision_cache.h"

#include <utility>

#include "verifier/base/log.h"

namespace chartseal::webhook {
namespace {

constexpr int64_t kSecondsBetweenWarnings = 60;
constexpr size_t kSharedCountBytes = 16;  // of std::make_shared
constexpr size_t kMallocBytes = 16;       // its rounding and header

size_t HeapBytes(const std::string& text) {
  return text.capacity() < sizeof(std::string) / 2 ? 0 : text.capacity() + kMallocBytes;
}

size_t BytesOf(const Conclusion& conclusion) {
  size_t bytes = sizeof(Conclusion) + kSharedCountBytes + kMallocBytes + HeapBytes(conclusion.authority) +
                 HeapBytes(conclusion.signer) + HeapBytes(conclusion.issuer) + HeapBytes(conclusion.content);
  if (const Refusal* refusal = conclusion.refusal.get()) {
    bytes += sizeof(Refusal) + kSharedCountBytes + kMallocBytes + HeapBytes(refusal->detail) +
             HeapBytes(refusal->expected) + HeapBytes(refusal->found) + HeapBytes(refusal->next);
  }
  return bytes;
}

}  // namespace

DecisionCache::DecisionCache(size_t max_entries, size_t max_bytes) : entries_(max_entries, max_bytes) {}

std::optional<CacheKey> DecisionCache::KeyOf(std::string_view repository, const crypto::Digest& digest,
                                             const policy::Policy& policy, const PolicySnapshot& snapshot) {
  if (policy.fingerprint.empty() || snapshot.root_fingerprint.empty()) return std::nullopt;
  return MakeCacheKey({repository, crypto::Name(digest.algorithm()), digest.bytes(), policy.fingerprint,
                       snapshot.root_fingerprint});
}

absl::Duration DecisionCache::LifetimeOf(const Conclusion& conclusion) {
  return conclusion.accepted ? limits::kYesLifetime : limits::kNoLifetime;
}

std::shared_ptr<const Conclusion> DecisionCache::Find(const CacheKey& key, absl::Time now) {
  std::optional<Entry> entry = entries_.Find(key);
  if (!entry.has_value()) return nullptr;
  const absl::Duration age = now - absl::FromUnixNanos(entry->as_of);
  const absl::Duration lifetime = LifetimeOf(*entry->conclusion);
  // An entry from the future is one from before the clock was set back: how old it is cannot be told.
  if (age < lifetime && age > -lifetime) return std::move(entry->conclusion);
  entries_.Erase(key);
  return nullptr;
}

void DecisionCache::Put(const CacheKey& key, std::shared_ptr<const Conclusion> conclusion, absl::Time as_of,
                        absl::Time now) {
  if (now - as_of >= LifetimeOf(*conclusion)) return;
  const size_t bytes = BytesOf(*conclusion);
  const size_t gone = entries_.Put(key, {std::move(conclusion), absl::ToUnixNanos(as_of)}, bytes);
  if (gone > 0) SayEvicted(gone, now);
}

void DecisionCache::SayEvicted(size_t count, absl::Time now) {
  unsaid_evictions_ += count;
  int64_t said_at = said_at_;
  const int64_t seconds = absl::ToUnixSeconds(now);
  if (seconds - said_at < kSecondsBetweenWarnings) return;
  if (!said_at_.compare_exchange_strong(said_at, seconds)) return;  // another thread says it
  const CacheStats stats = entries_.stats();
  log::Warning("the decision cache is full: digests that were verified are asked of the registry again",
               {{"evicted", std::to_string(unsaid_evictions_.exchange(0))},
                {"entries", std::to_string(stats.entries)},
                {"bytes", std::to_string(stats.bytes)}});
}

}  // namespace chartseal::webhook
