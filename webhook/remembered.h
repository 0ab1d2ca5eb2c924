#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/oci/single_flight.h"

namespace chartseal::webhook {

// What was read of each key, for a while: answers, and errors too, except those that say that nobody could be
// asked (Unavailable, DeadlineExceeded). Of several callers who miss the same key one reads. Thread-safe;
// must outlive its callers. T is copied: a shared pointer.
template <typename T>
class Remembered {
 public:
  Remembered(size_t capacity, absl::Duration lifetime, net::Clock clock)
      : capacity_(capacity), lifetime_(lifetime), clock_(std::move(clock)), flights_(clock_) {}

  absl::StatusOr<T> Get(const std::string& key, absl::Time deadline,
                        const std::function<absl::StatusOr<T>()>& read) {
    if (auto known = Find(key)) return *std::move(known);
    return flights_.Do(key, deadline, [&]() -> absl::StatusOr<T> {
      if (auto known = Find(key)) return *std::move(known);  // read between our two looks
      absl::StatusOr<T> result = read();
      const bool nobody = absl::IsUnavailable(result.status()) || absl::IsDeadlineExceeded(result.status());
      if (!nobody) Keep(key, result);
      return result;
    });
  }

 private:
  struct Entry {
    absl::StatusOr<T> result;
    absl::Time expires;
  };

  std::optional<absl::StatusOr<T>> Find(const std::string& key) {
    const absl::Time now = clock_();
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.expires <= now) return std::nullopt;
    return found->second.result;
  }

  void Keep(const std::string& key, const absl::StatusOr<T>& result) {
    const absl::Time now = clock_();
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= capacity_) {
      std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires <= now; });
    }
    if (entries_.size() >= capacity_) {
      entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
        return a.second.expires < b.second.expires;
      }));
    }
    entries_.insert_or_assign(key, Entry{result, now + lifetime_});
  }

  const size_t capacity_;
  const absl::Duration lifetime_;
  const net::Clock clock_;
  oci::SingleFlight<T> flights_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace chartseal::webhook
