#pragma once

#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "webhook/chart_store.h"
#include "webhook/extractors.h"
#include "webhook/image_verifier.h"
#include "webhook/namespace_labels.h"
#include "webhook/object_gate.h"
#include "webhook/policy_snapshot.h"
#include "webhook/tag_resolver.h"

namespace chartseal::webhook {

// The gate of objects of GitOps tools: no object comes in that names a chart which policies refuse
// (spec/helm-oci-kubernetes.md §5). What the tool would take now is what is verified; `/mutate` writes its
// digest where policies ask for that and the object has a field for it. Thread-safe.
//
// An update that names the same charts as before is admitted without a question: a controller that writes
// what it observed, or a finalizer that goes, must not wait for a registry.
class ChartSourceGate : public ObjectGate {
 public:
  struct Parts {
    std::shared_ptr<const PolicySource> policies;
    std::shared_ptr<ImageVerifier> verifier;        // of images beside charts: the job of k3s
    std::shared_ptr<ChartStore> charts;             // never null
    std::shared_ptr<TagResolver> tags;              // never null
    std::shared_ptr<const NamespaceLabels> labels;  // null: no labels of namespaces are known
    ImagePathTable paths = ImagePathTable::Default();
  };
  explicit ChartSourceGate(Parts parts) : parts_(std::move(parts)) {}

  bool Covers(const AdmissionRequest& request) const override;
  std::optional<Decision> Begin(PendingReview& review, absl::Time now) const override;
  Decision Finish(PendingReview& review, absl::Time deadline) const override;

 private:
  class Judge;

  const Parts parts_;
};

}  // namespace chartseal::webhook
