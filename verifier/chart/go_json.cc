#include "verifier/chart/go_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "verifier/base/strings.h"

namespace chartseal::chart {
namespace {

std::string UnicodeEscape(unsigned code) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", code & 0xFFFFu);
  return text;
}

// The escapes that RFC 8785 §3.2.2.2 and Go (since 1.22) have in common. Nothing for other characters.
std::string CommonEscape(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return static_cast<unsigned char>(c) < 0x20 ? UnicodeEscape(static_cast<unsigned char>(c)) : "";
  }
}

// Go's escapes for text that may stand inside HTML and JavaScript: "<", ">", "&", U+2028 and U+2029. Bytes
// that are not UTF-8 become "\ufffd", each one.
void WriteGoString(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const char c = text.front();
    size_t size = 1;
    if (const std::string escape = CommonEscape(c); !escape.empty()) {
      out += escape;
    } else if (c == '<' || c == '>' || c == '&') {
      out += UnicodeEscape(static_cast<unsigned char>(c));
    } else if (static_cast<unsigned char>(c) < 0x80) {
      out.push_back(c);
    } else if (text.starts_with("\u2028") || text.starts_with("\u2029")) {
      out += text.starts_with("\u2028") ? "\\u2028" : "\\u2029";
      size = 3;
    } else {
      size = static_cast<unsigned char>(c) < 0xE0 ? 2 : static_cast<unsigned char>(c) < 0xF0 ? 3 : 4;
      const bool valid = IsUtf8(text.substr(0, size));
      out += valid ? text.substr(0, size) : std::string_view("\\ufffd");
      size = valid ? size : 1;
    }
    text.remove_prefix(size);
  }
  out.push_back('"');
}

void WriteCanonicalString(std::string_view text, std::string& out) {
  out.push_back('"');
  for (const char c : text) {
    const std::string escape = CommonEscape(c);
    escape.empty() ? out.push_back(c) : static_cast<void>(out += escape);
  }
  out.push_back('"');
}

std::string Digits(double value, std::chars_format format) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  return std::string(buffer.data(), end - buffer.data());
}

// ECMAScript's Number::toString, which RFC 8785 prescribes and Go imitates: the shortest digits that read
// back as the same double, an exponent below 10^-6 and from 10^21 on.
std::string WriteNumber(double value) {
  if (!std::isfinite(value)) return "null";
  if (value == 0) return "0";
  std::string text = Digits(value, std::chars_format::scientific);
  const size_t e = text.find('e');
  const int exponent = std::stoi(text.substr(e + 1));
  if (exponent >= -6 && exponent < 17) return Digits(value, std::chars_format::fixed);
  if (exponent < -6 || exponent >= 21) {  // written with two digits or more
    if (text[e + 2] == '0') text.erase(e + 2, 1);
    return text;
  }
  // Fixed notation would give more digits than the shortest ones here.
  text.resize(e);
  std::erase(text, '.');
  const size_t sign = text.starts_with('-') ? 1 : 0;
  text.resize(sign + exponent + 1, '0');
  return text;
}

// Compares as UTF-16 code units without converting: the order of UTF-8 bytes is that of code points, and the
// two differ only where surrogates (of code points from U+10000, lead bytes F0 to F4) meet U+E000 to U+FFFF
// (lead bytes EE and EF).
bool LessAsUtf16(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() || right == b.end()) return left == a.end() && right != b.end();
  const auto x = static_cast<unsigned char>(*left);
  const auto y = static_cast<unsigned char>(*right);
  if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0)) return x >= 0xF0;
  return x < y;
}

struct GoStyle {
  static void WriteString(std::string_view text, std::string& out) { WriteGoString(text, out); }
  static std::string WriteInteger(int64_t value) { return std::to_string(value); }
  static void Sort(std::vector<const Node::Map::value_type*>&) {}
};

struct CanonicalStyle {
  static void WriteString(std::string_view text, std::string& out) { WriteCanonicalString(text, out); }
  static std::string WriteInteger(int64_t value) { return WriteNumber(static_cast<double>(value)); }
  static void Sort(std::vector<const Node::Map::value_type*>& members) {
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return LessAsUtf16(a->first, b->first); });
  }
};

template <typename Style>
void Write(const Node& node, std::string& out);

template <typename Style>
void WriteMap(const Node::Map& map, std::string& out) {
  std::vector<const Node::Map::value_type*> members;
  for (const auto& member : map) members.push_back(&member);
  Style::Sort(members);
  char before = '{';
  for (const auto* member : members) {
    out.push_back(before);
    Style::WriteString(member->first, out);
    out.push_back(':');
    Write<Style>(member->second, out);
    before = ',';
  }
  if (members.empty()) out.push_back('{');
  out.push_back('}');
}

template <typename Style>
void WriteList(const Node::List& list, std::string& out) {
  char before = '[';
  for (const Node& item : list) {
    out.push_back(before);
    Write<Style>(item, out);
    before = ',';
  }
  if (list.empty()) out.push_back('[');
  out.push_back(']');
}

template <typename Style>
void Write(const Node& node, std::string& out) {
  switch (node.kind()) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kBool:
      out += node.bool_value() ? "true" : "false";
      return;
    case Node::Kind::kInteger:
      out += Style::WriteInteger(node.integer_value());
      return;
    case Node::Kind::kNumber:
      out += WriteNumber(node.number_value());
      return;
    case Node::Kind::kString:
      Style::WriteString(node.string_value(), out);
      return;
    case Node::Kind::kList:
      WriteList<Style>(node.list(), out);
      return;
    case Node::Kind::kMap:
      WriteMap<Style>(node.map(), out);
      return;
  }
}

}  // namespace

std::string WriteGoJson(const Node& node) {
  std::string out;
  Write<GoStyle>(node, out);
  return out;
}

std::string WriteCanonicalJson(const Node& node) {
  std::string out;
  Write<CanonicalStyle>(node, out);
  return out;
}

}  // namespace chartseal::chart
