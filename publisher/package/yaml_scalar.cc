#include "publisher/package/yaml_scalar.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "publisher/package/utf8.h"
#include "publisher/package/yaml_plain.h"

namespace chartseal::publisher {
namespace {

// goyaml takes nothing above the basic plane for printable.
bool IsPrintable(uint32_t code) {
  return code == '\n' || (code >= 0x20 && code <= 0x7E) || (code >= 0xA0 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD && code != 0xFEFF);
}

bool AllPrintable(std::string_view text) {
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    if (!IsPrintable(character.code)) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

// Whether a character means something to a reader of block style, so that the text cannot be plain.
bool HasIndicator(std::string_view text) {
  if (text.starts_with("---") || text.starts_with("...")) return true;
  if (std::string_view("#,[]{}&*!|>'\"%@`").find(text[0]) != std::string_view::npos) return true;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool blank_follows = i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\t';
    const bool blank_precedes = i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t' || text[i - 1] == '\n';
    const char c = text[i];
    if (c == ':' && blank_follows) return true;
    if (i == 0 && (c == '?' || c == '-') && blank_follows) return true;
    if (i > 0 && c == '#' && blank_precedes) return true;
  }
  return false;
}

std::string Escaped(uint32_t code) {
  switch (code) {
    case 0:
      return "\\0";
    case '\a':
      return "\\a";
    case '\b':
      return "\\b";
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    case '\v':
      return "\\v";
    case '\f':
      return "\\f";
    case '\r':
      return "\\r";
    case 0x1B:
      return "\\e";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    default:
      break;
  }
  if (code <= 0xFF) return absl::StrFormat("\\x%02X", code);
  return code <= 0xFFFF ? absl::StrFormat("\\u%04X", code) : absl::StrFormat("\\U%08X", code);
}

constexpr size_t kBestWidth = 80;  // goyaml's; a line goes on to the next space behind it

// A scalar on its way out, folded at spaces.
class Folder {
 public:
  explicit Folder(const ScalarPlace& place) : place_(place), column_(place.column) {}

  void Put(std::string_view text) {
    out_ += text;
    for (const char c : text) column_ += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    after_space_ = text == " ";
  }
  // Whether a space here would become a line break.
  bool Folds() const { return place_.fold && !after_space_ && column_ > kBestWidth; }
  // The line break instead of a space.
  void Fold() {
    out_ += '\n';
    out_.append(static_cast<size_t>(place_.indent), ' ');
    column_ = static_cast<size_t>(place_.indent);
    after_space_ = true;
  }
  // Puts something that is not of the text and leaves what came before as it is.
  void PutMark(char mark) {
    out_ += mark;
    ++column_;
  }
  std::string Finish() { return std::move(out_); }

 private:
  ScalarPlace place_;
  std::string out_;
  size_t column_;
  bool after_space_ = false;
};

bool IsSpaceAt(std::string_view text, size_t i) { return i < text.size() && text[i] == ' '; }

// Neither style has a break or an unprintable character in it.
std::string PlainOrSingleQuoted(std::string_view text, bool quoted, const ScalarPlace& place) {
  Folder folder(place);
  if (quoted) folder.PutMark('\'');
  for (size_t i = 0; i < text.size();) {
    const size_t size = FirstCharacter(text.substr(i)).bytes;
    const bool inside = i > 0 && i + 1 < text.size();
    if (text[i] == ' ' && inside && folder.Folds() && !IsSpaceAt(text, i + 1)) {
      folder.Fold();
    } else if (text[i] == '\'' && quoted) {
      folder.Put("''");
    } else {
      folder.Put(text.substr(i, size));
    }
    i += size;
  }
  if (quoted) folder.PutMark('\'');
  return folder.Finish();
}

std::string DoubleQuoted(std::string_view text, const ScalarPlace& place) {
  Folder folder(place);
  folder.PutMark('"');
  for (size_t i = 0; i < text.size();) {
    const Character character = FirstCharacter(text.substr(i));
    const bool as_is = IsPrintable(character.code) && character.code != '\n' && character.code != '"' &&
                       character.code != '\\';
    if (text[i] == ' ' && i > 0 && i + 1 < text.size() && folder.Folds()) {
      folder.Fold();
      if (IsSpaceAt(text, i + 1)) folder.PutMark('\\');  // which a reader would take for indentation
    } else if (as_is) {
      folder.Put(text.substr(i, character.bytes));
    } else {
      folder.Put(Escaped(character.code));
    }
    i += character.bytes;
  }
  folder.PutMark('"');
  return folder.Finish();
}

std::string Literal(std::string_view text, int indent) {
  std::string out = "|";
  if (text[0] == ' ' || text[0] == '\n') out += "2";  // where the first line tells nothing of the indentation
  if (!text.ends_with('\n')) out += "-";
  if (text == "\n" || text.ends_with("\n\n")) out += "+";
  out += "\n";
  bool line_starts = true;
  for (const char c : text) {
    if (line_starts && c != '\n') out.append(static_cast<size_t>(indent), ' ');
    out.push_back(c);
    line_starts = c == '\n';
  }
  return out;
}

}  // namespace

ScalarStyle StyleOf(std::string_view text, bool is_simple_key) {
  if (text.empty()) return ScalarStyle::kDoubleQuoted;  // a plain nothing is null
  const bool printable = AllPrintable(text);
  const bool space_before_break = text.find(" \n") != std::string_view::npos;
  if (text.find('\n') != std::string_view::npos) {
    const bool literal = printable && !space_before_break && !text.ends_with(' ') && !is_simple_key;
    return literal ? ScalarStyle::kLiteral : ScalarStyle::kDoubleQuoted;
  }
  if (!printable || ReadsAsOtherThanString(text)) return ScalarStyle::kDoubleQuoted;
  const bool plain = !text.starts_with(' ') && !text.ends_with(' ') && !HasIndicator(text);
  return plain ? ScalarStyle::kPlain : ScalarStyle::kSingleQuoted;
}

std::string WriteScalar(std::string_view text, ScalarStyle style, const ScalarPlace& place) {
  switch (style) {
    case ScalarStyle::kPlain:
      return PlainOrSingleQuoted(text, false, place);
    case ScalarStyle::kSingleQuoted:
      return PlainOrSingleQuoted(text, true, place);
    case ScalarStyle::kDoubleQuoted:
      return DoubleQuoted(text, place);
    case ScalarStyle::kLiteral:
      return Literal(text, place.indent);
  }
  return std::string(text);
}

}  // namespace chartseal::publisher
