#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
#include "verifier/verification/conclusion.h"
#include "verifier/verification/evidence.h"
#include "webhook/policy_snapshot.h"
#include "webhook/pull_context.h"

namespace chartseal::webhook {

// One image, and every policy that covers it. The policies belong to the snapshot, which the query keeps
// alive.
struct ImageQuery {
  oci::Reference reference;
  std::vector<const policy::Policy*> policies;
  std::shared_ptr<const PolicySnapshot> snapshot;  // never null
  std::shared_ptr<const PullContext> pull;         // never null
};

using verification::Conclusion;
using verification::MakeConclusion;
using verification::Refusal;

struct ImageOutcome {
  // What was judged. Nullopt when the policies decide without looking at any content, and the reference has
  // no digest.
  std::optional<crypto::Digest> digest;
  // For each policy of the query, in order: yes or no, or a status when it could not be told. Conclusions are
  // shared with the cache.
  std::vector<absl::StatusOr<std::shared_ptr<const Conclusion>>> conclusions;
  bool remembered = false;  // no evidence was fetched
  // What was judged, when it is still at hand; for decision records.
  std::shared_ptr<const verification::Evidence> evidence;
  // Where the time went; zero when answered from memory.
  absl::Duration registry_time;
  absl::Duration crypto_time;
};

// Answers for all policies of an image at once. Thread-safe.
class ImageVerifier {
 public:
  virtual ~ImageVerifier() = default;

  // From memory alone: no I/O, no waiting, a few microseconds. Nullopt unless every policy has a conclusion;
  // always for a reference without digest under a policy that looks at content, since nothing is remembered
  // by tag.
  virtual std::optional<ImageOutcome> Recall(const ImageQuery& query, absl::Time now) = 0;

  // Resolves tags once, fetches, judges: several images side by side. One outcome for each query, in order;
  // an error as a whole when the digest could not be resolved, or of a failure about which memory does not
  // know better for any policy. Blocks, and returns soon after `deadline`: what was not there by then is
  // DeadlineExceeded, naming the registry and what it was asked. Must not be called from within itself.
  virtual std::vector<absl::StatusOr<ImageOutcome>> VerifyAll(const std::vector<ImageQuery>& queries,
                                                              absl::Time deadline) = 0;
};

}  // namespace chartseal::webhook
