#pragma once

#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "verifier/workload/image_paths.h"
#include "webhook/decision.h"
#include "webhook/image_verifier.h"
#include "webhook/namespace_labels.h"
#include "webhook/pending_review.h"
#include "webhook/policy_snapshot.h"

namespace chartseal::webhook {

// The gate of images: one admission request in, one decision out. Thread-safe. Keeps nothing of a request but
// what its verifier remembers about digests, so a dry run is decided like any other.
class Gate {
 public:
  // `labels` may be null: then no labels of namespaces are known. `paths`: which kinds name images, and
  // where.
  Gate(std::shared_ptr<const PolicySource> policies, std::shared_ptr<ImageVerifier> verifier,
       std::shared_ptr<const NamespaceLabels> labels = nullptr,
       ImagePathTable paths = ImagePathTable::Default());

  // Decides when that needs no registry: there is nothing to verify, or memory has every answer. Does not
  // wait. Otherwise Finish() is to be called with the same review.
  std::optional<Decision> Begin(PendingReview& review, absl::Time now) const;

  // Asks about what is open. Blocks; returns by `deadline`, whatever registries do: images that were not
  // judged by then are "could not tell".
  Decision Finish(PendingReview& review, absl::Time deadline) const;

 private:
  Decision DecideOn(PendingReview& review) const;

  const std::shared_ptr<const PolicySource> policies_;
  const std::shared_ptr<ImageVerifier> verifier_;
  const std::shared_ptr<const NamespaceLabels> labels_;
  const ImagePathTable paths_;
};

}  // namespace chartseal::webhook
