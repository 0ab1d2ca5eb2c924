#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/artifact_source.h"

namespace chartseal::verification {

inline constexpr std::string_view kBundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
inline constexpr std::string_view kSimpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr std::string_view kDsseType = "application/vnd.dsse.envelope.v1+json";

// One repository in memory, with the mistakes that a test asks for and a record of what was asked.
// Thread-safe once it is filled.
class MemorySource : public oci::ArtifactSource {
 public:
  // -- Content.

  crypto::Digest PutManifest(std::string bytes) {
    const auto digest = crypto::Digest::Sha256Of(bytes);
    manifests_[digest.ToString()] = std::move(bytes);
    return digest;
  }

  oci::Descriptor PutBlob(std::string bytes, std::string_view media_type) {
    const auto digest = crypto::Digest::Sha256Of(bytes);
    const auto size = static_cast<int64_t>(bytes.size());
    blobs_[digest.ToString()] = std::move(bytes);
    return {std::string(media_type), digest, size, "", {}};
  }

  void Tag(const std::string& tag, const crypto::Digest& digest) { tags_.insert_or_assign(tag, digest); }

  // An image that something can be attached to. `note` makes it distinct.
  crypto::Digest PutImage(const std::string& note) {
    return PutManifest(ManifestJson({PutBlob(note, "application/vnd.oci.image.layer.v1.tar")}));
  }

  // A manifest with these layers, listed as a referrer. The descriptor's artifactType is what `artifact_type`
  // says, whatever the manifest is.
  crypto::Digest Attach(const std::vector<oci::Descriptor>& layers, std::string_view artifact_type) {
    const crypto::Digest digest = PutManifest(ManifestJson(layers));
    ListReferrer(digest, artifact_type);
    return digest;
  }
  crypto::Digest AttachBundle(const std::string& json, std::string_view artifact_type = kBundleType) {
    return Attach({PutBlob(json, kBundleType)}, artifact_type);
  }
  void ListReferrer(const crypto::Digest& digest, std::string_view artifact_type) {
    referrers_.push_back({std::string("application/vnd.oci.image.manifest.v1+json"),
                          digest,
                          1,
                          std::string(artifact_type),
                          {}});
  }

  static std::string ManifestJson(const std::vector<oci::Descriptor>& layers) {
    Node list = Node::MakeList();
    for (const oci::Descriptor& layer : layers) list.Append(ToNode(layer));
    Node manifest = Node::MakeMap();
    manifest.Set("schemaVersion", Node::Integer(2));
    manifest.Set("mediaType", "application/vnd.oci.image.manifest.v1+json");
    manifest.Set("config",
                 ToNode({"application/vnd.oci.empty.v1+json", crypto::Digest::Sha256Of("{}"), 2, "", {}}));
    manifest.Set("layers", std::move(list));
    return WriteJson(manifest);
  }

  // -- Faults, by what is asked: "referrers", "tag NAME", "manifest DIGEST", "blob DIGEST".

  void Fail(const std::string& question, absl::Status status) { faults_[question] = std::move(status); }

  // From now on the list of referrers is not answered before each of these questions has been asked; it is an
  // error when they are not asked within five seconds.
  void AnswerReferrersAfter(std::vector<std::string> questions) { awaited_ = std::move(questions); }

  // -- What was asked, in order of arrival.

  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  size_t Count(std::string_view prefix) const {
    size_t count = 0;
    for (const std::string& question : asked()) count += question.starts_with(prefix) ? 1 : 0;
    return count;
  }

  // -- ArtifactSource.

  absl::StatusOr<oci::Descriptor> ResolveTag(const oci::Reference& reference, absl::Time) override {
    RETURN_IF_ERROR(Ask(Cat("resolve ", reference.tag().value_or("without tag"))));
    ASSIGN_OR_RETURN(const crypto::Digest digest, Tagged(reference.tag().value_or("")));
    return oci::Descriptor{"", digest, 1, "", {}};
  }

