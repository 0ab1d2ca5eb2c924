#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/semver.h"
#include "verifier/base/semver_internal.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

constexpr std::string_view kSpaces = " \t\n\f\r";
constexpr std::string_view kOpen = "xX*";

bool IsSpace(char c) { return kSpaces.find(c) != kSpaces.npos; }
bool IsNumberByte(char c) { return (c >= '0' && c <= '9') || kOpen.find(c) != kOpen.npos; }
bool IsOpen(std::string_view number) { return number.size() == 1 && kOpen.find(number[0]) != kOpen.npos; }

}  // namespace

// Reads one group after the other, from left to right.
class VersionRange::Parser {
 public:
  Parser(std::string_view text, RangeRules rules, Reason reason)
      : text_(text), rest_(text), rules_(rules), reason_(reason) {}

  absl::StatusOr<VersionRange> Parse() {
    if (text_.size() > limits::kMaxRangeBytes) {
      return Error(Cat("expected at most ", limits::kMaxRangeBytes, " bytes"));
    }
    VersionRange range;
    range.rules_ = rules_;
    do {
      range.any_.emplace_back();
      RETURN_IF_ERROR(ReadGroup(range.any_.back(), range.any_.size() == 1));
    } while (Take("||"));
    return range;
  }

 private:
  absl::Status Error(std::string_view what) const {
    return Malformed(reason_, Cat("range of versions \"", Printable(text_, 80), "\""), what);
  }

  bool AtEndOfGroup() const { return rest_.empty() || rest_.starts_with("||"); }
  bool Take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  template <typename Is>
  std::string_view TakeAll(Is is) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is);
    const std::string_view taken = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  bool TakeSpaces() { return !TakeAll(IsSpace).empty(); }

  // A hyphen range must be told from what stands in front of it: it begins the text, or comes after a comma,
  // another hyphen range, or "||" and a space or "v".
  absl::Status ReadGroup(Group& group, bool first) {
    bool may_be_hyphen = TakeSpaces() || first || rest_.starts_with('v');
    for (;;) {
      const bool hyphen = TakeHyphenRange(group);
      if (hyphen && !may_be_hyphen) return Error("expected a comma in front of a hyphen range");
      if (!hyphen) RETURN_IF_ERROR(ReadComparison(group));
      if (terms_ + group.all.size() > limits::kMaxRangeTerms) {
        return Error(Cat("expected at most ", limits::kMaxRangeTerms, " comparisons"));
      }
      const bool spaces = TakeSpaces();
      const bool comma = Take(",");
      if (comma) {
        TakeSpaces();
      } else if (AtEndOfGroup()) {
        break;
      } else if (!spaces && !hyphen) {
        return Error(Cat("unexpected \"", Printable(rest_, 20), "\""));
      }
      may_be_hyphen = comma || hyphen;
    }
    terms_ += group.all.size();
    for (const Comparison& one : group.all) group.names_prerelease |= !one.with.floor.is_stable();
    return absl::OkStatus();
  }

  // "1.2 - 3.4"; takes nothing when it is something else.
  bool TakeHyphenRange(Group& group) {
    const std::string_view begin = rest_;
    auto from = ReadPartial();
    if (from.ok() && TakeSpaces() && Take("-") && TakeSpaces()) {
      if (auto to = ReadPartial(); to.ok()) {
        group.all.push_back({Operator::kGreaterOrEqual, *std::move(from)});
        group.all.push_back({Operator::kLessOrEqual, *std::move(to)});
        return true;
      }
    }
    rest_ = begin;
    return false;
  }

  absl::Status ReadComparison(Group& group) {
    const Operator op = TakeOperator();
    TakeSpaces();
    ASSIGN_OR_RETURN(Partial with, ReadPartial());
    group.all.push_back({op, std::move(with)});
    return absl::OkStatus();
  }

  Operator TakeOperator() {
    static constexpr std::array<std::pair<std::string_view, Operator>, 11> kOperators = {{
        {"!=", Operator::kNotEqual},
        {">=", Operator::kGreaterOrEqual},
        {"=>", Operator::kGreaterOrEqual},
        {"<=", Operator::kLessOrEqual},
        {"=<", Operator::kLessOrEqual},
        {"~>", Operator::kTilde},
        {">", Operator::kGreater},
        {"<", Operator::kLess},
        {"=", Operator::kEqual},
        {"~", Operator::kTilde},
        {"^", Operator::kCaret},
    }};
    for (const auto& [spelling, op] : kOperators) {
      if (Take(spelling)) return op;
    }
    return Operator::kEqual;
  }

  // Whatever stands behind the first open number does not count, but for a prerelease.
  absl::StatusOr<Partial> ReadPartial() {
    const std::string_view begin = rest_;
    Take("v");
    Partial partial;
    for (int count = 0; count == 0 || (count < 3 && Take(".")); ++count) {
      const std::string_view number = TakeAll(IsNumberByte);
      if (number.empty()) return Error(Cat("expected a version, found \"", Printable(begin, 20), "\""));
      if (partial.given < count || IsOpen(number)) continue;
      const std::optional<uint64_t> value = semver_internal::ReadNumber(number);
      const bool zeros = number.size() > 1 && number[0] == '0' && rules_ == RangeRules::kUpTo33;
      if (!value.has_value() || zeros) return Error(Cat("\"", Printable(number, 20), "\" is no number"));
      partial.floor.numbers_[partial.given++] = *value;
    }
    const auto in_suffix = [](char c) {
      return c == '.' || c == '+' || semver_internal::IsIdentifierByte(c);
    };
    std::string_view suffix = rest_.starts_with('-') || rest_.starts_with('+') ? TakeAll(in_suffix) : "";
    const semver_internal::Suffixes suffixes = semver_internal::TakeSuffixes(suffix);
    if (!suffix.empty() || !suffixes.AreWellFormed()) {
      return Error(Cat("expected a version, found \"", Printable(begin, 20), "\""));
    }
    partial.floor.prerelease_ = std::string(suffixes.prerelease.value_or(""));
    return partial;
  }

  const std::string_view text_;
  std::string_view rest_;
  const RangeRules rules_;
  const Reason reason_;
  size_t terms_ = 0;  // of the groups before this one
};

