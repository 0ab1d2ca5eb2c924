#include "publisher/push/registry_writer.h"

#include <thread>
#include <vector>

#include "publisher/push/blob_upload.h"
#include "publisher/push/fallback_index.h"
#include "publisher/push/manifest_put.h"
#include "publisher/push/tag_refusal.h"
#include "publisher/push/write_step.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/referrers.h"
#include "verifier/oci/transport.h"

namespace chartseal::publisher {
namespace {

using crypto::Digest;
using oci::Descriptor;
using oci::Reference;

Descriptor DescriptorOf(std::string_view bytes, std::string_view media_type) {
  return Descriptor{
      std::string(media_type), Digest::Sha256Of(bytes), static_cast<int64_t>(bytes.size()), "", {}};
}

absl::Status CheckTag(const Reference& repository, std::string_view tag) {
  if (oci::IsTag(tag)) return absl::OkStatus();
  return Malformed(Reason::kReferenceMalformed, Cat(repository.Name(), ":", Printable(tag)), "not a tag");
}

absl::Status TagMoved(const WriteStep& step, const std::optional<Digest>& found, const Digest& wanted) {
  const std::string text =
      Cat(step.where(), ": the tag does not name what was pushed: expected ", wanted.ToString(), ", found ",
          found.has_value() ? found->ToString() : "no such tag",
          "; somebody else pushed at the same time, or the registry changes what it is given");
  return WithReason(absl::FailedPreconditionError(text), Reason::kTagMoved);
}

// Whether the referrers API lists the manifest. An API that fails is as good as none: the index is there for
// those whom it fails as well.
bool ApiLists(oci::Transport& transport, const Reference& repository, const Digest& subject,
              const Descriptor& descriptor, absl::Time deadline) {
  const auto listed = oci::ReferrersFromApi(transport, repository, subject, deadline, /*push=*/true);
  if (!listed.ok() || !listed->has_value()) return false;
  return std::any_of((*listed)->begin(), (*listed)->end(),
                     [&](const Descriptor& entry) { return entry.digest == descriptor.digest; });
}

}  // namespace

absl::Status TagConflict(const Reference& repository, std::string_view tag, const Digest& found,
                         const Digest& wanted) {
  const std::string text = Cat(repository.Name(), ":", tag, " names another digest already: expected ",
                               wanted.ToString(), ", found ", found.ToString(),
                               "; raise the version, or allow the tag to be moved with --replace-tag");
  return WithReason(absl::FailedPreconditionError(text), Reason::kTagConflict);
}

absl::StatusOr<Descriptor> RegistryWriter::PushBlob(const Reference& repository, std::string_view bytes,
                                                    std::string_view media_type, absl::Time deadline) {
  return PushContent(repository, {bytes, media_type}, deadline);
}

absl::StatusOr<Descriptor> RegistryWriter::PushContent(const Reference& repository, const Content& content,
                                                       absl::Time deadline) {
  Descriptor descriptor = DescriptorOf(content.bytes, content.media_type);
  const WriteStep step(client_->transport(), repository,
                       Cat("uploading blob ", descriptor.digest.ToString(), " to ", repository.Name()),
                       deadline);
  if (!content.is_new) {
    ASSIGN_OR_RETURN(const bool there, HasBlob(step, descriptor.digest, content.bytes.size()));
    if (there) return descriptor;
  }
  RETURN_IF_ERROR(BlobUpload(step, content.bytes, descriptor.digest).Run());
  return descriptor;
}

absl::Status RegistryWriter::PushBlobs(const Reference& repository, std::span<const Content> blobs,
                                       absl::Time deadline) {
  std::vector<absl::Status> results(blobs.size());
  {
    std::vector<std::jthread> uploads;
    for (size_t i = 0; i < blobs.size(); ++i) {
      const auto push = [&, i] { results[i] = PushContent(repository, blobs[i], deadline).status(); };
      if (i + 1 == blobs.size()) {
        push();
      } else {
        uploads.emplace_back(push);
      }
    }
  }
  for (const absl::Status& result : results) RETURN_IF_ERROR(result);
  return absl::OkStatus();
}

absl::StatusOr<Descriptor> RegistryWriter::PushManifest(const Reference& repository, std::string_view bytes,
                                                        std::string_view media_type, absl::Time deadline) {
  Descriptor descriptor = DescriptorOf(bytes, media_type);
  const std::string digest = descriptor.digest.ToString();
  const WriteStep step(client_->transport(), repository,
                       Cat("pushing manifest ", digest, " to ", repository.Name()), deadline);
  ASSIGN_OR_RETURN(const net::HttpResponse put, PutStored(step, digest, bytes, media_type));
  if (!WasStored(put)) return step.Refused(put);
  return descriptor;
}

absl::StatusOr<std::optional<Digest>> RegistryWriter::DigestOfTag(const Reference& repository,
                                                                  std::string_view tag, absl::Time deadline) {
  RETURN_IF_ERROR(CheckTag(repository, tag));
  const WriteStep step(client_->transport(), repository, Cat("looking at tag ", repository.Name(), ":", tag),
                       deadline);
  ASSIGN_OR_RETURN(const auto stored, GetStored(step, tag));
  if (!stored.has_value()) return std::nullopt;
  return Digest::Sha256Of(stored->bytes);
}

absl::Status RegistryWriter::PushTag(const Reference& repository, std::string_view tag,
                                     std::string_view bytes, std::string_view media_type, bool replace,
                                     absl::Time deadline) {
  const Digest wanted = Digest::Sha256Of(bytes);
  ASSIGN_OR_RETURN(const auto found, DigestOfTag(repository, tag, deadline));
  if (found == wanted) return absl::OkStatus();
  if (found.has_value() && !replace) return TagConflict(repository, tag, *found, wanted);
  return WriteTag(repository, tag, bytes, media_type, deadline);
}

absl::Status RegistryWriter::WriteTag(const Reference& repository, std::string_view tag,
                                      std::string_view bytes, std::string_view media_type,
                                      absl::Time deadline) {
  RETURN_IF_ERROR(CheckTag(repository, tag));
  const WriteStep step(client_->transport(), repository, Cat("writing tag ", repository.Name(), ":", tag),
                       deadline);
  ASSIGN_OR_RETURN(const net::HttpResponse put, PutStored(step, tag, bytes, media_type));
  if (!WasStored(put) && !SaysTagIsImmutable(put)) return step.Refused(put);
  // Also when it was refused: an immutable tag may name this digest since an answer to us was lost.
  const Digest wanted = Digest::Sha256Of(bytes);
  ASSIGN_OR_RETURN(const auto found, DigestOfTag(repository, tag, deadline));
  if (found == wanted) return absl::OkStatus();
  if (WasStored(put)) return TagMoved(step, found, wanted);
  const absl::Status refused = TagRefused(step, tag, put);
  if (!found.has_value()) return refused;
  return WithReason(absl::FailedPreconditionError(ToAbsl(Message(refused))), Reason::kTagConflict);
}

absl::StatusOr<Descriptor> RegistryWriter::Attach(const Reference& repository, std::string_view bytes,
                                                  std::string_view media_type, absl::Time deadline) {
  Descriptor descriptor = DescriptorOf(bytes, media_type);
  const std::string digest = descriptor.digest.ToString();
  ASSIGN_OR_RETURN(const oci::Manifest manifest,
                   oci::Manifest::Parse(bytes, media_type, Cat("manifest ", digest)));
  if (!manifest.subject().has_value()) {
    return Malformed(Reason::kManifestMalformed, Cat("manifest ", digest), "has no subject to attach it to");
  }
  const Digest& subject = manifest.subject()->digest;
  descriptor.artifact_type = manifest.EffectiveArtifactType();
  descriptor.annotations = manifest.annotations();
  const std::string name = Cat(repository.Name(), "@", subject.ToString());
  const WriteStep step(client_->transport(), repository, Cat("attaching ", digest, " to ", name), deadline);
  ASSIGN_OR_RETURN(const net::HttpResponse put, PutStored(step, digest, bytes, media_type));
  if (!WasStored(put)) return step.Refused(put);
  // Registries have said OCI-Subject and listed nothing (§3.4), so that both count together.
  if (put.headers.Get("OCI-Subject") == subject.ToString() &&
      ApiLists(client_->transport(), repository, subject, descriptor, deadline)) {
    return descriptor;
  }
  const WriteStep listing(client_->transport(), repository,
                          Cat("listing ", digest, " as a referrer of ", name), deadline);
  const std::lock_guard lock(*index_mutex_);
  RETURN_IF_ERROR(ListAsReferrer(listing, subject, descriptor));
  return descriptor;
}

}  // namespace chartseal::publisher
