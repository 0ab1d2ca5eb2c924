#include "helm_plugin/chart_check.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/chart.h"
#include "verifier/chart/version_tags.h"
#include "verifier/oci/manifest.h"
#include "verifier/oci/media_types.h"
#include "verifier/verification/decisive_place.h"
#include "verifier/verification/release_verifier.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::helm_plugin {
namespace {

using verification::Answer;
using verification::Ruling;
using Policies = std::vector<const policy::Policy*>;

constexpr std::string_view kScheme = "oci://";

bool Is(const std::string& path, mode_t type) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IFMT) == type;
}

Ruling Unverifiable(std::string_view detail, std::string_view next) {
  return {.answer = Answer::kNo,
          .reason = Reason::kChartSourceUnverifiable,
          .detail = std::string(detail),
          .expected = "oci://host/repository, or a chart's archive in a file",
          .next = std::string(next)};
}

Ruling NotCovered(std::string_view name, policy::NoMatch no_match) {
  return {.effect = verification::EffectOf(no_match),
          .answer = Answer::kNo,
          .reason = Reason::kNoPolicyMatches,
          .detail = Cat("no policy covers the chart ", name),
          .expected = Cat("a policy whose match.charts covers ", name),
          .next = "add the repository to a policy, or verify against the right policy file"};
}

// What each policy says of who signed this digest.
std::vector<Ruling> RulingsOn(const oci::Reference& reference, const Policies& policies, const Judges& judges,
                              absl::Time deadline) {
  verification::RegistryCharts charts(judges.registry, judges.root);
  const auto signed_chart = charts.AskSigner(reference, policies, deadline);
  std::vector<Ruling> rulings;
  for (size_t i = 0; i < policies.size(); ++i) {
    Ruling ruling{.policy = policies[i]->name, .effect = verification::EffectOf(policies[i]->mode)};
    const auto concluded = signed_chart.ok() ? signed_chart->conclusions[i] : signed_chart.status();
    rulings.push_back(concluded.ok() ? WithConclusion(std::move(ruling), *concluded)
                                     : WithStatus(std::move(ruling), concluded.status()));
  }
  return rulings;
}

absl::StatusOr<CheckedChart> CheckReference(const WantedChart& wanted, const Judges& judges,
                                            absl::Time deadline) {
  ASSIGN_OR_RETURN(const oci::Reference reference, ChooseChart(judges.registry, wanted, deadline));
  CheckedChart checked{.name = Cat(kScheme, reference.ToString()), .reference = reference};
  const std::string name = reference.Name();
  const Policies policies = judges.policies.Match(policy::ArtifactKind::kChart, name, judges.namespace_name);
  checked.rulings =
      policies.empty() ? std::vector<Ruling>{NotCovered(name, judges.policies.no_match)}
                       : RulingsOn(reference.WithDigestOnly(*reference.digest()), policies, judges, deadline);
  return checked;
}

// The one layer with a chart's archive.
absl::StatusOr<oci::Descriptor> ArchiveLayer(const oci::Reference& reference, oci::RegistryClient& registry,
                                             absl::Time deadline) {
  const std::string where = reference.ToString();
  ASSIGN_OR_RETURN(const auto bytes, registry.FetchManifest(reference, *reference.digest(),
                                                            limits::kMaxManifestBytes, deadline));
  ASSIGN_OR_RETURN(const auto manifest, oci::Manifest::Parse(bytes.bytes, bytes.media_type, where));
  std::optional<oci::Descriptor> found;
  for (const oci::Descriptor& layer : manifest.layers()) {
    if (layer.media_type != oci::kHelmChart) continue;
    if (found) return Malformed(Reason::kManifestMalformed, where, "more than one layer holds a chart");
    found = layer;
  }
  if (!found) return Malformed(Reason::kManifestMalformed, where, "not a Helm chart");
  return *found;
}

// It warns only where no policy enforces.
verification::Effect EffectOf(const Policies& policies) {
  return verification::Enforces(policies) ? verification::Effect::kDeny : verification::Effect::kWarn;
}

Ruling OtherArchive(const oci::Reference& published, const crypto::Digest& expected,
                    const crypto::Digest& found) {
  return {.answer = Answer::kNo,
          .reason = Reason::kChartContentMismatch,
          .detail = Cat("the file is not the archive that is published as ", published.ToString()),
          .expected = expected.ToString(),
          .found = found.ToString(),
          .next = "install the published chart by its oci:// reference"};
}

// Whether the file is the chart that is published at one place, and what the policies there say.
class FileCheck {
 public:
  FileCheck(const std::string& path, std::string bytes, const Judges& judges, absl::Time deadline)
      : path_(path),
        digest_(crypto::Digest::Sha256Of(bytes)),
        bytes_(std::move(bytes)),
        judges_(judges),
        deadline_(deadline) {}

