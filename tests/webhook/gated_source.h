#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "tests/verification/memory_source.h"

namespace chartseal::webhook {

// A MemorySource that can be made to wait, like a registry that stalls. Thread-safe.
class GatedSource : public oci::ArtifactSource {
 public:
  verification::MemorySource memory;

  void Close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Blocks until so many calls wait at the closed gate; false after five seconds.
  bool AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return waiting_ >= count; });
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }
  // From now on everything fails like this; OK: no more.
  void FailAll(absl::Status status) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(status);
  }

  absl::StatusOr<oci::Descriptor> ResolveTag(const oci::Reference& r, absl::Time t) override {
    RETURN_IF_ERROR(Pass());
    return memory.ResolveTag(r, t);
  }
  absl::StatusOr<oci::ManifestBytes> FetchManifest(const oci::Reference& r, const crypto::Digest& d, size_t n,
                                                   absl::Time t) override {
    RETURN_IF_ERROR(Pass());
    return memory.FetchManifest(r, d, n, t);
  }
  absl::StatusOr<oci::ManifestBytes> FetchManifestByTag(const oci::Reference& r, std::string_view tag,
                                                        size_t n, absl::Time t) override {
    RETURN_IF_ERROR(Pass());
    return memory.FetchManifestByTag(r, tag, n, t);
  }
  absl::StatusOr<std::string> FetchBlob(const oci::Reference& r, const oci::Descriptor& d, size_t n,
                                        absl::Time t) override {
    RETURN_IF_ERROR(Pass());
    return memory.FetchBlob(r, d, n, t);
  }
  absl::StatusOr<oci::ReferrersResult> ListReferrers(const oci::Reference& r, const crypto::Digest& d,
                                                     absl::Time t) override {
    RETURN_IF_ERROR(Pass());
    return memory.ListReferrers(r, d, t);
  }
  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& r, absl::Time t) override {
    RETURN_IF_ERROR(Pass());
    return memory.ListTags(r, t);
  }

 private:
  absl::Status Pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    --waiting_;
    return failure_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
  absl::Status failure_;
};

}  // namespace chartseal::webhook
