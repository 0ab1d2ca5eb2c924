#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/signing/services.h"
#include "publisher/signing/signing_plan.h"
#include "verifier/base/node.h"

namespace chartseal::publisher {

// A signature as logs and timestamp authorities are shown it. Borrows everything.
struct SignatureToRecord {
  ContentForm form = ContentForm::kStatement;
  std::string_view signed_bytes;  // of a statement, its PAE
  std::string_view envelope;      // JSON; of statements
  std::string_view signature;     // raw
  LogVerifier verifier;
};

struct SigningEvidence {
  std::vector<Node> log_entries;        // in the plan's order
  std::vector<std::string> timestamps;  // in the plan's order
};

// Asks everybody at the same time (spec/sigstore.md §5.6): the certificate lives ten minutes, and Rekor v2
// takes a second or more. A log that is frozen is replaced by one of `other_logs`. The first error counts,
// after all have answered.
absl::StatusOr<SigningEvidence> CollectEvidence(const ServiceCaller& caller, const SigningPlan& plan,
                                                const SignatureToRecord& what, absl::Time deadline);

}  // namespace chartseal::publisher
