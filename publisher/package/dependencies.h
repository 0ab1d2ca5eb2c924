#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "verifier/chart/chart.h"

namespace chartseal::publisher {

// Whether charts/ holds what `chart` declares: each dependency by its name, as `helm package` checks, and,
// where Chart.lock (requirements.lock) names versions, one of those; helm would install another one without
// regard to its condition and tags. Of subcharts' own dependencies nothing is asked, as by helm. `where`
// names the chart's directory in errors: FailedPrecondition with Reason::kChartDependencyMissing, and the
// line that declares it.
absl::Status CheckDependencies(const chart::Chart& chart, std::string_view where);

}  // namespace chartseal::publisher
