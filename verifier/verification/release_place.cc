#include "verifier/verification/release_place.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/binding.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/version_tags.h"
#include "verifier/verification/decisive_place.h"
#include "verifier/verification/release_text.h"
#include "verifier/verification/subcharts.h"

namespace chartseal::verification {
namespace {

// A version that a release may be of, and the tag that it has in a registry.
struct TagCandidate {
  std::string version;
  std::string tag;
};

// Flux writes the digest where build metadata stands (§4.6), so that the chart's version may be the same
// without it. Whether that is so is seen by the digest; the other way to read it comes second.
std::vector<TagCandidate> CandidatesOf(const std::string& version) {
  std::vector<TagCandidate> out;
  const size_t plus = version.find('+');
  const std::string_view build =
      plus == version.npos ? std::string_view() : std::string_view(version).substr(plus + 1);
  if (build.size() == chart::kFluxDigits && build.find_first_not_of("0123456789abcdef") == build.npos) {
    const std::string base = version.substr(0, plus);
    out.push_back({base, chart::TagOfVersion(base)});
  }
  out.push_back({version, chart::TagOfVersion(version)});
  return out;
}

absl::Status NoSuchTag(std::string_view version) {
  return WithReason(absl::NotFoundError(Cat("no tag can be of version ", Printable(version, 128))),
                    Reason::kNotFound);
}

absl::Status TooManyTags(std::string_view prefix) {
  return WithReason(
      absl::ResourceExhaustedError(Cat("more than ", limits::kMaxResolvedTags, " tags begin with ", prefix)),
      Reason::kLimitExceeded);
}

Rejection VersionMismatch(const std::string& version, std::string_view signed_version,
                          const crypto::Digest& digest) {
  const std::string_view base = signed_version.substr(0, signed_version.find('+'));
  return {.reason = Reason::kChartContentMismatch,
          .detail = "metadata (version) differs",
          .expected = Cat(Printable(signed_version, 128), " or, by Flux, ", Printable(base, 128), "+",
                          digest.hex().substr(0, chart::kFluxDigits)),
          .found = Printable(version, 128)};
}

class Judge {
 public:
  Judge(const chart::Release& release, const ChartPlace& place, SignedCharts& charts, absl::Time deadline)
      : release_(release), place_(place), charts_(charts), deadline_(deadline) {}

  PlaceOutcome Run() && {
    Begin();
    Ask();
    if (!asked_.ok()) {
      AnswerAll(asked_.status());
    } else {
      TakeOver();
      if (AnyYes() || !outcome_.enforced) JudgeContent();
      if (outcome_.same_content) JudgeSubcharts();
    }
    for (Ruling& ruling : report().rulings) {
      if (ruling.answer != Answer::kYes && ruling.next.empty()) {
        ruling.next = NextForRelease(ruling.reason, report().repository);
      }
    }
    return std::move(outcome_);
  }

 private:
  PlaceReport& report() { return outcome_.report; }
  const std::string& version() const { return release_.content.metadata.version; }

  void Begin() {
    report().repository = place_.repository.Name();
    report().signers = SignersOf(place_);
    outcome_.enforced = Enforces(place_.policies);
    for (const policy::Policy* policy : place_.policies) {
      report().rulings.push_back({.policy = policy->name, .effect = EffectOf(policy->mode)});
    }
  }

  // -- The digest, and who signed it.

  absl::StatusOr<SignedChart> AskFor(const TagCandidate& candidate) {
    const auto reference = place_.repository.WithTag(candidate.tag);
    if (!reference.ok()) return NoSuchTag(candidate.version);
    auto asked = charts_.Ask(*reference, place_.policies, deadline_);
    if (asked.ok() && asked->conclusions.size() != place_.policies.size()) {
      return absl::InternalError("an answer is missing");
    }
    return asked;
  }

  // Whether the chart that was found may be the release's: it is the version's own, or has the digest that
  // Flux wrote.
  bool Fits(const absl::StatusOr<SignedChart>& asked, const TagCandidate& candidate) const {
    return asked.ok() && chart::IsVersionOf(version(), candidate.version, asked->digest.ToString());
  }

  void Take(absl::StatusOr<SignedChart> asked, const TagCandidate& candidate) {
    asked_ = std::move(asked);
    candidate_ = candidate;
    report().tag = candidate.tag;
  }

