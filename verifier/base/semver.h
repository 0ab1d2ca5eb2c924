#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/reason.h"

// Versions (https://semver.org/spec/v2.0.0.html) and ranges of them as helm, Flux, Argo CD and Fleet read
// them (spec/helm-oci-kubernetes.md §2.2, §5).
namespace chartseal {

// Those programs are built with one library, Masterminds' semver for Go, of which two generations are in use.
// They differ in when a range takes a prerelease, and in zeros in front of numbers.
enum class RangeRules {
  // Up to 3.3: a prerelease must be let in by each comparison on its own, so ">=1.0.0-0 <2.0.0" has no
  // 1.5.0-rc.1: the second one names no prerelease. "!=1.2.3" lets every one in. "01.2.3" is no version.
  kUpTo33,
  // Since 3.4: one comparison that names a prerelease lets it into all of its group (what stands between
  // "||"). "01.2.3" is 1.2.3.
  kSince34,
};

// A version. A value type; always well-formed.
class SemVer {
 public:
  // MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD] and nothing else; numbers are below 2^64, and
  // limits::kMaxVersionBytes bounds the whole. InvalidArgument (Reason::kChartVersionInvalid).
  static absl::StatusOr<SemVer> Parse(std::string_view text);
  // The same, or short of that: "v" may stand in front, minor and patch may be left out. What Argo CD takes
  // tags for, and helm an exact version.
  static absl::StatusOr<SemVer> ParseLoose(std::string_view text, RangeRules rules);

  uint64_t major_number() const { return numbers_[0]; }
  uint64_t minor_number() const { return numbers_[1]; }
  uint64_t patch_number() const { return numbers_[2]; }
  const std::string& prerelease() const { return prerelease_; }  // without "-"; empty for a stable version
  const std::string& build() const { return build_; }            // without "+"
  bool is_stable() const { return prerelease_.empty(); }

  // Precedence (§11): below, at or above zero as this one comes before, with or after `other`. Build metadata
  // does not count, so that versions which differ can be equal here. Numbers of 2^64 and more in a prerelease
  // are text, as for the library.
  int Compare(const SemVer& other) const;

  // In full, "1.2.0-rc.1+build.5"; Parse(ToString()) gives the same version.
  std::string ToString() const;

  friend bool operator==(const SemVer&, const SemVer&) = default;

 private:
  friend class VersionRange;
  SemVer() = default;
  static absl::StatusOr<SemVer> Read(std::string_view text, size_t min_numbers, bool zeros,
                                     std::string_view expected);

  uint64_t numbers_[3] = {0, 0, 0};
  std::string prerelease_;
  std::string build_;
};

// A range of versions. Comparisons, of which all must hold, with spaces or one comma between them; groups of
// them, of which one must hold, with "||" between them:
//
//   =1.2.3 1.2.3 !=1.2.3   <1.2.3 <=1.2.3 =<1.2.3 >1.2.3 >=1.2.3 =>1.2.3
//   ~1.2.3 ~>1.2.3         >=1.2.3 with the same minor version
//   ^1.2.3                 >=1.2.3 with the same leftmost number that is not zero
//   1.2 - 3.4              >=1.2 <=3.4
//
// What is left out, or written as x, X or *, stands for anything: "1.2", "1.2.x" and "~1.2" are the same, and
// "*" is every version. "v" may stand in front of each. Prereleases are in a range only where it names one
// (RangeRules).
//
// Immutable, const access is thread-safe.
class VersionRange {
 public:
  // InvalidArgument carrying `reason`; at most limits::kMaxRangeBytes and limits::kMaxRangeTerms. Refused is
  // "1||2 - 3", though the library takes it: it reads "1||2" as the lower end.
  static absl::StatusOr<VersionRange> Parse(std::string_view text, RangeRules rules = RangeRules::kUpTo33,
                                            Reason reason = Reason::kChartSourceMalformed);

  bool Contains(const SemVer& version) const;

 private:
  // A version of which the last numbers may be open.
  struct Partial {
    SemVer floor;   // zero for what is open
    int given = 0;  // numbers before the first open one: 0 to 3
  };
  enum class Operator { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kTilde, kCaret };
  struct Comparison {
    Operator op;
    Partial with;
  };
  struct Group {
    std::vector<Comparison> all;
    bool names_prerelease = false;
  };
  class Parser;

  static int CompareNumbers(const SemVer& a, const SemVer& b, int count);
  static int FixedByTilde(const Partial& with);
  static int FixedByCaret(const Partial& with);
  static bool Holds(const Comparison& comparison, const SemVer& version);
  bool LetsIn(const Group& group, const Comparison& comparison, const SemVer& version) const;

  RangeRules rules_ = RangeRules::kUpTo33;
  std::vector<Group> any_;
};

}  // namespace chartseal
