#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/verification/candidate.h"

namespace chartseal::verification {

// Something attached that is certainly neither.
struct OtherReferrer {
  crypto::Digest digest;
  std::string artifact_type;
};

// Everything attached to one digest, as it was fetched. Holds no verdict: it can be judged again under
// another policy.
struct Evidence {
  std::vector<Candidate> candidates;
  std::vector<OtherReferrer> others;
  // What could not be fetched: with one of these, "nothing found" is not "nothing there".
  std::vector<absl::Status> gaps;
};

struct EvidenceScope {
  bool attestations = false;  // look for the `.att` tag too
};

// Asks for both layouts at the same time (spec/sigstore.md §1): referrers of `digest` (each manifest, then
// its bundle) and cosign's tags. At most three requests follow one another, tokens aside. Never fails as a
// whole: see Evidence::gaps.
Evidence FetchEvidence(oci::ArtifactSource& source, const oci::Reference& repository,
                       const crypto::Digest& digest, EvidenceScope scope, absl::Time deadline);

}  // namespace chartseal::verification
