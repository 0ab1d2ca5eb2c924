#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/manifest.h"
#include "verifier/oci/reference.h"

namespace chartseal::oci {

// A manifest as it was stored. `digest` is computed from `bytes`.
struct ManifestBytes {
  std::string bytes;
  std::string media_type;  // of the answer, without parameters; a hint
  crypto::Digest digest;
};

enum class ReferrersOrigin { kApi, kFallbackTag, kNone };

// What names a digest as its subject. Only digest and size of the descriptors may be relied on: registries
// and tools leave out or confuse annotations and artifact types (spec/helm-oci-kubernetes.md §3.4).
struct ReferrersResult {
  std::vector<Descriptor> descriptors;
  ReferrersOrigin origin = ReferrersOrigin::kNone;
};

// Where artifacts are read from: a registry, a directory, memory. Of a reference only host and repository
// count, except where the tag is named. `deadline` bounds the whole call, retries included. Thread-safe.
//
// Errors carry a reason. The common ones: NotFound/kNotFound; Unauthenticated or
// PermissionDenied/kUnauthorized; Unavailable/kUnreachable; DeadlineExceeded/kDeadlineExceeded;
// ResourceExhausted/kRateLimited or kLimitExceeded; DataLoss/kDigestMismatch; PermissionDenied/kDialRefused;
// FailedPrecondition/kTlsFailed; Unavailable or FailedPrecondition/kRegistryError;
// InvalidArgument/kManifestMalformed or kJsonMalformed.
class ArtifactSource {
 public:
  virtual ~ArtifactSource() = default;

  // What the reference's tag points to now (or its digest, when it has one). InvalidArgument/
  // kReferenceMalformed when it has neither.
  virtual absl::StatusOr<Descriptor> ResolveTag(const Reference& reference, absl::Time deadline) = 0;

  // The manifest with this digest; the bytes have been hashed.
  virtual absl::StatusOr<ManifestBytes> FetchManifest(const Reference& repository,
                                                      const crypto::Digest& digest, size_t max_bytes,
                                                      absl::Time deadline) = 0;

  // The manifest that `tag` points to now.
  virtual absl::StatusOr<ManifestBytes> FetchManifestByTag(const Reference& repository, std::string_view tag,
                                                           size_t max_bytes, absl::Time deadline) = 0;

  // The blob that the descriptor names: exactly its size, and hashed. A size over `max_bytes` is refused
  // before anything is asked for.
  virtual absl::StatusOr<std::string> FetchBlob(const Reference& repository, const Descriptor& blob,
                                                size_t max_bytes, absl::Time deadline) = 0;

  // Everything that names `digest` as its subject. No referrers at all is OK with kNone.
  virtual absl::StatusOr<ReferrersResult> ListReferrers(const Reference& repository,
                                                        const crypto::Digest& digest,
                                                        absl::Time deadline) = 0;

  // Every tag of the repository, in the registry's order. ResourceExhausted/kLimitExceeded beyond
  // limits::kMaxTags.
  virtual absl::StatusOr<std::vector<std::string>> ListTags(const Reference& repository,
                                                            absl::Time deadline) = 0;
};

}  // namespace chartseal::oci
