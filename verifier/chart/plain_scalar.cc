#include "verifier/chart/plain_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"
#include "verifier/base/strings.h"

// The rules of go-yaml v2's resolve.go, by which helm reads and writes, and isBase60Float of its encode.go.
// YAML 1.2's core schema takes nothing else for more than a string, but for numbers that overflow.
namespace chartseal::chart {
namespace {

template <size_t N>
bool Is(std::string_view text, const std::array<std::string_view, N>& forms) {
  return std::find(forms.begin(), forms.end(), text) != forms.end();
}

constexpr std::array<std::string_view, 4> kNull = {"~", "null", "Null", "NULL"};
// Booleans of YAML 1.1, and numbers without digits.
constexpr std::array<std::string_view, 28> kWords = {
    "y",    "Y",    "yes",   "Yes",   "YES",   "on",    "On",    "ON",   "n",    "N",
    "no",   "No",   "NO",    "off",   "Off",   "OFF",   ".nan",  ".NaN", ".NAN", ".inf",
    ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

size_t CountDigits(std::string_view text) {
  return std::find_if_not(text.begin(), text.end(), IsDigit) - text.begin();
}

// The number that `digits` are in `base`, when it has a place in 64 bits, with its sign or without.
std::optional<Node> GoDigits(std::string_view digits, int base, bool negative) {
  uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || stop != end || error != std::errc()) return std::nullopt;
  constexpr uint64_t kBeyond = uint64_t{1} << 63;
  if (negative && value <= kBeyond) return Node::Integer(static_cast<int64_t>(0 - value));
  if (negative) return std::nullopt;
  if (value >= kBeyond) return Node::Number(static_cast<double>(value));
  return Node::Integer(static_cast<int64_t>(value));
}

// strconv.ParseInt and ParseUint with base 0, of text without underscores; and the "0b" that go-yaml adds,
// which takes a sign behind it.
std::optional<Node> GoInteger(std::string_view text) {
  if (text.starts_with("0b+") || text.starts_with("0b-")) return GoDigits(text.substr(3), 2, text[2] == '-');
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0') {
    switch (absl::ascii_tolower(static_cast<unsigned char>(text[1]))) {
      case 'x':
        return GoDigits(text.substr(2), 16, negative);
      case 'o':
        return GoDigits(text.substr(2), 8, negative);
      case 'b':
        return GoDigits(text.substr(2), 2, negative);
      default:
        return GoDigits(text.substr(1), 8, negative);
    }
  }
  return GoDigits(text, 10, negative);
}

// ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$, and no overflow.
std::optional<double> GoFloat(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const size_t whole = CountDigits(rest);
  rest.remove_prefix(whole);
  if (rest.starts_with('.')) {
    const size_t fraction = CountDigits(rest.substr(1));
    if (whole == 0 && fraction == 0) return std::nullopt;
    rest.remove_prefix(1 + fraction);
  } else if (whole == 0) {
    return std::nullopt;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    rest.remove_prefix(CountDigits(rest));
  }
  double value = 0;
  if (!rest.empty() || !absl::SimpleAtod(ToAbsl(text), &value) || !std::isfinite(value)) return std::nullopt;
  return value;
}

// ^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$: base 60 of YAML 1.1, which go-yaml writes in quotes.
bool IsBase60(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const size_t colon = text.find(':');
  if (colon == text.npos || text.empty() || !IsDigit(text.front())) return false;
  constexpr std::string_view kDigits = "0123456789_";
  if (text.substr(0, colon).find_first_not_of(kDigits) != text.npos) return false;
  text.remove_prefix(colon);
  while (text.starts_with(':')) {
    const size_t digits = CountDigits(text.substr(1));
    if (digits == 0 || digits > 2 || (digits == 2 && text[1] > '5')) return false;
    text.remove_prefix(1 + digits);
  }
  return text.empty() || (text.front() == '.' && text.substr(1).find_first_not_of(kDigits) == text.npos);
}

// Takes `least` to `most` digits off the front of `text`; -1 when they are not there.
int TakeNumber(std::string_view& text, size_t least, size_t most) {
  const size_t digits = std::min(CountDigits(text), most);
  if (digits < least) return -1;
  int value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// "[ Tt]H:M:S" and what may follow seconds. Coarser than Go in what follows: a time that it would not take
// is a string to every reader of these files, and not refusing it is never wrong.
bool IsTimeOfDay(std::string_view text) {
  const bool spaced = text.starts_with(' ');
  text.remove_prefix(1);
  const int hour = TakeNumber(text, 1, 2);
  if (hour < 0 || hour > 23 || !Take(text, ':')) return false;
  const int minute = TakeNumber(text, 1, 2);
  if (minute < 0 || minute > 59 || !Take(text, ':')) return false;
  const int second = TakeNumber(text, 1, 2);
  if (second < 0 || second > 59) return false;
  if (Take(text, '.') && TakeNumber(text, 1, 9) < 0) return false;
  if (spaced) return text.empty();
  if (text == "Z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && CountDigits(text.substr(1)) == 2 &&
         text[3] == ':' && CountDigits(text.substr(4)) == 2 && text.substr(1, 2) <= "23" && text[4] <= '5';
}

bool IsTimestamp(std::string_view text) {
  if (CountDigits(text) != 4) return false;
  const int year = TakeNumber(text, 4, 4);
  if (!Take(text, '-')) return false;
  const int month = TakeNumber(text, 1, 2);
  if (!Take(text, '-')) return false;
  const int day = TakeNumber(text, 1, 2);
  if (month < 1 || day < 1) return false;
  const absl::CivilDay date(year, month, day);  // normalises: the 32nd becomes the first or second
  if (date.month() != month || date.day() != day) return false;
  if (text.empty()) return true;
  return std::string_view(" Tt").find(text.front()) != text.npos && IsTimeOfDay(text);
}

// Whether helm makes just this text of the number: strconv.FormatInt, or FormatFloat('g', -1, 32), which has
// an exponent from 10^6 on and below 10^-4. The 32 is no slip of ours.
bool KeepsItsText(std::string_view text) {
  std::string_view digits = text;
  Take(digits, '-');
  if (digits.find_first_not_of("0123456789.") != digits.npos) return false;
  if (digits.find('.') == digits.npos) {  // beyond 64 bits it would be a float
    return text == "0" || (digits[0] != '0' && GoDigits(digits, 10, text[0] == '-'));
  }
  float value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return false;
  if (std::abs(value) >= 1e6f || std::abs(value) < 1e-4f) return false;
  std::array<char, 64> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
  return text == std::string_view(buffer.data(), end - buffer.data());
}

// go-yaml drops all underscores, but not of text that begins with ".", where strconv.ParseFloat decides.
bool UnderscoresSeparateDigits(std::string_view text) {
  for (size_t i = text.find('_'); i != text.npos; i = text.find('_', i + 1)) {
    if (i == 0 || i + 1 == text.size() || !IsDigit(text[i - 1]) || !IsDigit(text[i + 1])) return false;
  }
  return true;
}

std::optional<Node> GoNumber(std::string_view text) {
  const bool fraction = text.starts_with('.');
  if (!fraction && !IsDigit(text.front()) && text.front() != '+' && text.front() != '-') return std::nullopt;
  if (fraction && !UnderscoresSeparateDigits(text)) return std::nullopt;
  std::string plain(text);
  std::erase(plain, '_');
  if (!fraction) {
    if (auto integer = GoInteger(plain)) return integer;
  }
  const std::optional<double> value = GoFloat(plain);
  return value ? std::optional(Node::Number(*value)) : std::nullopt;
}

// Of the words, which stand for a boolean or a number without digits.
Node ValueOfWord(std::string_view text) {
  if (text.find('.') != text.npos) {
    if (text.ends_with('N') || text.ends_with('n')) return Node::Number(NAN);
    return Node::Number(text.starts_with('-') ? -HUGE_VAL : HUGE_VAL);
  }
  const std::string word = absl::AsciiStrToLower(ToAbsl(text));
  return Node::Bool(word == "y" || word == "yes" || word == "on");
}

// strconv.FormatFloat(value, 'g', -1, 32), with YAML's names of what is no number.
std::string GoTextOf(double wide) {
  const auto value = static_cast<float>(wide);
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  const float size = std::abs(value);
  const bool exponent = size != 0 && (size < 1e-4f || size >= 1e6f);
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 exponent ? std::chars_format::scientific : std::chars_format::fixed)
                       .ptr;
  return std::string(buffer.data(), end);
}

}  // namespace

bool IsPlainTrue(std::string_view text) { return text == "true" || text == "True" || text == "TRUE"; }
bool IsPlainFalse(std::string_view text) { return text == "false" || text == "False" || text == "FALSE"; }

PlainKind ClassifyPlain(std::string_view text) {
  if (text.empty() || Is(text, kNull)) return PlainKind::kNull;
  if (text == "true" || text == "false") return PlainKind::kSameText;
  if (IsPlainTrue(text) || IsPlainFalse(text) || Is(text, kWords)) return PlainKind::kAmbiguous;
  if (IsTimestamp(text)) return PlainKind::kTimestamp;
  if (GoNumber(text)) return KeepsItsText(text) ? PlainKind::kSameText : PlainKind::kAmbiguous;
  return IsBase60(text) ? PlainKind::kAmbiguous : PlainKind::kString;
}

Node GoValueOfPlain(std::string_view text) {
  if (text.empty() || Is(text, kNull)) return Node();
  if (IsPlainTrue(text) || IsPlainFalse(text)) return Node::Bool(IsPlainTrue(text));
  if (Is(text, kWords)) return ValueOfWord(text);
  if (!IsTimestamp(text)) {
    if (auto number = GoNumber(text)) return *std::move(number);
  }
  return Node::String(std::string(text));
}

std::string GoKeyOf(const Node& value) {
  switch (value.kind()) {
    case Node::Kind::kBool:
      return value.bool_value() ? "true" : "false";
    case Node::Kind::kInteger:
      return Cat(value.integer_value());
    case Node::Kind::kNumber:
      return GoTextOf(value.number_value());
    case Node::Kind::kString:
      return value.string_value();
    default:
      return "";
  }
}

}  // namespace chartseal::chart
