#include "verifier/chart/chart_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/entry_name.h"

namespace chartseal::chart {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsLowerAlnum(char c) { return absl::ascii_islower(static_cast<unsigned char>(c)) || IsDigit(c); }
bool IsIdentifier(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-'; }
bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

// What stands between two runs of letters and digits: ".", "_", "__" or any number of "-".
bool IsSeparator(std::string_view text) {
  return text == "." || text == "_" || text == "__" ||
         (!text.empty() && text.find_first_not_of('-') == text.npos);
}

// ^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$
bool IsRepositoryComponent(std::string_view name) {
  while (true) {
    const size_t run = std::find_if_not(name.begin(), name.end(), IsLowerAlnum) - name.begin();
    if (run == 0) return false;
    name.remove_prefix(run);
    if (name.empty()) return true;
    const size_t gap = std::find_if(name.begin(), name.end(), IsLowerAlnum) - name.begin();
    if (!IsSeparator(name.substr(0, gap))) return false;
    name.remove_prefix(gap);
  }
}

// Calls `each` with every part of `text` between dots; whether all were right.
template <typename Each>
bool EachPart(std::string_view text, Each each) {
  while (true) {
    const size_t dot = text.find('.');
    if (!each(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsPart(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), IsIdentifier);
}
bool HasLeadingZero(std::string_view part) {
  return part.size() > 1 && part.front() == '0' && IsNumber(part);
}

struct Version {
  std::string_view core;
  std::string_view prerelease;  // without "-"
  std::string_view build;       // without "+"
  bool has_prerelease = false;
  bool has_build = false;
};

Version Split(std::string_view text) {
  Version out;
  if (const size_t plus = text.find('+'); plus != text.npos) {
    out.has_build = true;
    out.build = text.substr(plus + 1);
    text = text.substr(0, plus);
  }
  if (const size_t dash = text.find('-'); dash != text.npos) {
    out.has_prerelease = true;
    out.prerelease = text.substr(dash + 1);
    text = text.substr(0, dash);
  }
  out.core = text;
  return out;
}

// https://semver.org/spec/v2.0.0.html §2, §9, §10; leniently: one to three numbers, zeros in front of them.
bool IsSemVer(const Version& version, bool lenient) {
  size_t numbers = 0;
  const bool core = EachPart(version.core, [&](std::string_view part) {
    ++numbers;
    return IsNumber(part) && (lenient || !HasLeadingZero(part));
  });
  if (!core || numbers > 3 || (!lenient && numbers != 3)) return false;
  const bool prerelease = !version.has_prerelease || EachPart(version.prerelease, [](std::string_view part) {
    return IsPart(part) && !HasLeadingZero(part);
  });
  return prerelease && (!version.has_build || EachPart(version.build, IsPart));
}

}  // namespace

absl::Status CheckPublishedName(std::string_view name, std::string_view where) {
  if (!IsRepositoryComponent(name)) {
    return Malformed(
        Reason::kChartNameInvalid, where,
        Cat("name: \"", Printable(name, 80), "\" cannot be part of a repository's name; expected lower-case ",
            "letters and digits, with \"-\", \".\" or \"_\" between them"));
  }
  if (name.size() > limits::kMaxChartNameBytes) {
    return Malformed(Reason::kChartNameInvalid, where,
                     Cat("name: ", name.size(), " characters, at most ", limits::kMaxChartNameBytes));
  }
  return absl::OkStatus();
}

absl::Status CheckPublishedVersion(std::string_view version, std::string_view where) {
  if (!IsSemVer(Split(version), /*lenient=*/false)) {
    return Malformed(
        Reason::kChartVersionInvalid, where,
        Cat("version: \"", Printable(version, 80), "\" is not SemVer 2; expected MAJOR.MINOR.PATCH, as in ",
            "1.2.3, 1.2.3-rc.1 or 1.2.3+build.5, without \"v\" in front"));
  }
  if (version.size() > limits::kMaxTagBytes) {
    return Malformed(
        Reason::kChartVersionInvalid, where,
        Cat("version: ", version.size(), " characters; a tag has at most ", limits::kMaxTagBytes));
  }
  return absl::OkStatus();
}

absl::Status CheckLenient(const Metadata& metadata, std::string_view where) {
  const std::string_view name = metadata.name;
  if (!CheckFileName(name).ok() || name.find('/') != name.npos) {
    return Malformed(Reason::kChartNameInvalid, where,
                     Cat("name: \"", Printable(name, 80), "\" cannot be the name of a directory"));
  }
  std::string_view version = metadata.version;
  if (version.starts_with('v')) version.remove_prefix(1);
  if (!IsSemVer(Split(version), /*lenient=*/true)) {
    return Malformed(Reason::kChartVersionInvalid, where,
                     Cat("version: \"", Printable(metadata.version, 80), "\" is no version that helm takes"));
  }
  return absl::OkStatus();
}

}  // namespace chartseal::chart
