#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "publisher/signing/identity_token.h"
#include "publisher/signing/signer.h"
#include "publisher/signing/signing_plan.h"
#include "verifier/crypto/certificate.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

// Whatever leaves the Signer has passed the verifier that everybody else uses. All errors are
// FailedPrecondition with kSelfVerificationFailed and hold the verifier's reason.
namespace chartseal::publisher {

// The certificate names whom the token promised, as far as that is known: before the signature goes to a log.
absl::Status CheckIssued(const crypto::Certificate& leaf, const IdentityToken& token);

// Verifies `made` as its layout lies in a registry. `key` is there with a key pair. `thresholds` from the
// plan.
absl::StatusOr<sigstore::VerifiedSignature> VerifyMade(const MadeSignature& made, ContentForm form,
                                                       const sigstore::Artifact& artifact,
                                                       const sigstore::TrustedRoot& root,
                                                       const sigstore::VerifyOptions& options);

}  // namespace chartseal::publisher
