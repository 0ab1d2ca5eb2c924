#pragma once

#include <memory>
#include <string_view>

#include "absl/time/time.h"
#include "verifier/chart/release.h"
#include "verifier/verification/release_verifier.h"
#include "verifier/verification/signed_charts.h"
#include "webhook/last_seen_tags.h"
#include "webhook/namespace_labels.h"
#include "webhook/policy_snapshot.h"

// The chart of a release that wants to come into a cluster.
namespace chartseal::webhook {

struct ReleaseChartSetting {
  std::string_view namespace_name;  // of the object that holds the record
  const NamespaceLabels* labels = nullptr;
  const PolicySnapshot& snapshot;
  LastSeenTags& tags;
};

// verification::VerifyRelease(), with what the tag stood for the last time where nobody can say what it
// stands for now. Tools may keep the record of a release in another namespace than it is installed in: then
// the policies of both must be satisfied. Blocks; returns soon after `deadline`.
verification::ReleaseReport JudgeReleaseChart(const chart::Release& release,
                                              const ReleaseChartSetting& setting,
                                              verification::SignedCharts& charts, absl::Time deadline);

// Keeps what the tag of a chart that was admitted stood for.
void KeepTags(const chart::Release& release, const verification::ReleaseReport& report, LastSeenTags& tags);

}  // namespace chartseal::webhook
