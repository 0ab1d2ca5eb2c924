#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "publisher/package/package.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/child_process.h"

namespace chartseal::publisher {
namespace {

constexpr char kVariable[] = "SOURCE_DATE_EPOCH";
constexpr char kShallow[] =
    "this clone is shallow, and all that it knows of the directory is where its history was cut off, so "
    "that a whole clone would give another time; fetch the history (actions/checkout with fetch-depth: 0, or "
    "git fetch --unshallow)";
using Environment = std::function<std::optional<std::string>(const char*)>;

// Digits and nothing else; nullopt also for what int64 does not hold.
std::optional<absl::Time> ParseSeconds(std::string_view text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !absl::ascii_isdigit(text[0])) {
    return std::nullopt;
  }
  return absl::FromUnixSeconds(seconds);
}

absl::Status NoTime(const std::string& directory, std::string_view why) {
  return WithReason(
      absl::FailedPreconditionError(
          Cat(Printable(directory), ": no time for the archive's entries: ", why, "; set ", kVariable,
              " to the seconds since 1970 of the release (git log -1 --format=%ct prints them)")),
      Reason::kFileUnusable);
}

std::optional<std::string> FindGit(const Environment& environment) {
  const std::string search_path = environment("PATH").value_or("");
  for (const absl::string_view directory : absl::StrSplit(search_path, ':')) {
    const std::string candidate = Cat(directory, "/git");
    // A directory that is not absolute is passed over: what runs must not depend on where we were started.
    if (candidate[0] == '/' && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

absl::StatusOr<absl::Time> CommitTime(const std::string& directory, const Environment& environment) {
  const auto git = FindGit(environment);
  if (!git) return NoTime(directory, Cat(kVariable, " is not set, and git is not in PATH"));
  // A signature that git was told to show would come before the time. Behind it, the names of the commit:
  // what git knows only because the clone ends there is "grafted", before everything else.
  const auto child = oci::RunChild(*git,
                                   {"-c", "log.showSignature=false", "-C", directory, "--no-pager", "log",
                                    "-1", "--no-color", "--decorate=full", "--format=%ct %D", "--", "."},
                                   "", limits::kMaxHelperOutputBytes, limits::kMaxHelperTime);
  if (!child.ok()) return NoTime(directory, Cat("git log: ", Message(child.status())));
  const std::string_view output = FromAbsl(absl::StripAsciiWhitespace(child->output));
  if (child->exit_code != 0) {
    return NoTime(directory,
                  Cat(kVariable, " is not set, and git knows no repository here, or trusts its owner not"));
  }
  if (output.empty())
    return NoTime(directory, Cat(kVariable, " is not set, and no commit has anything of this directory"));
  const size_t end = std::min(output.find(' '), output.size());
  if (output.substr(end).starts_with(" grafted")) return NoTime(directory, kShallow);
  const auto time = ParseSeconds(output.substr(0, end));
  if (!time) return NoTime(directory, Cat("git log printed ", Printable(output, 80)));
  return *time;
}

}  // namespace

absl::StatusOr<absl::Time> SourceTime(const std::string& directory, const Environment& environment) {
  const std::string text = environment(kVariable).value_or("");
  if (text.empty()) return CommitTime(directory, environment);
  if (const auto time = ParseSeconds(text)) return *time;
  return WithReason(
      absl::InvalidArgumentError(Cat(kVariable, ": \"", Printable(text, 80),
                                     "\" is not a whole number of seconds since 1970, not negative")),
      Reason::kFileUnusable);
}

}  // namespace chartseal::publisher
