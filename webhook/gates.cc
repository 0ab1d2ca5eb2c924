#include "webhook/gates.h"

#include <algorithm>

namespace chartseal::webhook {

std::optional<Decision> Gates::Begin(PendingReview& review, absl::Time now) const {
  const auto taker = std::find_if(others_.begin(), others_.end(),
                                  [&](const ObjectGate* gate) { return gate->Covers(review.request); });
  if (taker == others_.end()) return images_.Begin(review, now);
  review.gate = *taker;
  return review.gate->Begin(review, now);
}

Decision Gates::Finish(PendingReview& review, absl::Time deadline) const {
  if (review.gate == nullptr) return images_.Finish(review, deadline);
  return review.gate->Finish(review, deadline);
}

}  // namespace chartseal::webhook
