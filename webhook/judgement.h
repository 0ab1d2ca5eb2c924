#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "webhook/decision_cache.h"
#include "webhook/image_verifier.h"

// From evidence and memory to conclusions.
namespace chartseal::webhook {

// The answers to one query about one digest, found one after the other: what policies say without looking,
// what is remembered, what evidence shows. Not thread-safe.
class Judgement {
 public:
  // `query` and `cache` are borrowed. Without a digest nothing is remembered.
  Judgement(const ImageQuery& query, std::optional<crypto::Digest> digest, DecisionCache& cache);

  // Answers what can be answered without evidence: policies that cannot be honoured, authorities that look at
  // nothing, and what is remembered at `now`. True when that is all.
  bool Recall(absl::Time now);

  // Where evidence for what is still open is to be looked for; nullopt when nothing is.
  std::optional<verification::EvidenceScope> Missing() const;

  // Judges what is open, and remembers it. Evidence that is older than limits::kNoLifetime only says yes:
  // somebody may have signed since. True when nothing is open.
  bool Judge(const verification::Evidence& evidence, absl::Time as_of, absl::Time now);

  // Gives this answer to all that is open.
  void Fail(const absl::Status& status);

  const std::optional<crypto::Digest>& digest() const { return digest_; }

  // Requires that nothing is open.
  ImageOutcome Take(bool remembered) &&;

 private:
  using Answer = absl::StatusOr<std::shared_ptr<const Conclusion>>;
  Answer WithoutEvidence(const policy::Policy& policy) const;
  std::vector<const policy::Requirement*> Open() const;

  const ImageQuery& query_;
  const std::optional<crypto::Digest> digest_;
  DecisionCache& cache_;
  std::vector<std::optional<CacheKey>> keys_;   // of each policy; nullopt for what is not remembered
  std::vector<std::optional<Answer>> answers_;  // of each policy; nullopt while open
};

}  // namespace chartseal::webhook