  // The first tag whose digest may be the release's; else what could not be told of the others, else what is
  // at the first.
  void Ask() {
    const std::vector<TagCandidate> candidates = CandidatesOf(version());
    for (const TagCandidate& candidate : candidates) {
      auto asked = AskFor(candidate);
      const bool is_first = &candidate == &candidates.front();
      if (!is_first && absl::IsNotFound(asked.status())) continue;
      const bool fits = Fits(asked, candidate);
      Take(std::move(asked), candidate);
      if (fits) return;
    }
    if (candidates.size() > 1) AskForReplaced(candidates);
  }

  // Build metadata that Flux replaced is known to the registry alone: "1.2.3_b.1" for "1.2.3+" and a digest.
  void AskForReplaced(const std::vector<TagCandidate>& tried) {
    const auto tags = charts_.ListTags(place_.repository, deadline_);
    if (absl::IsNotFound(tags.status()) || absl::IsUnimplemented(tags.status())) return;
    if (!tags.ok()) return Take(tags.status(), tried.front());
    const std::string prefix = Cat(tried.front().tag, "_");
    size_t asked_for = 0;
    for (const std::string& tag : *tags) {
      if (!tag.starts_with(prefix) || tag == tried.back().tag) continue;
      if (++asked_for > limits::kMaxResolvedTags) return Take(TooManyTags(prefix), tried.front());
      const TagCandidate candidate{Cat(tried.front().version, "+", tag.substr(prefix.size())), tag};
      auto asked = AskFor(candidate);
      if (Fits(asked, candidate)) return Take(std::move(asked), candidate);
      if (!asked.ok() && !absl::IsNotFound(asked.status())) Take(std::move(asked), candidate);
    }
  }

  // That a registry does not have the version is an answer about the place: the release is not from there.
  void AnswerAll(const absl::Status& status) {
    for (Ruling& ruling : report().rulings) {
      ruling = WithStatus(std::move(ruling), status);
      if (ruling.reason == Reason::kNotFound) ruling.answer = Answer::kNo;
    }
  }

  void TakeOver() {
    const SignedChart& found = *asked_;
    outcome_.has_version = true;
    outcome_.is_signed = true;
    for (size_t i = 0; i < place_.policies.size(); ++i) {
      Ruling& ruling = report().rulings[i];
      ruling = found.conclusions[i].ok() ? WithConclusion(std::move(ruling), *found.conclusions[i])
                                         : WithStatus(std::move(ruling), found.conclusions[i].status());
      outcome_.is_signed = outcome_.is_signed && ruling.answer == Answer::kYes;
    }
    report().digest = found.digest;
    report().remembered = found.remembered;
    report().registry_time = found.registry_time;
    report().crypto_time = found.crypto_time;
    report().evidence = found.evidence;
  }

  bool AnyYes() {
    return std::any_of(report().rulings.begin(), report().rulings.end(),
                       [](const Ruling& ruling) { return ruling.answer == Answer::kYes; });
  }

  // What was a yes so far is no longer one.
  void Refuse(const Rejection& no) {
    for (Ruling& ruling : report().rulings) ruling = WithRejection(std::move(ruling), no);
  }
  void CouldNotTell(const absl::Status& status) {
    for (Ruling& ruling : report().rulings) {
      if (ruling.answer == Answer::kYes) ruling = WithStatus(std::move(ruling), status);
    }
  }

  // -- Content.

  // The archive, fetched at most once.
  const absl::StatusOr<std::shared_ptr<const chart::Chart>>& Pulled() {
    if (!pulled_.has_value()) pulled_ = charts_.Pull(place_.repository, asked_->digest, deadline_);
    return *pulled_;
  }
  // Null when it cannot be had, which has been said then.
  const chart::Chart* Archive() {
    if (!Pulled().ok()) CouldNotTell(Pulled().status());
    return Pulled().ok() ? Pulled()->get() : nullptr;
  }

  void JudgeContent() {
    if (!chart::IsVersionOf(version(), candidate_.version, asked_->digest.ToString())) {
      // A tag that is not its chart's version; the archive may say otherwise.
      if (!CompareWithArchive()) return;
    } else if (IsKnownContent()) {
      outcome_.version = candidate_.version;
      report().fingerprint = *asked_->fingerprint;
      report().stated = asked_->stated;
    } else if (!CompareWithArchive()) {
      return;
    }
    outcome_.same_content = JudgeDependencies();
  }

