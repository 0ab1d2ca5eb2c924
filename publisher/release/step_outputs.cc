#include "publisher/release/step_outputs.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

absl::Status CannotWrite(const std::string& path) {
  return WithReason(absl::FailedPreconditionError(Cat(path, ": cannot be written: ", std::strerror(errno))),
                    Reason::kFileUnusable);
}

// In one write, so that steps of other programs that append to the same file do not get in between.
absl::Status AppendToFile(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "ae");
  if (file == nullptr) return CannotWrite(path);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = std::fclose(file) == 0;
  return written && closed ? absl::OkStatus() : CannotWrite(path);
}

// Text from outside inside a table cell of Markdown.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : Printable(text, 500)) {
    if (std::strchr("|<>&`*_[]\\", c) != nullptr) out += '\\';
    out += c;
  }
  return out;
}

std::string HowToCheck(const Published& published) {
  const std::string who = published.identity.empty()
                              ? "--key PUBLIC_KEY"
                              : Cat("--certificate-identity '", published.identity,
                                    "' --certificate-oidc-issuer '", published.issuer, "'");
  return Cat("\nCheck it:\n\n```\nchartseal verify oci://", published.reference, " ", who,
             "\nhelm pull oci://", published.reference.substr(0, published.reference.find('@')), "\n```\n");
}

}  // namespace

absl::Status WriteStepOutputs(const std::vector<std::pair<std::string, std::string>>& outputs,
                              const Environment& environment) {
  const auto path = environment("GITHUB_OUTPUT");
  if (!path.has_value() || path->empty()) return absl::OkStatus();
  std::string text;
  for (const auto& [name, value] : outputs) {
    if (value.find_first_of("\r\n") != std::string::npos) {
      return absl::InvalidArgumentError(Cat("step output ", name, " holds a line break"));
    }
    text += Cat(name, "=", value, "\n");
  }
  return AppendToFile(*path, text);
}

std::string StepSummary(const PublishResult& result) {
  const Published& published = result.published;
  std::string out = result.status.ok() ? "### Chart published\n\n" : "### Chart not published\n\n";
  if (!published.reference.empty()) out += Cat("`", Printable(published.reference, 500), "`\n\n");
  out += "| Step | Outcome | |\n|---|---|---|\n";
  for (const PublishStep& step : result.steps) {
    out += Cat("| ", Cell(step.name), " | ", Name(step.outcome), " | ", Cell(step.detail), " |\n");
  }
  if (result.status.ok()) out += HowToCheck(published);
  return out;
}

absl::Status WriteStepSummary(const PublishResult& result, const Environment& environment) {
  const auto path = environment("GITHUB_STEP_SUMMARY");
  if (!path.has_value() || path->empty()) return absl::OkStatus();
  return AppendToFile(*path, StepSummary(result));
}

}  // namespace chartseal::publisher
