#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/release_record.h"

namespace chartseal::cli {

// Which release `chartseal verify` is asked about, instead of artifacts.
struct ReleaseFlags {
  InstalledRelease installed;
  std::string file;

  void AddTo(CLI::App& app);
  bool Any() const;
  // Wrong usage when it cannot be told which one is meant.
  absl::Status Check() const;

 private:
  bool NamesCluster() const;
};

// What a release is verified with.
struct ReleaseQuestion {
  const policy::PolicySet& policies;
  const TrustFlags& trust;
  const RegistryFlags& registry;
  OutputFormat output;
};

// Verifies the release and prints what came of it. Requires Check().
absl::StatusOr<ExitCode> VerifyRelease(const ReleaseFlags& flags, const ReleaseQuestion& question);

}  // namespace chartseal::cli
