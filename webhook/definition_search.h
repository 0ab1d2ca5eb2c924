#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "verifier/base/node.h"
#include "verifier/policy/policy.h"
#include "verifier/verification/signed_charts.h"
#include "webhook/chart_report.h"
#include "webhook/tag_lists.h"

// Whether a CustomResourceDefinition stands in a chart that may bring it (spec/real-parts.md §4).
namespace chartseal::webhook {

// A definition that somebody wants to create; borrowed.
struct WantedDefinition {
  std::string_view name;   // "widgets.acme.dev"
  std::string_view group;  // "acme.dev"
  const Node& spec;
};

// Whether some rule of the policy is about definitions of that group.
bool CoversDefinitions(const policy::Policy& policy, std::string_view group);

// What the policy says of the definition: yes when it stands just so (chart/definition.h) in one of the
// charts that its rules for the group name, and that one is signed as the policy wants. Looked into are
// limits::kMaxDefinitionCharts versions in the ranges, of several charts in turns and of each the newest
// first; the newest of each always. Of charts that are not signed nothing is read.
// A no is kDefinitionNotInChart and says of each chart what was wrong with it; could not tell when one of
// them could not be read and no other has the definition. Blocks; returns soon after `deadline`.
ChartReport JudgeDefinition(const policy::Policy& policy, const WantedDefinition& wanted,
                            verification::SignedCharts& charts, TagLists& tags, absl::Time deadline);

}  // namespace chartseal::webhook
