#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "publisher/signing/artifact_signer.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/claims.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

// What an earlier run left: looked for so that a run after a failure does only the rest. Whatever cannot be
// told counts as missing; making it again does no harm.
namespace chartseal::publisher {

// Exactly the identity and the issuer of a certificate.
policy::Authority ExactlyAs(const sigstore::Claims& claims);

struct ExistingSignatures {
  std::optional<sigstore::VerifiedSignature> signature;  // one that holds
  std::optional<SignatureLayout> missing;                // of those wanted; nullopt when all are there
};

// Signatures of `artifact` (by its digest) that `authority` made.
ExistingSignatures FindSignatures(oci::ArtifactSource& source, const oci::Reference& artifact,
                                  const policy::Authority& authority, const sigstore::TrustedRoot& root,
                                  SignatureLayout wanted, absl::Time deadline);

// The layouts in which the statement of this content fingerprint is missing; nullopt when it is in all
// wanted.
std::optional<SignatureLayout> FindFingerprint(oci::ArtifactSource& source, const oci::Reference& artifact,
                                               const policy::Authority& authority,
                                               const sigstore::TrustedRoot& root, SignatureLayout wanted,
                                               std::string_view fingerprint, absl::Time deadline);

}  // namespace chartseal::publisher
