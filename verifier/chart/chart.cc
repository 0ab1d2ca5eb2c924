#include "verifier/chart/chart.h"

#include <algorithm>
#include <map>
#include <set>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/chart/chart_rules.h"
#include "verifier/chart/entry_name.h"

namespace chartseal::chart {
namespace {

constexpr std::string_view kTemplates = "templates/";
constexpr std::string_view kCharts = "charts/";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

absl::Status TooLarge(std::string_view where, std::string_view what) {
  return WithReason(absl::ResourceExhaustedError(Cat(where, ": ", what)), Reason::kLimitExceeded);
}

std::string Join(std::string_view where, std::string_view name) {
  return where.empty() ? std::string(name) : Cat(where, "/", name);
}

// "app/Chart.yaml:3", the line that begins with `key`; the file alone where it is written in another way.
std::string AtKey(std::string_view file, std::string_view text, std::string_view key) {
  for (int line = 1; !text.empty(); ++line) {
    if (text.starts_with(key)) return Cat(file, ":", line);
    const size_t end = text.find('\n');
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return std::string(file);
}

}  // namespace

// Sorts the files of one chart into their roles, as LoadFiles of helm's loader does
// (spec/helm-oci-kubernetes.md §1.4), and the charts in charts/ with it.
class ChartLoader {
 public:
  ChartLoader(std::string_view where, int depth, ArchiveBudget& budget)
      : where_(where), depth_(depth), budget_(budget) {}

  absl::StatusOr<Chart> Load(std::vector<File> files) {
    if (depth_ > limits::kMaxSubchartDepth) {
      return TooLarge(where_, Cat("charts within charts deeper than ", limits::kMaxSubchartDepth));
    }
    for (File& file : files) RETURN_IF_ERROR(Place(std::move(file)));
    if (!found_chart_yaml_) return Error("Chart.yaml", "missing; a chart must have this file");
    RETURN_IF_ERROR(ReadMetadata());
    RETURN_IF_ERROR(CheckSchema());
    for (auto& [name, inner] : below_) RETURN_IF_ERROR(LoadBelow(name, std::move(inner)));
    RETURN_IF_ERROR(CheckSubcharts());
    return std::move(chart_);
  }

  // Names, and what a directory's files cost; an archive's have been judged when it was read.
  static absl::Status CheckFiles(const std::vector<File>& files, std::string_view where,
                                 ArchiveBudget& budget) {
    FileNames names;
    for (const File& file : files) {
      const std::string at = Join(where, Printable(file.name));
      absl::Status status = CheckFileName(file.name);
      if (!status.ok()) return Malformed(Reason::kChartMalformed, at, Message(status));
      status = names.Add(file.name);
      if (!status.ok()) return Malformed(Reason::kChartDuplicate, at, Message(status));
      if (file.bytes.size() > limits::kMaxChartFileBytes) {
        return TooLarge(
            at, Cat(file.bytes.size(), " bytes, more than the limit of ", limits::kMaxChartFileBytes));
      }
      if (budget.files == 0) return TooLarge(where, Cat("more than ", limits::kMaxChartFiles, " files"));
      if (file.bytes.size() > budget.bytes) {
        return TooLarge(where, Cat("more than the limit of ", limits::kMaxChartBytes, " bytes in all files"));
      }
      --budget.files;
      budget.bytes -= file.bytes.size();
    }
    return absl::OkStatus();
  }

  // The rules for a chart that stands by itself.
  static absl::StatusOr<Chart> Publishable(absl::StatusOr<Chart> chart, std::string_view where) {
    if (!chart.ok()) return chart;
    const std::string at = Join(where, "Chart.yaml");
    const std::string_view text = chart->chart_yaml().bytes;
    RETURN_IF_ERROR(CheckPublishedName(chart->metadata().name, AtKey(at, text, "name:")));
    RETURN_IF_ERROR(CheckPublishedVersion(chart->metadata().version, AtKey(at, text, "version:")));
    return chart;
  }

 private:
  absl::Status Error(std::string_view file, std::string_view what) const {
    return Malformed(Reason::kChartMalformed, Join(where_, file), what);
  }

  absl::Status Place(File file) {
    if (file.bytes.starts_with(kByteOrderMark)) file.bytes.erase(0, kByteOrderMark.size());
    if (file.name == "Chart.yaml") {
      chart_.chart_yaml_ = std::move(file);
      found_chart_yaml_ = true;
    } else if (file.name == "Chart.lock") {
      chart_.chart_lock_ = std::move(file);
    } else if (file.name == "values.yaml") {
      chart_.values_ = std::move(file);
    } else if (file.name == "values.schema.json") {
      chart_.schema_ = std::move(file);
    } else if (file.name.starts_with(kTemplates)) {
      chart_.templates_.push_back(std::move(file));
    } else if (file.name.starts_with(kCharts) && !file.name.ends_with(".prov")) {
      PlaceBelow(std::move(file));
    } else {
      chart_.files_.push_back(std::move(file));
    }
    return absl::OkStatus();
  }

  // "charts/NAME" or "charts/NAME/…". helm skips names that begin with "_" or ".".
  void PlaceBelow(File file) {
    file.name.erase(0, kCharts.size());
    if (file.name.starts_with('_') || file.name.starts_with('.')) return;
    const std::string name = file.name.substr(0, file.name.find('/'));
    below_[name].push_back(std::move(file));
  }

