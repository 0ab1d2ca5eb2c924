#include "verifier/base/encoding.h"

#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

constexpr int8_t kInvalid = -1;

constexpr std::array<int8_t, 256> DecodeTable(char c62, char c63) {
  std::array<int8_t, 256> table{};
  table.fill(kInvalid);
  for (int i = 0; i < 26; ++i) {
    table['A' + i] = static_cast<int8_t>(i);
    table['a' + i] = static_cast<int8_t>(26 + i);
  }
  for (int i = 0; i < 10; ++i) table['0' + i] = static_cast<int8_t>(52 + i);
  table[static_cast<unsigned char>(c62)] = 62;
  table[static_cast<unsigned char>(c63)] = 63;
  return table;
}

constexpr auto kStandard = DecodeTable('+', '/');
constexpr auto kUrlSafe = DecodeTable('-', '_');

absl::Status BadCharacter(std::string_view text, size_t at) {
  return absl::InvalidArgumentError(
      Cat("base64: unexpected character '", Printable(text.substr(at, 1)), "' at offset ", at));
}

void AppendQuantum(uint32_t bits, std::string& out) {
  const char bytes[] = {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8), static_cast<char>(bits)};
  out.append(bytes, sizeof bytes);
}

// The hot loop: four symbols at a time, as far as nothing else stands among them. Returns how many it took.
size_t DecodeQuanta(std::string_view text, const std::array<int8_t, 256>& table, std::string& out) {
  const auto symbol = [&](size_t i) { return int32_t{table[static_cast<unsigned char>(text[i])]}; };
  size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const int32_t a = symbol(i), b = symbol(i + 1), c = symbol(i + 2), d = symbol(i + 3);
    if ((a | b | c | d) < 0) break;
    AppendQuantum(static_cast<uint32_t>(a << 18 | b << 12 | c << 6 | d), out);
  }
  return i;
}

// Decodes whole and partial quanta from `text`, which has no padding and no line breaks removed yet.
absl::StatusOr<std::string> DecodeUnpadded(std::string_view text, const std::array<int8_t, 256>& table,
                                           bool skip_breaks, size_t& symbols) {
  std::string out;
  out.reserve(text.size() * 3 / 4 + 3);
  uint32_t bits = 0;
  symbols = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (symbols % 4 == 0) {
      const size_t whole = DecodeQuanta(text.substr(i), table, out);
      symbols += whole;
      i += whole;
      if (i == text.size()) break;
    }
    const auto c = static_cast<unsigned char>(text[i]);
    if (skip_breaks && (c == '\r' || c == '\n')) continue;
    if (table[c] == kInvalid) return BadCharacter(text, i);
    bits = (bits << 6) | static_cast<uint32_t>(table[c]);
    if (++symbols % 4 == 0) {
      AppendQuantum(bits, out);
      bits = 0;
    }
  }
  const size_t left = symbols % 4;
  if (left == 1) return absl::InvalidArgumentError("base64: truncated");
  const uint32_t unused = left == 2 ? bits & 0xF : bits & 0x3;
  if (left != 0 && unused != 0)
    return absl::InvalidArgumentError("base64: non-zero bits after the last byte");
  if (left == 2) out.push_back(static_cast<char>(bits >> 4));
  if (left == 3) {
    out.push_back(static_cast<char>(bits >> 10));
    out.push_back(static_cast<char>(bits >> 2));
  }
  return out;
}

}  // namespace

std::string HexEncode(std::string_view bytes) { return absl::BytesToHexString(ToAbsl(bytes)); }

absl::StatusOr<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return absl::InvalidArgumentError("hex: odd number of digits");
  for (size_t i = 0; i < text.size(); ++i) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return absl::InvalidArgumentError(
          Cat("hex: unexpected character '", Printable(text.substr(i, 1)), "' at offset ", i));
    }
  }
  return absl::HexStringToBytes(ToAbsl(text));
}

std::string Base64Encode(std::string_view bytes) { return absl::Base64Escape(ToAbsl(bytes)); }

absl::StatusOr<std::string> Base64Decode(std::string_view text) {
  size_t padding = 0;
  while (!text.empty()) {  // line breaks may stand between the padding characters too
    if (text.back() == '=' && padding < 2) {
      ++padding;
    } else if (text.back() != '\n' && text.back() != '\r') {
      break;
    }
    text.remove_suffix(1);
  }
  size_t symbols = 0;
  auto out = DecodeUnpadded(text, kStandard, /*skip_breaks=*/true, symbols);
  if (out.ok() && (symbols + padding) % 4 != 0) return absl::InvalidArgumentError("base64: wrong padding");
  return out;
}

absl::StatusOr<std::string> Base64UrlDecode(std::string_view text) {
  size_t symbols = 0;
  return DecodeUnpadded(text, kUrlSafe, /*skip_breaks=*/false, symbols);
}

absl::StatusOr<std::string> PemDecode(std::string_view text, std::string_view label, std::string_view* rest) {
  const std::string begin = Cat("-----BEGIN ", label, "-----");
  const std::string end = Cat("-----END ", label, "-----");
  const size_t from = text.find(begin);
  if (from == std::string_view::npos) return absl::NotFoundError(Cat("no PEM block '", label, "'"));
  const size_t body = from + begin.size();
  const size_t to = text.find(end, body);
  if (to == std::string_view::npos)
    return absl::InvalidArgumentError(Cat("PEM block '", label, "' has no end line"));
  if (rest != nullptr) *rest = text.substr(to + end.size());
  std::string encoded;
  for (char c : text.substr(body, to - body)) {
    if (c != ' ' && c != '\t') encoded.push_back(c);
  }
  return Base64Decode(encoded);
}

std::string PemEncode(std::string_view label, std::string_view der) {
  constexpr size_t kLineWidth = 64;
  const std::string encoded = Base64Encode(der);
  std::string out = Cat("-----BEGIN ", label, "-----\n");
  for (size_t at = 0; at < encoded.size(); at += kLineWidth) {
    out.append(encoded, at, kLineWidth);
    out += '\n';
  }
  return Cat(out, "-----END ", label, "-----\n");
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace chartseal
