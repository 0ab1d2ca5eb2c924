#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace chartseal::webhook {

// What becomes of waiting items when the queue ends.
enum class AtEnd { kFinish, kDiscard };

// Hands items to one thread of its own, so that whoever pushes never waits for a disk, a pipe or a server.
// Bounded: what does not fit is counted and dropped. Thread-safe.
template <typename T>
class BackgroundQueue {
 public:
  // `work` is called from the thread of the queue, one item at a time, in order.
  BackgroundQueue(size_t capacity, AtEnd at_end, std::function<void(T)> work)
      : capacity_(capacity), at_end_(at_end), work_(std::move(work)), thread_([this] { Run(); }) {}

  // Waits for the item that is being worked on and, with kFinish, for all that were pushed before.
  ~BackgroundQueue() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      if (at_end_ == AtEnd::kDiscard) items_.clear();
    }
    changed_.notify_all();
    thread_.join();
  }
  BackgroundQueue(const BackgroundQueue&) = delete;
  BackgroundQueue& operator=(const BackgroundQueue&) = delete;

  // False, and one more dropped, when the queue is full.
  bool Push(T item) {
    {
      const std::lock_guard lock(mutex_);
      if (items_.size() >= capacity_) {
        ++dropped_;
        return false;
      }
      items_.push_back(std::move(item));
    }
    changed_.notify_all();
    return true;
  }

  // Returns when nothing waits and nothing is being worked on.
  void Drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return items_.empty() && !working_; });
  }

  uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return !items_.empty() || ended_; });
      if (items_.empty()) return;
      T item = std::move(items_.front());
      items_.pop_front();
      working_ = true;
      lock.unlock();
      work_(std::move(item));
      lock.lock();
      working_ = false;
      changed_.notify_all();
    }
  }

  const size_t capacity_;
  const AtEnd at_end_;
  const std::function<void(T)> work_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool ended_ = false;
  bool working_ = false;
  uint64_t dropped_ = 0;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace chartseal::webhook
