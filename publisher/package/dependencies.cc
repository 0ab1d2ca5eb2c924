#include "publisher/package/dependencies.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

using chart::Chart;
using chart::Dependency;

bool IsV1(const Chart& chart) { return chart.metadata().api_version == "v1"; }

// The file that declares dependencies, nullptr when there is none.
const chart::File* Declaring(const Chart& chart) {
  if (!IsV1(chart)) return &chart.chart_yaml();
  const auto is_requirements = [](const chart::File& file) { return file.name == "requirements.yaml"; };
  const auto found = std::find_if(chart.files().begin(), chart.files().end(), is_requirements);
  return found == chart.files().end() ? nullptr : &*found;
}

// "DIRECTORY/Chart.yaml:12", without the line when it cannot be found.
std::string PlaceOf(const Chart& chart, size_t index, std::string_view where) {
  const chart::File* const file = Declaring(chart);
  if (file == nullptr) return std::string(where);
  const std::string place = Cat(where, "/", file->name);
  const auto document = ParseYaml(file->bytes, place);
  const Node* const list = document.ok() ? document->Find("dependencies") : nullptr;
  if (list == nullptr || !list->is_list() || index >= list->list().size()) return place;
  return Cat(place, ":", list->list()[index].line());
}

// The versions that charts called `name` in charts/ have.
std::vector<std::string> VersionsInCharts(const Chart& chart, std::string_view name) {
  std::vector<std::string> versions;
  for (const Chart::Subchart& subchart : chart.subcharts()) {
    if (subchart.chart.metadata().name == name) versions.push_back(subchart.chart.metadata().version);
  }
  return versions;
}

std::string_view WithoutV(std::string_view version) {
  return version.starts_with('v') ? version.substr(1) : version;
}

// One version and no range: for dependencies without a repository helm locks what was asked for.
bool IsExact(std::string_view version) {
  const std::string_view core = WithoutV(version).substr(0, WithoutV(version).find_first_of("-+"));
  return std::count(core.begin(), core.end(), '.') == 2 && !core.starts_with('.') && !core.ends_with('.') &&
         core.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The locked versions of `name`; empty when nothing exact is locked.
std::vector<std::string> LockedVersions(const Chart& chart, std::string_view name) {
  std::vector<std::string> versions;
  if (!chart.lock()) return versions;
  for (const Dependency& locked : chart.lock()->dependencies) {
    if (locked.name != name) continue;
    if (!IsExact(locked.version)) return {};
    versions.push_back(locked.version);
  }
  return versions;
}

absl::Status Missing(std::string_view what) {
  return WithReason(absl::FailedPreconditionError(ToAbsl(what)), Reason::kChartDependencyMissing);
}

absl::Status CheckOne(const Chart& chart, size_t index, std::string_view where) {
  const Dependency& dependency = chart.metadata().dependencies[index];
  const std::vector<std::string> found = VersionsInCharts(chart, dependency.name);
  if (found.empty()) {
    return Missing(Cat(PlaceOf(chart, index, where), ": the dependency ", Printable(dependency.name),
                       " is not in charts/; run: helm dependency build ", where));
  }
  const std::vector<std::string> locked = LockedVersions(chart, dependency.name);
  const auto is_locked = [&](const std::string& version) {
    return std::any_of(locked.begin(), locked.end(),
                       [&](const std::string& one) { return WithoutV(one) == WithoutV(version); });
  };
  if (locked.empty() || std::all_of(found.begin(), found.end(), is_locked)) return absl::OkStatus();
  return Missing(Cat(PlaceOf(chart, index, where), ": charts/ holds ", Printable(dependency.name), " ",
                     Printable(absl::StrJoin(found, ", ")), ", but ",
                     IsV1(chart) ? "requirements.lock" : "Chart.lock", " names ",
                     Printable(absl::StrJoin(locked, ", ")), "; run: helm dependency build ", where));
}

}  // namespace

absl::Status CheckDependencies(const Chart& chart, std::string_view where) {
  for (size_t i = 0; i < chart.metadata().dependencies.size(); ++i) {
    RETURN_IF_ERROR(CheckOne(chart, i, where));
  }
  return absl::OkStatus();
}

}  // namespace chartseal::publisher
