#pragma once

#include <set>
#include <string>

#include "verifier/base/verdict.h"
#include "verifier/crypto/certificate.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::sigstore {

// Verifies the SCTs embedded in `leaf` (spec/sigstore.md §4.10): signed bytes are rebuilt with `issuer`,
// which must be path[1] of the verified path. An SCT of an unknown log is skipped; one of a known log that
// does not verify is a rejection. Returns the ids of the distinct CT logs that vouch for the certificate.
// Rejections: kSctMissing, kSctMalformed, kSctInvalid, kSctThreshold (fewer than `threshold` logs).
Checked<std::set<std::string>> VerifyScts(const crypto::Certificate& leaf, const crypto::Certificate& issuer,
                                          const TrustedRoot& root, int threshold);

}  // namespace chartseal::sigstore
