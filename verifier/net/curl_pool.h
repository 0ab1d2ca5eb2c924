#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "verifier/net/clock.h"

namespace chartseal::net {

// Transfer handles of the HTTP library (CURL*, kept as void* so that its header stays out), each with the
// connections it has open. A handle that last spoke to the same origin is preferred, so that its connection
// is used again; one that was not used for limits::kIdleConnectionTime is closed when the next one is taken
// or given back. Thread-safe.
class CurlPool {
 public:
  CurlPool(int max_concurrent, Clock clock) : free_slots_(max_concurrent), clock_(std::move(clock)) {}
  ~CurlPool();
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;

  // Gives the handle back when it goes out of scope. Must not outlive the pool.
  class Lease {
   public:
    Lease(CurlPool* pool, void* handle, std::string origin)
        : pool_(pool), handle_(handle), origin_(std::move(origin)) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          handle_(other.handle_),
          origin_(std::move(other.origin_)) {}
    ~Lease() {
      if (pool_ != nullptr) pool_->Return(handle_, std::move(origin_));
    }
    // Null when no handle came free before the deadline or memory ran out.
    void* handle() const { return handle_; }

   private:
    CurlPool* pool_;
    void* handle_;
    std::string origin_;
  };

  // Waits for a free slot until `deadline`.
  Lease Take(const std::string& origin, absl::Time deadline);

 private:
  void Return(void* handle, std::string origin);
  bool WaitForSlot(std::unique_lock<std::mutex>& lock, absl::Time deadline);
  void* TakeIdle(const std::string& origin);
  // Takes the handles out that are too old or too many; the caller closes them without the lock.
  std::vector<void*> TakeSurplus();

  std::mutex mutex_;
  std::condition_variable slot_free_;
  int free_slots_;
  struct Idle {
    std::string origin;
    void* handle;
    absl::Time since;
  };
  std::deque<Idle> idle_;  // most recently used last
  Clock clock_;
};

}  // namespace chartseal::net
