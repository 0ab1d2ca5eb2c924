#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/manifest.h"
#include "verifier/oci/reference.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::publisher {

// Content with what it is said to be; both borrowed.
struct Content {
  std::string_view bytes;
  std::string_view media_type;
  bool is_new = false;  // it is hardly there yet, so that it is uploaded unasked
};

// Writes to registries (spec/helm-oci-kubernetes.md §3.2, §3.4). Digests are computed here and compared with
// what the registry says. Thread-safe. Errors as oci::ArtifactSource, each naming the step ("uploading blob
// sha256:… to ghcr.io/org/app"), the registry's own codes and messages and what to do next; kTagConflict and
// kTagMoved. Only host and repository of `repository` count.
class RegistryWriter {
 public:
  explicit RegistryWriter(std::shared_ptr<oci::RegistryClient> client)
      : client_(std::move(client)), index_mutex_(std::make_shared<std::mutex>()) {}

  // The blob is there afterwards: asked for first, else uploaded in one piece, or in chunks where the
  // registry wants that.
  absl::StatusOr<oci::Descriptor> PushBlob(const oci::Reference& repository, std::string_view bytes,
                                           std::string_view media_type, absl::Time deadline);

  // Several blobs at the same time; of those that are not new as PushBlob(). The first error, when there are
  // several.
  absl::Status PushBlobs(const oci::Reference& repository, std::span<const Content> blobs,
                         absl::Time deadline);

  // Puts the manifest under its own digest. What it names must be there already. ResourceExhausted/
  // kLimitExceeded over limits::kMaxManifestBytes.
  absl::StatusOr<oci::Descriptor> PushManifest(const oci::Reference& repository, std::string_view bytes,
                                               std::string_view media_type, absl::Time deadline);

  // Makes `tag` name the manifest and reads it back. One that names it already is success without a write (so
  // that immutable tags are no error). `replace` false: FailedPrecondition/kTagConflict when the tag names
  // another digest; so is a registry that does not let the tag be moved. FailedPrecondition/kTagMoved when it
  // does not name this digest afterwards.
  absl::Status PushTag(const oci::Reference& repository, std::string_view tag, std::string_view bytes,
                       std::string_view media_type, bool replace, absl::Time deadline);

  // The digest of what `tag` names now, computed from its bytes; nullopt when there is no such tag.
  absl::StatusOr<std::optional<crypto::Digest>> DigestOfTag(const oci::Reference& repository,
                                                            std::string_view tag, absl::Time deadline);

  // PushTag() for somebody who has just seen with DigestOfTag() that the tag may be written.
  absl::Status WriteTag(const oci::Reference& repository, std::string_view tag, std::string_view bytes,
                        std::string_view media_type, absl::Time deadline);

  // Puts a manifest that has a `subject`, and sees to it that others find it: by the referrers API where the
  // registry says OCI-Subject and a probe of the API lists the manifest, else through the index under the
  // fallback tag, re-read and written again when somebody else wrote it meanwhile. InvalidArgument/
  // kManifestMalformed when the manifest has no subject, or when the fallback tag holds anything but an OCI
  // index. Returns the descriptor as it stands in such an index, with artifact type and annotations.
  // Attachments by one writer and its copies never overwrite one another; where the registry ignores
  // If-Match, another process can still overwrite the entry after it was read back.
  absl::StatusOr<oci::Descriptor> Attach(const oci::Reference& repository, std::string_view bytes,
                                         std::string_view media_type, absl::Time deadline);

  oci::RegistryClient& client() { return *client_; }

 private:
  absl::StatusOr<oci::Descriptor> PushContent(const oci::Reference& repository, const Content& content,
                                              absl::Time deadline);

  std::shared_ptr<oci::RegistryClient> client_;
  std::shared_ptr<std::mutex> index_mutex_;  // one writer of a fallback index at a time; copies share it
};

// FailedPrecondition/kTagConflict: `tag` names `found`, and `wanted` was to be pushed.
absl::Status TagConflict(const oci::Reference& repository, std::string_view tag, const crypto::Digest& found,
                         const crypto::Digest& wanted);

}  // namespace chartseal::publisher
