#include "verifier/base/yaml_characters_internal.h"

#include <algorithm>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::internal {
namespace {

absl::Status ErrorAt(std::string_view text, size_t offset, std::string_view where, std::string_view why) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t column = offset - (before.rfind('\n') + 1);  // npos + 1 is 0
  return Malformed(Reason::kYamlMalformed, Cat(where, ":", line, ":", column + 1),
                   Cat("not valid YAML: ", why));
}

}  // namespace

absl::Status CheckYamlCharacters(std::string_view text, std::string_view where) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    return ErrorAt(text, 0, where, "starts with a byte order mark; save it as UTF-8 without one");
  }
  if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    return ErrorAt(text, valid, where, "not UTF-8");
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return ErrorAt(text, i, where, Cat("control character ", Printable(text.substr(i, 1))));
    }
  }
  return absl::OkStatus();
}

}  // namespace chartseal::internal
