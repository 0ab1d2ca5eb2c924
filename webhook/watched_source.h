#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "verifier/oci/artifact_source.h"

namespace chartseal::webhook {

// A source that can say what is being asked of the registry at this moment: whoever runs out of time names
// it. Thread-safe.
class WatchedSource : public oci::ArtifactSource {
 public:
  // Once `closing` is set, nothing more is asked: every call is Unavailable.
  WatchedSource(std::shared_ptr<oci::ArtifactSource> source, std::shared_ptr<const std::atomic<bool>> closing)
      : source_(std::move(source)), closing_(std::move(closing)) {}

  // What has been asked for longest and not been answered: "listing referrers of
  // ghcr.io/acme/app@sha256:...". Empty when nothing is.
  std::string UnderWay() const;

  absl::StatusOr<oci::Descriptor> ResolveTag(const oci::Reference& reference, absl::Time deadline) override;
  absl::StatusOr<oci::ManifestBytes> FetchManifest(const oci::Reference& repository,
                                                   const crypto::Digest& digest, size_t max_bytes,
                                                   absl::Time deadline) override;
  absl::StatusOr<oci::ManifestBytes> FetchManifestByTag(const oci::Reference& repository,
                                                        std::string_view tag, size_t max_bytes,
                                                        absl::Time deadline) override;
  absl::StatusOr<std::string> FetchBlob(const oci::Reference& repository, const oci::Descriptor& blob,
                                        size_t max_bytes, absl::Time deadline) override;
  absl::StatusOr<oci::ReferrersResult> ListReferrers(const oci::Reference& repository,
                                                     const crypto::Digest& digest,
                                                     absl::Time deadline) override;
  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                    absl::Time deadline) override;

 private:
  template <typename Call>
  auto Watch(std::string step, Call call) -> decltype(call());

  const std::shared_ptr<oci::ArtifactSource> source_;
  const std::shared_ptr<const std::atomic<bool>> closing_;
  mutable std::mutex mutex_;
  std::list<std::string> steps_;  // under way, in order of beginning
};

}  // namespace chartseal::webhook
