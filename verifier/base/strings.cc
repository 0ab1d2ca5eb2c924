#include "verifier/base/strings.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/escaping.h"

namespace chartseal {
namespace {

// The length of the UTF-8 sequence that `text` starts with; 0 when it does not start with one.
size_t Utf8Sequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  uint32_t code = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  if (length == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) return 0;
  if (length == 4 && (code < 0x10000 || code > 0x10FFFF)) return 0;
  return length;
}

// Whether nothing in it needs an escape.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string Printable(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes && IsPlain(text)) return std::string(text);  // as nearly every text is
  const bool cut = text.size() > max_bytes;
  std::string out = absl::CHexEscape(ToAbsl(text.substr(0, max_bytes)));
  // CHexEscape also escapes quotes, which are harmless here and common in messages.
  std::string plain;
  plain.reserve(out.size());
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\\' && i + 1 < out.size() &&
        (out[i + 1] == '"' || out[i + 1] == '\'' || out[i + 1] == '\\')) {
      ++i;
    }
    plain.push_back(out[i]);
  }
  return cut ? plain + "..." : plain;
}

size_t ValidUtf8Prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = Utf8Sequence(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace chartseal
