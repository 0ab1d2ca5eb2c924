#include "verifier/verification/chart_pull.h"

#include <string>
#include <string_view>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_json.h"
#include "verifier/oci/manifest.h"
#include "verifier/verification/parallel.h"

namespace chartseal::verification {
namespace {

absl::Status NoChart(std::string_view where, std::string_view what) {
  return Malformed(Reason::kManifestMalformed, where, Cat("not a Helm chart: ", what));
}

// The chart's layer; where it stands among the layers means nothing, since helm sorts them by digest.
absl::StatusOr<oci::Descriptor> ChartLayer(const oci::Manifest& manifest, std::string_view where) {
  if (manifest.kind() != oci::ManifestKind::kImage || !manifest.config().has_value()) {
    return NoChart(where, "expected a manifest with config and layers");
  }
  if (manifest.config()->media_type != oci::kHelmConfig) {
    return NoChart(where, Cat("expected a config of type ", oci::kHelmConfig, ", found \"",
                              Printable(manifest.config()->media_type), "\""));
  }
  const oci::Descriptor* chart = nullptr;
  for (const oci::Descriptor& layer : manifest.layers()) {
    if (layer.media_type == oci::kHelmProvenance) continue;
    if (layer.media_type != oci::kHelmChart) {
      return NoChart(where, Cat("a layer of type \"", Printable(layer.media_type), "\""));
    }
    if (chart != nullptr) return NoChart(where, "more than one layer holds a chart");
    chart = &layer;
  }
  if (chart == nullptr) return NoChart(where, Cat("no layer of type ", oci::kHelmChart));
  return *chart;
}

// Whoever shows the chart from its config blob and whoever installs it from the archive must see one chart.
absl::Status CheckConfig(std::string_view config, const chart::Chart& chart, std::string_view where) {
  const std::string config_where = Cat(where, " (config)");
  ASSIGN_OR_RETURN(const Node said, ParseJson(config, config_where));
  if (chart::WriteCanonicalJson(said) == chart::WriteCanonicalJson(ToNode(chart.metadata()))) {
    return absl::OkStatus();
  }
  return Malformed(Reason::kChartMalformed, config_where,
                   "says something else of the chart than the archive's Chart.yaml");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const chart::Chart>> PullChart(oci::ArtifactSource& source,
                                                              const oci::Reference& repository,
                                                              const crypto::Digest& digest,
                                                              absl::Time deadline) {
  const std::string where = repository.WithDigestOnly(digest).ToString();
  ASSIGN_OR_RETURN(const oci::ManifestBytes bytes,
                   source.FetchManifest(repository, digest, limits::kMaxManifestBytes, deadline));
  ASSIGN_OR_RETURN(const auto manifest, oci::Manifest::Parse(bytes.bytes, bytes.media_type, where));
  ASSIGN_OR_RETURN(const oci::Descriptor layer, ChartLayer(manifest, where));
  absl::StatusOr<std::string> blobs[2];
  ParallelFor(2, 2, [&](size_t i) {
    blobs[i] = i == 0 ? source.FetchBlob(repository, *manifest.config(), limits::kMaxChartYamlBytes, deadline)
                      : source.FetchBlob(repository, layer, limits::kMaxChartArchiveBytes, deadline);
  });
  for (const auto& blob : blobs) RETURN_IF_ERROR(blob.status());
  ASSIGN_OR_RETURN(chart::Chart chart, chart::Chart::FromArchive(*blobs[1], where));
  RETURN_IF_ERROR(CheckConfig(*blobs[0], chart, where));
  return std::make_shared<const chart::Chart>(std::move(chart));
}

}  // namespace chartseal::verification
