#include "verifier/verification/artifact_verifier.h"

#include "verifier/base/status.h"
#include "verifier/verification/evidence.h"
#include "verifier/verification/judge.h"

namespace chartseal::verification {

absl::StatusOr<crypto::Digest> ResolveDigest(oci::ArtifactSource& source, const oci::Reference& reference,
                                             absl::Time deadline) {
  if (reference.digest()) return *reference.digest();
  ASSIGN_OR_RETURN(const oci::Descriptor resolved, source.ResolveTag(reference, deadline));
  return resolved.digest;
}

absl::StatusOr<Verdict> ArtifactVerifier::Verify(const oci::Reference& reference,
                                                 const policy::Requirement& requirement,
                                                 absl::Time deadline) const {
  ASSIGN_OR_RETURN(auto outcomes, VerifyAll(reference, {&requirement}, deadline));
  return std::move(outcomes.front());
}

absl::StatusOr<std::vector<absl::StatusOr<Verdict>>> ArtifactVerifier::VerifyAll(
    const oci::Reference& reference, const std::vector<const policy::Requirement*>& requirements,
    absl::Time deadline) const {
  ASSIGN_OR_RETURN(const crypto::Digest digest, ResolveDigest(source_, reference, deadline));
  Evidence evidence;
  if (const auto scope = ScopeOf(requirements)) {
    ASSIGN_OR_RETURN(evidence, FetchAttached(source_, reference, digest, *scope, deadline));
  }
  std::vector<absl::StatusOr<Verdict>> outcomes;
  for (const policy::Requirement* requirement : requirements) {
    outcomes.push_back(
        Judge(evidence, {digest, std::nullopt}, SignatureForm::kContainer, *requirement, *root_));
  }
  return outcomes;
}

}  // namespace chartseal::verification
