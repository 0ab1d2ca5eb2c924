#include "webhook/release_chart.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using verification::ChartPlace;
using verification::ChartPlaces;
using verification::ReleaseReport;
using verification::Ruling;
using verification::SignedChart;

// Charts of one release, with stand-ins for what its tags stand for.
class ChartsByLastSeenTag : public verification::SignedCharts {
 public:
  ChartsByLastSeenTag(verification::SignedCharts& charts, std::string_view core, LastSeenTags& tags)
      : charts_(charts), core_(core), tags_(tags) {}

  absl::StatusOr<SignedChart> Ask(const oci::Reference& reference,
                                  const std::vector<const policy::Policy*>& policies,
                                  absl::Time deadline) override {
    auto chart = charts_.Ask(reference, policies, deadline);
    if (chart.ok() || absl::IsNotFound(chart.status()) || reference.digest().has_value()) return chart;
    const auto last = tags_.Find(core_, reference);
    if (!last.has_value()) return chart;
    auto remembered = charts_.Ask(reference.WithDigestOnly(*last), policies, deadline);
    return remembered.ok() ? std::move(remembered) : std::move(chart);
  }

  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                    absl::Time deadline) override {
    return charts_.ListTags(repository, deadline);
  }

  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                           const crypto::Digest& digest,
                                                           absl::Time deadline) override {
    return charts_.Pull(repository, digest, deadline);
  }

 private:
  verification::SignedCharts& charts_;
  const std::string_view core_;
  LastSeenTags& tags_;
};

ChartPlaces PlacesIn(std::string_view namespace_name, const chart::Release& release,
                     const ReleaseChartSetting& setting) {
  const auto labels = setting.labels == nullptr ? nullptr : setting.labels->Of(namespace_name);
  return verification::FindChartPlaces(release.content.metadata,
                                       {setting.snapshot.policies, namespace_name, labels.get()});
}

bool IsSame(const ChartPlaces& a, const ChartPlaces& b) {
  return std::equal(a.places.begin(), a.places.end(), b.places.begin(), b.places.end(),
                    [](const ChartPlace& x, const ChartPlace& y) {
                      return x.repository == y.repository && x.policies == y.policies;
                    });
}

// What it means for the release: 2 stops it, 1 warns of it.
int Weight(const ReleaseReport& report) {
  if (report.Denial() != nullptr) return 2;
  const auto warns = [](const Ruling& ruling) { return Warns(ruling); };
  const bool any = std::any_of(report.rulings.begin(), report.rulings.end(), warns) ||
                   std::any_of(report.warnings.begin(), report.warnings.end(), warns);
  return any ? 1 : 0;
}

}  // namespace

ReleaseReport JudgeReleaseChart(const chart::Release& release, const ReleaseChartSetting& setting,
                                verification::SignedCharts& charts, absl::Time deadline) {
  ChartsByLastSeenTag lasting(charts, release.core, setting.tags);
  const auto no_match = setting.snapshot.policies.no_match;
  const ChartPlaces here = PlacesIn(setting.namespace_name, release, setting);
  ReleaseReport report = VerifyRelease(release, here, no_match, lasting, deadline);
  if (release.namespace_name.empty() || release.namespace_name == setting.namespace_name) return report;
  const ChartPlaces there = PlacesIn(release.namespace_name, release, setting);
  if (IsSame(here, there) || Weight(report) == 2) return report;
  ReleaseReport other = VerifyRelease(release, there, no_match, lasting, deadline);
  return Weight(other) > Weight(report) ? other : report;
}

void KeepTags(const chart::Release& release, const ReleaseReport& report, LastSeenTags& tags) {
  const verification::PlaceReport* const place = report.place();
  if (place == nullptr || !place->digest.has_value() || report.answer() != verification::Answer::kYes) return;
  const auto reference = oci::Reference::Parse(Cat("oci://", place->repository, ":", place->tag));
  if (reference.ok()) tags.Put(release.core, *reference, *place->digest);
}

}  // namespace chartseal::webhook
