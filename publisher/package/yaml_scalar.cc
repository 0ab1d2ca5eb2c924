#include "publisher/package/yaml_scalar.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "publisher/package/utf8.h"
#include "publisher/package/yaml_plain.h"
#include "verifier/base/strings.h"

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

std::string DoubleQuoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    const bool as_is = IsPrintable(character.code) && character.code != '\n' && character.code != '"' &&
                       character.code != '\\';
    out += as_is ? std::string(text.substr(0, character.bytes)) : Escaped(character.code);
    text.remove_prefix(character.bytes);
  }
  return out + "\"";
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

std::string WriteScalar(std::string_view text, ScalarStyle style, int indent) {
  switch (style) {
    case ScalarStyle::kPlain:
      return std::string(text);
    case ScalarStyle::kSingleQuoted:
      return Cat("'", absl::StrReplaceAll(ToAbsl(text), {{"'", "''"}}), "'");
    case ScalarStyle::kDoubleQuoted:
      return DoubleQuoted(text);
    case ScalarStyle::kLiteral:
      return Literal(text, indent);
  }
  return std::string(text);
}

}  // namespace chartseal::publisher
