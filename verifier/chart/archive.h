#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/limits.h"

namespace chartseal::chart {

// A regular file of a chart, by its path below the chart's directory ("templates/cm.yaml"); "/" separates.
struct File {
  std::string name;
  std::string bytes;
  absl::Time modified = absl::UnixEpoch();  // whole seconds in an archive
};

// A chart archive as it was read: a gzip member holding a ustar/pax archive of regular files below one
// directory. `files` is in the archive's order.
struct Archive {
  std::string directory;  // the first component of every name, "tracecore"
  std::vector<File> files;
};

// Reads a .tgz strictly (spec/helm-oci-kubernetes.md §1.5, §1.7): what any two tools could read differently
// is refused. Refused are names that repeat (after cleaning; case matters), differing top components,
// anything but regular files and pax path records, names with "\", NUL, control bytes, "." or ".." components
// or absolute ones, a second gzip member, data after the end of the archive or of gzip, a wrong checksum or
// size, GNU headers, a pax path that is not the one of the ustar header. Errors: InvalidArgument with
// Reason::kArchiveMalformed, naming the entry; ResourceExhausted with kLimitExceeded (limits::kMaxChart*).
// `where` names the archive in errors.
absl::StatusOr<Archive> ReadArchive(std::string_view tgz, std::string_view where);

// What may still be unpacked, for an archive with archives inside.
struct ArchiveBudget {
  size_t bytes = limits::kMaxChartBytes;
  size_t files = limits::kMaxChartFiles;
};

// As above, taking what it unpacks off `budget`.
absl::StatusOr<Archive> ReadArchive(std::string_view tgz, std::string_view where, ArchiveBudget& budget);

}  // namespace chartseal::chart
