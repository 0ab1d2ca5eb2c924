#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "publisher/signing/signer.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/manifest.h"

// cosign's layout before bundles: layers under the tags `.sig` and `.att` (spec/sigstore.md §1.1, §1.2,
// spec/real-parts.md §6). The reader is verifier/sigstore/cosign_legacy.h.
namespace chartseal::publisher {

inline constexpr std::string_view kSimpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr std::string_view kEnvelopeType = "application/vnd.dsse.envelope.v1+json";
inline constexpr std::string_view kSignatureAnnotation = "dev.cosignproject.cosign/signature";

// The payload of a signature, in cosign's member order. `annotations` must be UTF-8.
std::string MakeSimpleSigning(std::string_view docker_reference, const crypto::Digest& subject,
                              const std::map<std::string, std::string>& annotations);

// The annotations of a layer. `predicate_type` empty: of a signature. Of an attestation the signature is
// empty (it is inside the blob). FailedPrecondition with kRekorFailed when a log entry has no promise, which
// is all that this layout can carry of it.
absl::StatusOr<std::map<std::string, std::string>> LegacyAnnotations(const MadeSignature& made,
                                                                     std::string_view predicate_type);

// A manifest under a legacy tag and its config.
struct LegacyManifest {
  std::string config;
  std::string config_media_type;
  std::string manifest;
  std::string media_type;
};

// `existing`, or a new manifest, with `layer` behind its last one; whatever else stands in it stays as it is.
// The config is made anew from the layers: nothing in it means anything. FailedPrecondition with
// kRegistryError when `existing` is not an image manifest, or has limits::kMaxLayers layers; the errors of
// oci::Manifest::Parse. `where` names the tag.
absl::StatusOr<LegacyManifest> AppendLayer(const std::optional<oci::ManifestBytes>& existing,
                                           const oci::Descriptor& layer, std::string_view where);

}  // namespace chartseal::publisher
