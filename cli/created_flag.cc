#include "cli/created_flag.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/time/time.h"
#include "cli/environment.h"
#include "cli/flags.h"
#include "publisher/package/package.h"
#include "publisher/push/chart_push.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

// "2026-01-02T03:04:05" and "Z" or "+02:00", as helm writes it: no fraction, no lower case.
bool IsRfc3339(const std::string& text) {
  absl::Time time;
  std::string error;
  const size_t zone = sizeof("2026-01-02T03:04:05") - 1;
  if (text.size() != zone + 1 && text.size() != zone + 6) return false;
  if (text[10] != 'T' || (text.size() == zone + 1 && text[zone] != 'Z')) return false;
  return absl::ParseTime("%Y-%m-%dT%H:%M:%S%Ez", text, &time, &error);
}

}  // namespace

void CreatedFlag::AddTo(CLI::App& app, const std::string& otherwise) {
  app.add_option("--created", text,
                 Cat("When the chart was made, e.g. 2026-01-02T03:04:05Z; part of the digest (default: "
                     "SOURCE_DATE_EPOCH, else ",
                     otherwise, ", both in UTC)"))
      ->type_name("TIME");
}

absl::StatusOr<std::optional<std::string>> CreatedFlag::Given() const {
  if (text.empty()) return std::nullopt;
  if (IsRfc3339(text)) return text;
  return UsageError(
      Cat("--created: expected a time such as 2026-01-02T03:04:05Z, found \"", Printable(text, 40), "\""));
}

absl::StatusOr<std::string> CreatedFlag::For(const std::string& file) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> given, Given());
  if (given.has_value()) return *given;
  if (!Environment("SOURCE_DATE_EPOCH").value_or("").empty()) {
    ASSIGN_OR_RETURN(const absl::Time time, SourceTimeOf(file));
    return Rfc3339(time);
  }
  struct stat status;
  if (stat(file.c_str(), &status) != 0) {
    return WithReason(absl::ErrnoToStatus(errno, Cat(Printable(file, 1024), ": ", std::strerror(errno))),
                      Reason::kFileUnusable);
  }
  return Rfc3339(absl::FromUnixSeconds(status.st_mtim.tv_sec));
}

absl::StatusOr<absl::Time> SourceTimeOf(const std::string& directory) {
  const auto time = publisher::SourceTime(directory, Environment);
  // Only a variable that says something else than a time.
  if (absl::IsInvalidArgument(time.status())) return UsageError(Message(time.status()));
  return time;
}

}  // namespace chartseal::cli
