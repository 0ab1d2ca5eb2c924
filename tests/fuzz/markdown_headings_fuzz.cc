#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "publisher/checks/markdown_headings.h"

// Headings have one of six levels and stand on lines of the text, each on its own. A text that follows a
// heading and an empty line has the same headings, two lines further down.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto headings = chartseal::publisher::MarkdownHeadings(text);
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  int before = 0;
  for (const auto& heading : headings) {
    if (heading.level < 1 || heading.level > 6) std::abort();
    if (heading.line <= before || heading.line > lines) std::abort();
    if (heading.title.find('\n') != std::string::npos) std::abort();
    before = heading.line;
  }
  const auto later = chartseal::publisher::MarkdownHeadings("## Install\n\n" + text);
  if (later.size() != headings.size() + 1 || later[0].title != "Install" || later[0].line != 1) std::abort();
  for (size_t i = 0; i < headings.size(); ++i) {
    const auto& [level, title, line] = later[i + 1];
    if (level != headings[i].level || title != headings[i].title || line != headings[i].line + 2)
      std::abort();
  }
  return 0;
}