  absl::StatusOr<CheckedChart> Run() {
    ASSIGN_OR_RETURN(const chart::Chart chart, chart::Chart::FromArchive(bytes_, path_));
    const auto places = verification::FindChartPlaces(
        chart.metadata(), {.policies = judges_.policies, .namespace_name = judges_.namespace_name});
    std::vector<CheckedChart> found;
    std::vector<verification::PlaceStanding> standings;
    for (const verification::ChartPlace& place : places.places) {
      found.push_back(At(place, chart.metadata().version));
      standings.push_back(StandingOf(place, found.back()));
      if (standings.back().satisfied) return std::move(found.back());
    }
    const auto decisive = verification::DecisivePlace(standings, places.left_out > 0);
    if (decisive.has_value()) return std::move(found[*decisive]);
    return With({places.left_out > 0 ? LeftOut(places, standings)
                                     : NotCovered(chart.metadata().name, judges_.policies.no_match)},
                std::nullopt);
  }

 private:
  CheckedChart With(std::vector<Ruling> rulings, std::optional<oci::Reference> reference,
                    bool archive_is_published = false) const {
    return {.name = path_,
            .reference = std::move(reference),
            .archive = bytes_,
            .rulings = std::move(rulings),
            .archive_is_published = archive_is_published};
  }

  // A place with this very archive is the nearest, and one without the version the farthest: what it has not
  // is no yes that could not be told.
  static verification::PlaceStanding StandingOf(const verification::ChartPlace& place,
                                                const CheckedChart& found) {
    const Ruling& opposed = found.MayPass() ? found.rulings.front() : found.Denial();
    const bool missing = opposed.reason == Reason::kNotFound;
    return {.satisfied = found.IsSatisfied(),
            .admits = found.archive_is_published && found.MayPass(),
            .enforces = verification::Enforces(place.policies),
            .untold = !missing && opposed.answer == Answer::kCouldNotTell,
            .nearness = missing                      ? 0
                        : found.archive_is_published ? 2
                                                     : 1};
  }

  static Ruling LeftOut(const verification::ChartPlaces& places,
                        const std::vector<verification::PlaceStanding>& asked) {
    const bool enforced =
        std::any_of(asked.begin(), asked.end(), [](const auto& place) { return place.enforces; });
    Ruling ruling = verification::LeftOut(places, enforced);
    ruling.next = "install the published chart by its oci:// reference";
    return ruling;
  }

  CheckedChart At(const verification::ChartPlace& place, const std::string& version) const {
    const auto published =
        ChooseChart(judges_.registry, {Cat(kScheme, place.repository.ToString()), version, false}, deadline_);
    const auto layer =
        published.ok() ? ArchiveLayer(*published, judges_.registry, deadline_) : published.status();
    if (!layer.ok()) {
      Ruling ruling{.policy = place.policies.front()->name, .effect = EffectOf(place.policies)};
      return With({verification::WithStatus(std::move(ruling), layer.status())}, std::nullopt);
    }
    if (layer->digest != digest_) {
      Ruling ruling = OtherArchive(*published, layer->digest, digest_);
      ruling.effect = EffectOf(place.policies);
      return With({std::move(ruling)}, *published);
    }
    return With(
        RulingsOn(published->WithDigestOnly(*published->digest()), place.policies, judges_, deadline_),
        *published, true);
  }

  const std::string path_;
  const crypto::Digest digest_;
  const std::string bytes_;
  const Judges& judges_;
  const absl::Time deadline_;
};

}  // namespace

bool CheckedChart::IsSatisfied() const {
  return std::all_of(rulings.begin(), rulings.end(),
                     [](const Ruling& ruling) { return ruling.answer == Answer::kYes; });
}

bool CheckedChart::MayPass() const {
  return std::none_of(rulings.begin(), rulings.end(), verification::Denies);
}

const Ruling& CheckedChart::Denial() const {
  const auto definite = std::find_if(rulings.begin(), rulings.end(), [](const Ruling& ruling) {
    return verification::Denies(ruling) && ruling.answer == Answer::kNo;
  });
  if (definite != rulings.end()) return *definite;
  return *std::find_if(rulings.begin(), rulings.end(), verification::Denies);
}

absl::StatusOr<CheckedChart> CheckChart(const WantedChart& wanted, const Judges& judges,
                                        absl::Time deadline) {
  if (wanted.chart.starts_with(kScheme)) return CheckReference(wanted, judges, deadline);
  if (Is(wanted.chart, S_IFREG)) {
    ASSIGN_OR_RETURN(std::string bytes, ReadFile(wanted.chart, limits::kMaxChartArchiveBytes));
    return FileCheck(wanted.chart, std::move(bytes), judges, deadline).Run();
  }
  CheckedChart refused{.name = wanted.chart};
  refused.rulings.push_back(
      Is(wanted.chart, S_IFDIR)
          ? Unverifiable("a directory is signed by nobody", "name the published chart, or its archive")
          : Unverifiable("the chart does not come from an OCI registry, and is no file that is here",
                         "use the oci:// reference that the chart is published under"));
  return refused;
}

absl::StatusOr<std::string> ArchiveOf(const CheckedChart& chart, oci::RegistryClient& registry,
                                      absl::Time deadline) {
  if (chart.archive) return *chart.archive;
  ASSIGN_OR_RETURN(const oci::Descriptor layer, ArchiveLayer(*chart.reference, registry, deadline));
  return registry.FetchBlob(*chart.reference, layer, limits::kMaxChartArchiveBytes, deadline);
}

}  // namespace chartseal::helm_plugin
