#pragma once

#include <string>

#include "verifier/base/verdict.h"
#include "verifier/sigstore/rekor_entry.h"
#include "verifier/sigstore/signed_content.h"
#include "verifier/sigstore/signer.h"

namespace chartseal::sigstore {

// A log entry proves something only about the signature that it records: kind, signature, key and digest must
// be this one's (spec/sigstore.md §4.8). Rejections: kLogEntryKind, kEntrySignatureMismatch,
// kEntryKeyMismatch, kEntryDigestMismatch.
Checked<Passed> CheckEntryBinding(const LogRecord& record, const SignedContent& content,
                                  const Signer& signer);

// The body that a Rekor v2 log must have recorded for this signature, in canonical JSON: its hash is the leaf
// of the tree. Rejection kAlgorithmUnsupported for keys and digests that Rekor v2 cannot record.
Checked<std::string> RebuildRekorV2Body(const SignedContent& content, const Signer& signer);

}  // namespace chartseal::sigstore
