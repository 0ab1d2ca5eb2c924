#include "verifier/verification/release_text.h"

#include <algorithm>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::verification {
namespace {

// Shares of the line, so that whatever a chart, a registry or a policy says leaves room for the rest.
constexpr size_t kNameBytes = 80;
constexpr size_t kDetailBytes = 288;
constexpr size_t kValueBytes = 144;  // of what was expected and found
constexpr size_t kPlaceBytes = 256;  // of repository and tag
constexpr size_t kSignerBytes = 400;
constexpr size_t kFewSignerBytes = 96;  // with less of it, nobody knows who is meant
constexpr std::string_view kEllipsis = "...";

template <typename Items, typename Describe>
std::string Join(const Items& items, std::string_view separator, Describe describe) {
  std::string out;
  for (const auto& item : items) out += Cat(out.empty() ? "" : separator, describe(item));
  return out;
}

std::string AuthorityText(const policy::Authority& authority) {
  if (authority.key.has_value()) {
    return Cat("key ", crypto::Digest::Sha256Of(authority.key->key.spki_der()).ToString());
  }
  if (authority.always.has_value()) return authority.always->pass ? "anybody" : "nobody";
  return Join(authority.identities, " or ", [](const auto& identity) { return identity.ToString(); });
}

// As Printable(), cut so that it is no longer than `room` with its mark.
std::string Cut(std::string_view text, size_t room) {
  std::string out = Printable(text, text.size() + kEllipsis.size());
  if (out.size() <= room) return out;
  return Cat(out.substr(0, room - std::min(room, kEllipsis.size())), kEllipsis);
}

std::string Field(std::string_view label, std::string_view text, size_t room) {
  return text.empty() ? "" : Cat("; ", label, Cut(text, room));
}

// "ghcr.io/acme/charts/app:1.2.3@sha256:… signed by …", of at most `room` bytes; empty when that is too
// little.
std::string PlaceText(const PlaceReport& place, size_t room) {
  std::string out = Cut(Cat(place.repository, ":", place.tag), kPlaceBytes);
  if (place.digest.has_value()) out += Cat("@", place.digest->ToString());
  out += " signed by ";
  if (out.size() + std::min(place.signers.size(), kFewSignerBytes) > room) return "";
  return out + Cut(place.signers, std::min(room - out.size(), kSignerBytes));
}

// The decisive place first. Those that find no room are counted.
std::string PlacesText(const ReleaseReport& report, size_t room) {
  std::vector<const PlaceReport*> places;
  if (report.place() != nullptr) places.push_back(report.place());
  for (const PlaceReport& place : report.places) {
    if (&place != report.place()) places.push_back(&place);
  }
  constexpr size_t kCountBytes = 32;  // " and 16 more places"
  std::string out;
  for (size_t i = 0; i < places.size(); ++i) {
    const std::string_view label = i == 0 ? "; wanted is " : " or ";
    const size_t used = out.size() + label.size() + kCountBytes;
    const std::string text = used < room ? PlaceText(*places[i], room - used) : "";
    if (text.empty())
      return Cat(out, i == 0 ? "; wanted is any of " : " or any of ", places.size() - i, " more");
    out += Cat(label, text);
  }
  return out;
}

}  // namespace

std::string SignersOf(const ChartPlace& place) {
  return Join(place.policies, " and ", [](const policy::Policy* policy) {
    return Join(policy->requirement.authorities, " or ", AuthorityText);
  });
}

std::string NextForRelease(Reason reason, std::string_view repository) {
  const std::string_view host = repository.substr(0, repository.find('/'));
  switch (reason) {
    case Reason::kUnreachable:
    case Reason::kRegistryError:
    case Reason::kDeadlineExceeded:
    case Reason::kTlsFailed:
    case Reason::kRateLimited:
      return Cat("check the way to ", host, ", then try again");
    case Reason::kUnauthorized:
    case Reason::kCredentialsUnusable:
      return Cat("give credentials for ", host, " that may read ", repository);
    case Reason::kNotFound:
      return Cat("publish this version of the chart to ", repository, ", or install one that is there");
    case Reason::kNoPolicyMatches:
      return "have a policy added whose match.charts covers the repository that the chart is published to";
    case Reason::kChartContentMismatch:
    case Reason::kChartDependencyMismatch:
      return Cat("install the chart that is signed in ", repository, ", unchanged");
    case Reason::kSubchartUnbound:
    case Reason::kSubchartMismatch:
      return "have the policy say helmReleases.unboundSubcharts: warn or allow, if its images are verified";
    case Reason::kNoSignature:
      return "have this digest signed by the identity that the policy names";
    case Reason::kIdentityMismatch:
    case Reason::kIssuerMismatch:
    case Reason::kClaimMismatch:
      return "install a chart that the expected workflow released, or correct the policy";
    default:
      return Cat("run chartseal inspect on the chart in ", repository);
  }
}

std::string DenialLine(const ReleaseReport& report) {
  const Ruling* const ruling = report.Denial();
  if (ruling == nullptr) return "";
  std::string line =
      Cat("chart ", Cut(report.chart, kNameBytes), " ", Cut(report.version, kNameBytes), ": ",
          ruling->answer == Answer::kCouldNotTell ? "could not tell: " : "", Name(ruling->reason), ": ",
          Cut(ruling->detail.empty() ? Explanation(ruling->reason) : ruling->detail, kDetailBytes));
  line += Field("expected ", ruling->expected, kValueBytes);
  line += Field("found ", ruling->found, kValueBytes);
  line += Field("policy ", ruling->policy, kNameBytes);
  const std::string next = Field("next: ", ruling->next, kDetailBytes);
  line += PlacesText(report, limits::kMaxDenialLineBytes - line.size() - next.size());
  return Cut(Cat(line, next), limits::kMaxDenialLineBytes);
}

}  // namespace chartseal::verification
