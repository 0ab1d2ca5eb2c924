#include "verifier/base/yaml_core_schema_internal.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "verifier/base/strings.h"

namespace chartseal::internal {
namespace {

bool IsNull(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// 0x… and 0o…, which the core schema takes for integers without a sign; nothing for other text.
std::optional<Node> ResolvePrefixed(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (!hex && !text.starts_with("0o")) return std::nullopt;
  const std::string_view digits = text.substr(2);
  const auto allowed = hex ? "0123456789abcdefABCDEF" : "01234567";
  if (digits.empty() || digits.find_first_not_of(allowed) != std::string_view::npos) return std::nullopt;
  int64_t integer = 0;
  const char* const end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, integer, hex ? 16 : 8).ec == std::errc())
    return Node::Integer(integer);
  return Node::Number(HUGE_VAL);  // beyond int64; no reader takes a number where its value would matter
}

std::optional<Node> ResolveSpecialNumber(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return Node::Number(NAN);
  const double sign = text.starts_with('-') ? -1 : 1;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return Node::Number(sign * HUGE_VAL);
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Node> ReadCoreSchema(std::string_view view, bool is_key) {
  const std::string text(view);
  if (is_key) return Node::String(text);
  if (IsNull(text)) return Node();
  if (text == "true" || text == "True" || text == "TRUE") return Node::Bool(true);
  if (text == "false" || text == "False" || text == "FALSE") return Node::Bool(false);
  if (auto node = ResolvePrefixed(text)) return *node;
  if (auto node = ResolveSpecialNumber(text)) return *node;
  const bool number_like = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                           text.find_first_of("0123456789") != std::string::npos;
  int64_t integer = 0;
  if (number_like && absl::SimpleAtoi(text, &integer)) return Node::Integer(integer);
  double number = 0;
  if (number_like && absl::SimpleAtod(text, &number)) return Node::Number(number);
  return Node::String(text);
}

}  // namespace chartseal::internal
