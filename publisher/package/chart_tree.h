#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/chart/archive.h"

namespace chartseal::publisher {

// The files of the chart in `directory` as `helm package` walks them (spec/helm-oci-kubernetes.md §1.2):
// names of each directory sorted bytewise, a directory's content in its place, what .helmignore names left
// out, symbolic links replaced by what they lead to. Bytes are as they stand, byte order marks included;
// times are the files' own, in whole seconds. Errors: FailedPrecondition with kIgnoreRuleInvalid,
// kChartLinkEscapes (a link that leaves the directory), kChartRefused (a device, socket or fifo; a name that
// archives cannot hold everywhere; a link in circles; a file that changed meanwhile); ResourceExhausted with
// kLimitExceeded; NotFound, PermissionDenied or InvalidArgument with kFileUnusable.
absl::StatusOr<std::vector<chart::File>> ReadChartTree(const std::string& directory);

}  // namespace chartseal::publisher
