#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/verdict.h"

namespace chartseal::verification {

// Verifies a blob, or its digest, against a Sigstore bundle (JSON). `where` names the bundle in errors. Pure.
absl::StatusOr<Verdict> VerifyBlob(const sigstore::Artifact& artifact, std::string_view bundle_json,
                                   std::string_view where, const policy::Requirement& requirement,
                                   const sigstore::TrustedRoot& root);

}  // namespace chartseal::verification
