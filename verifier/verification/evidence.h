#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
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

// Where to look.
struct EvidenceScope {
  bool attestations = false;         // look for the `.att` tag too
  bool own_repository = true;        // where the artifact itself is
  std::vector<std::string> sources;  // other repositories, as in policy::Authority::sources; sorted

  // Whether everything that `other` asks for is found within this scope.
  bool Covers(const EvidenceScope& other) const;
  friend auto operator<=>(const EvidenceScope&, const EvidenceScope&) = default;
};

// What judging these requirements needs; nullopt when no authority looks at evidence.
std::optional<EvidenceScope> ScopeOf(const std::vector<const policy::Requirement*>& requirements);

// Asks for both layouts at the same time (spec/sigstore.md §1): referrers of `digest` (each manifest, then
// its bundle) and cosign's tags. At most three requests follow one another, tokens aside. Never fails as a
// whole: see Evidence::gaps. The limits on counts and bytes hold for each repository of the scope.
Evidence FetchEvidence(oci::ArtifactSource& source, const oci::Reference& repository,
                       const crypto::Digest& digest, const EvidenceScope& scope, absl::Time deadline);

// The same; and when nothing is attached, asks whether the artifact is there at all: "nothing attached" is a
// no about one that exists, "not found" about one that does not.
absl::StatusOr<Evidence> FetchAttached(oci::ArtifactSource& source, const oci::Reference& repository,
                                       const crypto::Digest& digest, const EvidenceScope& scope,
                                       absl::Time deadline);

}  // namespace chartseal::verification
