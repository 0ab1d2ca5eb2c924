#include "publisher/push/chart_push.h"

#include <vector>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/media_types.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kScheme = "oci://";

absl::Status BadParent(std::string_view parent, std::string_view why) {
  return Malformed(Reason::kReferenceMalformed, Cat("\"", Printable(parent), "\""), why);
}

}  // namespace

absl::StatusOr<oci::Reference> ChartReference(std::string_view parent, const chart::Metadata& metadata) {
  if (!parent.starts_with(kScheme)) {
    return BadParent(parent, "expected oci://HOST/PARENT, where the chart's name is added to PARENT");
  }
  std::string_view rest = parent.substr(kScheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t slash = rest.find('/');
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  if (path.find_first_of(":@") != std::string_view::npos) {
    return BadParent(
        parent, "names a tag or a digest; give the place above the chart, its name and version are added");
  }
  return oci::Reference::Parse(Cat(kScheme, rest, "/", metadata.name, ":", metadata.version));
}

absl::StatusOr<PushedChart> PushChart(RegistryWriter& writer, const oci::Reference& target,
                                      const ChartToPush& chart, absl::Time deadline) {
  if (!target.tag().has_value()) {
    return Malformed(Reason::kReferenceMalformed, target.ToString(), "names no tag to push to");
  }
  const std::string& tag = *target.tag();
  const ChartManifest made = MakeChartManifest(chart);
  const auto digest = crypto::Digest::Sha256Of(made.manifest);
  // First of all, so that a tag that is taken costs no write.
  ASSIGN_OR_RETURN(const auto found, writer.DigestOfTag(target, tag, deadline));
  const bool was_there = found == digest;
  if (found.has_value() && !was_there && !chart.replace_tag) return TagConflict(target, tag, *found, digest);
  std::vector<Content> blobs = {{made.config, oci::kHelmConfig}, {chart.archive, oci::kHelmChart}};
  if (!chart.provenance.empty()) blobs.push_back({chart.provenance, oci::kHelmProvenance});
  // Also when the tag is there: a registry may have lost blobs, and then this mends it.
  RETURN_IF_ERROR(writer.PushBlobs(target, blobs, deadline));
  if (!was_there) {
    RETURN_IF_ERROR(writer.PushManifest(target, made.manifest, oci::kOciManifest, deadline).status());
    RETURN_IF_ERROR(writer.WriteTag(target, tag, made.manifest, oci::kOciManifest, deadline));
  }
  return PushedChart{target.WithDigest(digest), digest, tag, was_there,
                     static_cast<int64_t>(made.manifest.size())};
}

}  // namespace chartseal::publisher
