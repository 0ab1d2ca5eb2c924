#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/verification/chart_resolution.h"
#include "webhook/host_workers.h"
#include "webhook/pull_context.h"
#include "webhook/tag_lists.h"

namespace chartseal::webhook {

// Resolves versions of charts by the threads that wait for registries, so that one that has stalled takes no
// more than its share. Nothing is remembered: tags move. Thread-safe.
//
// As TagLists it asks with the webhook's own credentials.
class TagResolver : public TagLists {
 public:
  TagResolver(std::shared_ptr<SourceProvider> sources, std::shared_ptr<HostWorkers> workers);
  // Requests under way go on until their deadline, and are not waited for.
  ~TagResolver() override;

  // Whoever asks: the credentials that pods of the context would have. The result must not outlive this.
  std::unique_ptr<verification::ChartResolver> As(PullContext pull);

  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                    absl::Time deadline) override;
  // With the credentials of the context.
  absl::StatusOr<std::vector<std::string>> ListTagsAs(PullContext pull, const oci::Reference& repository,
                                                      absl::Time deadline);

 private:
  class Caller;
  template <typename Result>
  Result AskByWorker(PullContext pull, const std::string& host, absl::Time deadline,
                     std::function<Result(oci::ArtifactSource&)> ask) const;

  const std::shared_ptr<SourceProvider> sources_;
  const std::shared_ptr<HostWorkers> workers_;
  const std::shared_ptr<std::atomic<bool>> closing_;
};

}  // namespace chartseal::webhook
