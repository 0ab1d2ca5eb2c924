#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/manifest.h"
#include "verifier/oci/reference.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::publisher {

// Writes to registries (spec/helm-oci-kubernetes.md §3.2, §3.4). Digests are computed here and compared with
// what the registry says. Thread-safe. Errors as oci::ArtifactSource, and kTagMoved.
class RegistryWriter {
 public:
  explicit RegistryWriter(std::shared_ptr<oci::RegistryClient> client) : client_(std::move(client)) {}

  // The blob is there afterwards: asked for first, else uploaded in one piece, or in chunks where the
  // registry wants that.
  absl::StatusOr<oci::Descriptor> PushBlob(const oci::Reference& repository, std::string_view bytes,
                                           std::string_view media_type, absl::Time deadline);

  // Puts the manifest under its own digest. What it names must be there already.
  absl::StatusOr<oci::Descriptor> PushManifest(const oci::Reference& repository, std::string_view bytes,
                                               std::string_view media_type, absl::Time deadline);

  // Makes `tag` name the manifest and reads it back. One that names it already is success without a write (so
  // that immutable tags are no error). `replace` false: FailedPrecondition/kTagConflict when the tag names
  // another digest. FailedPrecondition/kTagMoved when it does not name this digest afterwards.
  absl::Status PushTag(const oci::Reference& repository, std::string_view tag, std::string_view bytes,
                       std::string_view media_type, bool replace, absl::Time deadline);

  // Puts a manifest that has a `subject`, and sees to it that others find it: by the referrers API where a
  // probe of it lists the manifest, else through the index under the fallback tag, re-read and written again
  // when somebody else wrote it meanwhile. `artifact_type` is for that index.
  absl::StatusOr<oci::Descriptor> Attach(const oci::Reference& repository, std::string_view bytes,
                                         std::string_view media_type, absl::Time deadline);

  oci::RegistryClient& client() { return *client_; }

 private:
  std::shared_ptr<oci::RegistryClient> client_;
};

}  // namespace chartseal::publisher
