#include "verifier/base/semver.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "verifier/base/limits.h"
#include "verifier/base/semver_internal.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

using semver_internal::ReadNumber;

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// The part up to the first `separator`, taken off `rest`.
std::string_view TakePart(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

// Identifiers with dots between them (§9, §10); in a prerelease, numbers have no zero in front.
bool AreIdentifiers(std::string_view text, bool zeros) {
  if (text.empty() || text.back() == '.') return false;
  while (!text.empty()) {
    const std::string_view part = TakePart(text, '.');
    if (part.empty() || !std::all_of(part.begin(), part.end(), semver_internal::IsIdentifierByte))
      return false;
    if (!zeros && part.size() > 1 && part[0] == '0' && IsDigits(part)) return false;
  }
  return true;
}

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// §11.4.
int CompareIdentifiers(std::string_view a, std::string_view b) {
  const std::optional<uint64_t> left = ReadNumber(a);
  const std::optional<uint64_t> right = ReadNumber(b);
  if (left.has_value() && right.has_value()) return Sign(*left, *right);
  if (left.has_value() != right.has_value()) return left.has_value() ? -1 : 1;
  return Sign(a, b);
}

int ComparePrereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return Sign(a.empty(), b.empty());  // a version without one comes last
  while (!a.empty() && !b.empty()) {
    const int order = CompareIdentifiers(TakePart(a, '.'), TakePart(b, '.'));
    if (order != 0) return order;
  }
  return Sign(!a.empty(), !b.empty());
}

absl::Status NoVersion(std::string_view text, std::string_view expected) {
  return Malformed(Reason::kChartVersionInvalid, Cat("version \"", Printable(text, 80), "\""),
                   Cat("expected ", expected));
}

}  // namespace

namespace semver_internal {

bool IsIdentifierByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

std::optional<uint64_t> ReadNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool Suffixes::AreWellFormed() const {
  return (!prerelease.has_value() || AreIdentifiers(*prerelease, /*zeros=*/false)) &&
         (!build.has_value() || AreIdentifiers(*build, /*zeros=*/true));
}

Suffixes TakeSuffixes(std::string_view& text) {
  Suffixes out;
  if (const size_t plus = text.find('+'); plus != text.npos) {
    out.build = text.substr(plus + 1);
    text = text.substr(0, plus);
  }
  if (const size_t dash = text.find('-'); dash != text.npos) {
    out.prerelease = text.substr(dash + 1);
    text = text.substr(0, dash);
  }
  return out;
}

}  // namespace semver_internal

absl::StatusOr<SemVer> SemVer::Read(std::string_view text, size_t min_numbers, bool zeros,
                                    std::string_view expected) {
  if (text.size() > limits::kMaxVersionBytes) {
    return NoVersion(text, Cat("at most ", limits::kMaxVersionBytes, " bytes"));
  }
  std::string_view core = text;
  const semver_internal::Suffixes suffixes = semver_internal::TakeSuffixes(core);
  SemVer version;
  size_t count = 0;
  for (bool more = true; more; ++count) {
    more = core.find('.') != core.npos;
    const std::string_view part = TakePart(core, '.');
    const std::optional<uint64_t> number = ReadNumber(part);
    if (count == 3 || !number.has_value() || (!zeros && part.size() > 1 && part[0] == '0')) {
      return NoVersion(text, expected);
    }
    version.numbers_[count] = *number;
  }
  if (count < min_numbers || !suffixes.AreWellFormed()) return NoVersion(text, expected);
  version.prerelease_ = std::string(suffixes.prerelease.value_or(""));
  version.build_ = std::string(suffixes.build.value_or(""));
  return version;
}

absl::StatusOr<SemVer> SemVer::Parse(std::string_view text) {
  return Read(text, 3, /*zeros=*/false,
              "MAJOR.MINOR.PATCH, as in 1.2.3, 1.2.3-rc.1 or 1.2.3+build.5, without \"v\" in front");
}

absl::StatusOr<SemVer> SemVer::ParseLoose(std::string_view text, RangeRules rules) {
  const std::string_view without = text.starts_with('v') ? text.substr(1) : text;
  return Read(without, 1, /*zeros=*/rules == RangeRules::kSince34,
              "one to three numbers, as in 1.2.3, v1.2 or 1.2.3-rc.1");
}

int SemVer::Compare(const SemVer& other) const {
  for (size_t i = 0; i < 3; ++i) {
    if (numbers_[i] != other.numbers_[i]) return Sign(numbers_[i], other.numbers_[i]);
  }
  return ComparePrereleases(prerelease_, other.prerelease_);
}

std::string SemVer::ToString() const {
  return Cat(numbers_[0], ".", numbers_[1], ".", numbers_[2], prerelease_.empty() ? "" : "-", prerelease_,
             build_.empty() ? "" : "+", build_);
}

}  // namespace chartseal
