#include "webhook/watched_source.h"

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

std::string NameOf(const oci::Reference& repository, const crypto::Digest& digest) {
  return Cat(repository.Name(), "@", digest.ToString());
}

std::string_view WhatIs(const oci::Descriptor& blob) {
  return std::string_view(blob.media_type).starts_with("application/vnd.dev.sigstore.bundle") ? "bundle"
                                                                                              : "signature";
}

}  // namespace

std::string WatchedSource::UnderWay() const {
  const std::lock_guard lock(mutex_);
  return steps_.empty() ? std::string() : steps_.front();
}

template <typename Call>
auto WatchedSource::Watch(std::string step, Call call) -> decltype(call()) {
  if (*closing_) {
    return WithReason(absl::UnavailableError("the webhook is shutting down"), Reason::kUnreachable);
  }
  std::list<std::string>::iterator mine;
  {
    const std::lock_guard lock(mutex_);
    mine = steps_.insert(steps_.end(), std::move(step));
  }
  auto answer = call();
  const std::lock_guard lock(mutex_);
  steps_.erase(mine);
  return answer;
}

absl::StatusOr<oci::Descriptor> WatchedSource::ResolveTag(const oci::Reference& reference,
                                                          absl::Time deadline) {
  return Watch(Cat("resolving the tag of ", reference.ToString()),
               [&] { return source_->ResolveTag(reference, deadline); });
}

absl::StatusOr<oci::ManifestBytes> WatchedSource::FetchManifest(const oci::Reference& repository,
                                                                const crypto::Digest& digest,
                                                                size_t max_bytes, absl::Time deadline) {
  return Watch(Cat("fetching manifest ", NameOf(repository, digest)),
               [&] { return source_->FetchManifest(repository, digest, max_bytes, deadline); });
}

absl::StatusOr<oci::ManifestBytes> WatchedSource::FetchManifestByTag(const oci::Reference& repository,
                                                                     std::string_view tag, size_t max_bytes,
                                                                     absl::Time deadline) {
  return Watch(Cat("fetching signatures of ", repository.Name(), ":", tag),
               [&] { return source_->FetchManifestByTag(repository, tag, max_bytes, deadline); });
}

absl::StatusOr<std::string> WatchedSource::FetchBlob(const oci::Reference& repository,
                                                     const oci::Descriptor& blob, size_t max_bytes,
                                                     absl::Time deadline) {
  return Watch(Cat("fetching ", WhatIs(blob), " ", NameOf(repository, blob.digest)),
               [&] { return source_->FetchBlob(repository, blob, max_bytes, deadline); });
}

absl::StatusOr<oci::ReferrersResult> WatchedSource::ListReferrers(const oci::Reference& repository,
                                                                  const crypto::Digest& digest,
                                                                  absl::Time deadline) {
  return Watch(Cat("listing referrers of ", NameOf(repository, digest)),
               [&] { return source_->ListReferrers(repository, digest, deadline); });
}

absl::StatusOr<std::vector<std::string>> WatchedSource::ListTags(const oci::Reference& repository,
                                                                 absl::Time deadline) {
  return Watch(Cat("listing tags of ", repository.Name()),
               [&] { return source_->ListTags(repository, deadline); });
}

}  // namespace chartseal::webhook
