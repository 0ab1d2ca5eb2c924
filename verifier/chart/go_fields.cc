#include "verifier/chart/go_fields.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "verifier/base/strings.h"

namespace chartseal::chart {
namespace {

std::string Fold(std::string_view key) {
  return absl::AsciiStrToLower(
      absl::StrReplaceAll(ToAbsl(key), {{"\u017f", "s"}, {"\u212a", "k"}}));  // long s, Kelvin sign
}

}  // namespace

std::string_view FieldOfOtherSpelling(std::string_view key, std::span<const std::string_view> names) {
  if (std::find(names.begin(), names.end(), key) != names.end()) return "";
  const std::string folded = Fold(key);
  for (const std::string_view name : names) {
    if (folded == Fold(name)) return name;
  }
  return "";
}

}  // namespace chartseal::chart
