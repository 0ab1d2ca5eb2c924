#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/verification/chart_resolution.h"
#include "verifier/verification/release_verifier.h"
#include "verifier/verification/ruling.h"
#include "verifier/verification/signed_charts.h"
#include "verifier/workload/chart_sources.h"

// Whether a chart that an object of a GitOps tool names is one that policies let in
// (spec/helm-oci-kubernetes.md §5).
namespace chartseal::verification {

// What policies say of one chart. Nothing denies and nothing warns when there are no rulings: then another
// object decides, or nobody asked.
struct ChartSourceReport {
  std::string repository;                // that was asked about; empty when none was
  std::string version;                   // the tag that it was found by; empty without one
  std::optional<crypto::Digest> digest;  // of the manifest
  Lookup lookup;                         // of that digest
  std::vector<Ruling> rulings;
  // Every policy that covers it says yes and wants the digest written, and the object has a field for it.
  bool pinnable = false;
};

struct ChartSourceSetting {
  ReleaseSetting place;
  // Whether the caller writes the digest of what is pinnable. Such a chart counts as pinned.
  bool pins = false;
};

// What need not be asked of a registry: that no policy covers the chart (noMatch), that it does not come from
// one (kChartSourceUnverifiable, by noMatch as well), that another object or time tells which chart it is,
// and then what `requirePin` says of it (kChartSourceUnresolved, kChartNotPinned). Nullopt for everything
// else.
std::optional<ChartSourceReport> JudgeUnasked(const workload::ChartSource& source,
                                              const ChartSourceSetting& setting);

// The chart that the object's controller would take now: one ruling of each policy about its signatures, and
// one more (kChartNotPinned) where the policy's `requirePin` is not met. A chart inside the object, and one
// of which another object says where it is, are looked for at the places where policies let a chart of its
// name lie, which decide as those of a release do (release_verifier.h); the former must be, file by file,
// what was signed there. Blocks; returns soon after `deadline`.
ChartSourceReport VerifyChartSource(const workload::ChartSource& source, const ChartSourceSetting& setting,
                                    ChartResolver& resolver, SignedCharts& charts, absl::Time deadline);

}  // namespace chartseal::verification
