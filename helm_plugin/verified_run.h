#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "helm_plugin/chart_check.h"
#include "helm_plugin/helm_arguments.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::helm_plugin {

// With what helm is run.
struct HelmSetting {
  std::string helm;                 // the program
  std::string temporary_directory;  // where an archive may lie while helm runs
};

// Runs helm on exactly what was judged, which must be allowed to pass: on the reference by its digest alone,
// where this version of helm honours digests; else on the archive, pulled by digest into a file that only
// this user can read and that is gone afterwards. The exit code is helm's. Errors: kHelmFailed,
// kFileUnusable, those of ArchiveOf().
absl::StatusOr<int> RunVerified(const HelmArguments& arguments, const CheckedChart& chart,
                                const HelmSetting& setting, oci::RegistryClient& registry,
                                absl::Time deadline);

}  // namespace chartseal::helm_plugin
