#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "publisher/package/ignore_rules.h"

using chartseal::publisher::IgnoreRules;

// The first line is a path, the rest a .helmignore. Rules that parse decide about any path, the same with an
// empty line more, and still leave out the dot files of templates.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.find('\n');
  if (line == std::string_view::npos || line > 256) return 0;
  const std::string_view path = text.substr(0, line);
  const std::string rules_text(text.substr(line + 1));
  const auto rules = IgnoreRules::Parse(rules_text, "fuzz");
  const auto again = IgnoreRules::Parse(rules_text + "\n\n# comment\n", "fuzz");
  if (!rules.ok()) return 0;
  if (!rules->Ignores("templates/.x", false)) std::abort();
  // The line scanner's and the file's limits may refuse what is longer.
  if (!again.ok()) return 0;
  for (const bool is_directory : {false, true}) {
    if (rules->Ignores(path, is_directory) != again->Ignores(path, is_directory)) std::abort();
  }
  return 0;
}
