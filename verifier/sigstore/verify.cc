#include "verifier/sigstore/verify.h"

#include <utility>

#include "verifier/sigstore/artifact_match.h"
#include "verifier/sigstore/bundle_shape.h"
#include "verifier/sigstore/certificate_verify.h"
#include "verifier/sigstore/signed_content.h"
#include "verifier/sigstore/signer.h"
#include "verifier/sigstore/time_verify.h"
#include "verifier/sigstore/tlog_verify.h"

namespace chartseal::sigstore {

// The steps of spec/sigstore.md §4.1 in their order. Each one rests on those before it: nothing that the
// bundle says is used before somebody who is trusted has vouched for it.
Checked<VerifiedSignature> VerifyBundle(const Bundle& bundle, const Artifact& artifact,
                                        const TrustedRoot& root, const VerifyOptions& options) {
  // 1. The bundle is complete, says nothing twice, and is signed by the kind of signer that is asked for.
  RETURN_IF_REJECTED(CheckBundleShape(bundle));
  ASSIGN_OR_REJECT(const Signer signer, SelectSigner(bundle, options.key));
  const auto* message = std::get_if<MessageSignature>(&bundle.content());
  const auto* envelope = std::get_if<DsseEnvelope>(&bundle.content());
  if (message != nullptr) RETURN_IF_REJECTED(CheckMessageDigest(*message, artifact));
  const SignedContent content = message != nullptr ? SignedContent::Message(message->signature, artifact)
                                                   : SignedContent::Dsse(*envelope);

  // 2. Transparency logs recorded this very signature, by this signer, over this content.
  ASSIGN_OR_REJECT(LogEvidence log, VerifyTlogEntries(bundle.tlog_entries(), bundle.version(), content,
                                                      signer, root, options.thresholds.transparency_logs));

  // 3. Somebody who is trusted says when: the log's promise or a timestamp authority, never the bundle.
  VerifiedSignature verified;
  ASSIGN_OR_REJECT(verified.signed_times, VerifySignedTimes(bundle.timestamps(), content.signature(), log,
                                                            signer, root, options.thresholds));

  // 4., 5. At every one of those times the certificate was good, and CT logs know of it.
  if (signer.leaf) {
    ASSIGN_OR_REJECT(verified.claims,
                     VerifySigningCertificate(signer, verified.signed_times, root, options.thresholds));
  }

  // 6. The signature verifies, and is about the artifact.
  RETURN_IF_REJECTED(VerifyContentSignature(content, signer));
  if (envelope != nullptr) {
    ASSIGN_OR_REJECT(verified.statement, StatementAbout(*envelope, artifact.digest));
  }

  // 7., 8. Who signed, and which predicate, is for policy to judge.
  verified.key = signer.key;
  verified.log_entries = std::move(log.entries);
  return verified;
}

}  // namespace chartseal::sigstore
