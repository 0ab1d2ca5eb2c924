#pragma once

#include <string>

#include "absl/time/time.h"
#include "verifier/chart/release.h"
#include "verifier/verification/release_verifier.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::verification {

// What one place has to do with a release.
struct PlaceOutcome {
  PlaceReport report;
  bool enforced = false;      // a policy there enforces
  bool has_version = false;   // the registry has the release's version of the chart
  bool is_signed = false;     // as every policy there wants it
  bool same_content = false;  // the release's content is that of the chart there
  std::string version;        // that was signed, as far as it is known: Flux changes it in the record

  // Every policy says yes.
  bool Accepts() const;
  // The release is of the chart there, and nothing that any policy says stops it.
  bool Admits() const;
  // How near the release comes to what the place wants, for comparison.
  int Nearness() const;
};

// Asks the registry of `place` what it has under the release's version, and judges the release by it: each
// policy on its own. One that is content with who signed goes on to content, dependencies and subcharts.
// Blocks; returns soon after `deadline`. Thread-safe when `charts` is.
PlaceOutcome LookAtPlace(const chart::Release& release, const ChartPlace& place, SignedCharts& charts,
                         absl::Time deadline);

}  // namespace chartseal::verification
