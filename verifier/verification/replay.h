#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/reason.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/decision_record.h"
#include "verifier/verification/verdict.h"

// Judging again what a decision record holds. Pure: no network, no clock.
namespace chartseal::verification {

// One policy about one image or chart, judged again.
struct ReplayedRuling {
  std::string policy;  // empty: no policy covers the image
  std::string mode;
  const RecordedRuling* recorded = nullptr;  // null under another policy than the recorded ones; borrowed
  // Why it could not be judged again; empty when it was.
  std::string not_replayed;
  std::string answer;  // of the replay; of the record when there was nothing to judge again
  Reason reason = Reason::kNone;
  std::string detail;  // of a "could not tell"
  std::optional<Verdict> verdict;

  // Whether the replay says what the record says. True of what could not be replayed.
  bool Agrees() const;
};

struct ReplayedImage {
  const RecordedImage* recorded = nullptr;  // borrowed
  std::vector<ReplayedRuling> rulings;
};

// The chart of a release, judged again as far as the record allows: who signed it. That the release is of
// this chart is judged by the fingerprints of both, which the record has; the rest of what they hold it has
// not.
struct ReplayedRelease {
  std::vector<ReplayedImage> places;    // of each place of the record, in order
  std::vector<ReplayedRuling> rulings;  // what decided without any place
};

enum class ReplayResult {
  kAdmitted,   // every enforcing policy says yes, again
  kDenied,     // an enforcing policy says no, again
  kUnknown,    // an enforcing policy could not tell, or could not be asked again
  kDisagrees,  // the record says something else
};

struct Replay {
  ReplayResult result = ReplayResult::kUnknown;
  std::string trusted_root_version;  // that of the replay
  bool same_root = true;             // the one that the record names
  std::vector<ReplayedImage> images;
  std::vector<ReplayedImage> charts;  // who signed them; the rest of what decided is not in the record
  std::optional<ReplayedRelease> release;
};

// Under the policies of the record, which it checks against their fingerprints (InvalidArgument,
// Reason::kRecordMalformed). Borrows the record. Under another trusted root nothing is judged unless
// `any_root`.
absl::StatusOr<Replay> ReplayRecord(const DecisionRecord& record, const sigstore::TrustedRoot& root,
                                    bool any_root);

// What these policies would have said of the same evidence: each image and chart is judged by those that
// cover it, in the namespace of the request. There is nothing to disagree with.
Replay ReplayUnder(const DecisionRecord& record, const policy::PolicySet& policies,
                   const sigstore::TrustedRoot& root);

}  // namespace chartseal::verification
