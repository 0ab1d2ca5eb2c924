#include "webhook/periodic.h"

#include <utility>

namespace chartseal::webhook {

void Periodic::Start(absl::Duration interval, std::function<void()> work) {
  if (interval == absl::InfiniteDuration()) return;
  thread_ = std::thread([this, interval, work = std::move(work)] { Run(interval, work); });
}

void Periodic::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Periodic::Run(absl::Duration interval, const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, absl::ToChronoMilliseconds(interval), [this] { return stopping_; })) {
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace chartseal::webhook
