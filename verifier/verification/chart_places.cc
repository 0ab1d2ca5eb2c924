#include <algorithm>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "verifier/verification/decisive_place.h"
#include "verifier/verification/release_verifier.h"

namespace chartseal::verification {
namespace {

constexpr std::string_view kScheme = "oci://";

class PlaceFinder {
 public:
  // `chart`: what the repository's name ends in, directories included.
  PlaceFinder(std::string_view chart, const ReleaseSetting& setting)
      : chart_(chart), base_(chart.substr(chart.rfind('/') + 1)), setting_(setting) {}

  // A repository, whole; what is none, is of another chart, or is covered by no policy is passed over.
  void Add(std::string_view repository) {
    const auto reference = oci::Reference::Parse(Cat(kScheme, repository));
    if (!reference.ok() || reference->tag().has_value() || reference->digest().has_value()) return;
    const std::string name = reference->Name();
    if (!name.ends_with(Cat("/", chart_)) || Known(name)) return;
    auto policies = setting_.policies.Match({.kind = policy::ArtifactKind::kChart,
                                             .name = name,
                                             .namespace_name = setting_.namespace_name,
                                             .namespace_labels = setting_.namespace_labels});
    if (policies.empty()) return;
    if (found_.places.size() == limits::kMaxChartPlaces) {
      ++found_.left_out;
      found_.left_out_enforced = found_.left_out_enforced || Enforces(policies);
    } else {
      found_.places.push_back({*reference, std::move(policies)});
    }
  }

  void AddFromPolicies() {
    for (const policy::Policy& policy : setting_.policies.policies) {
      for (const policy::Glob& glob : policy.charts) AddFrom(glob);
    }
  }

  bool Any() const { return !found_.places.empty(); }
  ChartPlaces Take(bool first_is_named) && {
    found_.first_is_named = first_is_named;
    return std::move(found_);
  }

 private:
  // Where the glob has the chart when only its last component may be anything.
  void AddFrom(const policy::Glob& glob) {
    const std::string& pattern = glob.pattern();
    const size_t slash = pattern.rfind('/');
    if (slash == std::string::npos || pattern.find('*') < slash) return;
    const auto last = policy::Glob::Parse(std::string_view(pattern).substr(slash + 1));
    if (last.ok() && last->Matches(base_)) Add(Cat(pattern.substr(0, slash), "/", base_));
  }

  bool Known(const std::string& name) const {
    return std::any_of(found_.places.begin(), found_.places.end(),
                       [&](const ChartPlace& place) { return place.repository.Name() == name; });
  }

  const std::string_view chart_;
  const std::string_view base_;
  const ReleaseSetting& setting_;
  ChartPlaces found_;
};

// The annotation as people write it.
std::string_view Hint(const chart::Metadata& metadata) {
  const auto found = metadata.annotations.find(std::string(kRepositoryAnnotation));
  if (found == metadata.annotations.end()) return {};
  std::string_view hint = found->second;
  if (hint.starts_with(kScheme)) hint.remove_prefix(kScheme.size());
  return hint;
}

}  // namespace

Ruling LeftOut(const ChartPlaces& places, bool enforced) {
  return {.policy = "",
          .effect = enforced || places.left_out_enforced ? Effect::kDeny : Effect::kWarn,
          .answer = Answer::kCouldNotTell,
          .reason = Reason::kLimitExceeded,
          .detail = Cat("policies name ", places.left_out, " more repositories for this chart than the ",
                        limits::kMaxChartPlaces, " that are looked at"),
          .next = Cat("have the chart name its repository in the annotation ", kRepositoryAnnotation)};
}

ChartPlaces FindChartPlaces(const chart::Metadata& metadata, const ReleaseSetting& setting) {
  // A name with a slash would let the chart choose the directory.
  if (metadata.name.empty() || metadata.name.find('/') != std::string::npos) return {};
  PlaceFinder finder(metadata.name, setting);
  finder.Add(Hint(metadata));
  const bool named = finder.Any();
  finder.AddFromPolicies();
  return std::move(finder).Take(named);
}

ChartPlaces FindChartPlacesBelow(std::string_view chart, const ReleaseSetting& setting) {
  PlaceFinder finder(chart, setting);
  finder.AddFromPolicies();
  return std::move(finder).Take(/*first_is_named=*/false);
}

}  // namespace chartseal::verification
