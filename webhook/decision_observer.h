#pragma once

#include <memory>

#include "absl/time/time.h"
#include "webhook/admission_review.h"
#include "webhook/decision.h"
#include "webhook/endpoint.h"
#include "webhook/policy_snapshot.h"

namespace chartseal::webhook {

// One decision, for those who only look at it: metrics, log, Events, decision records. Borrowed for the call.
struct DecisionView {
  const AdmissionRequest& request;
  const Decision& decision;
  Endpoint endpoint = Endpoint::kValidate;
  std::shared_ptr<const PolicySnapshot> snapshot;  // null when nothing was asked of a policy
  absl::Time at;
  absl::Duration took;
};

// Is told of every decision, after it was made and before it is sent. Called from the IO thread and from
// workers at once: must be thread-safe, must not wait, and must be cheap.
class DecisionObserver {
 public:
  virtual ~DecisionObserver() = default;
  virtual void Decided(const DecisionView& view) = 0;
};

}  // namespace chartseal::webhook
