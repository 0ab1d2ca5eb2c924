#include "audit/chart_audit.h"

#include <utility>

#include "verifier/base/json_document.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/verification/chart_resolution.h"
#include "verifier/verification/chart_source_verifier.h"

namespace chartseal::audit {
namespace {

using verification::ChartSourceReport;
using verification::Ruling;
using workload::ChartSource;

Ruling Unreadable(const Rejection& rejection) {
  return {.answer = verification::Answer::kNo,
          .reason = rejection.reason,
          .detail = rejection.detail,
          .expected = rejection.expected,
          .found = rejection.found};
}

std::string SubjectOf(const ChartSource& source, const ChartSourceReport& report) {
  const std::string& name = source.chart.empty() ? source.via : source.chart;
  return Cat(name, report.version.empty() ? "" : ":", report.version);
}

std::optional<Result> AuditOne(const ChartInUse& chart, verification::SignedCharts& charts,
                               verification::ChartResolver& resolver, const Asking& asking) {
  Result result{.object = chart.object, .what = Subject::kChart};
  if (chart.unreadable) {
    result.rulings.push_back(Unreadable(*chart.unreadable));
    return result;
  }
  const verification::ChartSourceSetting setting = {
      .place = {.policies = asking.policies,
                .namespace_name = chart.object.namespace_name,
                .namespace_labels = asking.LabelsOf(chart.object.namespace_name)}};
  auto unasked = verification::JudgeUnasked(chart.source, setting);
  ChartSourceReport report = unasked
                                 ? *std::move(unasked)
                                 : verification::VerifyChartSource(chart.source, setting, resolver, charts,
                                                                   asking.clock() + asking.time_for_each);
  if (report.rulings.empty()) return std::nullopt;
  result.subject = SubjectOf(chart.source, report);
  result.path = chart.source.path;
  result.digest = std::move(report.digest);
  result.rulings = std::move(report.rulings);
  return result;
}

}  // namespace

std::vector<ChartInUse> ChartsIn(const Node& object, const Collection& collection) {
  const ObjectName name = NameOf(object, collection);
  const auto document = JsonDocument::Parse(WriteJson(object), name.ToString());
  if (!document.ok()) {
    return {
        {name, {}, Rejection{.reason = Reason::kChartSourceMalformed, .detail = Message(document.status())}}};
  }
  const auto sources = workload::ExtractChartSources(collection.kind, (*document)->root());
  if (!sources.ok()) return {{name, {}, sources.rejection()}};
  std::vector<ChartInUse> charts;
  for (const ChartSource& source : *sources) charts.push_back({name, source});
  return charts;
}

std::vector<Result> AuditCharts(const std::vector<ChartInUse>& in_use, verification::SignedCharts& charts,
                                const Asking& asking) {
  verification::RegistryResolver resolver(asking.source);
  std::vector<std::optional<Result>> found(in_use.size());
  ForEachInParallel(asking, "charts", in_use.size(),
                    [&](size_t i) { found[i] = AuditOne(in_use[i], charts, resolver, asking); });
  std::vector<Result> results;
  for (std::optional<Result>& result : found) {
    if (result) results.push_back(*std::move(result));
  }
  return results;
}

}  // namespace chartseal::audit
