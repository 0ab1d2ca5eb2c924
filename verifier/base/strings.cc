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

}  // namespace chartseal
