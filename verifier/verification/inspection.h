#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/evidence.h"
#include "verifier/verification/verdict.h"

namespace chartseal::verification {

// Everything that is attached to one digest and what each thing proves, judged by no policy.
struct Inspection {
  crypto::Digest digest;
  std::string media_type;           // of the artifact's manifest
  std::string artifact_type;        // its own artifactType, or its config's media type
  std::vector<Finding> signatures;  // cosign's sign predicate, or legacy payloads
  std::vector<Finding> attestations;
  std::vector<OtherReferrer> others;
  std::vector<absl::Status> gaps;  // what could not be fetched
};

// Fetches and checks everything. A finding is `accepted` when its cryptography holds under `root`, whoever
// signed; one that is signed with a key pair, which nothing here can check, has Reason::kKeyRequired. An
// error only when the artifact itself cannot be had.
absl::StatusOr<Inspection> Inspect(oci::ArtifactSource& source, const oci::Reference& reference,
                                   const sigstore::TrustedRoot& root, absl::Time deadline);

}  // namespace chartseal::verification
