#include "verifier/chart/chart_templates.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_replace.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
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

std::shared_ptr<const SourceTemplate> ReadTemplate(const Chart& chart, const File& file) {
  if (!BecomesDocuments(chart, file.name)) return nullptr;
  auto read = std::make_shared<SourceTemplate>();
  read->has_actions = file.bytes.find("{{") != file.bytes.npos;
  read->takes_named = read->has_actions && TakesNamedTemplates(file.bytes);
  if (!read->has_actions) {
    read->text = absl::StrReplaceAll(ToAbsl(file.bytes), {{ToAbsl(kNoValue), ToAbsl("")}});
    read->documents = SplitTemplate(read->text);
  }
  return read;
}

// Puts each chart under every path that it is rendered under, which aliases of charts within charts multiply:
// two of each make 2^8 at the depth that charts may have, a thousand of each 10^24.
class TemplateExpansion {
 public:
  absl::StatusOr<SourceTemplates> Run(const Chart& chart) && {
    const std::unique_ptr<ChartTemplates> read = Read(chart);
    RETURN_IF_ERROR(Add(*read, chart.metadata().name, /*subchart=*/false));
    return std::move(out_);
  }

 private:
  // A chart taken apart, once for all of its paths.
  struct ChartTemplates {
    std::vector<std::pair<std::string_view, std::shared_ptr<const SourceTemplate>>> templates;
    std::vector<std::pair<std::set<std::string>, std::unique_ptr<ChartTemplates>>> inner;  // by its names
  };

  static std::unique_ptr<ChartTemplates> Read(const Chart& chart) {
    auto out = std::make_unique<ChartTemplates>();
    for (const File& file : chart.templates()) {
      if (auto read = ReadTemplate(chart, file)) out->templates.emplace_back(file.name, std::move(read));
    }
    for (const Chart::Subchart& inner : chart.subcharts()) {
      out->inner.emplace_back(NamesInUse(inner.chart, chart), Read(inner.chart));
    }
    return out;
  }

  absl::Status Add(const ChartTemplates& chart, const std::string& path, bool subchart) {
    RETURN_IF_ERROR(Spend(1, path));
    for (const auto& [name, read] : chart.templates) {
      std::string source = Cat(path, "/", name);
      RETURN_IF_ERROR(Spend(1 + read->documents.size(), source));
      out_.templates_.insert_or_assign(std::move(source), SourceTemplates::Source{read, subchart});
    }
    for (const auto& [names, inner] : chart.inner) {
      for (const std::string& name : names) {
        RETURN_IF_ERROR(Add(*inner, Cat(path, "/charts/", name), /*subchart=*/true));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Spend(size_t count, std::string_view path) {
    if (count <= paths_ && path.size() <= bytes_) {
      paths_ -= count;
      bytes_ -= path.size();
      return absl::OkStatus();
    }
    const absl::Status status = absl::ResourceExhaustedError(
        Cat("the chart and the charts in it have more than ", limits::kMaxTemplatePaths,
            " templates and documents, or ", limits::kMaxTemplatePathBytes,
            " bytes of paths, under all the aliases of its dependencies"));
    return WithReason(status, Reason::kLimitExceeded);
  }

  SourceTemplates out_;
  size_t paths_ = limits::kMaxTemplatePaths;
  size_t bytes_ = limits::kMaxTemplatePathBytes;
};

absl::StatusOr<SourceTemplates> SourceTemplates::Of(const Chart& chart) {
  return TemplateExpansion().Run(chart);
}

const SourceTemplates::Source* SourceTemplates::Find(std::string_view source) const {
  const auto found = templates_.find(source);
  return found == templates_.end() ? nullptr : &found->second;
}

}  // namespace chartseal::chart
