#include "verifier/verification/inspection.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/oci/manifest.h"
#include "verifier/verification/artifact_verifier.h"
#include "verifier/verification/candidate.h"

namespace chartseal::verification {
namespace {

Finding Describe(const Candidate& candidate, const crypto::Digest& digest,
                 const sigstore::TrustedRoot& root) {
  Finding finding{.layout = candidate.layout, .source = candidate.source};
  if (!candidate.content.ok()) {
    finding.undecodable = true;
    finding.rejection = {ReasonOf(candidate.content.status()), Message(candidate.content.status()), "", ""};
    return finding;
  }
  finding.predicate_type = ClaimedPredicate(*candidate.content).value_or("");
  auto verified = VerifyCandidate(*candidate.content, {digest, std::nullopt}, root, {});
  finding.accepted = verified.ok();
  if (verified.ok()) {
    finding.signature = *verified;
  } else {
    finding.rejection = verified.rejection();
  }
  return finding;
}

}  // namespace

absl::StatusOr<Inspection> Inspect(oci::ArtifactSource& source, const oci::Reference& reference,
                                   const sigstore::TrustedRoot& root, absl::Time deadline) {
  ASSIGN_OR_RETURN(const crypto::Digest digest, ResolveDigest(source, reference, deadline));
  ASSIGN_OR_RETURN(const oci::ManifestBytes fetched,
                   source.FetchManifest(reference, digest, limits::kMaxManifestBytes, deadline));
  ASSIGN_OR_RETURN(const oci::Manifest manifest, oci::Manifest::Parse(fetched.bytes, fetched.media_type));
  Evidence evidence = FetchEvidence(source, reference, digest, {.attestations = true}, deadline);
  Inspection inspection{.digest = digest,
                        .media_type = manifest.media_type(),
                        .artifact_type = manifest.EffectiveArtifactType(),
                        .others = std::move(evidence.others),
                        .gaps = std::move(evidence.gaps)};
  for (const Candidate& candidate : evidence.candidates) {
    Finding finding = Describe(candidate, digest, root);
    const bool attestation =
        !finding.predicate_type.empty() && finding.predicate_type != sigstore::kCosignSignPredicate;
    (attestation ? inspection.attestations : inspection.signatures).push_back(std::move(finding));
  }
  return inspection;
}

}  // namespace chartseal::verification
