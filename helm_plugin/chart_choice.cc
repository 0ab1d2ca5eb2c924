#include "helm_plugin/chart_choice.h"

#include <optional>
#include <vector>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/version_tags.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal::helm_plugin {
namespace {

// What `helm --devel` stands for.
constexpr std::string_view kAnyVersion = ">0.0.0-0";

absl::StatusOr<oci::Reference> WithDigestOfTag(oci::RegistryClient& registry,
                                               const oci::Reference& repository, std::string_view tag,
                                               absl::Time deadline) {
  ASSIGN_OR_RETURN(const oci::Reference tagged, repository.WithTag(tag));
  ASSIGN_OR_RETURN(const crypto::Digest digest, verification::ResolveDigest(registry, tagged, deadline));
  return tagged.WithDigest(digest);
}

absl::Status Contradiction(const WantedChart& wanted, std::string_view found) {
  return Malformed(Reason::kChartSourceMalformed, Printable(wanted.chart),
                   Cat("--version ", Printable(wanted.version), " is another chart than ", Printable(found)));
}

// The newest of the range. Versions of helm may differ in which tag they take; then all must be one content.
absl::StatusOr<oci::Reference> Newest(oci::RegistryClient& registry, const oci::Reference& repository,
                                      const WantedChart& wanted, absl::Time deadline) {
  const std::string range =
      wanted.version.empty() && wanted.devel ? std::string(kAnyVersion) : wanted.version;
  ASSIGN_OR_RETURN(const std::vector<std::string> all, registry.ListTags(repository, deadline));
  ASSIGN_OR_RETURN(const std::vector<std::string> tags, chart::NewestTags(all, range));
  std::optional<oci::Reference> chosen;
  for (const std::string& tag : tags) {
    ASSIGN_OR_RETURN(const oci::Reference one, WithDigestOfTag(registry, repository, tag, deadline));
    if (!chosen) chosen = one;
    if (chosen->digest() == one.digest()) continue;
    return WithReason(
        absl::FailedPreconditionError(Cat(repository.Name(), ": ", *chosen->tag(), " and ", tag,
                                          " are both the newest version in the range; name one exactly")),
        Reason::kChartSourceUnresolved);
  }
  return *chosen;
}

}  // namespace

absl::StatusOr<oci::Reference> ChooseChart(oci::RegistryClient& registry, const WantedChart& wanted,
                                           absl::Time deadline) {
  ASSIGN_OR_RETURN(const oci::Reference reference, oci::Reference::Parse(wanted.chart));
  const bool exact = !wanted.version.empty() && chart::IsExactVersion(wanted.version);
  const std::string tag = exact ? chart::TagOfVersion(wanted.version) : "";
  if (reference.tag() && !wanted.version.empty() && *reference.tag() != tag) {
    return Contradiction(wanted, *reference.tag());
  }
  if (reference.digest()) {
    if (wanted.version.empty()) return reference;
    if (!exact) return Contradiction(wanted, reference.digest()->ToString());
    ASSIGN_OR_RETURN(const oci::Reference named, WithDigestOfTag(registry, reference, tag, deadline));
    if (named.digest() != reference.digest()) return Contradiction(wanted, reference.digest()->ToString());
    return reference;
  }
  if (reference.tag()) return WithDigestOfTag(registry, reference, *reference.tag(), deadline);
  if (exact) return WithDigestOfTag(registry, reference, tag, deadline);
  return Newest(registry, reference, wanted, deadline);
}

}  // namespace chartseal::helm_plugin