  const File* FindFile(std::string_view name) const {
    for (const File& file : chart_.files_) {
      if (file.name == name) return &file;
    }
    return nullptr;
  }

  absl::Status ReadMetadata() {
    ASSIGN_OR_RETURN(chart_.metadata_, ParseMetadata(chart_.chart_yaml_.bytes, Join(where_, "Chart.yaml")));
    const std::string at = Join(where_, "Chart.yaml");
    if (const absl::Status status = CheckLenient(chart_.metadata_, at); !status.ok()) {
      const auto key = ReasonOf(status) == Reason::kChartNameInvalid ? "name:" : "version:";
      return CheckLenient(chart_.metadata_, AtKey(at, chart_.chart_yaml_.bytes, key));
    }
    const File* requirements = FindFile("requirements.yaml");
    const File* requirements_lock = FindFile("requirements.lock");
    if (chart_.metadata_.api_version == "v1") return ReadVersion1(requirements, requirements_lock);
    for (const File* file : {requirements, requirements_lock}) {
      if (file == nullptr) continue;
      return Error(file->name,
                   "helm would read this over Chart.yaml, whose apiVersion is v2; move what it says to "
                   "Chart.yaml and Chart.lock, and remove it");
    }
    return chart_.chart_lock_ ? ReadLock(*chart_.chart_lock_) : absl::OkStatus();
  }

  absl::Status ReadVersion1(const File* requirements, const File* requirements_lock) {
    if (!chart_.metadata_.dependencies.empty()) {
      return Error("Chart.yaml",
                   "dependencies of an apiVersion v1 chart are lost when it is packaged; use v2");
    }
    if (chart_.chart_lock_) {
      return Error("Chart.lock", "an apiVersion v1 chart has requirements.lock instead; use v2");
    }
    if (requirements != nullptr) {
      ASSIGN_OR_RETURN(chart_.metadata_.dependencies,
                       ParseRequirements(requirements->bytes, Join(where_, requirements->name)));
    }
    return requirements_lock != nullptr ? ReadLock(*requirements_lock) : absl::OkStatus();
  }

  absl::Status ReadLock(const File& file) {
    ASSIGN_OR_RETURN(chart_.lock_, ParseLock(file.bytes, Join(where_, file.name)));
    return absl::OkStatus();
  }

  absl::Status CheckSchema() const {
    if (!chart_.schema_) return absl::OkStatus();
    const absl::Status status = ParseJson(chart_.schema_->bytes, Join(where_, chart_.schema_->name)).status();
    return ReasonOf(status) == Reason::kLimitExceeded ? status : WithReason(status, Reason::kChartMalformed);
  }

  absl::Status LoadBelow(const std::string& name, std::vector<File> files) {
    const std::string where = Join(where_, Cat(kCharts, name));
    const bool is_file = files.size() == 1 && files.front().name == name;
    if (name.ends_with(".tgz")) {
      if (!is_file)
        return Malformed(Reason::kChartMalformed, where, "a directory; expected an archive by this name");
      ASSIGN_OR_RETURN(Archive archive, ReadArchive(files.front().bytes, where, budget_));
      return AddSubchart(archive.directory, std::move(archive.files), where);
    }
    if (is_file) {
      return Malformed(
          Reason::kChartMalformed, where,
          "a loose file, which helm takes for a chart without Chart.yaml; move it out of charts/");
    }
    for (File& file : files) file.name.erase(0, name.size() + 1);
    return AddSubchart(name, std::move(files), where);
  }

  absl::Status AddSubchart(const std::string& directory, std::vector<File> files, std::string_view where) {
    ASSIGN_OR_RETURN(Chart chart, ChartLoader(where, depth_ + 1, budget_).Load(std::move(files)));
    chart_.subcharts_.push_back(Chart::Subchart{directory, std::move(chart)});
    return absl::OkStatus();
  }

  // helm package puts each into charts/NAME, whatever directory it came from, so that two of one name would
  // become one.
  absl::Status CheckSubcharts() {
    std::set<std::string_view> names;
    for (const Chart::Subchart& subchart : chart_.subcharts_) {
      const std::string_view name = subchart.chart.metadata().name;
      if (names.insert(name).second) continue;
      return Malformed(
          Reason::kChartDuplicate, Join(where_, "charts"),
          Cat("two charts are called \"", Printable(name, 80), "\"; helm would package them into one"));
    }
    std::sort(chart_.subcharts_.begin(), chart_.subcharts_.end(),
              [](const auto& a, const auto& b) { return a.directory < b.directory; });
    return absl::OkStatus();
  }

  std::string where_;
  int depth_;
  ArchiveBudget& budget_;
  Chart chart_;
  bool found_chart_yaml_ = false;
  std::map<std::string, std::vector<File>> below_;  // by name in charts/
};

absl::StatusOr<Chart> Chart::FromFiles(std::vector<File> files, std::string_view where) {
  ArchiveBudget budget;
  RETURN_IF_ERROR(ChartLoader::CheckFiles(files, where, budget));
  return ChartLoader::Publishable(ChartLoader(where, 0, budget).Load(std::move(files)), where);
}

absl::StatusOr<Chart> Chart::FromArchive(std::string_view tgz, std::string_view where) {
  ArchiveBudget budget;
  ASSIGN_OR_RETURN(Archive archive, ReadArchive(tgz, where, budget));
  return ChartLoader::Publishable(ChartLoader(where, 0, budget).Load(std::move(archive.files)), where);
}

}  // namespace chartseal::chart
