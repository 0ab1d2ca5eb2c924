#include "publisher/package/archive_writer.h"

#include <algorithm>
#include <vector>

#include "publisher/package/go_yaml.h"
#include "publisher/package/gzip_writer.h"
#include "publisher/package/tar_writer.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/entry_name.h"

namespace chartseal::publisher {
namespace {

using chart::Chart;
using chart::File;

class Writer {
 public:
  explicit Writer(absl::Time modified) : tar_(modified) {}

  // `prefix` is "" or ends with "/".
  absl::Status Add(const Chart& chart, std::string_view prefix, std::string_view where) {
    const std::string base = Cat(prefix, chart.metadata().name, "/");
    RETURN_IF_ERROR(AddMetadata(chart, base, where));
    for (const auto* slot : {&chart.values(), &chart.schema()}) {
      if (slot->has_value()) AddFile(base, **slot);
    }
    for (const auto* list : {&chart.templates(), &chart.files()}) {
      for (const File& file : *list) AddFile(base, file);
    }
    return AddSubcharts(chart, Cat(base, "charts/"), where);
  }

  std::string Finish() { return GzipAsHelm(tar_.Finish()); }

 private:
  void AddFile(std::string_view base, const File& file) { tar_.Add(Cat(base, file.name), file.bytes); }

  // In charts of apiVersion v1 dependencies and lock are files of their own, requirements.*.
  absl::Status AddMetadata(const Chart& chart, std::string_view base, std::string_view where) {
    const bool v1 = chart.metadata().api_version == "v1";
    chart::Metadata metadata = chart.metadata();
    if (v1) metadata.dependencies.clear();
    ASSIGN_OR_RETURN(const std::string chart_yaml, WriteGoYaml(ToNode(metadata), Cat(where, "/Chart.yaml")));
    tar_.Add(Cat(base, "Chart.yaml"), chart_yaml);
    if (v1 || !chart.lock().has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::string lock, WriteGoYaml(ToNode(*chart.lock()), Cat(where, "/Chart.lock")));
    tar_.Add(Cat(base, "Chart.lock"), lock);
    return absl::OkStatus();
  }

  absl::Status AddSubcharts(const Chart& chart, std::string_view prefix, std::string_view where) {
    std::vector<const Chart::Subchart*> sorted;
    for (const Chart::Subchart& subchart : chart.subcharts()) sorted.push_back(&subchart);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
      return a->chart.metadata().name < b->chart.metadata().name;
    });
    const Chart::Subchart* previous = nullptr;
    for (const Chart::Subchart* subchart : sorted) {
      const std::string& name = subchart->chart.metadata().name;
      if (previous != nullptr && previous->chart.metadata().name == name) {
        return WithReason(absl::FailedPreconditionError(Cat(
                              where, "/charts: ", Printable(previous->directory), " and ",
                              Printable(subchart->directory), " both hold a chart called ", Printable(name),
                              ", and an archive has room for one of them; remove the other")),
                          Reason::kChartDuplicate);
      }
      RETURN_IF_ERROR(CheckName(*subchart, where));
      previous = subchart;
      RETURN_IF_ERROR(Add(subchart->chart, prefix, Cat(where, "/charts/", Printable(subchart->directory))));
    }
    return absl::OkStatus();
  }

  // A subchart's name becomes a directory, which must be read as a subchart again.
  static absl::Status CheckName(const Chart::Subchart& subchart, std::string_view where) {
    const std::string& name = subchart.chart.metadata().name;
    const bool skipped = name.starts_with('_') || name.starts_with('.');  // by helm, in charts/
    if (chart::CheckFileName(name).ok() && name.find('/') == std::string::npos && !skipped) {
      return absl::OkStatus();
    }
    return WithReason(
        absl::FailedPreconditionError(Cat(where, "/charts/", Printable(subchart.directory), ": the name \"",
                                          Printable(name), "\" cannot be a directory of charts/; rename it")),
        Reason::kChartNameInvalid);
  }

  TarWriter tar_;
};

}  // namespace

absl::StatusOr<std::string> WriteArchive(const Chart& chart, absl::Time modified, std::string_view where) {
  Writer writer(modified);
  RETURN_IF_ERROR(writer.Add(chart, "", where));
  return writer.Finish();
}

}  // namespace chartseal::publisher
