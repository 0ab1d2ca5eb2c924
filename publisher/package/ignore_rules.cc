#include "publisher/package/ignore_rules.h"

#include <optional>

#include "publisher/package/go_glob.h"
#include "publisher/package/utf8.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kDefaultRule = "templates/.?*";
constexpr size_t kGoScannerLine = 64 << 10;  // of Go's line scanner, with which helm reads the file

absl::Status TooMuch(std::string_view where, std::string_view what) {
  return WithReason(absl::ResourceExhaustedError(Cat(where, ": ", what)), Reason::kLimitExceeded);
}

// What is wrong with a rule and what to write instead; nullopt when nothing is.
std::optional<std::string_view> Problem(std::string_view rule) {
  if (rule.size() >= kGoScannerLine) return "the line is longer than helm reads; shorten it";
  if (rule.find("**") != std::string_view::npos) {
    return "helm knows no \"**\"; name the directory (\"docs/\") or a pattern without it (\"docs/*\")";
  }
  if (rule.starts_with("//") || rule.starts_with("!//")) {
    return "helm 3 and helm 4 match a rule with two leading slashes differently; write one slash";
  }
  // The name that helm tries it with; what this leaves unread of a pattern matches nothing.
  if (GoMatch(rule, "abc") == GlobMatch::kMalformed) {
    return "the pattern is malformed: a \"[\" needs a class and its \"]\", a \"\\\" a character behind it";
  }
  return std::nullopt;
}

}  // namespace

IgnoreRules IgnoreRules::Default() {
  IgnoreRules rules;
  rules.rules_.push_back(Read(kDefaultRule));
  return rules;
}

IgnoreRules::Rule IgnoreRules::Read(std::string_view line) {
  Rule rule;
  rule.negated = line.starts_with('!');
  if (rule.negated) line.remove_prefix(1);
  rule.directories_only = line.ends_with('/');
  if (rule.directories_only) line.remove_suffix(1);
  rule.whole_path = line.find('/') != std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  rule.pattern = line;
  return rule;
}

absl::StatusOr<IgnoreRules> IgnoreRules::Parse(std::string_view text, std::string_view where) {
  if (text.size() > limits::kMaxIgnoreFileBytes) {
    return TooMuch(where, Cat("larger than the limit of ", limits::kMaxIgnoreFileBytes, " bytes"));
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  IgnoreRules rules;
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = text.find('\n');
    const std::string_view rule = TrimGoSpace(text.substr(0, end));
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    if (rule.empty() || rule.starts_with('#')) continue;
    if (const auto problem = Problem(rule)) {
      return WithReason(
          absl::FailedPreconditionError(Cat(where, ":", line, ": \"", Printable(rule, 80), "\": ", *problem)),
          Reason::kIgnoreRuleInvalid);
    }
    rules.rules_.push_back(Read(rule));
    if (rules.rules_.size() > limits::kMaxIgnoreRules) {
      return TooMuch(where, Cat("more rules than the limit of ", limits::kMaxIgnoreRules));
    }
  }
  rules.rules_.push_back(Read(kDefaultRule));
  return rules;
}

bool IgnoreRules::Matches(const Rule& rule, std::string_view path) {
  if (!rule.whole_path) path = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return GoMatch(rule.pattern, path) == GlobMatch::kYes;
}

bool IgnoreRules::Ignores(std::string_view path, bool is_directory) const {
  for (const Rule& rule : rules_) {
    const bool applies = !rule.directories_only || is_directory;
    if (rule.negated) {
      if (!applies || !Matches(rule, path)) return true;
    } else if (applies && Matches(rule, path)) {
      return true;
    }
  }
  return false;
}

}  // namespace chartseal::publisher
