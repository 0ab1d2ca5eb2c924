#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "webhook/admission_review.h"
#include "webhook/endpoint.h"
#include "webhook/policy_snapshot.h"
#include "webhook/question.h"

namespace chartseal::webhook {

class ObjectGate;

// What a gate keeps of a review between Begin() and Finish().
struct PendingState {
  virtual ~PendingState() = default;
};

// One admission request on its way to a decision. Used by one thread at a time.
struct PendingReview {
  AdmissionRequest request;
  Endpoint endpoint = Endpoint::kValidate;

  // Filled by Begin() of the gate that takes it. The snapshot stays null when nothing is asked of a policy.
  std::shared_ptr<const PolicySnapshot> snapshot;
  // Of the images that the object itself names.
  std::vector<Question> questions;
  std::vector<std::optional<ImageReport>> reports;  // of each question; nullopt while it is open
  // Which gate took it, borrowed; null: that of images. `state` is that gate's own.
  const ObjectGate* gate = nullptr;
  std::unique_ptr<PendingState> state;
};

}  // namespace chartseal::webhook
