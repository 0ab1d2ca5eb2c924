#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/verdict.h"
#include "verifier/chart/binding.h"
#include "verifier/chart/chart.h"
#include "verifier/chart/release.h"

// What charts inside a signed chart had to do with a release of it (spec/helm-oci-kubernetes.md §4.5.7). A
// record does not hold them, so that most of what they render cannot be proven to come from the signed ones.
namespace chartseal::verification {

struct SubchartReport {
  std::vector<chart::DocumentBinding> documents;  // of each document of the release, in order
  // kSubchartMismatch, of documents that the signed subcharts do not have so, or have and the release has
  // not.
  std::optional<Rejection> mismatch;
  // kSubchartUnbound, of documents that subcharts rendered, or may have: their template has actions, takes
  // what a subchart defines, or is not known at all.
  std::optional<Rejection> unbound;

  // The one to tell of: what is wrong goes before what is not known.
  const Rejection* Worst() const { return mismatch ? &*mismatch : unbound ? &*unbound : nullptr; }
};

// Whether subcharts may have had to do with the release, as far as its record can tell: only then is the
// archive of its chart needed. The record's own templates must be those of the signed chart.
bool MayBeOfSubcharts(const chart::Release& release);

// Pure. `chart` is the signed one, whose content the release has. Errors: those of chart::BindRelease().
absl::StatusOr<SubchartReport> ReportOnSubcharts(const chart::Release& release, const chart::Chart& chart);

}  // namespace chartseal::verification
