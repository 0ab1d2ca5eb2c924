#pragma once

#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/cosign_legacy.h"
#include "verifier/sigstore/statement.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::sigstore {

// Is it about this artifact? (spec/sigstore.md §4.11, §1.1)

// The digest that a messageSignature bundle says it is over. It is a hint until the signature has been
// verified, but one that differs settles the matter. Rejection kMessageDigestMismatch.
Checked<Passed> CheckMessageDigest(const MessageSignature& message, const Artifact& artifact);

// The statement of a verified envelope, one of whose subjects is the artifact. Rejections: kDssePayloadType,
// those of ParseStatement, kSubjectDigestMismatch.
Checked<Statement> StatementAbout(const DsseEnvelope& envelope, const crypto::Digest& artifact);

// The payload of a verified legacy signature that names the artifact. Rejections: those of
// ParseSimpleSigning, kSubjectDigestMismatch.
Checked<SimpleSigning> PayloadAbout(std::string_view blob, const crypto::Digest& artifact);

}  // namespace chartseal::sigstore
