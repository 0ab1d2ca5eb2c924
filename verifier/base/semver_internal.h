#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// What versions and ranges of them have in common.
namespace chartseal::semver_internal {

// Letters, digits and "-".
bool IsIdentifierByte(char c);

// Digits alone, below 2^64.
std::optional<uint64_t> ReadNumber(std::string_view text);

// What stands behind the numbers; nullopt without "-" or "+". Borrowed.
struct Suffixes {
  std::optional<std::string_view> prerelease;
  std::optional<std::string_view> build;

  bool AreWellFormed() const;
};

// Takes them off `text`.
Suffixes TakeSuffixes(std::string_view& text);

}  // namespace chartseal::semver_internal
