#include "webhook/budget.h"

#include <algorithm>

namespace chartseal::webhook {

std::optional<Budget::Share> Budget::Take(size_t amount, absl::Time deadline) {
  amount = std::min(amount, total_);
  std::unique_lock lock(mutex_);
  const auto until = absl::ToChronoTime(deadline);
  if (!given_back_.wait_until(lock, until, [&] { return left_ >= amount; })) return std::nullopt;
  left_ -= amount;
  return Share(this, amount);
}

void Budget::GiveBack(size_t amount) {
  const std::lock_guard lock(mutex_);
  left_ += amount;
  given_back_.notify_all();
}

}  // namespace chartseal::webhook
