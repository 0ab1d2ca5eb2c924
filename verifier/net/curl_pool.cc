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
  for (const auto& [origin, handle] : idle_) curl_easy_cleanup(handle);
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
      std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& e) { return e.first == origin; });
  if (same == idle_.rend()) return nullptr;
  void* handle = same->second;
  idle_.erase(std::next(same).base());
  return handle;
}

CurlPool::Lease CurlPool::Take(const std::string& origin, absl::Time deadline) {
  std::unique_lock lock(mutex_);
  if (!WaitForSlot(lock, deadline)) return Lease(nullptr, nullptr, origin);
  void* handle = TakeIdle(origin);
  lock.unlock();
  if (handle == nullptr) handle = curl_easy_init();
  return Lease(this, handle, origin);
}

void CurlPool::Return(void* handle, std::string origin) {
  void* surplus = nullptr;
  {
    const std::lock_guard lock(mutex_);
    ++free_slots_;
    if (handle != nullptr) idle_.emplace_back(std::move(origin), handle);
    if (idle_.size() > limits::kMaxIdleConnections) {
      surplus = idle_.front().second;
      idle_.pop_front();
    }
  }
  slot_free_.notify_one();
  if (surplus != nullptr) curl_easy_cleanup(surplus);
}

}  // namespace chartseal::net
