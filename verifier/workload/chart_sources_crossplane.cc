#include <string>
#include <string_view>
#include <utility>

#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources_internal.h"

namespace chartseal::workload::chart_sources_internal {
namespace {

struct ChartFields {
  std::string repository;
  std::string name;
  std::string version;
  std::string digest;
  std::string url;
};

Checked<ChartFields> ReadChart(const Field& chart) {
  ChartFields out;
  ASSIGN_OR_REJECT(out.repository, chart.Text("repository"));
  ASSIGN_OR_REJECT(out.name, chart.Text("name"));
  ASSIGN_OR_REJECT(out.version, chart.Text("version"));
  ASSIGN_OR_REJECT(out.digest, chart.Text("digest"));
  ASSIGN_OR_REJECT(out.url, chart.Text("url"));
  return out;
}

// The URL wins over all other fields, and carries version and digest itself.
Checked<ChartSource> ByUrl(const Field& chart, const ChartFields& fields) {
  const Field field = chart.At("url");
  if (!IsOci(fields.url)) return Elsewhere(field, fields.url);
  ASSIGN_OR_REJECT(ChartSource source, AtReference(field, fields.url, ""));
  if (source.version.kind == ChartVersion::Kind::kDigest) return source;
  source.pin = PinField{
      .form = PinField::Form::kReference, .pointer = field.pointer(), .text = fields.url, .beside = {}};
  return source;
}

Checked<ChartSource> ByName(const Field& chart, const ChartFields& fields) {
  const Field field = chart.At("repository");
  if (fields.repository.empty()) return field.Malformed("a repository, or url", "nothing");
  if (fields.name.empty()) return chart.At("name").Malformed("the name of a chart", "nothing");
  const std::string url = Join(fields.repository, fields.name);
  if (!IsOci(url)) return Elsewhere(field, url);
  ASSIGN_OR_REJECT(const ChartSource plain, InRepository(field, url));
  if (!fields.digest.empty()) return AtReference(field, Cat(url, "@", fields.digest), fields.version);
  ASSIGN_OR_REJECT(ChartSource source, AtReference(field, url, fields.version));
  source.pin = PinField{
      .form = PinField::Form::kDigest, .pointer = chart.At("digest").pointer(), .text = "", .beside = {}};
  source.pin->beside.emplace_back(field.pointer(), fields.repository);
  source.pin->beside.emplace_back(chart.At("name").pointer(), fields.name);
  if (!fields.version.empty()) source.pin->beside.emplace_back(chart.At("version").pointer(), fields.version);
  return source;
}

}  // namespace

Checked<Passed> ReadCrossplane(std::string_view, const Field& object, Found& found) {
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  ASSIGN_OR_REJECT(const Field provider, spec.Object("forProvider"));
  ASSIGN_OR_REJECT(const Field chart, provider.Object("chart"));
  ASSIGN_OR_REJECT(const ChartFields fields, ReadChart(chart));
  ASSIGN_OR_REJECT(const Field config, spec.Object("providerConfigRef"));
  ASSIGN_OR_REJECT(const std::string name, config.Text("name"));
  ASSIGN_OR_REJECT(ChartSource source, fields.url.empty() ? ByName(chart, fields) : ByUrl(chart, fields));
  source.target = Cat("the cluster of ProviderConfig ", Printable(name.empty() ? "default" : name, 128));
  return found.Add(std::move(source));
}

}  // namespace chartseal::workload::chart_sources_internal
