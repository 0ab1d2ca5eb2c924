#pragma once

#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "verifier/base/verdict.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/cosign_legacy.h"
#include "verifier/sigstore/verify.h"
#include "verifier/verification/verdict.h"

namespace chartseal::verification {

using CandidateContent = std::variant<sigstore::Bundle, sigstore::LegacySignature>;

// One attached thing that may be a signature or attestation: decoded, or the reason why it could not be.
struct Candidate {
  Layout layout = Layout::kFile;
  std::string
      source;  // for people: "ghcr.io/acme/app@sha256:…" (the referrer), with the layer for legacy tags
  absl::StatusOr<CandidateContent> content;
};

// The predicate type that the content claims, before anything is verified: enough to turn it away, never to
// let it in. Nullopt when it is no statement.
std::optional<std::string> ClaimedPredicate(const CandidateContent& content);

// sigstore::VerifyBundle or VerifyLegacy, as the content needs.
Checked<sigstore::VerifiedSignature> VerifyCandidate(const CandidateContent& content,
                                                     const sigstore::Artifact& artifact,
                                                     const sigstore::TrustedRoot& root,
                                                     const sigstore::VerifyOptions& options);

}  // namespace chartseal::verification
