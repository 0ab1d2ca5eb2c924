#pragma once

#include <mutex>

#include "absl/time/time.h"
#include "verifier/net/clock.h"

namespace chartseal::net {

// A clock that stands until it is moved. Thread-safe; must outlive what clock() is given to.
class SettableClock {
 public:
  explicit SettableClock(absl::Time now = absl::FromUnixSeconds(1'700'000'000)) : now_(now) {}

  absl::Time Now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration duration) {
    const std::lock_guard lock(mutex_);
    now_ += duration;
  }
  Clock clock() const {
    return [this] { return Now(); };
  }

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
};

}  // namespace chartseal::net
