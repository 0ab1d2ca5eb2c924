#include "publisher/package/package.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "publisher/package/archive_writer.h"
#include "publisher/package/chart_tree.h"
#include "publisher/package/dependencies.h"
#include "publisher/package/tar_writer.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/base/yaml_syntax.h"
#include "verifier/chart/fingerprint.h"

namespace chartseal::publisher {
namespace {

using chart::Chart;

std::string FileName(const Chart& chart) {
  return Cat(chart.metadata().name, "-", chart.metadata().version, ".tgz");
}

// "charts/app" and "charts/app/" are the same chart; "/" stays.
std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::vector<const Chart::Subchart*> ByName(const Chart& chart) {
  std::vector<const Chart::Subchart*> sorted;
  for (const Chart::Subchart& subchart : chart.subcharts()) sorted.push_back(&subchart);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->chart.metadata().name < b->chart.metadata().name; });
  return sorted;
}

// Whether two charts would install the same: the fingerprint, and what it leaves out.
bool SameChart(const Chart& a, const Chart& b) {
  const auto bytes = [](const std::optional<chart::File>& file) {
    return file ? file->bytes : std::string();
  };
  if (chart::ContentFingerprint(a) != chart::ContentFingerprint(b)) return false;
  if (bytes(a.values()) != bytes(b.values())) return false;
  const auto a_subcharts = ByName(a), b_subcharts = ByName(b);
  return std::equal(a_subcharts.begin(), a_subcharts.end(), b_subcharts.begin(), b_subcharts.end(),
                    [](const auto* x, const auto* y) { return SameChart(x->chart, y->chart); });
}

// A chart that can be read and may not be packaged: a definite no of the publisher, where a reader of
// somebody else's chart only says that it takes no such thing.
absl::Status AsRefusal(const absl::Status& status) {
  switch (const Reason reason = ReasonOf(status)) {
    case Reason::kChartNameInvalid:
    case Reason::kChartVersionInvalid:
    case Reason::kChartScalarAmbiguous:
    case Reason::kChartDuplicate:
      return WithReason(absl::FailedPreconditionError(status.message()), reason);
    default:
      return status;
  }
}

// helm cannot load a chart whose values.yaml, or a subchart's, it cannot read.
absl::Status CheckValues(const Chart& chart, std::string_view where) {
  if (chart.values()) RETURN_IF_ERROR(CheckYamlMappings(chart.values()->bytes, Cat(where, "/values.yaml")));
  for (const Chart::Subchart& subchart : chart.subcharts()) {
    RETURN_IF_ERROR(CheckValues(subchart.chart, Cat(where, "/charts/", Printable(subchart.directory))));
  }
  return absl::OkStatus();
}

absl::Status NotTheSame(std::string_view where, std::string_view what) {
  return WithReason(
      absl::FailedPreconditionError(Cat(where, ": the archive that was made ", what, "; it was not kept")),
      Reason::kSelfVerificationFailed);
}

// What an archive is worth is what others read in it.
absl::StatusOr<Chart> ReadBack(const std::string& bytes, const Chart& chart, std::string_view where) {
  absl::StatusOr<Chart> read = Chart::FromArchive(bytes, FileName(chart));
  if (!read.ok() && ReasonOf(read.status()) == Reason::kLimitExceeded) return Annotate(read.status(), where);
  if (!read.ok()) return NotTheSame(where, Cat("cannot be read back: ", Message(read.status())));
  if (!SameChart(chart, *read)) return NotTheSame(where, "reads differently from the directory");
  return read;
}

}  // namespace

absl::StatusOr<Package> MakePackage(const std::string& directory, absl::Time modified) {
  const std::string where = WithoutSlashes(directory);
  if (!IsTarTime(modified)) {
    return WithReason(
        absl::FailedPreconditionError(Cat(Printable(where), ": the time ", absl::FormatTime(modified),
                                          " does not fit into an archive, which holds 1970 to 2242")),
        Reason::kChartRefused);
  }
  ASSIGN_OR_RETURN(std::vector<chart::File> files, ReadChartTree(where));
  const absl::StatusOr<Chart> chart = Chart::FromFiles(std::move(files), where);
  if (!chart.ok()) return AsRefusal(chart.status());
  RETURN_IF_ERROR(CheckValues(*chart, where));
  RETURN_IF_ERROR(CheckDependencies(*chart, where));
  ASSIGN_OR_RETURN(std::string bytes, WriteArchive(*chart, modified, where));
  ASSIGN_OR_RETURN(Chart read, ReadBack(bytes, *chart, where));
  const crypto::Digest digest = crypto::Digest::Sha256Of(bytes);
  return Package{FileName(*chart), std::move(bytes), digest, std::move(read)};
}

absl::StatusOr<Package> ReadPackage(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadFile(path, limits::kMaxChartArchiveBytes);
  if (!bytes.ok()) {
    const bool has_reason = ReasonOf(bytes.status()) != Reason::kNone;
    return has_reason ? bytes.status() : WithReason(bytes.status(), Reason::kFileUnusable);
  }
  ASSIGN_OR_RETURN(Chart chart, Chart::FromArchive(*bytes, path));
  const crypto::Digest digest = crypto::Digest::Sha256Of(*bytes);
  std::string file_name = FileName(chart);
  return Package{std::move(file_name), *std::move(bytes), digest, std::move(chart)};
}

}  // namespace chartseal::publisher
