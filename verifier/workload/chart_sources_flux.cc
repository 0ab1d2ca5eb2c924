#include <string>
#include <string_view>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources_internal.h"

namespace chartseal::workload::chart_sources_internal {
namespace {

constexpr std::string_view kChartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

// "HelmRepository flux-system/acme".
std::string NameOf(std::string_view kind, std::string_view namespace_name, std::string_view name) {
  return Cat(Printable(kind, 63), " ", namespace_name.empty() ? "" : Cat(Printable(namespace_name, 63), "/"),
             Printable(name, 253));
}

Checked<std::string> NamespaceOf(const Field& object) {
  ASSIGN_OR_REJECT(const Field metadata, object.Object("metadata"));
  return metadata.Text("namespace");
}

// A digest wins over a range, a range over a tag; without any it is the tag "latest".
Checked<ChartVersion> ReadRef(const Field& ref, bool chart_layer) {
  ChartVersion version;
  version.rules = chart_layer ? VersionRules::kFluxChart : VersionRules::kFlux;
  ASSIGN_OR_REJECT(const std::string digest, ref.Text("digest"));
  ASSIGN_OR_REJECT(const std::string semver, ref.Text("semver"));
  ASSIGN_OR_REJECT(const std::string filter, ref.Text("semverFilter"));
  ASSIGN_OR_REJECT(const std::string tag, ref.Text("tag"));
  if (!digest.empty()) {
    const auto parsed = crypto::Digest::Parse(digest);
    if (!parsed.ok())
      return ref.At("digest").Malformed("sha256: and 64 hex digits", Cat("\"", Printable(digest, 80), "\""));
    version.kind = ChartVersion::Kind::kDigest;
    version.digest = *parsed;
  } else if (!semver.empty()) {
    version.kind = ChartVersion::Kind::kVersion;
    version.text = semver;
    version.filter = filter;
  } else {
    version.kind = ChartVersion::Kind::kTag;
    version.text = tag.empty() ? "latest" : tag;
    if (!oci::IsTag(version.text))
      return ref.At("tag").Malformed("a tag", Cat("\"", Printable(tag, 80), "\""));
  }
  return version;
}

// Everything that ReadRef() looked at, so that nothing else can come to stand there.
Checked<PinField> PinOf(const Field& spec, const Field& ref, const std::string& url) {
  PinField pin;
  pin.beside.emplace_back(spec.At("url").pointer(), url);
  if (ref.is_null()) {
    pin.form = PinField::Form::kMember;
    pin.pointer = spec.At("ref").pointer();
    return pin;
  }
  pin.pointer = ref.At("digest").pointer();
  for (const std::string_view name : {"semver", "semverFilter", "tag"}) {
    ASSIGN_OR_REJECT(const std::string text, ref.Text(name));
    if (!text.empty()) pin.beside.emplace_back(ref.At(name).pointer(), text);
  }
  return pin;
}

// A layer of another type is mostly one of manifests. But a HelmRelease may name the object, and takes
// whatever layer that names for the chart.
Checked<Passed> ReadOciRepository(const Field& object, Found& found) {
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  ASSIGN_OR_REJECT(const Field selector, spec.Object("layerSelector"));
  ASSIGN_OR_REJECT(const std::string layer, selector.Text("mediaType"));
  ASSIGN_OR_REJECT(const std::string url, spec.Text("url"));
  if (!layer.empty() && layer != kChartLayer) {
    return found.Add(
        Untold(spec.At("layerSelector"), url,
               "a layer of another type than charts have is a chart when a HelmRelease says so"));
  }
  const Field url_field = spec.At("url");
  if (!IsOci(url)) return url_field.Malformed("oci://host/repository", Cat("\"", Printable(url, 128), "\""));
  ASSIGN_OR_REJECT(ChartSource source, InRepository(url_field, url));
  ASSIGN_OR_REJECT(const Field ref, spec.Object("ref"));
  ASSIGN_OR_REJECT(source.version, ReadRef(ref, layer == kChartLayer));
  if (source.version.kind != ChartVersion::Kind::kDigest) {
    ASSIGN_OR_REJECT(source.pin, PinOf(spec, ref, url));
  }
  return found.Add(std::move(source));
}

Checked<Passed> ReadHelmRepository(const Field& object, Found& found) {
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  ASSIGN_OR_REJECT(const std::string url, spec.Text("url"));
  const Field field = spec.At("url");
  if (url.empty()) return field.Malformed("a URL", "nothing");
  if (!IsOci(url)) return found.Add(Elsewhere(field, url));
  // As a chart below it would be named.
  constexpr std::string_view kAny = "x";
  ASSIGN_OR_REJECT(const ChartSource below, InRepository(field, Join(url, kAny)));
  ChartSource source = SourceAt(field, below.chart.substr(0, below.chart.size() - kAny.size() - 1));
  source.origin = ChartSource::Origin::kParent;
  return found.Add(std::move(source));
}

// `chart` of a HelmChart, or of what a HelmRelease makes one from.
Checked<ChartSource> ReadChartSpec(const Field& spec, std::string_view namespace_name) {
  ASSIGN_OR_REJECT(const std::string chart, spec.Text("chart"));
  ASSIGN_OR_REJECT(const std::string version, spec.Text("version"));
  ASSIGN_OR_REJECT(const Field ref, spec.Object("sourceRef"));
  ASSIGN_OR_REJECT(const std::string kind, ref.Text("kind"));
  ASSIGN_OR_REJECT(const std::string name, ref.Text("name"));
  ASSIGN_OR_REJECT(const std::string other, ref.Text("namespace"));
  if (chart.empty()) return spec.At("chart").Malformed("the name of a chart", "nothing");
  if (kind.empty() || name.empty()) return ref.Malformed("kind and name of a source", "less");
  ChartSource source = SourceAt(spec, chart);
  source.origin = ChartSource::Origin::kOtherObject;
  source.via = NameOf(kind, other.empty() ? namespace_name : other, name);
  if (kind == "HelmRepository") source.version = {.kind = ChartVersion::Kind::kVersion, .text = version};
  return source;
}

Checked<ChartSource> ReadChartRef(const Field& ref, std::string_view namespace_name) {
  ASSIGN_OR_REJECT(const std::string kind, ref.Text("kind"));
  ASSIGN_OR_REJECT(const std::string name, ref.Text("name"));
  ASSIGN_OR_REJECT(const std::string other, ref.Text("namespace"));
  if (kind.empty() || name.empty()) return ref.Malformed("kind and name of a source", "less");
  ChartSource source = SourceAt(ref, "");
  source.origin = ChartSource::Origin::kOtherObject;
  source.via = NameOf(kind, other.empty() ? namespace_name : other, name);
  return source;
}

}  // namespace

Checked<Passed> ReadFlux(std::string_view kind, const Field& object, Found& found) {
  if (kind == "OCIRepository") return ReadOciRepository(object, found);
  if (kind == "HelmRepository") return ReadHelmRepository(object, found);
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  ASSIGN_OR_REJECT(const std::string namespace_name, NamespaceOf(object));
  ASSIGN_OR_REJECT(ChartSource source, ReadChartSpec(spec, namespace_name));
  return found.Add(std::move(source));
}

Checked<Passed> ReadFluxRelease(std::string_view, const Field& object, Found& found) {
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  ASSIGN_OR_REJECT(const std::string namespace_name, NamespaceOf(object));
  ASSIGN_OR_REJECT(const Field remote, spec.Object("kubeConfig"));
  const std::string target = remote.is_null() ? "" : "the cluster of spec.kubeConfig";
  ASSIGN_OR_REJECT(const Field chart, spec.Object("chart"));
  if (!chart.is_null()) {
    ASSIGN_OR_REJECT(const Field chart_spec, chart.Object("spec"));
    ASSIGN_OR_REJECT(ChartSource source, ReadChartSpec(chart_spec, namespace_name));
    source.target = target;
    RETURN_IF_REJECTED(found.Add(std::move(source)));
  }
  ASSIGN_OR_REJECT(const Field ref, spec.Object("chartRef"));
  if (ref.is_null()) return Passed{};
  ASSIGN_OR_REJECT(ChartSource source, ReadChartRef(ref, namespace_name));
  source.target = target;
  return found.Add(std::move(source));
}

}  // namespace chartseal::workload::chart_sources_internal
