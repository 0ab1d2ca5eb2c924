#include <algorithm>
#include <map>
#include <vector>

#include "publisher/push/chart_push.h"
#include "verifier/base/node.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_json.h"
#include "verifier/oci/media_types.h"

// The objects of `helm push` (spec/helm-oci-kubernetes.md §2.1). Every byte counts: whoever pushes the same
// archive with helm gets the same digest.
namespace chartseal::publisher {
namespace {

constexpr std::string_view kTitle = "org.opencontainers.image.title";
constexpr std::string_view kVersion = "org.opencontainers.image.version";

bool IsBlank(std::string_view text) {
  // Other white space was made U+0020 when the metadata was read.
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

// "Name (email), Name2".
std::string Authors(const std::vector<chart::Maintainer>& maintainers) {
  std::string authors;
  for (const chart::Maintainer& maintainer : maintainers) {
    if (&maintainer != &maintainers.front()) authors += ", ";
    authors += maintainer.name;
    if (!maintainer.email.empty()) authors += Cat(" (", maintainer.email, ")");
  }
  return authors;
}

// The chart's own annotations override what is derived, but not its name and version.
std::map<std::string, std::string> AnnotationsOf(const chart::Metadata& metadata,
                                                 const std::string& created) {
  std::map<std::string, std::string> annotations;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!IsBlank(value)) annotations.emplace(name, value);
  };
  add("org.opencontainers.image.description", metadata.description);
  add(kTitle, metadata.name);
  add(kVersion, metadata.version);
  add("org.opencontainers.image.url", metadata.home);
  add("org.opencontainers.image.created", created);
  if (!metadata.sources.empty()) add("org.opencontainers.image.source", metadata.sources.front());
  add("org.opencontainers.image.authors", Authors(metadata.maintainers));
  for (const auto& [name, value] : metadata.annotations) {
    if (name != kTitle && name != kVersion) annotations.insert_or_assign(name, value);
  }
  return annotations;
}

Node DescriptorNode(std::string_view media_type, std::string_view bytes) {
  Node node = Node::MakeMap();
  node.Set("mediaType", media_type);
  node.Set("digest", crypto::Digest::Sha256Of(bytes).ToString());
  node.Set("size", Node::Integer(static_cast<int64_t>(bytes.size())));
  return node;
}

// Sorted by digest, so that the chart is not always the first.
Node LayersOf(const ChartToPush& chart) {
  Node layers = Node::MakeList();
  layers.Append(DescriptorNode(oci::kHelmChart, chart.archive));
  if (!chart.provenance.empty()) layers.Append(DescriptorNode(oci::kHelmProvenance, chart.provenance));
  std::sort(layers.list().begin(), layers.list().end(),
            [](const Node& a, const Node& b) { return a.StringOr("digest") < b.StringOr("digest"); });
  return layers;
}

}  // namespace

ChartManifest MakeChartManifest(const ChartToPush& chart) {
  const chart::Metadata& metadata = chart.chart->metadata();
  ChartManifest made;
  made.config = chart::WriteGoJson(chart::ToNode(metadata));
  Node annotations = Node::MakeMap();
  for (const auto& [name, value] : AnnotationsOf(metadata, chart.created)) annotations.Set(name, value);
  Node manifest = Node::MakeMap();
  manifest.Set("schemaVersion", Node::Integer(2));
  manifest.Set("config", DescriptorNode(oci::kHelmConfig, made.config));
  manifest.Set("layers", LayersOf(chart));
  manifest.Set("annotations", std::move(annotations));
  made.manifest = chart::WriteGoJson(manifest);
  return made;
}

}  // namespace chartseal::publisher
