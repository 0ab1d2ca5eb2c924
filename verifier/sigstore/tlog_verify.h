#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/signed_content.h"
#include "verifier/sigstore/signer.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::sigstore {

// What the transparency logs prove about one signature.
struct LogEvidence {
  struct SignedTime {
    absl::Time time;
    std::string authority;  // raw id of the log whose SET vouches for it
  };
  std::set<std::string> logs;         // raw ids of the distinct logs with a verified entry
  std::vector<LogEntryFact> entries;  // the verified ones
  std::vector<SignedTime> times;      // from verified SETs only (spec/sigstore.md §4.2)
};

// Step 2 of spec/sigstore.md §4.1: every entry of a bundle. An entry of an unknown log is skipped, one of a
// known log that is wrong in any way is a rejection. At least `threshold` distinct logs must remain.
// Rejections: those of ParseLogRecord and CheckEntryBinding; kInclusionMissing, kCheckpointMissing,
// kSetInvalid, kLogKeyNotValid, kInclusionProofInvalid, those of a checkpoint, kLogUnknown, kLogThreshold.
Checked<LogEvidence> VerifyTlogEntries(const std::vector<TlogEntry>& entries, BundleVersion version,
                                       const SignedContent& content, const Signer& signer,
                                       const TrustedRoot& root, int threshold);

// The same for the SET that a legacy signature carries, or for its absence (spec/sigstore.md §1.6).
Checked<LogEvidence> VerifyLegacyEntry(const std::optional<LegacySignature::LogBundle>& log_bundle,
                                       const SignedContent& content, const Signer& signer,
                                       const TrustedRoot& root, int threshold);

}  // namespace chartseal::sigstore
