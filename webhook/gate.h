#pragma once

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "verifier/policy/policy.h"
#include "webhook/admission_review.h"
#include "webhook/decision.h"
#include "webhook/question.h"
#include "webhook/worker_pool.h"

namespace chartseal::webhook {

// The gate: one admission request in, one decision out. Thread-safe. Keeps no state between requests, so a
// dry run is decided like any other.
class Gate {
 public:
  Gate(std::shared_ptr<const policy::PolicySet> policies, std::shared_ptr<ImageVerifier> verifier);
  // Waits for verifications that are under way.
  ~Gate();

  // Returns by `deadline`, whatever registries do: images that were not judged by then are "could not tell".
  // The distinct images are verified in parallel, a bounded number of them at once.
  Decision Review(const AdmissionRequest& request, absl::Time deadline);

 private:
  struct Batch;
  std::vector<ImageReport> AskAll(std::vector<Question> questions, absl::Time deadline);

  const std::shared_ptr<const policy::PolicySet> policies_;
  const std::shared_ptr<ImageVerifier> verifier_;
  WorkerPool workers_;  // last: its threads use the others
};

}  // namespace chartseal::webhook
