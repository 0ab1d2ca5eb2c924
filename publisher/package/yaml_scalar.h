#pragma once

#include <string>
#include <string_view>

namespace chartseal::publisher {

enum class ScalarStyle { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral };

// How goyaml v2 writes a string: as plain as it can be read back, a literal when it has line breaks.
// `is_simple_key`: before ":" on one line.
ScalarStyle StyleOf(std::string_view text, bool is_simple_key);

// The text in that style, without what comes before and after it. Of a literal, each line that is not empty
// is indented by `indent`, and the result ends where the text does, with or without a line break. Requires
// valid UTF-8.
std::string WriteScalar(std::string_view text, ScalarStyle style, int indent);

}  // namespace chartseal::publisher
