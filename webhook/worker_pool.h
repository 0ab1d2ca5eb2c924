#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chartseal::webhook {

// A fixed number of threads for work that blocks, with a bounded queue in front. Thread-safe.
class WorkerPool {
 public:
  // At most `max_queued` tasks wait for a thread.
  WorkerPool(int threads, size_t max_queued);
  // Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, with the task not taken, when the queue is full. Tasks must not throw.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);

 private:
  void Work();

  const size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_
  bool closing_ = false;                     // likewise
  std::vector<std::thread> threads_;
};

}  // namespace chartseal::webhook
