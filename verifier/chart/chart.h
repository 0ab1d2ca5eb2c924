#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/chart/archive.h"
#include "verifier/chart/metadata.h"

namespace chartseal::chart {

// A chart as helm loads it: files in their roles (spec/helm-oci-kubernetes.md §1.4). Immutable.
class Chart {
 public:
  // Files below the chart's directory, in walk order, symbolic links already followed and .helmignore already
  // applied; a leading byte order mark is taken off each. charts/ holds subcharts as directories or .tgz
  // (read as FromArchive). Errors: those of ParseMetadata, ParseLock, ReadArchive; InvalidArgument with
  // kChartMalformed (no Chart.yaml, values.schema.json that is no JSON, a name that no tool should meet),
  // kChartDuplicate (a file's name that repeats, two subcharts of one name), kChartNameInvalid,
  // kChartVersionInvalid; `where` and "/" come before the file's name ("app/charts/sub/Chart.yaml:3: …").
  static absl::StatusOr<Chart> FromFiles(std::vector<File> files, std::string_view where);
  // A .tgz. Errors also those of ReadArchive.
  static absl::StatusOr<Chart> FromArchive(std::string_view tgz, std::string_view where);

  const Metadata& metadata() const { return metadata_; }
  const std::optional<Lock>& lock() const { return lock_; }
  // Chart.yaml, Chart.lock, values.yaml and values.schema.json as they stood, for their bytes and times;
  // nullopt when absent.
  const File& chart_yaml() const { return chart_yaml_; }
  const std::optional<File>& chart_lock() const { return chart_lock_; }
  const std::optional<File>& values() const { return values_; }
  const std::optional<File>& schema() const { return schema_; }
  // In walk order, names below the chart's directory ("templates/cm.yaml", "README.md", "crds/a.yaml").
  const std::vector<File>& templates() const { return templates_; }
  const std::vector<File>& files() const { return files_; }
  // Charts in charts/, which may have any name and version that helm takes, with the name of the directory
  // (or the archive's top directory) each came from, sorted by that name.
  struct Subchart;
  const std::vector<Subchart>& subcharts() const { return subcharts_; }

 private:
  friend class ChartLoader;
  Chart() = default;
  Metadata metadata_;
  std::optional<Lock> lock_;
  File chart_yaml_;
  std::optional<File> chart_lock_;
  std::optional<File> values_;
  std::optional<File> schema_;
  std::vector<File> templates_;
  std::vector<File> files_;
  std::vector<Subchart> subcharts_;
};

struct Chart::Subchart {
  std::string directory;
  Chart chart;
};

}  // namespace chartseal::chart
