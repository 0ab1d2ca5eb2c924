#include "verifier/policy/policy_charts.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/semver.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/pattern.h"
#include "verifier/policy/policy_fields.h"

namespace chartseal::policy {
namespace {

constexpr std::array<std::pair<std::string_view, UnboundSubcharts>, 3> kUnbound = {
    {{"deny", UnboundSubcharts::kDeny},
     {"warn", UnboundSubcharts::kWarn},
     {"allow", UnboundSubcharts::kAllow}}};
constexpr std::array<std::pair<std::string_view, RequirePin>, 3> kRequirePin = {
    {{"deny", RequirePin::kDeny}, {"warn", RequirePin::kWarn}, {"allow", RequirePin::kAllow}}};

// A host with a port or a dot, or localhost, and the components of a repository as the distribution spec has
// them. The schema of VerificationPolicy objects has the same pattern.
constexpr std::string_view kRepository =
    R"(([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*:[1-9][0-9]{0,4}|)"
    R"([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+|localhost))"
    R"((/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+)";

const Regexp& RepositoryPattern() {
  static const auto* const pattern = new Regexp(*Regexp::Compile(kRepository));
  return *pattern;
}

absl::Status ReadHelmReleases(ObjectReader& spec, Policy& policy) {
  ASSIGN_OR_RETURN(std::optional<ObjectReader> releases, spec.OptionalObject("helmReleases"));
  if (!releases) return absl::OkStatus();
  ASSIGN_OR_RETURN(policy.unbound_subcharts,
                   ReadEnum(*releases, "unboundSubcharts", policy.unbound_subcharts, kUnbound));
  return releases->Done();
}

absl::Status ReadGitOps(ObjectReader& spec, Policy& policy) {
  ASSIGN_OR_RETURN(std::optional<ObjectReader> git_ops, spec.OptionalObject("gitOps"));
  if (!git_ops) return absl::OkStatus();
  ASSIGN_OR_RETURN(policy.git_ops.pin, git_ops->BoolOr("pin", policy.git_ops.pin));
  ASSIGN_OR_RETURN(policy.git_ops.require_pin,
                   ReadEnum(*git_ops, "requirePin", policy.git_ops.require_pin, kRequirePin));
  return git_ops->Done();
}

absl::StatusOr<DefinitionRule::Source> ReadSource(ObjectReader& item) {
  DefinitionRule::Source source;
  ASSIGN_OR_RETURN(source.repository, item.String("repository"));
  if (source.repository.size() > limits::kMaxRepositoryBytes ||
      !RepositoryPattern().Matches(source.repository)) {
    return item.ErrorAt("repository",
                        Cat("expected the whole name of one repository, \"ghcr.io/acme/charts/app\", without "
                            "scheme, tag, digest and wildcards, found \"",
                            Printable(source.repository, 64), "\""));
  }
  ASSIGN_OR_RETURN(source.versions, item.StringOr("versions", "*"));
  const auto range = VersionRange::Parse(source.versions, RangeRules::kUpTo33, Reason::kPolicyMalformed);
  if (!range.ok()) return item.ErrorAt("versions", Message(range.status()));
  RETURN_IF_ERROR(item.Done());
  return source;
}

absl::StatusOr<DefinitionRule> ReadDefinitionRule(ObjectReader& item) {
  DefinitionRule rule;
  ASSIGN_OR_RETURN(rule.groups, ReadGlobs(item, "groups"));
  if (rule.groups.empty()) return item.ErrorAt("groups", "missing");
  ASSIGN_OR_RETURN(std::vector<ObjectReader> charts, item.Objects("charts", limits::kMaxPolicyList));
  if (charts.empty()) return item.ErrorAt("charts", "at least one chart is needed");
  for (ObjectReader& chart : charts) {
    ASSIGN_OR_RETURN(DefinitionRule::Source source, ReadSource(chart));
    rule.charts.push_back(std::move(source));
  }
  RETURN_IF_ERROR(item.Done());
  return rule;
}

absl::Status ReadDefinitions(ObjectReader& spec, Policy& policy) {
  constexpr std::string_view kField = "customResourceDefinitions";
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items, spec.Objects(kField, limits::kMaxPolicyList));
  if (spec.Has(kField) && items.empty()) {
    return spec.ErrorAt(kField, "the list is empty and would cover nothing");
  }
  for (ObjectReader& item : items) {
    ASSIGN_OR_RETURN(DefinitionRule rule, ReadDefinitionRule(item));
    policy.definitions.push_back(std::move(rule));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadChartRules(ObjectReader& spec, Policy& policy) {
  RETURN_IF_ERROR(ReadHelmReleases(spec, policy));
  RETURN_IF_ERROR(ReadGitOps(spec, policy));
  return ReadDefinitions(spec, policy);
}

}  // namespace chartseal::policy
