#include "verifier/verification/chart_resolution.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/semver.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/version_tags.h"
#include "verifier/policy/pattern.h"

namespace chartseal::verification {
namespace {

using workload::ChartVersion;
using workload::VersionRules;

chart::TagRule RuleOf(VersionRules rules) {
  switch (rules) {
    case VersionRules::kHelm:
      return {chart::TagReading::kStrict, true};
    case VersionRules::kFlux:
      return {chart::TagReading::kOptionalV, false};
    case VersionRules::kFluxChart:
      return {chart::TagReading::kOptionalV, true};
    case VersionRules::kArgoHelm:
    case VersionRules::kArgoOci:
      return {chart::TagReading::kLoose, true};
  }
  return {};
}

bool IsFlux(VersionRules rules) { return rules == VersionRules::kFlux || rules == VersionRules::kFluxChart; }

class Resolver {
 public:
  Resolver(oci::ArtifactSource& source, const oci::Reference& repository, const ChartVersion& version,
           absl::Time deadline)
      : source_(source), repository_(repository), version_(version), deadline_(deadline) {}

  absl::StatusOr<Checked<ResolvedChart>> Resolve() {
    switch (version_.kind) {
      case ChartVersion::Kind::kDigest:
        return ByDigest();
      case ChartVersion::Kind::kTag:
        return Taken(ByTag(version_.text));
      case ChartVersion::Kind::kVersion:
        return Taken(IsFlux(version_.rules) ? ByRange() : ByVersion());
      case ChartVersion::Kind::kNone:
      case ChartVersion::Kind::kUntold:
        break;
    }
    return Unresolved("the version is told later");
  }

 private:
  static absl::StatusOr<Checked<ResolvedChart>> Taken(absl::StatusOr<ResolvedChart> found) {
    RETURN_IF_ERROR(found.status());
    return Checked<ResolvedChart>(*std::move(found));
  }

  absl::Status Unresolved(std::string_view why) const {
    return WithReason(absl::FailedPreconditionError(Cat(repository_.Name(), ": ", why)),
                      Reason::kChartSourceUnresolved);
  }

  // A tag that is not there leaves the digest alone.
  absl::StatusOr<Checked<ResolvedChart>> ByDigest() {
    const crypto::Digest& digest = *version_.digest;
    if (version_.text.empty()) return Checked<ResolvedChart>(ResolvedChart{"", digest});
    const absl::StatusOr<ResolvedChart> tagged = ByTag(version_.text);
    if (ReasonOf(tagged.status()) == Reason::kNotFound)
      return Checked<ResolvedChart>(ResolvedChart{"", digest});
    RETURN_IF_ERROR(tagged.status());
    if (tagged->digest == digest) return Checked<ResolvedChart>(*tagged);
    return Checked<ResolvedChart>(
        Rejection{.reason = Reason::kTagConflict,
                  .detail = Cat("the tag ", version_.text, " of ", repository_.Name(),
                                " names other content than the digest beside it"),
                  .expected = digest.ToString(),
                  .found = tagged->digest.ToString()});
  }

  absl::StatusOr<ResolvedChart> ByTag(std::string_view tag) {
    ASSIGN_OR_RETURN(const oci::Reference reference, repository_.WithTag(tag));
    ASSIGN_OR_RETURN(const oci::Descriptor found, source_.ResolveTag(reference, deadline_));
    return ResolvedChart{std::string(tag), found.digest};
  }

  // One version is asked for without a look at the list, and so is whatever may be a tag where the program
  // tries that first. "1.2" may be one version or all of them.
  absl::StatusOr<ResolvedChart> ByVersion() {
    const std::string tag = chart::TagOfVersion(version_.text);
    const bool one = chart::IsExactVersion(version_.text);
    const bool tag_first = version_.rules == VersionRules::kArgoOci || !IsRange();
    if (!(one || tag_first) || !oci::IsTag(tag)) return ByRange();
    absl::StatusOr<ResolvedChart> found = ByTag(tag);
    const bool missing = ReasonOf(found.status()) == Reason::kNotFound;
    return missing && IsRange() && !version_.IsPinned() ? ByRange() : std::move(found);
  }

  bool IsRange() const { return VersionRange::Parse(version_.text, RangeRules::kSince34).ok(); }

  absl::StatusOr<ResolvedChart> ByRange() {
    ASSIGN_OR_RETURN(std::vector<std::string> tags, source_.ListTags(repository_, deadline_));
    RETURN_IF_ERROR(Filter(tags));
    // To Flux one version is a range as well.
    const bool one = IsFlux(version_.rules) && chart::IsExactVersion(version_.text);
    auto newest =
        chart::NewestTags(tags, one ? Cat("=", version_.text) : version_.text, RuleOf(version_.rules));
    if (!newest.ok()) return Annotate(newest.status(), repository_.Name());
    return OneOf(*newest);
  }

  // As Go searches: anywhere in the tag.
  absl::Status Filter(std::vector<std::string>& tags) const {
    if (version_.filter.empty()) return absl::OkStatus();
    const auto wanted = policy::Regexp::Compile(version_.filter);
    if (!wanted.ok()) {
      return Malformed(Reason::kChartSourceMalformed, Cat("filter \"", Printable(version_.filter, 80), "\""),
                       Message(wanted.status()));
    }
    std::erase_if(tags, [&](const std::string& tag) { return !wanted->MatchesPart(tag); });
    return absl::OkStatus();
  }

  // All of the same content, or it is open which one is meant.
  absl::StatusOr<ResolvedChart> OneOf(const std::vector<std::string>& tags) {
    if (tags.size() > limits::kMaxResolvedTags) {
      return Unresolved(Cat(tags.size(), " tags may be the newest in the range"));
    }
    ASSIGN_OR_RETURN(ResolvedChart first, ByTag(tags.front()));
    for (size_t i = 1; i < tags.size(); ++i) {
      ASSIGN_OR_RETURN(const ResolvedChart other, ByTag(tags[i]));
      if (other.digest == first.digest) continue;
      return Unresolved(Cat("the tags ", first.tag, " and ", other.tag,
                            " may both be the newest in the range, and name different content"));
    }
    return first;
  }

  oci::ArtifactSource& source_;
  const oci::Reference& repository_;
  const ChartVersion& version_;
  const absl::Time deadline_;
};

}  // namespace

absl::StatusOr<Checked<ResolvedChart>> ResolveChart(oci::ArtifactSource& source,
                                                    const oci::Reference& repository,
                                                    const ChartVersion& version, absl::Time deadline) {
  return Resolver(source, repository, version, deadline).Resolve();
}

}  // namespace chartseal::verification
