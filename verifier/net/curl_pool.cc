#include "verifier/net/curl_pool.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>

#include "verifier/base/limits.h"

namespace chartseal::net {
namespace {
// The clock may be a test's; it is looked at again at least this often.
constexpr absl::Duration kLook = absl::Milliseconds(200);
}  // namespace

CurlPool::~CurlPool() {
  for (const Idle& idle : idle_) curl_easy_cleanup(idle.handle);
}

bool CurlPool::WaitForSlot(std::unique_lock<std::mutex>& lock, absl::Time deadline) {
  while (free_slots_ == 0) {
    const absl::Duration left = deadline - clock_();
    if (left <= absl::ZeroDuration()) return false;
    slot_free_.wait_for(lock, absl::ToChronoMilliseconds(std::min(left, kLook)));
  }
  --free_slots_;
  return true;
}

void* CurlPool::TakeIdle(const std::string& origin) {
  const auto same =
      std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.origin == origin; });
  if (same == idle_.rend()) return nullptr;
  void* handle = same->handle;
  idle_.erase(std::next(same).base());
  return handle;
}

std::vector<void*> CurlPool::TakeSurplus() {
  const absl::Time oldest = clock_() - limits::kIdleConnectionTime;
  std::vector<void*> surplus;
  while (!idle_.empty() && (idle_.size() > limits::kMaxIdleConnections || idle_.front().since < oldest)) {
    surplus.push_back(idle_.front().handle);
    idle_.pop_front();
  }
  return surplus;
}

CurlPool::Lease CurlPool::Take(const std::string& origin, absl::Time deadline) {
  std::unique_lock lock(mutex_);
  if (!WaitForSlot(lock, deadline)) return Lease(nullptr, nullptr, origin);
  const std::vector<void*> surplus = TakeSurplus();
  void* handle = TakeIdle(origin);
  lock.unlock();
  for (void* old : surplus) curl_easy_cleanup(old);
  if (handle == nullptr) handle = curl_easy_init();
  return Lease(this, handle, origin);
}

void CurlPool::Return(void* handle, std::string origin) {
  std::vector<void*> surplus;
  {
    const std::lock_guard lock(mutex_);
    ++free_slots_;
    if (handle != nullptr) idle_.push_back({std::move(origin), handle, clock_()});
    surplus = TakeSurplus();
  }
  slot_free_.notify_one();
  for (void* old : surplus) curl_easy_cleanup(old);
}

}  // namespace chartseal::net
