#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chartseal::publisher {

struct Character {
  uint32_t code = 0xFFFD;
  size_t bytes = 1;  // 1 with 0xFFFD: not UTF-8
};

// The first character of `text`, as Go's utf8.DecodeRuneInString: what is not UTF-8 is U+FFFD and one byte
// long. Requires text not to be empty.
Character FirstCharacter(std::string_view text);

// What Go's unicode.IsSpace takes for white space.
bool IsGoSpace(uint32_t code);

// `text` without the white space of both ends (strings.TrimSpace).
std::string_view TrimGoSpace(std::string_view text);

}  // namespace chartseal::publisher
