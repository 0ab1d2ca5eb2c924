#include "publisher/package/yaml_plain.h"

#include <re2/re2.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <string>

#include "absl/time/civil_time.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

bool IsWord(std::string_view text) {
  static constexpr std::string_view kWords[] = {
      "",     "~",     "null",  "Null",  "NULL",  "y",     "Y",     "yes",   "Yes",  "YES",
      "true", "True",  "TRUE",  "on",    "On",    "ON",    "n",     "N",     "no",   "No",
      "NO",   "false", "False", "FALSE", "off",   "Off",   "OFF",   ".nan",  ".NaN", ".NAN",
      ".inf", ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

// Go's time.Parse takes one or two digits where the layout has one, any number of digits of a fraction, after
// a comma too, and checks ranges.
bool IsTimestamp(std::string_view text) {
  static const re2::RE2 pattern(
      R"((\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(Z|[+-](\d\d):(\d\d))?)?)");
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone_hours = 0, zone_minutes = 0;
  re2::StringPiece separator, zone;
  std::string hour_text, minute_text, second_text, zone_hours_text, zone_minutes_text;
  if (!re2::RE2::FullMatch(Piece(text), pattern, &year, &month, &day, &separator, &hour_text, &minute_text,
                           &second_text, &zone, &zone_hours_text, &zone_minutes_text)) {
    return false;
  }
  hour = std::atoi(hour_text.c_str());
  minute = std::atoi(minute_text.c_str());
  second = std::atoi(second_text.c_str());
  zone_hours = std::atoi(zone_hours_text.c_str());
  zone_minutes = std::atoi(zone_minutes_text.c_str());
  if (!separator.empty() && (separator == " ") == !zone.empty()) return false;  // a zone after "T" alone
  const absl::CivilDay date(year, month, day);                                  // normalises what is no date
  return date.month() == month && date.day() == day && hour < 24 && minute < 60 && second < 60 &&
         zone_hours <= 24 && zone_minutes <= 60;
}

// strconv.ParseInt and ParseUint of a text without "_", base from the prefix; "0b" with a sign behind it too.
bool IsInteger(std::string_view text) {
  static const re2::RE2 pattern(
      R"(([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*)|))");
  static const re2::RE2 odd_binary(R"(0b([+-])([01]+))");
  std::string sign, hex, binary, octal, decimal;
  int base = 10;
  if (re2::RE2::FullMatch(Piece(text), odd_binary, &sign, &binary)) {
    base = 2;
  } else if (!re2::RE2::FullMatch(Piece(text), pattern, &sign, &hex, &binary, &octal, &decimal)) {
    return false;
  } else {
    base = !hex.empty() ? 16 : !binary.empty() ? 2 : !octal.empty() ? 8 : 10;
  }
  const std::string digits = hex + binary + octal + decimal;
  if (digits.empty()) return false;
  errno = 0;
  const unsigned long long value =
      std::strtoull(digits.c_str(), nullptr, base);  // NOLINT(google-runtime-int)
  if (errno == ERANGE) return false;
  if (sign.empty()) return true;
  return value <= (sign == "-" ? 1ULL << 63 : (1ULL << 63) - 1);
}

bool FitsDouble(const std::string& text) { return !std::isinf(std::strtod(text.c_str(), nullptr)); }

bool IsFloat(const std::string& text) {
  static const re2::RE2 pattern(R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)");
  return re2::RE2::FullMatch(text, pattern) && FitsDouble(text);
}

// A number that begins with "." keeps its "_" until Go reads it, which takes them between digits.
bool IsFractionOnly(std::string_view text) {
  static const re2::RE2 pattern(R"(\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?)");
  if (!re2::RE2::FullMatch(Piece(text), pattern)) return false;
  std::string digits(text);
  std::erase(digits, '_');
  return FitsDouble(digits);
}

bool IsBase60(std::string_view text) {
  static const re2::RE2 pattern(R"([-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)");
  return re2::RE2::FullMatch(Piece(text), pattern);
}

}  // namespace

bool ReadsAsOtherThanString(std::string_view text) {
  if (IsWord(text)) return true;
  const char first = text[0];
  if (first == '.') return IsFractionOnly(text);
  if (first != '+' && first != '-' && (first < '0' || first > '9')) return false;
  std::string without_underscores(text);
  std::erase(without_underscores, '_');
  return IsTimestamp(text) || IsInteger(without_underscores) || IsFloat(without_underscores) ||
         IsBase60(text);
}

}  // namespace chartseal::publisher
