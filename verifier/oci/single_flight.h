#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/status.h"
#include "verifier/net/clock.h"

namespace chartseal::oci {

// Lets one of several callers who want the same do the work, and the others wait for what it brings. Nothing
// is remembered beyond that. Thread-safe; must outlive its callers. T is copied to each of them.
template <typename T>
class SingleFlight {
 public:
  explicit SingleFlight(net::Clock clock) : clock_(std::move(clock)) {}

  // The result of `work`, or of another caller's work for this key that is under way. A caller whose own time
  // is over gets DeadlineExceeded; one whose predecessor ran out of time does the work anew.
  absl::StatusOr<T> Do(const std::string& key, absl::Time deadline,
                       const std::function<absl::StatusOr<T>()>& work) {
    for (;;) {
      std::unique_lock lock(mutex_);
      const auto [entry, leads] = flights_.try_emplace(key, nullptr);
      if (leads) return Lead(lock, key, work);
      const std::shared_ptr<Flight> flight = entry->second;
      if (!Wait(lock, *flight, deadline)) {
        return WithReason(
            absl::DeadlineExceededError("the time allowed ran out while another asked for the same"),
            Reason::kDeadlineExceeded);
      }
      if (!absl::IsDeadlineExceeded(flight->result->status())) return *flight->result;
    }
  }

 private:
  struct Flight {
    std::optional<absl::StatusOr<T>> result;
  };

  absl::StatusOr<T> Lead(std::unique_lock<std::mutex>& lock, const std::string& key,
                         const std::function<absl::StatusOr<T>()>& work) {
    const auto flight = std::make_shared<Flight>();
    flights_[key] = flight;
    lock.unlock();
    absl::StatusOr<T> result = work();
    lock.lock();
    flight->result = result;
    flights_.erase(key);
    over_.notify_all();
    return result;
  }

  // The clock may be a test's: it is looked at again now and then.
  bool Wait(std::unique_lock<std::mutex>& lock, const Flight& flight, absl::Time deadline) {
    while (!flight.result.has_value()) {
      const absl::Duration left = deadline - clock_();
      if (left <= absl::ZeroDuration()) return false;
      over_.wait_for(lock, absl::ToChronoMilliseconds(std::min(left, absl::Milliseconds(100))) +
                               std::chrono::milliseconds(1));
    }
    return true;
  }

  const net::Clock clock_;
  std::mutex mutex_;
  std::condition_variable over_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace chartseal::oci
