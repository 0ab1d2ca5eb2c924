#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace chartseal::cli {

// --created: what the manifest of a chart says about when it was made. It is part of the digest.
struct CreatedFlag {
  std::string text;

  void AddTo(CLI::App& app);
  // The flag as it was given; else SOURCE_DATE_EPOCH; else the time of the file, as helm takes it; the latter
  // two in UTC. Usage error when the flag is not RFC 3339 in whole seconds or the variable no number of them;
  // NotFound/kFileUnusable when there is no such file.
  absl::StatusOr<std::string> For(const std::string& file) const;
};

}  // namespace chartseal::cli
