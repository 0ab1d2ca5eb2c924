#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/chart/chart.h"
#include "verifier/crypto/digest.h"

namespace chartseal::publisher {

// A chart archive, made or read, with what was learned on the way.
struct Package {
  std::string file_name;  // "tracecore-0.3.1.tgz"
  std::string bytes;
  crypto::Digest digest;  // of `bytes`
  chart::Chart chart;
};

// Reads the chart in `directory` as `helm package` would (spec/helm-oci-kubernetes.md §1.1-1.6) and makes its
// archive: the same tree gives the same bytes, wherever it lies and in whatever order the directory lists.
// Every entry gets the time `modified`, in whole seconds. Refuses what §1 says to refuse, naming file and
// line. The archive is read back before it is handed out, and must be the same chart again. Errors:
// FailedPrecondition with a reason of the group "what may not be packaged or published"; InvalidArgument with
// the other reasons of chart::Chart::FromFiles, with kYamlMalformed for a values.yaml that helm cannot load,
// or with kFileUnusable when `directory` is none; ResourceExhausted with kLimitExceeded; NotFound or
// PermissionDenied with kFileUnusable.
absl::StatusOr<Package> MakePackage(const std::string& directory, absl::Time modified);

// Takes an archive that somebody else made: read strictly, so that it is a chart and only one. Its file name
// is the one that it should have, whatever `path` is called. Errors: those of chart::Chart::FromArchive;
// NotFound and such with kFileUnusable; ResourceExhausted with kLimitExceeded.
absl::StatusOr<Package> ReadPackage(const std::string& path);

// Writes the archive into `directory` under its name, at once or not at all, and returns the path. A file of
// the same name is replaced; a directory that is not there is made, as helm does. Errors carry kFileUnusable.
absl::StatusOr<std::string> WritePackage(const Package& package, const std::string& directory);

// The time for MakePackage: SOURCE_DATE_EPOCH (empty means unset), else the time of the last git commit that
// has something of `directory` in it; git is looked for in PATH and runs for limits::kMaxHelperTime at most.
// InvalidArgument with kFileUnusable when the variable is anything but a non-negative integer,
// FailedPrecondition with kFileUnusable when there is neither.
absl::StatusOr<absl::Time> SourceTime(
    const std::string& directory, const std::function<std::optional<std::string>(const char*)>& environment);

}  // namespace chartseal::publisher
