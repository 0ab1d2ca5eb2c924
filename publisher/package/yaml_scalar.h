#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chartseal::publisher {

enum class ScalarStyle { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral };

// How goyaml v2 writes a string: as plain as it can be read back, a literal when it has line breaks.
// `is_simple_key`: before ":" on one line.
ScalarStyle StyleOf(std::string_view text, bool is_simple_key);

// Where a scalar stands.
struct ScalarPlace {
  size_t column = 0;  // characters before it on its line
  int indent = 0;     // of its further lines
  bool fold = true;   // at the first single space behind column 80; not in a simple key
};

// The text in that style, without what comes before and after it. A literal ends where the text does, with or
// without a line break. Requires valid UTF-8.
std::string WriteScalar(std::string_view text, ScalarStyle style, const ScalarPlace& place);

}  // namespace chartseal::publisher
