#include "verifier/chart/sanitize.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace chartseal::chart {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

constexpr Range kPrintable[] = {
#include "verifier/chart/printable_ranges.inc"
};

// unicode.IsSpace: the property White_Space.
bool IsSpace(uint32_t rune) {
  return (rune >= 0x09 && rune <= 0x0D) || rune == 0x20 || rune == 0x85 || rune == 0xA0 || rune == 0x1680 ||
         (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 || rune == 0x202F ||
         rune == 0x205F || rune == 0x3000;
}

bool IsPrint(uint32_t rune) {
  const Range* after = std::upper_bound(std::begin(kPrintable), std::end(kPrintable), rune,
                                        [](uint32_t r, const Range& range) { return r < range.first; });
  return after != std::begin(kPrintable) && rune <= std::prev(after)->last;
}

// The bytes of the rune that begins with `lead`, in UTF-8 that is known to be valid.
size_t RuneSize(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

uint32_t Decode(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  uint32_t rune = bytes.size() == 1 ? lead : lead & (0x7Fu >> bytes.size());
  for (const char c : bytes.substr(1)) rune = rune << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return rune;
}

}  // namespace

std::string Sanitize(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view bytes = text.substr(0, RuneSize(static_cast<unsigned char>(text.front())));
    text.remove_prefix(bytes.size());
    const uint32_t rune = Decode(bytes);
    if (IsSpace(rune)) {
      out.push_back(' ');
    } else if (IsPrint(rune)) {
      out += bytes;
    }
  }
  return out;
}

}  // namespace chartseal::chart