absl::StatusOr<VersionRange> VersionRange::Parse(std::string_view text, RangeRules rules, Reason reason) {
  return Parser(text, rules, reason).Parse();
}

// As Compare(), by the first `count` numbers alone.
int VersionRange::CompareNumbers(const SemVer& a, const SemVer& b, int count) {
  for (int i = 0; i < count; ++i) {
    if (a.numbers_[i] != b.numbers_[i]) return a.numbers_[i] < b.numbers_[i] ? -1 : 1;
  }
  return 0;
}

// How many numbers have to stay the same under "~": none under ~0.0.0, which is >=0.0.0.
int VersionRange::FixedByTilde(const Partial& with) {
  const auto& numbers = with.floor.numbers_;
  const bool zero = std::all_of(std::begin(numbers), std::end(numbers), [](uint64_t n) { return n == 0; });
  return with.given == 3 && zero ? 0 : std::min(with.given, 2);
}

// The same under "^": up to the leftmost that is not zero, or is the last that was given. An open version is
// 0.0.0 here.
int VersionRange::FixedByCaret(const Partial& with) {
  if (with.floor.numbers_[0] > 0 || with.given == 1) return 1;
  if (with.floor.numbers_[1] > 0 || with.given == 2) return 2;
  return 3;
}

// "*" alone is a partial version only for "=" and "~". For all others it is 0.0.0, and 0.0 for "<=".
bool VersionRange::Holds(const Comparison& comparison, const SemVer& version) {
  const SemVer& floor = comparison.with.floor;
  const int given = comparison.with.given;
  const bool partial = given == 1 || given == 2;
  const int order = version.Compare(floor);
  const int among = partial ? CompareNumbers(version, floor, given) : order;
  const auto same = [&](int fixed) { return order >= 0 && CompareNumbers(version, floor, fixed) == 0; };
  switch (comparison.op) {
    case Operator::kEqual:
      return given == 3 ? order == 0 : same(given);
    case Operator::kNotEqual:
      return among != 0 || (given == 2 && version.prerelease() != floor.prerelease());
    case Operator::kLess:
      return order < 0;
    case Operator::kLessOrEqual:
      return given == 0 ? CompareNumbers(version, floor, 2) <= 0 : among <= 0;
    case Operator::kGreater:
      return among > 0;
    case Operator::kGreaterOrEqual:
      return order >= 0;
    case Operator::kTilde:
      return same(FixedByTilde(comparison.with));
    case Operator::kCaret:
      return same(FixedByCaret(comparison.with));
  }
  return false;
}

bool VersionRange::LetsIn(const Group& group, const Comparison& comparison, const SemVer& version) const {
  if (version.is_stable()) return true;
  if (rules_ == RangeRules::kSince34) return group.names_prerelease;
  const bool exact = comparison.op == Operator::kNotEqual && comparison.with.given == 3;
  return exact || !comparison.with.floor.is_stable();
}

bool VersionRange::Contains(const SemVer& version) const {
  return std::any_of(any_.begin(), any_.end(), [&](const Group& group) {
    return std::all_of(group.all.begin(), group.all.end(), [&](const Comparison& comparison) {
      return LetsIn(group, comparison, version) && Holds(comparison, version);
    });
  });
}

}  // namespace chartseal
