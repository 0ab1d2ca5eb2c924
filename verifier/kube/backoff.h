#pragma once

#include <functional>

#include "absl/time/time.h"

namespace chartseal::kube {

// Pauses between attempts: doubling from a second to limits::kKubeMaxBackoff, each with up to half of it
// taken off at random, so that replicas that lost the same API server do not come back at the same moment.
// Not thread-safe.
class Backoff {
 public:
  // Uniform in [0, 1); empty for a random generator.
  explicit Backoff(std::function<double()> jitter);

  absl::Duration Next();
  void Reset() { failures_ = 0; }

 private:
  std::function<double()> jitter_;
  int failures_ = 0;
};

}  // namespace chartseal::kube
