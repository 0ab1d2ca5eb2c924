#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "verifier/net/clock.h"
#include "verifier/verification/release_verifier.h"
#include "webhook/budget.h"
#include "webhook/chart_store.h"
#include "webhook/extractors.h"
#include "webhook/image_verifier.h"
#include "webhook/last_seen_tags.h"
#include "webhook/namespace_labels.h"
#include "webhook/object_gate.h"
#include "webhook/policy_snapshot.h"
#include "webhook/release_images.h"

namespace chartseal::webhook {

// The gate of Secrets and ConfigMaps in which helm keeps records of releases: no record comes in that is not
// of the chart that was signed, and with images that are (spec/helm-oci-kubernetes.md §4.5). Since helm
// writes the record before anything else that templates made, a denial stops the release as a whole.
//
// An update that leaves the core of a record as it was is admitted, whatever policies say of it and whether
// they were read: it changes nothing but helm's own notes, and helm ignores the denial and is left with a
// record that blocks the next upgrade. Neither does it wait for records that are verified. Two denials are
// left: when its turn among such updates does not come in time, and when the old or the new record is no
// strict JSON within the limits, so that nobody can compare them. Thread-safe.
class ReleaseGate : public ObjectGate {
 public:
  struct Parts {
    std::shared_ptr<const PolicySource> policies;
    std::shared_ptr<ImageVerifier> verifier;        // of the images in a release
    std::shared_ptr<ChartStore> charts;             // never null
    std::shared_ptr<const NamespaceLabels> labels;  // null: no labels of namespaces are known
    ImagePathTable paths = ImagePathTable::Default();
    net::Clock clock;
    size_t held_bytes = 2 * limits::kMaxReleaseJsonBytes;  // of releases that wait for registries
  };
  explicit ReleaseGate(Parts parts) : parts_(std::move(parts)), held_(parts_.held_bytes) {}

  // Every Secret and ConfigMap; what is no record is admitted.
  bool Covers(const AdmissionRequest& request) const override;
  std::optional<Decision> Begin(PendingReview& review, absl::Time now) const override;
  Decision Finish(PendingReview& review, absl::Time deadline) const override;

 private:
  Decision Verify(PendingReview& review, absl::Time deadline) const;
  Decision Judge(PendingReview& review, const chart::Release& release, absl::Time deadline) const;

  const Parts parts_;
  mutable LastSeenTags tags_;
  // One record at a time, since each may take a hundred times what was sent; updates among themselves, so
  // that records that wait for registries do not hold them up.
  mutable Budget unpacking_{1};
  mutable Budget comparing_{1};
  mutable Budget held_;
};

}  // namespace chartseal::webhook
