#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "webhook/cache_key.h"

namespace chartseal::webhook {

// What a cache has done since the start, and what it holds.
struct CacheStats {
  size_t entries = 0;
  size_t bytes = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t evictions = 0;
};

// A map that holds at most so many entries and bytes, and forgets first what was not used for longest.
// Thread-safe: sixteen shards with a lock each, held for as long as a lookup takes. Which entry goes is
// decided within a shard, so that the order of forgetting is only nearly that of use.
template <typename Value>
class LruCache {
 public:
  LruCache(size_t max_entries, size_t max_bytes) : max_entries_(max_entries), max_bytes_(max_bytes) {}
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  // A copy of what is there; counts as used.
  std::optional<Value> Find(const CacheKey& key) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end()) return std::nullopt;
    shard.entries.splice(shard.entries.begin(), shard.entries, *found);
    return (*found)->value;
  }

  // Adds or replaces. `bytes` is all that the value costs beside sizeof(Value). Returns how many others had
  // to go. A value over the limit on its own is not taken.
  size_t Put(const CacheKey& key, Value value, size_t bytes) {
    bytes += kEntryBytes;
    if (bytes > max_bytes_) return 0;
    Erase(key);
    {
      Shard& shard = ShardOf(key);
      const std::lock_guard lock(shard.mutex);
      if (shard.index.contains(key)) return 0;  // somebody else was faster
      shard.entries.push_front({key, bytes, std::move(value)});
      shard.index.insert(shard.entries.begin());
      ++entries_;
      bytes_ += bytes;
    }
    return MakeRoom(key);
  }

  void Erase(const CacheKey& key) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found != shard.index.end()) Remove(shard, *found);
  }

  void CountHit() { hits_.fetch_add(1, std::memory_order_relaxed); }
  void CountMiss() { misses_.fetch_add(1, std::memory_order_relaxed); }

  CacheStats stats() const {
    return {entries_.load(), bytes_.load(), hits_.load(), misses_.load(), evictions_.load()};
  }

 private:
  static constexpr size_t kShards = 16;

  struct Entry {
    CacheKey key;
    size_t bytes;
    Value value;
  };
  using Iterator = typename std::list<Entry>::iterator;
  struct HashKey {
    using is_transparent = void;
    size_t operator()(const CacheKey& key) const { return absl::Hash<CacheKey>()(key); }
    size_t operator()(Iterator entry) const { return (*this)(entry->key); }
  };
  struct SameKey {
    using is_transparent = void;
    static const CacheKey& Of(const CacheKey& key) { return key; }
    static const CacheKey& Of(Iterator entry) { return entry->key; }
    bool operator()(const auto& a, const auto& b) const { return Of(a) == Of(b); }
  };
  // A node of the list as malloc rounds it, and two slots of the index, which is half full on average.
  static constexpr size_t kEntryBytes = (sizeof(Entry) + 2 * sizeof(void*) + 15) / 16 * 16 + 2 * 9;

  struct Shard {
    std::mutex mutex;
    std::list<Entry> entries;  // the last used first
    absl::flat_hash_set<Iterator, HashKey, SameKey> index;
  };

  Shard& ShardOf(const CacheKey& key) { return shards_[key[0] % kShards]; }

  void Remove(Shard& shard, Iterator entry) {
    --entries_;
    bytes_ -= entry->bytes;
    shard.index.erase(entry);
    shard.entries.erase(entry);
  }

  // From the shard of the new entry first; the new entry itself stays.
  size_t MakeRoom(const CacheKey& newest) {
    size_t gone = 0;
    for (size_t i = 0; i < kShards && OverLimit(); ++i) {
      Shard& shard = shards_[(newest[0] + i) % kShards];
      const std::lock_guard lock(shard.mutex);
      while (OverLimit() && !shard.entries.empty() && shard.entries.back().key != newest) {
        Remove(shard, std::prev(shard.entries.end()));
        ++gone;
      }
    }
    evictions_ += gone;
    return gone;
  }

  bool OverLimit() const { return entries_ > max_entries_ || bytes_ > max_bytes_; }

  const size_t max_entries_;
  const size_t max_bytes_;
  std::atomic<size_t> entries_ = 0;
  std::atomic<size_t> bytes_ = 0;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;
  std::atomic<uint64_t> evictions_ = 0;
  std::array<Shard, kShards> shards_;
};

}  // namespace chartseal::webhook
