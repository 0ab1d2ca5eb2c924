#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

namespace chartseal::webhook {

// Happens once; threads wait for it. On std::mutex, because the thread sanitizer cannot see into Debian's
// Abseil and would report everything that absl::Notification orders.
class Signal {
 public:
  void Notify() {
    const std::lock_guard lock(mutex_);
    happened_ = true;
    changed_.notify_all();
  }
  void WaitForNotification() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return happened_; });
  }
  // Whether it happened in time.
  bool WaitForNotificationWithTimeout(absl::Duration patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoMilliseconds(patience), [this] { return happened_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool happened_ = false;
};

}  // namespace chartseal::webhook
