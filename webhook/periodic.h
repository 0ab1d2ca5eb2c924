#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace chartseal::webhook {

// A thread that does the same thing again and again, until it is told to stop. Start() and Stop() are to be
// called by one thread.
class Periodic {
 public:
  Periodic() = default;
  ~Periodic() { Stop(); }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  // Calls `work` each time when `interval` has passed since the last call ended; never, and without a thread,
  // for absl::InfiniteDuration(). Call once.
  void Start(absl::Duration interval, std::function<void()> work);
  // Waits for a call that is under way; none follows.
  void Stop();

 private:
  void Run(absl::Duration interval, const std::function<void()>& work);

  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace chartseal::webhook
