#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "webhook/gate.h"
#include "webhook/object_gate.h"

namespace chartseal::webhook {

// All gates in order: the first that covers a request decides it, and the gate of images what none covers.
// Thread-safe when they are.
class Gates {
 public:
  // All borrowed; they must outlive this.
  explicit Gates(const Gate& images, std::vector<const ObjectGate*> others = {})
      : images_(images), others_(std::move(others)) {}

  // As Gate has them.
  std::optional<Decision> Begin(PendingReview& review, absl::Time now) const;
  Decision Finish(PendingReview& review, absl::Time deadline) const;

 private:
  const Gate& images_;
  const std::vector<const ObjectGate*> others_;
};

}  // namespace chartseal::webhook
