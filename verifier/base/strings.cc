#include "verifier/base/strings.h"

#include "absl/strings/escaping.h"

namespace chartseal {

std::string Printable(std::string_view text, size_t max_bytes) {
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

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    const size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i < more) return false;
    // The range of the second byte is what excludes overlong forms, surrogates and what is too large.
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (size_t end = i + more; i < end; ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (c < low || c > high) return false;
      low = 0x80;
      high = 0xBF;
    }
  }
  return true;
}

}  // namespace chartseal
