#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/sigstore/signer.h"
#include "verifier/sigstore/tlog_verify.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::sigstore {

// Step 3 of spec/sigstore.md §4.1: all times at which somebody trusted saw the signature, ascending and
// distinct. They come from verified SETs (`log`) and from RFC 3161 tokens over `stamped`. A token of an
// unknown authority is skipped, a bad one of a known authority is a rejection. Thresholds count authorities.
// Rejections: those of VerifyTimestamp; kTimestampThreshold, kNoSignedTime, kKeyNotValid (a managed key
// outside its validity).
Checked<std::vector<absl::Time>> VerifySignedTimes(const std::vector<std::string>& tokens,
                                                   std::string_view stamped, const LogEvidence& log,
                                                   const Signer& signer, const TrustedRoot& root,
                                                   const Thresholds& thresholds);

}  // namespace chartseal::sigstore