  absl::StatusOr<oci::ManifestBytes> FetchManifest(const oci::Reference&, const crypto::Digest& digest,
                                                   size_t, absl::Time) override {
    RETURN_IF_ERROR(Ask(Cat("manifest ", digest.ToString())));
    return Stored(digest);
  }

  absl::StatusOr<oci::ManifestBytes> FetchManifestByTag(const oci::Reference&, std::string_view tag, size_t,
                                                        absl::Time) override {
    RETURN_IF_ERROR(Ask(Cat("tag ", tag)));
    ASSIGN_OR_RETURN(const crypto::Digest digest, Tagged(std::string(tag)));
    return Stored(digest);
  }

  absl::StatusOr<std::string> FetchBlob(const oci::Reference&, const oci::Descriptor& blob, size_t max_bytes,
                                        absl::Time) override {
    if (static_cast<size_t>(blob.size) > max_bytes) {
      return WithReason(absl::ResourceExhaustedError("blob over its limit"), Reason::kLimitExceeded);
    }
    RETURN_IF_ERROR(Ask(Cat("blob ", blob.digest.ToString())));
    const auto found = blobs_.find(blob.digest.ToString());
    if (found == blobs_.end()) return NotFound(blob.digest.ToString());
    return found->second;
  }

  absl::StatusOr<oci::ReferrersResult> ListReferrers(const oci::Reference&, const crypto::Digest&,
                                                     absl::Time) override {
    RETURN_IF_ERROR(Ask("referrers"));
    RETURN_IF_ERROR(AwaitOthers());
    return oci::ReferrersResult{referrers_, oci::ReferrersOrigin::kApi};
  }

  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference&, absl::Time) override {
    RETURN_IF_ERROR(Ask("tags"));
    std::vector<std::string> tags;
    for (const auto& [tag, digest] : tags_) tags.push_back(tag);
    return tags;
  }

 private:
  static Node ToNode(const oci::Descriptor& descriptor) {
    Node node = Node::MakeMap();
    node.Set("mediaType", descriptor.media_type).Set("digest", descriptor.digest.ToString());
    node.Set("size", Node::Integer(descriptor.size));
    if (descriptor.annotations.empty()) return node;
    Node annotations = Node::MakeMap();
    for (const auto& [key, value] : descriptor.annotations) annotations.Set(key, value);
    return node.Set("annotations", std::move(annotations));
  }

  static absl::Status NotFound(std::string_view what) {
    return WithReason(absl::NotFoundError(Cat(what, ": not here")), Reason::kNotFound);
  }

  absl::Status Ask(const std::string& question) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(question);
    changed_.notify_all();
    const auto fault = faults_.find(question);
    return fault == faults_.end() ? absl::OkStatus() : fault->second;
  }

  absl::Status AwaitOthers() {
    std::unique_lock lock(mutex_);
    const auto all_asked = [&] {
      for (const std::string& question : awaited_) {
        if (std::find(asked_.begin(), asked_.end(), question) == asked_.end()) return false;
      }
      return true;
    };
    if (changed_.wait_for(lock, std::chrono::seconds(5), all_asked)) return absl::OkStatus();
    return absl::DeadlineExceededError("the other questions were not asked meanwhile");
  }

  absl::StatusOr<crypto::Digest> Tagged(const std::string& tag) const {
    const auto found = tags_.find(tag);
    if (found == tags_.end()) return NotFound(tag);
    return found->second;
  }

  absl::StatusOr<oci::ManifestBytes> Stored(const crypto::Digest& digest) const {
    const auto found = manifests_.find(digest.ToString());
    if (found == manifests_.end()) return NotFound(digest.ToString());
    return oci::ManifestBytes{found->second, "application/vnd.oci.image.manifest.v1+json", digest};
  }

  std::map<std::string, std::string> manifests_;
  std::map<std::string, std::string> blobs_;
  std::map<std::string, crypto::Digest> tags_;
  std::vector<oci::Descriptor> referrers_;
  std::map<std::string, absl::Status> faults_;
  std::vector<std::string> awaited_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> asked_;
};

inline oci::Reference Repository() { return oci::Reference::Parse("registry.test/acme/app:v1").value(); }

}  // namespace chartseal::verification
