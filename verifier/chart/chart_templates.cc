#include "verifier/chart/chart_templates.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_replace.h"
#include "verifier/base/strings.h"
#include "verifier/chart/named_templates.h"

namespace chartseal::chart {
namespace {

constexpr std::string_view kSeparator = "---";
constexpr std::string_view kBlanks = " \t\r\n\v\f";
// What helm takes out of all that it renders, since Go writes it for what is not there.
constexpr std::string_view kNoValue = "<no value>";

// Where the next separator begins: at the beginning of the text or of a line.
size_t FindSeparator(std::string_view text) {
  if (text.starts_with(kSeparator)) return 0;
  const size_t end_of_line = text.find(Cat("\n", kSeparator));
  return end_of_line == text.npos ? text.npos : end_of_line + 1;
}

// Whether there is more than blanks and comments.
bool SaysSomething(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    if (!line.empty() && !line.starts_with('#')) return true;
    text = end == text.npos ? "" : text.substr(end + 1);
  }
  return false;
}

bool BecomesDocuments(const Chart& chart, std::string_view name) {
  const std::string_view base = name.substr(name.rfind('/') + 1);
  return chart.metadata().type != "library" && !base.starts_with('_') && !name.ends_with("NOTES.txt");
}

// The names under which helm renders a subchart: of each dependency that is it, or its own when none is.
std::set<std::string> NamesInUse(const Chart& subchart, const Chart& parent) {
  std::set<std::string> names;
  for (const Dependency& dependency : parent.metadata().dependencies) {
    if (dependency.name != subchart.metadata().name) continue;
    names.insert(dependency.alias.empty() ? dependency.name : dependency.alias);
  }
  if (names.empty()) names.insert(subchart.metadata().name);
  return names;
}

}  // namespace

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::vector<std::string_view> SplitTemplate(std::string_view text) {
  std::vector<std::string_view> documents;
  text = Trimmed(text);
  while (true) {
    const size_t end = FindSeparator(text);
    const std::string_view document = Trimmed(text.substr(0, end));
    if (SaysSomething(document)) documents.push_back(document);
    if (end == text.npos) return documents;
    text.remove_prefix(end + kSeparator.size());
  }
}

SourceTemplates::SourceTemplates(const Chart& chart) {
  AddChart(chart, chart.metadata().name, /*subchart=*/false);
}

const SourceTemplate* SourceTemplates::Find(std::string_view source) const {
  const auto found = templates_.find(source);
  return found == templates_.end() ? nullptr : &found->second;
}

void SourceTemplates::AddChart(const Chart& chart, const std::string& path, bool subchart) {
  for (const File& file : chart.templates()) {
    if (!BecomesDocuments(chart, file.name)) continue;
    SourceTemplate& added = templates_[Cat(path, "/", file.name)];
    added.subchart = subchart;
    added.has_actions = file.bytes.find("{{") != file.bytes.npos;
    added.takes_named = added.has_actions && TakesNamedTemplates(file.bytes);
    if (added.has_actions) continue;
    added.text = absl::StrReplaceAll(ToAbsl(file.bytes), {{ToAbsl(kNoValue), ToAbsl("")}});
    added.documents = SplitTemplate(added.text);
  }
  for (const Chart::Subchart& inner : chart.subcharts()) {
    for (const std::string& name : NamesInUse(inner.chart, chart)) {
      AddChart(inner.chart, Cat(path, "/charts/", name), /*subchart=*/true);
    }
  }
}

}  // namespace chartseal::chart
