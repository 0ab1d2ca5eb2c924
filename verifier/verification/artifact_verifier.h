#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/verdict.h"

namespace chartseal::verification {

// The digest that `reference` carries or, without one, that its tag points to now.
absl::StatusOr<crypto::Digest> ResolveDigest(oci::ArtifactSource& source, const oci::Reference& reference,
                                             absl::Time deadline);

// Verifies an image or chart in a registry: resolve (once), fetch everything attached in both layouts, judge.
// Thread-safe when the source is. Nothing is written anywhere.
class ArtifactVerifier {
 public:
  // `source` is borrowed and must outlive the verifier.
  ArtifactVerifier(oci::ArtifactSource& source, std::shared_ptr<const sigstore::TrustedRoot> root)
      : source_(source), root_(std::move(root)) {}

  // The verdict for the digest that `reference` names or that its tag points to now. Three-valued
  // (docs/decisions/0002): any attached thing that satisfies the requirement makes it a yes; otherwise
  // anything that could not be fetched or decoded makes it "could not tell" (a status with its reason);
  // otherwise no.
  absl::StatusOr<Verdict> Verify(const oci::Reference& reference, const policy::Requirement& requirement,
                                 absl::Time deadline) const;

  // The same for several requirements (all policies that cover an artifact), fetching once. One outcome for
  // each, in order; an error as a whole only when the reference could not be resolved to a digest.
  absl::StatusOr<std::vector<absl::StatusOr<Verdict>>> VerifyAll(
      const oci::Reference& reference, const std::vector<const policy::Requirement*>& requirements,
      absl::Time deadline) const;

 private:
  oci::ArtifactSource& source_;
  std::shared_ptr<const sigstore::TrustedRoot> root_;
};

}  // namespace chartseal::verification
