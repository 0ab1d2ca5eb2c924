#include "verifier/policy/pattern.h"

#include <re2/re2.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::policy {
namespace {

re2::StringPiece Piece(std::string_view text) { return re2::StringPiece(text.data(), text.size()); }

absl::Status CheckLength(std::string_view pattern) {
  if (pattern.empty())
    return absl::InvalidArgumentError("the pattern is empty; \".+\" or \"**\" would match anything");
  if (pattern.size() > limits::kMaxPatternBytes) {
    return absl::InvalidArgumentError(
        Cat("the pattern has ", pattern.size(), " bytes, more than the limit of ", limits::kMaxPatternBytes));
  }
  return absl::OkStatus();
}

// Stands for the digest of an image that is not known yet: stars match it, nothing else does.
constexpr std::string_view kAnyDigest =
    "@sha256:????????????????????????????????????????????????????????????????";

// Whether `text` from `at` on can be matched by `pattern` from `from` on. `stars` remembers where to resume.
// Two kinds of star need two resume points: `*` gives way to an earlier `**` when a slash stands in its way.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  struct Resume {
    size_t pattern = std::string_view::npos;
    size_t text = 0;
  };
  Resume single;
  Resume multi;
  size_t p = 0;
  size_t t = 0;
  while (t < text.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      const bool any = p + 1 < pattern.size() && pattern[p + 1] == '*';
      p += any ? 2 : 1;
      (any ? multi : single) = {p, t};
      if (any) single = {};
      continue;
    }
    if (p < pattern.size() && t < text.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
      continue;
    }
    if (single.pattern != std::string_view::npos && single.text < text.size() && text[single.text] != '/') {
      p = single.pattern;
      t = ++single.text;
      continue;
    }
    if (multi.pattern != std::string_view::npos && multi.text < text.size()) {
      p = multi.pattern;
      t = ++multi.text;
      single = {};
      continue;
    }
    return false;
  }
  return true;
}

}  // namespace

struct Regexp::Compiled {
  explicit Compiled(std::string_view pattern, const RE2::Options& options) : re(Piece(pattern), options) {}
  RE2 re;
};

absl::StatusOr<Regexp> Regexp::Compile(std::string_view pattern) {
  RETURN_IF_ERROR(CheckLength(pattern));
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(limits::kMaxRegexpMemory);
  auto compiled = std::make_shared<const Compiled>(pattern, options);
  if (!compiled->re.ok()) {
    return absl::InvalidArgumentError(
        Cat("not a regular expression (RE2 syntax): ", Printable(compiled->re.error())));
  }
  return Regexp(std::string(pattern), std::move(compiled));
}

bool Regexp::Matches(std::string_view text) const { return RE2::FullMatch(Piece(text), compiled_->re); }
bool Regexp::MatchesPart(std::string_view text) const {
  return RE2::PartialMatch(Piece(text), compiled_->re);
}

std::string Regexp::Widened() const {
  // An alternation must be grouped, and its anchors belong to single branches.
  if (pattern_.find('|') != std::string::npos) return Cat(".*(?:", pattern_, ").*");
  const bool anchored_end = pattern_.ends_with('$') && !pattern_.ends_with("\\$");
  return Cat(pattern_.starts_with('^') ? "" : ".*", pattern_, anchored_end ? "" : ".*");
}

absl::StatusOr<Glob> Glob::Parse(std::string_view pattern) {
  RETURN_IF_ERROR(CheckLength(pattern));
  if (pattern.find("***") != std::string_view::npos) {
    return absl::InvalidArgumentError("\"***\" means nothing; use \"*\" (no slash) or \"**\" (anything)");
  }
  return Glob(std::string(pattern));
}

absl::StatusOr<Glob> Glob::ParseForImagePolicy(std::string_view pattern) {
  RETURN_IF_ERROR(CheckLength(pattern));
  const auto allowed = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-_:/*.@").find(c) != std::string_view::npos;
  };
  if (!std::all_of(pattern.begin(), pattern.end(), allowed)) {
    return absl::InvalidArgumentError("expected letters, digits and - _ : / * . @ only");
  }
  if (pattern == "*") return Glob("index.docker.io/library/*", true);
  if (pattern == "*/*") return Glob("index.docker.io/*/*", true);
  return Glob(std::string(pattern), true);
}

bool Glob::Matches(std::string_view text) const {
  if (GlobMatches(pattern_, text)) return true;
  return digest_behind_ && GlobMatches(pattern_, Cat(text, kAnyDigest));
}

}  // namespace chartseal::policy
