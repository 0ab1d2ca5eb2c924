#include "publisher/checks/shell_commands.h"

#include "absl/strings/ascii.h"

namespace chartseal::publisher {
namespace {

constexpr int kMaxNesting = 16;  // of $(…) inside $(…); deeper text stays part of its word

bool IsAssignment(std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  for (const unsigned char c : word.substr(0, equals)) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return !absl::ascii_isdigit(static_cast<unsigned char>(word[0]));
}

// Reads a script from `text_` and appends its commands, inner ones first.
class Scanner {
 public:
  Scanner(std::string_view text, int line, int nesting, std::vector<ShellCommand>& out)
      : text_(text), line_(line), nesting_(nesting), out_(out) {}

  void Run() {
    while (at_ < text_.size()) Step();
    EndCommand();
  }

 private:
  void Step() {
    const char c = text_[at_];
    if (c == '\\') return Backslash();
    if (c == '\'') return SingleQuotes();
    if (c == '"') return DoubleQuotes();
    if (c == '$' && Next() == '(') return Substitution();
    if (c == '`') return Backticks();
    if (c == '#' && !in_word_) return Comment();
    ++at_;
    if (c == '\n') {
      EndCommand();
      ++line_;
    } else if (c == ';' || c == '&' || c == '|' || c == '(' || c == ')' || (c == '{' && !in_word_) ||
               (c == '}' && !in_word_)) {
      EndCommand();
    } else if (c == ' ' || c == '\t' || c == '\r') {
      EndWord();
    } else {
      Put(c);
    }
  }

  char Next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

  void Put(char c) {
    if (words_.empty() && !in_word_) first_line_ = line_;
    in_word_ = true;
    word_ += c;
  }
  void Put(std::string_view text) {
    if (words_.empty() && !in_word_) first_line_ = line_;
    in_word_ = true;
    word_ += text;
  }

  void Backslash() {
    if (Next() == '\n') {
      ++line_;
    } else if (Next() != '\0') {
      Put(Next());
    }
    at_ += 2;
  }

  void SingleQuotes() {
    const size_t end = text_.find('\'', at_ + 1);
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    Put(inside);
    for (const char c : inside) line_ += c == '\n';
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  void DoubleQuotes() {
    Put("");
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '$' && Next() == '(') {
        Substitution();
      } else if (text_[at_] == '`') {
        Backticks();
      } else if (text_[at_] == '\\') {
        Backslash();
      } else {
        line_ += text_[at_] == '\n';
        Put(text_[at_++]);
      }
    }
    ++at_;
  }

  // The text inside stays part of the word, and is a script of its own.
  void Inside(size_t from, size_t to) {
    const std::string_view script = text_.substr(from, to - from);
    if (nesting_ < kMaxNesting) Scanner(script, line_, nesting_ + 1, out_).Run();
    for (const char c : script) line_ += c == '\n';
  }

  void Substitution() {
    size_t end = at_ + 2;
    for (int open = 1; end < text_.size(); ++end) {
      if (text_[end] == '(') ++open;
      if (text_[end] == ')' && --open == 0) break;
    }
    Inside(at_ + 2, end);
    const size_t after = end < text_.size() ? end + 1 : end;
    Put(text_.substr(at_, after - at_));
    at_ = after;
  }

  void Backticks() {
    size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) end = text_.size();
    Inside(at_ + 1, end);
    const size_t after = end < text_.size() ? end + 1 : end;
    Put(text_.substr(at_, after - at_));
    at_ = after;
  }

  void Comment() {
    const size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
  }

  void EndWord() {
    if (!in_word_) return;
    words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  void EndCommand() {
    EndWord();
    if (words_.empty()) return;
    ShellCommand command{.words = {}, .assignments = {}, .line = first_line_};
    for (std::string& word : words_) {
      const bool leading = command.words.empty() && IsAssignment(word);
      (leading ? command.assignments : command.words).push_back(std::move(word));
    }
    words_.clear();
    out_.push_back(std::move(command));
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_;
  int nesting_;
  std::vector<ShellCommand>& out_;
  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false;
  int first_line_ = 0;
};

}  // namespace

std::vector<ShellCommand> ShellCommands(std::string_view script) {
  std::vector<ShellCommand> commands;
  Scanner(script, 1, 0, commands).Run();
  return commands;
}

}  // namespace chartseal::publisher
