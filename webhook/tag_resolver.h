#pragma once

#include <atomic>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/verification/chart_resolution.h"
#include "webhook/host_workers.h"
#include "webhook/pull_context.h"

namespace chartseal::webhook {

// Resolves versions of charts by the threads that wait for registries, so that one that has stalled takes no
// more than its share. Nothing is remembered: tags move. Thread-safe.
class TagResolver {
 public:
  TagResolver(std::shared_ptr<SourceProvider> sources, std::shared_ptr<HostWorkers> workers);
  // Requests under way go on until their deadline, and are not waited for.
  ~TagResolver();

  // Whoever asks: the credentials that pods of the context would have. The result must not outlive this.
  std::unique_ptr<verification::ChartResolver> As(PullContext pull);

 private:
  class Caller;

  const std::shared_ptr<SourceProvider> sources_;
  const std::shared_ptr<HostWorkers> workers_;
  const std::shared_ptr<std::atomic<bool>> closing_;
};

}  // namespace chartseal::webhook
