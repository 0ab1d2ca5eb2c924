#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/reason.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
#include "verifier/verification/evidence.h"
#include "webhook/policy_snapshot.h"
#include "webhook/pull_context.h"

namespace chartseal::webhook {

// One image, and every policy that covers it. The policies belong to the snapshot, which the query keeps
// alive.
struct ImageQuery {
  oci::Reference reference;
  std::vector<const policy::Policy*> policies;  // never empty
  std::shared_ptr<const PolicySnapshot> snapshot;
  PullContext pull;
};

// Yes or no of one policy about one digest, in the short form that is remembered.
struct Conclusion {
  bool accepted = false;
  Reason reason = Reason::kNone;
  std::string detail;  // the four texts of a Verdict; empty for a yes
  std::string expected;
  std::string found;
  std::string next;
  // What decided a yes.
  std::string authority;
  std::string signer;  // identity, or "key sha256:..."
  std::string issuer;
  std::string layout;  // verification::Name(Layout)
  std::optional<int64_t> log_index;
  std::optional<absl::Time> signed_at;
};

struct ImageOutcome {
  crypto::Digest digest;  // what was judged
  // For each policy of the query, in order: yes or no, or a status when it could not be told. Conclusions are
  // shared with the cache.
  std::vector<absl::StatusOr<std::shared_ptr<const Conclusion>>> conclusions;
  bool remembered = false;  // nothing was fetched
  // What was judged, when it is still at hand; for decision records.
  std::shared_ptr<const verification::Evidence> evidence;
  // Where the time went; zero when remembered.
  absl::Duration registry_time;
  absl::Duration crypto_time;
};

// Answers for all policies at once. Thread-safe.
class ImageVerifier {
 public:
  virtual ~ImageVerifier() = default;

  // From memory alone: no I/O, no waiting, a few microseconds. Nullopt unless every policy has a conclusion;
  // always for a reference without digest, since nothing is remembered by tag.
  virtual std::optional<ImageOutcome> Recall(const ImageQuery& query, absl::Time now) = 0;

  // Resolves a tag once, fetches, judges; returns soon after `deadline`. An error as a whole when the digest
  // could not be resolved. Must not be called from within itself.
  virtual absl::StatusOr<ImageOutcome> Verify(const ImageQuery& query, absl::Time deadline) = 0;
};

}  // namespace chartseal::webhook
