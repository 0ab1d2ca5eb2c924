#include "publisher/signing/self_verification.h"

#include "publisher/signing/bundle_writer.h"
#include "publisher/signing/legacy_writer.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/claims.h"
#include "verifier/sigstore/cosign_legacy.h"

namespace chartseal::publisher {
namespace {

absl::Status Failed(std::string_view why, std::string_view next) {
  return WithReason(absl::FailedPreconditionError(
                        Cat("the signature that was just made does not verify: ", why, "; ", next)),
                    Reason::kSelfVerificationFailed);
}

// Two instances of Sigstore that were mixed up are by far the likeliest cause.
absl::Status NotVerified(std::string_view why, const sigstore::TrustedRoot& root) {
  return Failed(why, Cat("check that the signing config and the trusted root (", root.version(),
                         ") are of the same Sigstore instance, and that the trusted root is up to date"));
}

using Outcome = Checked<sigstore::VerifiedSignature>;

absl::StatusOr<Outcome> VerifyInBundle(const MadeSignature& made, const sigstore::Artifact& artifact,
                                       const sigstore::TrustedRoot& root,
                                       const sigstore::VerifyOptions& options) {
  ASSIGN_OR_RETURN(const sigstore::Bundle bundle,
                   sigstore::Bundle::ParseJson(made.bundle_json, "the bundle that was made"));
  return sigstore::VerifyBundle(bundle, artifact, root, options);
}

absl::StatusOr<Outcome> VerifyInLayer(const MadeSignature& made, ContentForm form,
                                      const crypto::Digest& artifact, const sigstore::TrustedRoot& root,
                                      const sigstore::VerifyOptions& options) {
  const bool statement = IsStatement(form);
  // Any type will do: it is a hint that the verifier does not look at.
  ASSIGN_OR_RETURN(const auto annotations, LegacyAnnotations(made, statement ? "statement" : ""));
  ASSIGN_OR_RETURN(const auto signature, sigstore::LegacySignature::Create(
                                             statement ? sigstore::LegacySignature::Kind::kDsse
                                                       : sigstore::LegacySignature::Kind::kSimpleSigning,
                                             made.layer, annotations, "the layer that was made"));
  return sigstore::VerifyLegacy(signature, artifact, root, options);
}

}  // namespace

absl::Status CheckIssued(const crypto::Certificate& leaf, const IdentityToken& token) {
  const auto claims = sigstore::ReadClaims(leaf);
  if (!claims.ok()) {
    return Failed(Cat("the certificate that was issued cannot be used: ", claims.rejection().ToString()),
                  "ask whoever runs this Fulcio");
  }
  if (token.expected_identity() && *token.expected_identity() != claims->identity) {
    return Failed(Cat("the certificate that was issued is for ", Printable(claims->identity, 1024),
                      ", the identity token for ", Printable(*token.expected_identity(), 1024)),
                  "ask whoever runs this Fulcio how it names that issuer's identities");
  }
  return absl::OkStatus();
}

absl::StatusOr<sigstore::VerifiedSignature> VerifyMade(const MadeSignature& made, ContentForm form,
                                                       const sigstore::Artifact& artifact,
                                                       const sigstore::TrustedRoot& root,
                                                       const sigstore::VerifyOptions& options) {
  absl::StatusOr<Outcome> outcome = IsLegacy(form) ? VerifyInLayer(made, form, artifact.digest, root, options)
                                                   : VerifyInBundle(made, artifact, root, options);
  if (!outcome.ok()) {
    return NotVerified(Cat(Name(ReasonOf(outcome.status())), ": ", Message(outcome.status())), root);
  }
  if (!outcome->ok()) return NotVerified(outcome->rejection().ToString(), root);
  return std::move(*outcome).value();
}

}  // namespace chartseal::publisher
