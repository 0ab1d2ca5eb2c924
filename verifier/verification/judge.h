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

// Judges evidence about `artifact` under a requirement. Pure. Three-valued (docs/decisions/0002): yes as soon
// as every wanted thing is satisfied by some candidate; else "could not tell" when there are gaps or
// candidates that could not be decoded; else no, explained by the candidate that came closest.
absl::StatusOr<Verdict> Judge(const Evidence& evidence, const sigstore::Artifact& artifact,
                              SignatureForm form, const policy::Requirement& requirement,
                              const sigstore::TrustedRoot& root);

}  // namespace chartseal::verification
