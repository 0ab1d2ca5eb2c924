#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/artifact_source.h"

namespace chartseal::webhook {

// As whom a pod would pull its images: what is written in the pod spec. `secrets` in the order of
// imagePullSecrets, distinct. An empty service account is "default".
struct PullContext {
  std::string namespace_name;
  std::string service_account;
  std::vector<std::string> secrets;

  friend auto operator<=>(const PullContext&, const PullContext&) = default;
};

// Where images are read from, as a pod's pull credentials allow. Thread-safe.
class SourceProvider {
 public:
  virtual ~SourceProvider() = default;
  // The source to use; contexts with the same credentials share one, with its connections and tokens. May ask
  // the API server for service account and secrets, so only a cache miss comes here. A secret that is not
  // there is passed over, as kubelet does. Errors carry kKubeUnavailable or kCredentialsUnusable.
  virtual absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> For(const PullContext& context,
                                                                   absl::Time deadline) = 0;
};

// The same source for everybody: the credentials are the webhook's own.
class FixedSource : public SourceProvider {
 public:
  explicit FixedSource(std::shared_ptr<oci::ArtifactSource> source) : source_(std::move(source)) {}
  absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> For(const PullContext&, absl::Time) override {
    return source_;
  }

 private:
  const std::shared_ptr<oci::ArtifactSource> source_;
};

}  // namespace chartseal::webhook
