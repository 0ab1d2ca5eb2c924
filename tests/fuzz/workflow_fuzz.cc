#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "publisher/checks/workflow_checks.h"

namespace {

constexpr std::string_view kVariable = "KO_DOCKER_REPO";

// What a person does who trusts the check: searches for the name, leaving out lines with comments.
size_t PlainSearch(std::string_view text) {
  size_t found = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.find(kVariable) != std::string_view::npos && line.find('#') == std::string_view::npos) ++found;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace

// Findings stand on lines of the file, in their order, and say what to do. A workflow without findings names
// the variable on one line at most. What cannot be read says where.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  chartseal::publisher::WorkflowRules rules;
  rules.parameterless = {std::string(kVariable)};
  const auto findings = chartseal::publisher::CheckWorkflow(text, "release.yml", rules);
  if (!findings.ok()) {
    if (findings.status().message().find("release.yml") == std::string_view::npos) std::abort();
    return 0;
  }
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  int before = 0;
  for (const auto& finding : *findings) {
    if (finding.line < before || finding.line > lines) std::abort();
    if (finding.file != "release.yml" || finding.what.empty() || finding.next.empty()) std::abort();
    before = finding.line;
  }
  if (findings->empty() && PlainSearch(text) > 1) std::abort();
  return 0;
}
