#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/time/time.h"

namespace chartseal::webhook {

// So much of something for all together, bytes or turns: whoever wants more than is left waits for it.
// Thread-safe; must outlive its shares.
class Budget {
 public:
  explicit Budget(size_t total) : total_(total), left_(total) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // Given back when it is destroyed.
  class Share {
   public:
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), amount_(other.amount_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (budget_ != nullptr) budget_->GiveBack(amount_);
    }

   private:
    friend class Budget;
    Share(Budget* budget, size_t amount) : budget_(budget), amount_(amount) {}
    Budget* budget_;
    const size_t amount_;
  };

  // Blocks until `amount` (at most all there is) is left, or `deadline`: then nullopt.
  std::optional<Share> Take(size_t amount, absl::Time deadline);

 private:
  void GiveBack(size_t amount);

  const size_t total_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  size_t left_;
};

}  // namespace chartseal::webhook
