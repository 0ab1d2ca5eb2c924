#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/chart/chart.h"
#include "verifier/verification/chart_source_verifier.h"

// A chart that stands in an object, without a registry that it would come from.
namespace chartseal::verification {

// Nothing when both have the same files with the same bytes, subcharts included; else kChartContentMismatch,
// naming the first that differs. Order and times of files do not count: nothing that helm does depends on
// them. kChartDuplicate when two files of one chart have the same path, archives in charts/ unpacked: helm
// renders both.
Checked<Passed> CompareCharts(const chart::Chart& signed_chart, const chart::Chart& found);

// `base64`: of a .tgz. One place that satisfies its policies is enough. Else what could not be told of one
// place is could not tell, and otherwise the first place says no. What cannot be read as a chart is denied.
ChartSourceReport VerifyInlineChart(std::string_view base64, const ReleaseSetting& setting,
                                    SignedCharts& charts, absl::Time deadline);

}  // namespace chartseal::verification
