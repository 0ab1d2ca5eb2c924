#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/reference.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::helm_plugin {

// What a user of helm asks for.
struct WantedChart {
  std::string chart;    // "oci://ghcr.io/acme/charts/app", with a tag, with a digest, or with neither
  std::string version;  // of --version: an exact one, a range, or ""
  bool devel = false;   // versions before a release count too
};

// The one chart that helm would take now, with its digest: that of the reference, that of its tag or exact
// version, or the newest version in the range (spec/helm-oci-kubernetes.md §2.2). Asks once. Errors:
// InvalidArgument with kReferenceMalformed or kChartSourceMalformed, also when reference and version
// contradict each other; NotFound with kVersionUnknown; FailedPrecondition with kChartSourceUnresolved when
// versions of helm may take different charts; those of the registry.
absl::StatusOr<oci::Reference> ChooseChart(oci::RegistryClient& registry, const WantedChart& wanted,
                                           absl::Time deadline);

}  // namespace chartseal::helm_plugin
