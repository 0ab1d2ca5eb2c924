#include "audit/release_audit.h"

#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/release.h"
#include "verifier/chart/release_object.h"
#include "verifier/verification/release_verifier.h"

namespace chartseal::audit {
namespace {

absl::StatusOr<chart::Release> ReadRecord(const ReleaseRecord& record, const Cluster& cluster) {
  ASSIGN_OR_RETURN(const Node object,
                   cluster.client.Get(record.path, cluster.clock() + limits::kKubeRequestTime));
  const std::string where = record.object.ToString();
  ASSIGN_OR_RETURN(const std::string encoded, chart::EncodedReleaseOf(object, where));
  ASSIGN_OR_RETURN(chart::Release release, chart::ReadRelease(encoded, where));
  // By its name it stands for a revision, and earlier ones were not looked at: helm goes by what is inside.
  const bool is_named = !record.release.empty();
  if (is_named && (release.name != record.release || release.revision != record.revision)) {
    return Malformed(
        Reason::kReleaseMalformed, where,
        Cat("the record in it is of ", Printable(release.name, 80), " revision ", release.revision));
  }
  return release;
}

void Take(verification::ReleaseReport report, Result& result) {
  result.subject = Cat(report.chart, report.version.empty() ? "" : " ", report.version);
  const verification::PlaceReport* place = report.place();
  if (place != nullptr) {
    result.digest = place->digest;
    result.path = place->repository;
  }
  result.rulings = std::move(report.rulings);
  result.remarks = std::move(report.warnings);
}

std::optional<Result> AuditOne(const ReleaseRecord& record, const Cluster& cluster, const Asking& asking,
                               verification::SignedCharts& charts) {
  Result result{.object = record.object, .what = Subject::kRelease, .subject = record.release};
  const auto release = ReadRecord(record, cluster);
  if (absl::IsNotFound(release.status())) return std::nullopt;  // uninstalled, or another revision, meanwhile
  if (!release.ok()) {
    result.rulings.push_back(verification::WithStatus({}, release.status()));
    return result;
  }
  const std::string& namespace_name = record.object.namespace_name;
  Take(verification::VerifyRelease(*release,
                                   {.policies = asking.policies,
                                    .namespace_name = namespace_name,
                                    .namespace_labels = asking.LabelsOf(namespace_name)},
                                   charts, asking.clock() + asking.time_for_each),
       result);
  return result;
}

}  // namespace

std::vector<Result> AuditReleases(const std::vector<ReleaseRecord>& records, const Cluster& cluster,
                                  verification::SignedCharts& charts, const Asking& asking) {
  std::vector<std::optional<Result>> found(records.size());
  ForEachInParallel(asking, "releases", records.size(),
                    [&](size_t i) { found[i] = AuditOne(records[i], cluster, asking, charts); });
  std::vector<Result> results;
  for (std::optional<Result>& result : found) {
    if (result) results.push_back(*std::move(result));
  }
  return results;
}

}  // namespace chartseal::audit
