#include "publisher/checks/chart_checks.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "publisher/checks/markdown_headings.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/chart/metadata.h"

namespace chartseal::publisher {
namespace {

std::string_view WithoutV(std::string_view version) {
  const bool has_v =
      version.size() > 1 && version[0] == 'v' && absl::ascii_isdigit(static_cast<unsigned char>(version[1]));
  return has_v ? version.substr(1) : version;
}

absl::StatusOr<std::string> ReadOf(const std::string& path, size_t max_bytes) {
  auto text = ReadFile(path, max_bytes);
  if (text.ok() || ReasonOf(text.status()) != Reason::kNone) return text;
  return WithReason(text.status(), Reason::kFileUnusable);
}

// Where Chart.yaml says appVersion; 0 when it does not.
int AppVersionLine(std::string_view yaml, const std::string& path) {
  const auto node = ParseYaml(yaml, path);
  const Node* value = node.ok() ? node->Find("appVersion") : nullptr;
  return value == nullptr ? 0 : value->line();
}

void CheckHeading(const std::string& wanted, const std::vector<MarkdownHeading>& headings,
                  const std::string& path, CheckFindings& findings) {
  std::vector<int> lines;
  for (const MarkdownHeading& heading : headings) {
    if (heading.level == 2 && heading.title == wanted) lines.push_back(heading.line);
  }
  if (lines.empty()) {
    findings.push_back({.reason = Reason::kReadmeHeadingMissing,
                        .file = path,
                        .what = Cat("the section \"", wanted, "\" is missing"),
                        .expected = Cat("## ", wanted),
                        .next = Cat("add the heading \"## ", wanted, "\" with its text")});
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    findings.push_back({.reason = Reason::kReadmeHeadingRepeated,
                        .file = path,
                        .line = lines[i],
                        .what = Cat("the section \"", wanted, "\" stands here again"),
                        .found = Cat("first on line ", lines[0]),
                        .next = "keep one of them"});
  }
}

// Whether a command, which "\\" at a line's end may continue, installs from a registry.
bool ShowsInstall(std::string_view readme) {
  bool installs = false;
  while (!readme.empty()) {
    const size_t end = std::min(readme.find('\n'), readme.size());
    const std::string_view line = readme.substr(0, end);
    readme.remove_prefix(std::min(end + 1, readme.size()));
    const bool named = line.find("helm install") != std::string_view::npos ||
                       line.find("helm upgrade --install") != std::string_view::npos;
    installs = installs || named;
    if (installs && line.find("oci://") != std::string_view::npos) return true;
    if (line.empty() || line.back() != '\\') installs = false;
  }
  return false;
}

}  // namespace

absl::StatusOr<CheckFindings> CheckAppVersion(const std::string& directory, std::string_view version) {
  const std::string path = directory + "/Chart.yaml";
  ASSIGN_OR_RETURN(const std::string yaml, ReadOf(path, limits::kMaxChartYamlBytes));
  ASSIGN_OR_RETURN(const chart::Metadata metadata, chart::ParseMetadata(yaml, path));
  const std::string wanted(WithoutV(version));
  if (WithoutV(metadata.app_version) == wanted) return CheckFindings{};
  CheckFinding finding{.reason = Reason::kAppVersionMismatch,
                       .file = path,
                       .line = AppVersionLine(yaml, path),
                       .what = "appVersion is not the version of what is released",
                       .expected = wanted,
                       .found = metadata.app_version.empty() ? "none" : metadata.app_version,
                       .next = Cat("set appVersion: \"", wanted, "\" in Chart.yaml")};
  return CheckFindings{std::move(finding)};
}

absl::StatusOr<CheckFindings> CheckReadme(const std::string& directory,
                                          const std::vector<std::string>& headings,
                                          const std::vector<std::string>& texts) {
  const std::string path = directory + "/README.md";
  ASSIGN_OR_RETURN(const std::string readme, ReadOf(path, limits::kMaxReadmeBytes));
  const std::vector<MarkdownHeading> found = MarkdownHeadings(readme);
  CheckFindings findings;
  for (const std::string& heading : headings) CheckHeading(heading, found, path, findings);
  if (!ShowsInstall(readme)) {
    findings.push_back({.reason = Reason::kReadmeTextMissing,
                        .file = path,
                        .what = "no command shows how to install the chart from its registry",
                        .expected = "helm install NAME oci://…",
                        .next = "show the command under Install"});
  }
  for (const std::string& text : texts) {
    if (absl::StrContains(readme, text)) continue;
    findings.push_back({.reason = Reason::kReadmeTextMissing,
                        .file = path,
                        .what = Cat("the text \"", Printable(text), "\" is missing"),
                        .expected = text,
                        .next = "say it where a reader looks for it"});
  }
  return findings;
}

std::vector<std::string> DefaultReadmeHeadings() {
  return {"Install", "Upgrade", "Uninstall", "Values reference", "Troubleshooting"};
}

}  // namespace chartseal::publisher
