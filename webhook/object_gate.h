#pragma once

#include <optional>

#include "absl/time/time.h"
#include "webhook/admission_review.h"
#include "webhook/decision.h"
#include "webhook/pending_review.h"

namespace chartseal::webhook {

// Judges one family of objects. Thread-safe. Keeps nothing of a request but what it learned about digests, so
// that a dry run is decided like any other.
class ObjectGate {
 public:
  virtual ~ObjectGate() = default;

  // Whether the request is for this gate. Cheap, no I/O.
  virtual bool Covers(const AdmissionRequest& request) const = 0;

  // Decides when that needs no registry and little work; does not wait, since it may be the IO thread's. Else
  // Finish() is to be called with the same review.
  virtual std::optional<Decision> Begin(PendingReview& review, absl::Time now) const = 0;

  // Blocks; returns by `deadline`.
  virtual Decision Finish(PendingReview& review, absl::Time deadline) const = 0;
};

}  // namespace chartseal::webhook
