#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "verifier/verification/signed_charts.h"
#include "webhook/definition_search.h"
#include "webhook/object_gate.h"
#include "webhook/policy_snapshot.h"

namespace chartseal::webhook {

// Judges CustomResourceDefinitions of API groups for which some policy says which charts may bring them
// (policy::DefinitionRule): all policies that cover the group must find the definition in a signed chart of
// theirs. Groups that no policy speaks of are let in. What counts is the spec, and so an update that leaves
// it as it is passes; DELETE and what is being deleted always do.
class DefinitionGate : public ObjectGate {
 public:
  // `charts` and `tags` are borrowed and must outlive this.
  DefinitionGate(std::shared_ptr<const PolicySource> policies, verification::SignedCharts& charts,
                 TagLists& tags)
      : policies_(std::move(policies)), charts_(charts), tags_(tags) {}

  bool Covers(const AdmissionRequest& request) const override;
  std::optional<Decision> Begin(PendingReview& review, absl::Time now) const override;
  Decision Finish(PendingReview& review, absl::Time deadline) const override;

 private:
  const std::shared_ptr<const PolicySource> policies_;
  verification::SignedCharts& charts_;
  TagLists& tags_;
};

}  // namespace chartseal::webhook
