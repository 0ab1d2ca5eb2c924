#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "verifier/chart/metadata.h"

namespace chartseal::chart {

// What a chart that is published must have for a name: a component of an OCI repository, and short enough for
// a label of Kubernetes. InvalidArgument with Reason::kChartNameInvalid; `where` names Chart.yaml.
absl::Status CheckPublishedName(std::string_view name, std::string_view where);

// What it must have for a version: strict SemVer 2, whose tag ("+" as "_") registries take.
// helm itself also takes 1.0, v1.2.3 and 01.0.0, but does not find them in a list of tags
// (spec/helm-oci-kubernetes.md §1.1). InvalidArgument with kChartVersionInvalid.
absl::Status CheckPublishedVersion(std::string_view version, std::string_view where);

// What helm demands of any chart, subcharts too: a name that is a file name, a version that its lenient
// parser takes. Errors as above.
absl::Status CheckLenient(const Metadata& metadata, std::string_view where);

}  // namespace chartseal::chart
