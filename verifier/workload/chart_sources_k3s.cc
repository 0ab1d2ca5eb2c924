#include <string>
#include <string_view>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources_internal.h"

namespace chartseal::workload::chart_sources_internal {
namespace {

// Base64 is a third longer than what it stands for.
Checked<ChartSource> Inline(const Field& field, std::string_view content) {
  if (content.size() > (limits::kMaxInlineChartBytes + 2) / 3 * 4) {
    return Rejection{.reason = Reason::kLimitExceeded,
                     .detail = Cat(field.path(), " is too large"),
                     .expected = Cat("a chart of at most ", limits::kMaxInlineChartBytes, " bytes"),
                     .found = Cat(content.size(), " bytes of base64")};
  }
  ChartSource source = SourceAt(field, "a chart in the object");
  source.origin = ChartSource::Origin::kInline;
  source.archive = std::string(content);
  return source;
}

// What the job gives to helm: a chart by its whole name, the URL of an archive, or a name in a repository.
Checked<ChartSource> ByName(const Field& field, const std::string& chart, const std::string& repo,
                            const std::string& version) {
  if (IsOci(chart)) return AtReference(field, chart, version);
  if (!IsOci(repo)) return Elsewhere(field, repo.empty() ? chart : Join(repo, chart));
  return AtReference(field, Join(repo, chart), version);
}

}  // namespace

// A HelmChartConfig holds values for a chart that another object names.
Checked<Passed> ReadK3s(std::string_view kind, const Field& object, Found& found) {
  if (kind == "HelmChartConfig") return Passed{};
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  ASSIGN_OR_REJECT(const std::string_view content, spec.LongText("chartContent"));
  ASSIGN_OR_REJECT(const std::string chart, spec.Text("chart"));
  ASSIGN_OR_REJECT(const std::string repo, spec.Text("repo"));
  ASSIGN_OR_REJECT(const std::string version, spec.Text("version"));
  if (!content.empty()) {
    ASSIGN_OR_REJECT(ChartSource source, Inline(spec.At("chartContent"), content));
    return found.Add(std::move(source));  // the job looks at nothing else then
  }
  if (chart.empty()) return spec.At("chart").Malformed("a chart, or chartContent", "nothing");
  ASSIGN_OR_REJECT(ChartSource source, ByName(spec.At("chart"), chart, repo, version));
  return found.Add(std::move(source));
}

}  // namespace chartseal::workload::chart_sources_internal
