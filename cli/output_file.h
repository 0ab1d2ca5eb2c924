#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace chartseal::cli {

// Puts `bytes` under `path`, all of them or none: written beside it and renamed, so that whoever reads it
// meanwhile sees the old file or the new one. Errors name the path and carry kFileUnusable.
absl::Status WriteWholeFile(const std::string& path, std::string_view bytes);

}  // namespace chartseal::cli
