#include "publisher/package/utf8.h"

#include "verifier/base/strings.h"

namespace chartseal::publisher {

Character FirstCharacter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 1) return {lead, 1};
  if (text.size() < size || !IsUtf8(text.substr(0, size))) return {};
  uint32_t code = lead & (0x7F >> size);
  for (size_t i = 1; i < size; ++i) code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  return {code, size};
}

bool IsGoSpace(uint32_t code) {
  return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

std::string_view TrimGoSpace(std::string_view text) {
  while (!text.empty()) {
    const Character first = FirstCharacter(text);
    if (!IsGoSpace(first.code)) break;
    text.remove_prefix(first.bytes);
  }
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
    const Character last = FirstCharacter(text.substr(start));
    if (!IsGoSpace(last.code) || start + last.bytes != text.size()) break;
    text = text.substr(0, start);
  }
  return text;
}

}  // namespace chartseal::publisher
