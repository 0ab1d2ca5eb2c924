#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/evidence.h"
#include "verifier/verification/verdict.h"

namespace chartseal::verification {

// What a signature is, where the evidence comes from.
enum class SignatureForm {
  kContainer,  // a registry: a statement with cosign's sign predicate, or the simple-signing payload (design
               // §3.8)
  kBlob,       // a file: a messageSignature as well
};

// Whether evidence plays a part: not when an authority says yes or no to everything and so decides alone, nor
// when the policy cannot be honoured. Then nothing needs to be fetched, and Judge() may be given no evidence.
bool NeedsEvidence(const policy::Requirement& requirement);
bool NeedsEvidence(const policy::Policy& policy);

// Judges evidence about `artifact` under a requirement. Pure. Three-valued (docs/decisions/0002): yes as soon
// as every wanted thing is satisfied by some candidate; else "could not tell" when there are gaps, or
// candidates that could not be decoded and that an authority might have accepted; else no, explained by the
// candidate that came closest.
//
// An authority is shown what its sources hold, in the layouts that it allows, and trusts its own root. One
// with attestation types is satisfied by an attestation of each type that it made itself, instead of a
// signature. `root` is for those without one of their own.
absl::StatusOr<Verdict> Judge(const Evidence& evidence, const sigstore::Artifact& artifact,
                              SignatureForm form, const policy::Requirement& requirement,
                              const sigstore::TrustedRoot& root);

// The same for a whole policy: one that cannot be honoured says no (Reason::kPolicyNotHonoured).
absl::StatusOr<Verdict> Judge(const Evidence& evidence, const sigstore::Artifact& artifact,
                              SignatureForm form, const policy::Policy& policy,
                              const sigstore::TrustedRoot& root);

}  // namespace chartseal::verification
