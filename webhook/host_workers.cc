#include "webhook/host_workers.h"

#include <utility>

namespace chartseal::webhook {

HostWorkers::HostWorkers(int threads, int max_for_host, size_t max_queued)
    : max_for_host_(max_for_host), max_queued_(max_queued) {
  threads_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

HostWorkers::~HostWorkers() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool HostWorkers::TrySubmit(const std::string& host, std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (queued_ >= max_queued_) return false;
    Host& entry = hosts_[host];
    if (entry.queue.size() >= (max_queued_ + 1) / 2) return false;
    entry.queue.push_back(std::move(task));
    ++queued_;
    ListWhenReady(host, entry);
  }
  changed_.notify_one();
  return true;
}

void HostWorkers::ListWhenReady(const std::string& name, Host& host) {
  if (host.in_turn || host.queue.empty() || host.running >= max_for_host_) return;
  host.in_turn = true;
  turns_.push_back(name);
}

void HostWorkers::Finished(const std::string& name) {
  const auto found = hosts_.find(name);
  --found->second.running;
  ListWhenReady(name, found->second);
  if (found->second.running == 0 && found->second.queue.empty()) hosts_.erase(found);
}

void HostWorkers::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !turns_.empty() || (closing_ && queued_ == 0); });
    if (turns_.empty()) return;
    const std::string name = std::move(turns_.front());
    turns_.pop_front();
    Host& host = hosts_[name];
    host.in_turn = false;
    std::function<void()> task = std::move(host.queue.front());
    host.queue.pop_front();
    --queued_;
    ++host.running;
    ListWhenReady(name, host);
    if (!turns_.empty() || (closing_ && queued_ == 0)) changed_.notify_all();
    lock.unlock();
    task();
    task = nullptr;  // what it holds may need locks to go
    lock.lock();
    Finished(name);
    if (!turns_.empty()) changed_.notify_one();
  }
}

}  // namespace chartseal::webhook
