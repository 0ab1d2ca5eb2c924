#pragma once

#include <vector>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/sigstore/claims.h"
#include "verifier/sigstore/signer.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::sigstore {

// Steps 4 and 5 of spec/sigstore.md §4.1, and the reading part of step 7: the leaf chains to an authority at
// every one of `times`, CT logs vouch for it, and its claims can be read. Requires a signer with a leaf and
// at least one time. Rejections: those of AuthorityChain::Verify, VerifyScts and ReadClaims; kCaNotValid when
// an authority issued it that was not trusted at that time.
Checked<Claims> VerifySigningCertificate(const Signer& signer, const std::vector<absl::Time>& times,
                                         const TrustedRoot& root, const Thresholds& thresholds);

}  // namespace chartseal::sigstore
