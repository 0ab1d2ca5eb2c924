#include "verifier/chart/version_tags.h"

#include <algorithm>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::chart {
namespace {

constexpr RangeRules kBothRules[] = {RangeRules::kUpTo33, RangeRules::kSince34};

std::string VersionOfTag(std::string_view tag, const TagRule& rule) {
  std::string version(tag);
  if (rule.underscore_is_plus) std::replace(version.begin(), version.end(), '_', '+');
  return version;
}

absl::StatusOr<SemVer> Read(std::string_view tag, const TagRule& rule, RangeRules rules) {
  const std::string version = VersionOfTag(tag, rule);
  const bool v = rule.reading == TagReading::kOptionalV && version.starts_with('v');
  return rule.reading == TagReading::kLoose ? SemVer::ParseLoose(version, rules)
                                            : SemVer::Parse(std::string_view(version).substr(v ? 1 : 0));
}

// Adds the newest in `range`, and what has the same precedence.
absl::Status AddNewest(const std::vector<std::string>& tags, std::string_view range, const TagRule& rule,
                       RangeRules rules, std::vector<std::string>& newest) {
  ASSIGN_OR_RETURN(const std::vector<VersionTag> found, TagsInRange(tags, range, rule, rules));
  for (const VersionTag& one : found) {
    if (one.version.Compare(found.front().version) != 0) break;
    if (std::find(newest.begin(), newest.end(), one.tag) == newest.end()) newest.push_back(one.tag);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<VersionTag> VersionTags(const std::vector<std::string>& tags, const TagRule& rule,
                                    RangeRules rules) {
  std::vector<VersionTag> out;
  for (const std::string& tag : tags) {
    if (auto version = Read(tag, rule, rules); version.ok()) out.push_back({*std::move(version), tag});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const VersionTag& a, const VersionTag& b) { return a.version.Compare(b.version) > 0; });
  return out;
}

absl::StatusOr<std::vector<VersionTag>> TagsInRange(const std::vector<std::string>& tags,
                                                    std::string_view range, const TagRule& rule,
                                                    RangeRules rules) {
  ASSIGN_OR_RETURN(const VersionRange wanted, VersionRange::Parse(range, rules));
  std::vector<VersionTag> found = VersionTags(tags, rule, rules);
  std::erase_if(found, [&](const VersionTag& one) { return !wanted.Contains(one.version); });
  return found;
}

std::string TagOfVersion(std::string_view version) {
  std::string tag(version);
  std::replace(tag.begin(), tag.end(), '+', '_');
  return tag;
}

bool IsExactVersion(std::string_view version) {
  return SemVer::ParseLoose(version, RangeRules::kSince34).ok();
}

absl::StatusOr<std::vector<std::string>> NewestTags(const std::vector<std::string>& tags,
                                                    std::string_view range, const TagRule& rule) {
  const std::string exact = TagOfVersion(range);
  const bool named = IsExactVersion(range) && std::find(tags.begin(), tags.end(), exact) != tags.end();
  if (named) return std::vector{exact};
  const std::string_view wanted = range.empty() ? "*" : range;
  std::vector<std::string> newest;
  // What only one of them can read is up to that one.
  absl::Status status = absl::OkStatus();
  for (const RangeRules rules : kBothRules) status = AddNewest(tags, wanted, rule, rules, newest);
  RETURN_IF_ERROR(status);
  if (!newest.empty()) return newest;
  return WithReason(absl::NotFoundError(Cat("none of ", tags.size(), " tags is a version in the range \"",
                                            Printable(wanted, 80), "\"")),
                    Reason::kVersionUnknown);
}

}  // namespace chartseal::chart
