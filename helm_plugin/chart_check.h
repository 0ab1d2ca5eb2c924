#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "helm_plugin/chart_choice.h"
#include "verifier/oci/reference.h"
#include "verifier/oci/registry_client.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/ruling.h"

namespace chartseal::helm_plugin {

// With what charts are judged. Borrowed for the call.
struct Judges {
  const policy::PolicySet& policies;
  std::string_view namespace_name;  // where the chart is to be installed; empty: every rule matches
  oci::RegistryClient& registry;
  std::shared_ptr<const sigstore::TrustedRoot> root;
};

// One chart, and what policies say of it.
struct CheckedChart {
  std::string name;                           // for people: the reference with its digest, or the file
  std::optional<oci::Reference> reference;    // with its digest; where the chart is published
  std::optional<std::string> archive;         // the bytes of a file that was named, which are what was judged
  std::vector<verification::Ruling> rulings;  // never empty
  bool archive_is_published = false;          // the file is, byte for byte, what lies at `reference`

  // Every policy says yes.
  bool IsSatisfied() const;
  // Whether helm may have it: no ruling denies.
  bool MayPass() const;
  // The ruling that denies, a no before what could not be told; requires !MayPass().
  const verification::Ruling& Denial() const;
};

// Judges the chart that helm is asked for: an oci:// reference by its digest; the archive in a file by the
// signature of the chart whose layer it is, byte for byte, where policies let charts of its name lie. Of
// several such places DecisivePlace() names the one that decides, those with this very archive being the
// nearest. More places than are looked at, none of which decides in the file's favour, cannot be told
// (kLimitExceeded).
// Everything else is a no (kChartSourceUnverifiable): repositories over HTTP have no signatures to look for,
// and a directory is what it is at the moment. An error when the chart could not be resolved or read.
absl::StatusOr<CheckedChart> CheckChart(const WantedChart& wanted, const Judges& judges, absl::Time deadline);

// The archive of a chart that was judged: its file's bytes, or pulled by digest. Errors of the registry;
// InvalidArgument with kManifestMalformed when the manifest is of no chart.
absl::StatusOr<std::string> ArchiveOf(const CheckedChart& chart, oci::RegistryClient& registry,
                                      absl::Time deadline);

}  // namespace chartseal::helm_plugin
