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
  const bool enforced = std::any_of(policies.begin(), policies.end(), [](const policy::Policy* policy) {
    return policy->mode == policy::Mode::kEnforce;
  });
  return enforced ? verification::Effect::kDeny : verification::Effect::kWarn;
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
    std::vector<PlaceFinding> findings;
    for (const verification::ChartPlace& place : places.places) {
      findings.push_back({At(place, chart.metadata().version), EffectOf(place.policies)});
      if (findings.back().checked.IsSatisfied()) return std::move(findings.back().checked);
    }
    if (PlaceFinding* const decisive = Decisive(findings, places.left_out > 0)) {
      return std::move(decisive->checked);
    }
    return With({places.left_out > 0 ? LeftOut(places, findings)
                                     : NotCovered(chart.metadata().name, judges_.policies.no_match)},
                std::nullopt);
  }

 private:
  // What was found at one place.
  struct PlaceFinding {
    CheckedChart checked;
    verification::Effect effect;  // the strongest of its policies

    // The file is what lies there, and what its policies miss they only warn of.
    bool Admits() const { return checked.archive_is_published && checked.MayPass(); }
    bool Enforces() const { return effect == verification::Effect::kDeny; }
  };

  CheckedChart With(std::vector<Ruling> rulings, std::optional<oci::Reference> reference,
                    bool archive_is_published = false) const {
    return {.name = path_,
            .reference = std::move(reference),
            .archive = bytes_,
            .rulings = std::move(rulings),
            .archive_is_published = archive_is_published};
  }

  // Of those that no place is satisfied with. A place that only warns answers for its own chart: that the
  // file is something else says nothing while another place enforces. Nullptr without places, and when those
  // that were left out might have been satisfied.
  static PlaceFinding* Decisive(std::vector<PlaceFinding>& findings, bool left_out) {
    const auto admits =
        std::find_if(findings.begin(), findings.end(), [](const auto& finding) { return finding.Admits(); });
    if (admits != findings.end()) return &*admits;
    if (left_out) return nullptr;
    PlaceFinding* nearest = nullptr;
    for (PlaceFinding& finding : findings) {
      if (nearest == nullptr || IsNearer(finding, *nearest)) nearest = &finding;
    }
    return nearest;
  }

  // What enforces goes first. What could not be told might have been a yes; a no about this very archive says
  // more than one about another; and a place without the version says least.
  static bool IsNearer(const PlaceFinding& a, const PlaceFinding& b) {
    const auto rank = [](const PlaceFinding& finding) {
      const Ruling& opposed =
          finding.checked.MayPass() ? finding.checked.rulings.front() : finding.checked.Denial();
      const int last = finding.Enforces() ? 0 : 4;
      if (opposed.reason == Reason::kNotFound) return last + 3;
      if (opposed.answer == Answer::kCouldNotTell) return last;
      return last + (opposed.reason == Reason::kChartContentMismatch ? 2 : 1);
    };
    return rank(a) < rank(b);
  }

  static Ruling LeftOut(const verification::ChartPlaces& places, const std::vector<PlaceFinding>& findings) {
    const bool enforced =
        places.left_out_enforced ||
        std::any_of(findings.begin(), findings.end(), [](const auto& finding) { return finding.Enforces(); });
    return {.effect = enforced ? verification::Effect::kDeny : verification::Effect::kWarn,
            .answer = Answer::kCouldNotTell,
            .reason = Reason::kLimitExceeded,
            .detail = Cat("policies name ", places.left_out, " more repositories for this chart than the ",
                          limits::kMaxChartPlaces, " that are looked at"),
            .next = "install the published chart by its oci:// reference"};
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
