#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// simdjson writes a tape: 64-bit words with a type in the upper eight bits and a payload in the others (its
// doc/tape.md). '{' and '[' carry the position behind the matching closing word in 32 bits and the number of
// members in 24; '"' carries the offset of the text, which stands behind its length of four bytes; the word
// after 'l', 'u' and 'd' is a number. Keys of a map are strings in front of their values. Word 0 is the root.
namespace chartseal::internal {

inline constexpr size_t kTapeRoot = 1;
inline constexpr uint64_t kTapePayload = 0x00FFFFFFFFFFFFFF;

inline char TypeOf(uint64_t word) { return static_cast<char>(word >> 56); }
inline size_t BehindContainer(uint64_t word) { return static_cast<uint32_t>(word); }
inline size_t CountOf(uint64_t word) { return (word & kTapePayload) >> 32; }

// Where the length of a text stands, and behind it the text.
inline const char* TextBegin(uint64_t word, const char* strings) { return strings + (word & kTapePayload); }

inline std::string_view TextOf(const char* begin) {
  uint32_t size = 0;
  std::memcpy(&size, begin, sizeof size);
  return {begin + sizeof size, size};
}

inline std::string_view TextAt(uint64_t word, const char* strings) {
  return TextOf(TextBegin(word, strings));
}

// The position behind the value at `position`.
inline size_t Behind(const uint64_t* tape, size_t position) {
  switch (TypeOf(tape[position])) {
    case '{':
    case '[':
      return BehindContainer(tape[position]);
    case 'l':
    case 'u':
    case 'd':
      return position + 2;
    default:
      return position + 1;
  }
}

}  // namespace chartseal::internal
