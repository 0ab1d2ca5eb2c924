#include "audit/index_parts.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/oci/manifest.h"

namespace chartseal::audit {

absl::StatusOr<std::optional<crypto::Digest>> IndexWith(const oci::Reference& reference,
                                                        oci::ArtifactSource& source, absl::Time deadline) {
  const auto bytes =
      source.FetchManifestByTag(reference, *reference.tag(), limits::kMaxManifestBytes, deadline);
  if (ReasonOf(bytes.status()) == Reason::kNotFound) return std::nullopt;
  RETURN_IF_ERROR(bytes.status());
  ASSIGN_OR_RETURN(const auto manifest,
                   oci::Manifest::Parse(bytes->bytes, bytes->media_type, reference.ToString()));
  for (const oci::Descriptor& part : manifest.manifests()) {
    if (part.digest == *reference.digest()) return bytes->digest;
  }
  return std::nullopt;
}

}  // namespace chartseal::audit
