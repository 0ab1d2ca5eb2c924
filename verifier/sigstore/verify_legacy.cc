#include <string>
#include <utility>
#include <vector>

#include "verifier/base/strings.h"
#include "verifier/sigstore/artifact_match.h"
#include "verifier/sigstore/certificate_verify.h"
#include "verifier/sigstore/signed_content.h"
#include "verifier/sigstore/signer.h"
#include "verifier/sigstore/time_verify.h"
#include "verifier/sigstore/tlog_verify.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::sigstore {
namespace {

Checked<Passed> CheckEnvelope(const LegacySignature& signature) {
  const size_t count = signature.envelope() ? signature.envelope()->signatures.size() : 1;
  if (count == 1) return Passed{};
  return Rejection{Reason::kDsseSignatureCount, "signatures of the DSSE envelope", "1", Cat(count)};
}

}  // namespace

// spec/sigstore.md §1.6, in the order of VerifyBundle: the layouts differ in where things lie, not in what
// has to hold.
Checked<VerifiedSignature> VerifyLegacy(const LegacySignature& signature, const crypto::Digest& artifact,
                                        const TrustedRoot& root, const VerifyOptions& options) {
  RETURN_IF_REJECTED(CheckEnvelope(signature));
  ASSIGN_OR_REJECT(const Signer signer, SelectSigner(signature, options.key));
  const SignedContent content = SignedContent::Legacy(signature);

  // The SET is all that the layout carries of the log: without a proof it is a promise, and the only one.
  ASSIGN_OR_REJECT(LogEvidence log, VerifyLegacyEntry(signature.log_bundle(), content, signer, root,
                                                      options.thresholds.transparency_logs));

  // Timestamps of attestations are over the blob, not over the signature inside it.
  const std::string_view stamped = content.is_dsse() ? content.blob() : content.signature();
  std::vector<std::string> tokens;
  if (signature.timestamp()) tokens.push_back(*signature.timestamp());
  VerifiedSignature verified;
  ASSIGN_OR_REJECT(verified.signed_times,
                   VerifySignedTimes(tokens, stamped, log, signer, root, options.thresholds));

  if (signer.leaf) {
    ASSIGN_OR_REJECT(verified.claims,
                     VerifySigningCertificate(signer, verified.signed_times, root, options.thresholds));
  }

  RETURN_IF_REJECTED(VerifyContentSignature(content, signer));
  if (content.is_dsse()) {
    ASSIGN_OR_REJECT(verified.statement, StatementAbout(*signature.envelope(), artifact));
  } else {
    ASSIGN_OR_REJECT(verified.payload, PayloadAbout(content.blob(), artifact));
  }

  verified.key = signer.key;
  verified.log_entries = std::move(log.entries);
  return verified;
}

}  // namespace chartseal::sigstore
