#include "verifier/chart/go_time.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "verifier/base/strings.h"

namespace chartseal::chart {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// 'd' stands for a digit; other characters for themselves.
bool HasShape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(),
                    [](char c, char s) { return s == 'd' ? IsDigit(c) : c == s; });
}

// "Z", or the offset in hours and minutes, which is "Z" when it is zero.
std::optional<std::string> ReadOffset(std::string_view text) {
  if (text == "Z") return "Z";
  if (!HasShape(text, "+dd:dd") && !HasShape(text, "-dd:dd")) return std::nullopt;
  if (text.substr(1, 2) > "23" || text[4] > '5') return std::nullopt;
  return text.substr(1) == "00:00" ? "Z" : std::string(text);
}

}  // namespace

GoTime GoZeroTime() {
  return {absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone()), "0001-01-01T00:00:00Z"};
}

std::optional<GoTime> ParseGoTime(std::string_view text) {
  constexpr std::string_view kSeconds = "dddd-dd-ddTdd:dd:dd";
  const std::string_view seconds = text.substr(0, kSeconds.size());
  // Go has no leap seconds; absl would take one.
  if (!HasShape(seconds, kSeconds) || seconds.substr(17) > "59") return std::nullopt;
  std::string_view rest = text.substr(kSeconds.size());
  std::string fraction;
  if (rest.starts_with('.')) {
    const size_t digits = std::find_if_not(rest.begin() + 1, rest.end(), IsDigit) - rest.begin() - 1;
    if (digits == 0) return std::nullopt;
    fraction = rest.substr(0, 1 + std::min<size_t>(digits, 9));
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (fraction == ".") fraction.clear();
    rest.remove_prefix(1 + digits);
  }
  const std::optional<std::string> offset = ReadOffset(rest);
  if (!offset) return std::nullopt;
  GoTime out{.text = Cat(seconds, fraction, *offset)};
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, out.text, &out.time, &error)) return std::nullopt;
  return out;
}

}  // namespace chartseal::chart
