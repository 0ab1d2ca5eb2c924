#include "cli/verify_release.h"

#include <CLI/CLI.hpp>

#include "cli/release_report.h"
#include "verifier/base/status.h"
#include "verifier/verification/release_verifier.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::cli {

void ReleaseFlags::AddTo(CLI::App& app) {
  constexpr char kGroup[] = "A Helm release, instead of REF; with --policy";
  app.add_option("--release", installed.name, "Installed release to verify against the chart that was signed")
      ->type_name("NAME")
      ->group(kGroup);
  app.add_option("--namespace,-n", installed.namespace_name,
                 "Namespace of the release (default: that of the kubeconfig's context, else \"default\"; "
                 "with --release-file what that says)")
      ->type_name("NAME")
      ->group(kGroup);
  app.add_option("--revision", installed.revision, "Revision of the release (default: the latest)")
      ->check(CLI::PositiveNumber)
      ->option_text("N")
      ->group(kGroup);
  app.add_option("--release-file", file,
                 "Record of a release to verify: a Secret or ConfigMap as JSON or YAML, or what is in one; - "
                 "for standard input")
      ->type_name("FILE")
      ->group(kGroup);
  installed.cluster.AddTo(app);
}

bool ReleaseFlags::NamesCluster() const {
  return !installed.cluster.kubeconfig.empty() || !installed.cluster.context.empty();
}

bool ReleaseFlags::Any() const {
  return !installed.name.empty() || !installed.namespace_name.empty() || installed.revision != 0 ||
         NamesCluster() || !file.empty();
}

absl::Status ReleaseFlags::Check() const {
  if (file.empty() && installed.name.empty()) {
    return UsageError("--namespace, --revision and what names a cluster go with --release");
  }
  if (!file.empty() && (!installed.name.empty() || installed.revision != 0 || NamesCluster())) {
    return UsageError("--release-file holds the release; leave out what names one in a cluster");
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> VerifyRelease(const ReleaseFlags& flags, const ReleaseQuestion& question) {
  ASSIGN_OR_RETURN(const auto root, question.trust.Load());
  ASSIGN_OR_RETURN(const absl::Time deadline, question.registry.Deadline());
  ASSIGN_OR_RETURN(ReleaseRecord record, flags.file.empty() ? ReadInstalled(flags.installed, deadline)
                                                            : ReadReleaseFile(flags.file));
  if (!flags.installed.namespace_name.empty()) record.namespace_name = flags.installed.namespace_name;
  const verification::ReleaseSetting setting{
      .policies = question.policies,
      .namespace_name = record.namespace_name,
      .namespace_labels = record.namespace_labels.has_value() ? &*record.namespace_labels : nullptr};
  const verification::ChartPlaces places =
      verification::FindChartPlaces(record.release.content.metadata, setting);
  std::vector<oci::Reference> repositories;
  for (const verification::ChartPlace& place : places.places) repositories.push_back(place.repository);
  ASSIGN_OR_RETURN(const auto client, question.registry.MakeClient(repositories));
  verification::RegistryCharts charts(*client, root);
  const verification::ReleaseReport report =
      verification::VerifyRelease(record.release, places, question.policies.no_match, charts, deadline);
  Print(record, report, question.output);
  return ExitCodeOf(report);
}

}  // namespace chartseal::cli
