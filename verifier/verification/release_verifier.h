#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "verifier/chart/binding.h"
#include "verifier/chart/metadata.h"
#include "verifier/chart/release.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/label_selector.h"
#include "verifier/policy/policy.h"
#include "verifier/verification/ruling.h"
#include "verifier/verification/signed_charts.h"

// Whether a Helm release is of a chart that was signed as policies want it (spec/helm-oci-kubernetes.md
// §4.5).
namespace chartseal::verification {

// In Chart.yaml's annotations: the repository that the chart is published to, "ghcr.io/acme/charts/app". A
// hint, which counts only where a policy covers that repository.
inline constexpr std::string_view kRepositoryAnnotation = "chartseal.dev/oci-repository";

// A repository in which the chart of a release may lie, and all policies that hold for charts there.
struct ChartPlace {
  oci::Reference repository;                    // without tag and digest; its last component is the chart's
  std::vector<const policy::Policy*> policies;  // all must hold; never empty; borrowed
};

struct ChartPlaces {
  std::vector<ChartPlace> places;
  bool first_is_named = false;     // the chart itself names the first
  size_t left_out = 0;             // beyond limits::kMaxChartPlaces
  bool left_out_enforced = false;  // a policy of one of those enforces
};

// Where a release is looked at. Borrowed for the call.
struct ReleaseSetting {
  const policy::PolicySet& policies;
  std::string_view namespace_name;                   // empty on the command line: every rule matches
  const policy::Labels* namespace_labels = nullptr;  // null when they are not known
};

// Where policies let a chart of this name lie. A record does not say where its chart came from; match.charts
// does: a glob without wildcards in its directories, whose last component covers the name, gives that
// directory. The repository that the chart itself names counts when it ends in the chart's name and a policy
// covers it. At each place all policies hold that cover it.
ChartPlaces FindChartPlaces(const chart::Metadata& metadata, const ReleaseSetting& setting);

// The same of a chart of a HelmRepository, whose URL stands elsewhere: Flux joins that and `chart`, which may
// have directories ("sub/app"). The places are those whose names end in all of it.
ChartPlaces FindChartPlacesBelow(std::string_view chart, const ReleaseSetting& setting);

// What follows when none of the places decides and others were left out. `enforced`: a policy of one that was
// asked enforces.
Ruling LeftOut(const ChartPlaces& places, bool enforced);

// What came of one place.
struct PlaceReport {
  std::string repository;                // "ghcr.io/acme/charts/app"
  std::string tag;                       // the one that was found, else the first that was looked for
  std::string signers;                   // whom the policies want to have signed, for people
  std::optional<crypto::Digest> digest;  // what the tag stands for
  std::vector<Ruling> rulings;           // what each policy says, in order
  std::vector<Ruling> warnings;          // of policies that only warn of unbound subcharts; none is a yes
  std::string fingerprint;               // of the chart there; empty when it was not looked at
  bool stated = false;                   // `fingerprint` is that of a signed statement
  // Of each document of the release; empty when the archive there was not needed.
  std::vector<chart::DocumentBinding> documents;
  // As in SignedChart.
  bool remembered = false;
  absl::Duration registry_time;
  absl::Duration crypto_time;
  std::shared_ptr<const Evidence> evidence;
};

struct ReleaseReport {
  std::string chart;  // name and version, as the record has them
  std::string version;
  std::string fingerprint;  // of the release's content; with the version that was signed, where that is known
  std::vector<PlaceReport> places;
  std::optional<size_t> decisive;  // the place that decided; nullopt without any
  // What decided: the rulings of that place, or the one that follows from there being none.
  std::vector<Ruling> rulings;
  std::vector<Ruling> warnings;  // of that place

  const PlaceReport* place() const { return decisive.has_value() ? &places[*decisive] : nullptr; }
  // Yes when every ruling is; else that of those with the strongest effect, no before could not tell
  // (docs/decisions/0002).
  Answer answer() const;
  // The ruling that stops the release, or nullptr: the first no, else the first that could not be told. One
  // answer for all who ask: the webhook and the command line.
  const Ruling* Denial() const;
};

// Whether the release is of a chart that lies at one of `places` and satisfies all policies there: signature
// and identity over the digest that its version's tag names now, content by its fingerprint, dependencies,
// and as far as `unboundSubcharts` says what vendored subcharts rendered. Blocks; asks the place that
// the chart names and, unless that is a yes, the others side by side. Returns soon after `deadline`.
//
// One place that satisfies its policies is enough. Else the release may be of any of the others: what an
// enforcing policy of one could not tell is could not tell, and otherwise the place that came nearest says
// no. A place that only warns decides when the release's content is that of the chart there, or when no place
// enforces anything. That a registry does not have the version is a no (kNotFound) about that place alone.
// Places that were left out and could have decided make it could not tell (kLimitExceeded).
ReleaseReport VerifyRelease(const chart::Release& release, const ChartPlaces& places,
                            policy::NoMatch no_match, SignedCharts& charts, absl::Time deadline);

// FindChartPlaces(), then the above.
ReleaseReport VerifyRelease(const chart::Release& release, const ReleaseSetting& setting,
                            SignedCharts& charts, absl::Time deadline);

// Why the release is not admitted, and what would have been, as one line of printable text without line
// breaks: helm shows exactly one. Names for each place repository, digest and what was expected of the
// signer. At most limits::kMaxDenialLineBytes. Empty when nothing denies.
std::string DenialLine(const ReleaseReport& report);

// Whether the signed chart proves this document: verbatim but for labels and annotations that were added, or
// of the chart's own templates, which the fingerprint covers, unless they take named templates of a subchart.
bool IsBound(const chart::DocumentBinding& document);

}  // namespace chartseal::verification
