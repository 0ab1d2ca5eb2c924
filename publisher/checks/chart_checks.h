#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "publisher/checks/finding.h"

namespace chartseal::publisher {

// Checks of a chart's directory before a release (spec/helm-oci-kubernetes.md §8.5, §8.18, §8.19). An empty
// list means that all is well; a status that it could not be told.

// appVersion in DIR/Chart.yaml equals `version`, a leading "v" of which does not count.
absl::StatusOr<CheckFindings> CheckAppVersion(const std::string& directory, std::string_view version);

// DIR/README.md has each of the H2 headings once, outside code fences, a command that installs from oci://,
// and each of the texts somewhere.
absl::StatusOr<CheckFindings> CheckReadme(const std::string& directory,
                                          const std::vector<std::string>& headings,
                                          const std::vector<std::string>& texts);
// Install, Upgrade, Uninstall, Values reference, Troubleshooting.
std::vector<std::string> DefaultReadmeHeadings();

}  // namespace chartseal::publisher
