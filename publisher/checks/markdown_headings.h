#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chartseal::publisher {

struct MarkdownHeading {
  int level = 1;      // 1 to 6
  std::string title;  // trimmed, without closing "#"
  int line = 0;       // from 1
};

// The headings of a Markdown text as CommonMark sees them (spec.commonmark.org §4.2, §4.3): "## Title" and
// titles underlined with "===" or "---", outside fenced and indented code and HTML comments. Headings inside
// lists and quotations do not count.
std::vector<MarkdownHeading> MarkdownHeadings(std::string_view text);

}  // namespace chartseal::publisher
