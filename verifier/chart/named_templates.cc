#include "verifier/chart/named_templates.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

namespace chartseal::chart {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsQuote(char c) { return c == '"' || c == '`' || c == '\''; }

// Where the quoted text that begins at `at` ends: behind its last quote.
size_t EndOfQuoted(std::string_view text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at) {
    if (quote != '`' && text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// `block` defines what it takes; one that a subchart defines as well is still the chart's own, which is read
// after those of its subcharts.
bool Defines(std::string_view word) { return word == "define" || word == "block"; }
bool Takes(std::string_view word) { return word == "include" || word == "template" || word == "tpl"; }

// One of these words, where it is a function or keyword.
struct Word {
  std::string_view text;
  std::optional<std::string_view> literal;  // that stands behind it, without quotes
  bool own_file = false;  // behind it stands how templates name another file of their own chart
};

// Of checksums in annotations: {{ include (print $.Template.BasePath "/cm.yaml") . | sha256sum }}.
constexpr std::string_view kOwnFiles[] = {"(print $.Template.BasePath ", "(print .Template.BasePath "};

// Those of all actions ("{{ … }}") of a template.
class ActionWords {
 public:
  explicit ActionWords(std::string_view text) : text_(text) {}

  // Or nullopt behind the last.
  std::optional<Word> Next() {
    while (at_ < text_.size()) {
      if (!inside_) {
        if (!Enter()) return std::nullopt;
      } else if (text_.substr(at_).starts_with("}}")) {
        inside_ = false;
        at_ += 2;
      } else if (IsQuote(text_[at_])) {
        at_ = EndOfQuoted(text_, at_);
      } else if (text_[at_] == '.' || text_[at_] == '$') {  // a field or a variable
        ++at_;
        TakeName();
      } else if (IsLetter(text_[at_])) {
        const std::string_view name = TakeName();
        if (Defines(name) || Takes(name)) return Word{name, Literal(), NamesOwnFile()};
      } else {
        ++at_;
      }
    }
    return std::nullopt;
  }

 private:
  bool Enter() {
    at_ = text_.find("{{", at_);
    if (at_ == text_.npos) {
      at_ = text_.size();
      return false;
    }
    at_ += 2;
    inside_ = true;
    const size_t begin = text_.find_first_not_of("- \t\r\n", at_);
    if (begin == text_.npos || !text_.substr(begin).starts_with("/*")) return true;
    const size_t end = text_.find("*/", begin + 2);
    at_ = end == text_.npos ? text_.size() : end + 2;
    return true;
  }

  std::string_view TakeName() {
    const size_t begin = at_;
    while (at_ < text_.size() && (IsLetter(text_[at_]) || IsDigit(text_[at_]))) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::optional<std::string_view> Literal() const {
    const size_t begin = text_.find_first_not_of(kSpaces, at_);
    if (begin == text_.npos || (text_[begin] != '"' && text_[begin] != '`')) return std::nullopt;
    const size_t end = EndOfQuoted(text_, begin);
    if (end < begin + 2) return std::nullopt;
    return text_.substr(begin + 1, end - begin - 2);
  }

  bool NamesOwnFile() const {
    const size_t begin = text_.find_first_not_of(kSpaces, at_);
    return begin != text_.npos &&
           std::any_of(std::begin(kOwnFiles), std::end(kOwnFiles),
                       [&](std::string_view own) { return text_.substr(begin).starts_with(own); });
  }

  std::string_view text_;
  size_t at_ = 0;
  bool inside_ = false;
};

}  // namespace

bool TakesNamedTemplates(std::string_view text) {
  ActionWords words(text);
  while (const std::optional<Word> word = words.Next()) {
    if (Takes(word->text)) return true;
  }
  return false;
}

namespace {

// What the templates of one chart take besides what they define.
struct Taken {
  bool by_name = false;
  bool unknown = false;  // a name or text that is only known when it is rendered
};

Taken ForeignIn(const std::vector<File>& templates) {
  std::set<std::string_view> defined;
  std::set<std::string_view> taken;
  Taken out;
  for (const File& file : templates) {
    ActionWords words(file.bytes);
    while (const std::optional<Word> word = words.Next()) {
      if (Defines(word->text) && word->literal) defined.insert(*word->literal);
      if (!Takes(word->text) || word->own_file) continue;
      if (word->text == "tpl" || !word->literal) {
        out.unknown = true;
      } else {
        taken.insert(*word->literal);
      }
    }
  }
  out.by_name = !std::includes(defined.begin(), defined.end(), taken.begin(), taken.end());
  return out;
}

}  // namespace

bool TakeForeignTemplates(const std::vector<File>& templates) {
  const Taken taken = ForeignIn(templates);
  return taken.by_name || taken.unknown;
}

bool NameForeignTemplates(const std::vector<File>& templates) { return ForeignIn(templates).by_name; }

}  // namespace chartseal::chart