  // Without the archive: by its fingerprint, where that is known.
  bool IsKnownContent() {
    return asked_->fingerprint.has_value() &&
           *asked_->fingerprint ==
               chart::ContentFingerprint(chart::WithVersion(release_.content, candidate_.version));
  }

  bool CompareWithArchive() {
    const chart::Chart* const chart = Archive();
    if (chart == nullptr) return false;
    const chart::Content content = chart::ContentOf(*chart);
    outcome_.version = content.metadata.version;
    report().fingerprint = chart::ContentFingerprint(content);
    if (!chart::IsVersionOf(version(), outcome_.version, asked_->digest.ToString())) {
      Refuse(VersionMismatch(version(), outcome_.version, asked_->digest));
      return false;
    }
    const auto same = chart::CompareContent(content, chart::WithVersion(release_.content, outcome_.version));
    if (!same.ok()) Refuse(same.rejection());
    return same.ok();
  }

  bool JudgeDependencies() {
    if (release_.dependencies.empty()) return true;
    const chart::Chart* const chart = Archive();
    if (chart == nullptr) return false;
    const auto same = chart::CompareDependencies(chart->metadata(), release_.dependencies);
    if (!same.ok()) Refuse(same.rejection());
    return same.ok();
  }

  // -- Subcharts.

  bool AsksForSubcharts() const {
    return std::any_of(place_.policies.begin(), place_.policies.end(), [](const policy::Policy* policy) {
      return policy->unbound_subcharts != policy::UnboundSubcharts::kAllow;
    });
  }

  void JudgeSubcharts() {
    const bool at_hand = pulled_.has_value() && pulled_->ok();
    if (!at_hand && (!AsksForSubcharts() || !MayBeOfSubcharts(release_))) return;
    absl::StatusOr<SubchartReport> found =
        Pulled().ok() ? ReportOnSubcharts(release_, **Pulled()) : Pulled().status();
    if (!found.ok()) {
      return ForEachThatAsks([&](Ruling& ruling) {
        if (ruling.answer == Answer::kYes) ruling = WithStatus(std::move(ruling), found.status());
      });
    }
    report().documents = std::move(found->documents);
    if (const Rejection* const worst = found->Worst()) {
      ForEachThatAsks([&](Ruling& ruling) { ruling = WithRejection(std::move(ruling), *worst); });
    }
  }

  // Calls change(ruling) for what each policy says of subcharts: for its ruling, or a warning of its own.
  template <typename Change>
  void ForEachThatAsks(Change change) {
    for (size_t i = 0; i < place_.policies.size(); ++i) {
      Ruling& ruling = report().rulings[i];
      const policy::UnboundSubcharts rule = place_.policies[i]->unbound_subcharts;
      if (rule == policy::UnboundSubcharts::kDeny) change(ruling);
      if (rule != policy::UnboundSubcharts::kWarn) continue;
      Ruling warning{.policy = ruling.policy, .effect = Effect::kWarn, .answer = Answer::kYes};
      change(warning);
      warning.next = NextForRelease(warning.reason, report().repository);
      report().warnings.push_back(std::move(warning));
    }
  }

  const chart::Release& release_;
  const ChartPlace& place_;
  SignedCharts& charts_;
  const absl::Time deadline_;
  PlaceOutcome outcome_;
  absl::StatusOr<SignedChart> asked_;
  TagCandidate candidate_;
  std::optional<absl::StatusOr<std::shared_ptr<const chart::Chart>>> pulled_;
};

}  // namespace

bool PlaceOutcome::Accepts() const {
  return std::all_of(report.rulings.begin(), report.rulings.end(),
                     [](const Ruling& ruling) { return ruling.answer == Answer::kYes; });
}

bool PlaceOutcome::Admits() const {
  return same_content && std::none_of(report.rulings.begin(), report.rulings.end(), Denies);
}

int PlaceOutcome::Nearness() const {
  return (same_content ? 4 : 0) + (is_signed ? 2 : 0) + (has_version ? 1 : 0);
}

PlaceOutcome LookAtPlace(const chart::Release& release, const ChartPlace& place, SignedCharts& charts,
                         absl::Time deadline) {
  return Judge(release, place, charts, deadline).Run();
}

}  // namespace chartseal::verification
