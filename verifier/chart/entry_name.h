#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "absl/status/status.h"

namespace chartseal::chart {

// Why no two tools may be trusted to take `name` (components separated by "/") for the same file, or OK:
// an empty name or component, "." and "..", "\", control bytes, bytes that are not UTF-8, a drive letter in
// front ("C:/x"), more than limits::kMaxChartPathBytes. InvalidArgument without place or reason.
absl::Status CheckFileName(std::string_view name);

// The names of one chart, to find what cannot stand beside each other. Case matters.
class FileNames {
 public:
  // InvalidArgument without place or reason when `name`, which passes CheckFileName, is there already, or
  // when one of the two is a directory of the other.
  absl::Status Add(std::string_view name);

 private:
  std::unordered_set<std::string> files_;
  std::unordered_set<std::string> directories_;
};

}  // namespace chartseal::chart
