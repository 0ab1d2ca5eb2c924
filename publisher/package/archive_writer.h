#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/chart/chart.h"

namespace chartseal::publisher {

// The .tgz of `chart` with the layout of `helm package` (spec/helm-oci-kubernetes.md §1.5), every entry with
// the time `modified`: Chart.yaml, Chart.lock (apiVersion v2), values.yaml, values.schema.json, templates,
// files, then the subcharts in charts/ under their own names, sorted by them. Chart.yaml and Chart.lock are
// written anew from what was read, everything else stands as it was. A pure function: the same chart and time
// give the same bytes. `where` names the chart in errors: FailedPrecondition with kChartRefused (text that
// helm cannot write), kChartDuplicate (two subcharts of one name). Requires IsTarTime(modified).
absl::StatusOr<std::string> WriteArchive(const chart::Chart& chart, absl::Time modified,
                                         std::string_view where);

}  // namespace chartseal::publisher
