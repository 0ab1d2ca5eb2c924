#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/candidate.h"
#include "verifier/verification/judge.h"
#include "verifier/verification/verdict.h"

// What one attached thing is worth. Part of Judge().
namespace chartseal::verification {

// What a candidate is wanted for, and by whom it may have been made.
struct Role {
  std::string predicate;                              // of the attestation; empty for the signature
  std::vector<const policy::Authority*> authorities;  // each looks at evidence; any one suffices
  bool is_signature() const { return predicate.empty(); }
};

// What all candidates are judged with; borrowed.
struct JudgeInput {
  const sigstore::Artifact& artifact;
  SignatureForm form;
  const policy::Requirement& requirement;
  const sigstore::TrustedRoot& root;  // for authorities without one of their own
};

// Whether one of the role's authorities looks where the candidate was found.
bool LooksAt(const Role& role, const Candidate& candidate);

// Whether a candidate that could not be decoded may be something that an authority of the role would have
// accepted.
bool MayHaveBeen(const Role& role, const Candidate& candidate);

// Requires LooksAt(role, candidate).
Finding JudgeCandidate(const Candidate& candidate, const Role& role, const JudgeInput& input);

// How near a rejected candidate came to being what was wanted; the nearest is the one worth explaining.
int Closeness(const Finding& finding);

}  // namespace chartseal::verification
