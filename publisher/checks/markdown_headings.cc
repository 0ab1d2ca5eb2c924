#include "publisher/checks/markdown_headings.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

std::string_view Trim(std::string_view text) { return FromAbsl(absl::StripAsciiWhitespace(ToAbsl(text))); }

size_t Indentation(std::string_view line) {
  size_t columns = 0;
  for (const char c : line) {
    if (c == ' ') ++columns;
    if (c == '\t') columns += 4 - columns % 4;
    if (c != ' ' && c != '\t') break;
  }
  return columns;
}

size_t RunOf(char c, std::string_view text) {
  const size_t end = text.find_first_not_of(c);
  return end == std::string_view::npos ? text.size() : end;
}

// A fence that opens or closes code: its sign and its length.
struct Fence {
  char sign = '`';
  size_t length = 0;
};

std::optional<Fence> FenceAt(std::string_view line) {
  if (Indentation(line) > 3) return std::nullopt;
  const std::string_view text = Trim(line);
  if (text.empty() || (text[0] != '`' && text[0] != '~')) return std::nullopt;
  const Fence fence{text[0], RunOf(text[0], text)};
  if (fence.length < 3) return std::nullopt;
  // What follows backticks may not hold another: then it is code within a line.
  if (fence.sign == '`' && text.substr(fence.length).find('`') != std::string_view::npos) return std::nullopt;
  return fence;
}

bool Closes(const Fence& open, std::string_view line) {
  const auto fence = FenceAt(line);
  return fence.has_value() && fence->sign == open.sign && fence->length >= open.length &&
         Trim(line).size() == fence->length;
}

std::optional<MarkdownHeading> AtxHeading(std::string_view line) {
  if (Indentation(line) > 3) return std::nullopt;
  const std::string_view text = Trim(line);
  const size_t level = RunOf('#', text);
  if (level == 0 || level > 6) return std::nullopt;
  if (text.size() > level && text[level] != ' ' && text[level] != '\t') return std::nullopt;
  std::string_view title = Trim(text.substr(level));
  const size_t last = title.find_last_not_of('#');
  if (last == std::string_view::npos) return MarkdownHeading{.level = static_cast<int>(level), .title = ""};
  // Closing signs count as such only after a blank.
  if (last + 1 < title.size() && (title[last] == ' ' || title[last] == '\t'))
    title = Trim(title.substr(0, last));
  return MarkdownHeading{.level = static_cast<int>(level), .title = std::string(title)};
}

// The level that an underline gives to the line above it; 0 when it is none.
int UnderlineLevel(std::string_view line) {
  const std::string_view text = Trim(line);
  if (Indentation(line) > 3 || text.empty()) return 0;
  if (text[0] != '=' && text[0] != '-') return 0;
  if (RunOf(text[0], text) != text.size()) return 0;
  return text[0] == '=' ? 1 : 2;
}

// Whether the line can be the text of an underlined heading: a paragraph, nothing else.
bool IsParagraph(std::string_view line) {
  const std::string_view text = Trim(line);
  if (text.empty() || Indentation(line) > 3) return false;
  return std::string_view("#>-*+|`~<=").find(text[0]) == std::string_view::npos;
}

// Reads line by line and remembers what is open.
class Reader {
 public:
  void Take(std::string_view line) {
    ++line_;
    if (InComment(line) || InFence(line)) {
      paragraph_.clear();
      return;
    }
    if (auto heading = AtxHeading(line); heading.has_value()) {
      Add(*std::move(heading), line_);
    } else if (const int level = UnderlineLevel(line); level > 0 && !paragraph_.empty()) {
      Add({.level = level, .title = std::string(Trim(paragraph_))}, line_ - 1);
    } else {
      paragraph_ = IsParagraph(line) ? std::string(line) : std::string();
      return;
    }
    paragraph_.clear();
  }
  std::vector<MarkdownHeading> Finish() && { return std::move(headings_); }

 private:
  void Add(MarkdownHeading heading, int line) {
    heading.line = line;
    headings_.push_back(std::move(heading));
  }

  bool InFence(std::string_view line) {
    if (fence_.has_value()) {
      if (Closes(*fence_, line)) fence_.reset();
      return true;
    }
    fence_ = FenceAt(line);
    return fence_.has_value();
  }

  bool InComment(std::string_view line) {
    if (fence_.has_value()) return false;
    if (!comment_ && Trim(line).substr(0, 4) == "<!--") comment_ = true;
    if (!comment_) return false;
    comment_ = line.find("-->") == std::string_view::npos;
    return true;
  }

  std::vector<MarkdownHeading> headings_;
  std::optional<Fence> fence_;
  bool comment_ = false;
  std::string paragraph_;  // the line before, when it is one
  int line_ = 0;
};

}  // namespace

std::vector<MarkdownHeading> MarkdownHeadings(std::string_view text) {
  Reader reader;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    reader.Take(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::move(reader).Finish();
}

}  // namespace chartseal::publisher
