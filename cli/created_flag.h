#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace CLI {
class App;
}

namespace chartseal::cli {

// --created: what the manifest of a chart says about when it was made. It is part of the digest.
struct CreatedFlag {
  std::string text;

  // `otherwise` says for --help what the time is without the flag and without SOURCE_DATE_EPOCH.
  void AddTo(CLI::App& app, const std::string& otherwise);
  // The flag as it was given; nullopt without it. Usage error when it is not RFC 3339 in whole seconds.
  absl::StatusOr<std::optional<std::string>> Given() const;
  // The flag as it was given; else SOURCE_DATE_EPOCH; else the time of the file, as helm takes it; the latter
  // two in UTC. Usage error when the flag is not RFC 3339 in whole seconds or the variable no number of them;
  // NotFound/kFileUnusable when there is no such file.
  absl::StatusOr<std::string> For(const std::string& file) const;
};

// publisher::SourceTime in the environment of this process; a SOURCE_DATE_EPOCH that is none is wrong usage.
absl::StatusOr<absl::Time> SourceTimeOf(const std::string& directory);

}  // namespace chartseal::cli
