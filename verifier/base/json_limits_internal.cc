#include "verifier/base/json_limits_internal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "verifier/base/json_tape_internal.h"
#include "verifier/base/limits.h"

namespace chartseal::internal {
namespace {

constexpr size_t kFew = 16;  // comparing each key with each is faster than a table up to here
constexpr size_t kLeastKeys = 4 << 10;
constexpr size_t kKeptKeys = 16 << 10;  // memory for more is freed with the document that needed it

using Keys = std::span<const char* const>;  // of one map, as TextOf() wants them

uint64_t WordAt(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Most keys differ in length already; and where many are long and alike, each is compared fifteen times at
// most.
bool HasTwinsOfFew(Keys keys) {
  for (size_t i = 1; i < keys.size(); ++i) {
    for (size_t before = 0; before < i; ++before) {
      if (TextOf(keys[before]) == TextOf(keys[i])) return true;
    }
  }
  return false;
}

// Nobody can choose keys that make this slow.
bool HasTwinsSorted(Keys keys) {
  std::vector<std::string_view> texts;
  texts.reserve(keys.size());
  for (const char* key : keys) texts.push_back(TextOf(key));
  std::sort(texts.begin(), texts.end());
  return std::adjacent_find(texts.begin(), texts.end()) != texts.end();
}

// A table at most half full, with each key in the first free slot from where the upper bits of its mark say.
// Its number, from 1, and beside it 32 bits of the mark; 0 where none is. Keys that were chosen to crowd
// together use up `steps` and are sorted.
bool HasTwinsOfMany(Keys keys, std::vector<uint64_t>& slots) {
  const int bits = std::bit_width(2 * keys.size() - 1);
  const size_t mask = (size_t{1} << bits) - 1;
  slots.assign(mask + 1, 0);
  size_t steps = 8 * keys.size();
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string_view text = TextOf(keys[i]);
    const uint64_t mark = MarkOf(text);
    const uint64_t slot = mark << 32 | (i + 1);
    size_t at = mark >> (64 - bits);
    for (; slots[at] != 0; at = (at + 1) & mask) {
      const bool alike = slots[at] >> 32 == slot >> 32;
      if (alike && TextOf(keys[static_cast<uint32_t>(slots[at]) - 1]) == text) return true;
      if (--steps == 0) return HasTwinsSorted(keys);
    }
    slots[at] = slot;
  }
  return false;
}

// Memory of a thread.
struct Scratch {
  std::unique_ptr<const char*[]> keys;
  size_t capacity = 0;
  std::vector<uint64_t> slots;

  void Reserve(size_t count) {
    if (count <= capacity) return;
    capacity = std::max(count, kLeastKeys);
    keys = std::make_unique_for_overwrite<const char*[]>(capacity);
  }
  void Shrink() {
    if (capacity > kKeptKeys) *this = Scratch();
  }
};

// Not inlined, so that the walk keeps what it needs in registers.
[[gnu::noinline]] bool HasTwinsOfSeveral(Keys keys, Scratch& scratch) {
  return keys.size() <= kFew ? HasTwinsOfFew(keys) : HasTwinsOfMany(keys, scratch.slots);
}

bool HasTwins(Keys keys, Scratch& scratch) {
  if (keys.size() < 2) return false;
  if (keys.size() == 2) return TextOf(keys[0]) == TextOf(keys[1]);  // as most maps are
  return HasTwinsOfSeveral(keys, scratch);
}

// Along the tape, once. The keys of a map are looked at when it closes.
bool Walk(const uint64_t* tape, const char* strings, Scratch& scratch) {
  const uint64_t* const end = tape + BehindContainer(tape[0]) - 1;
  scratch.Reserve(static_cast<size_t>(end - tape) / 2);  // a key and its value are two words at least
  const char** top = scratch.keys.get();  // behind the keys of all maps that are open, the innermost last
  const char** map = nullptr;             // where those of the innermost container begin; null for a list
  std::array<const char**, limits::kMaxJsonDepth> outer;  // what `map` was, on the way here
  const char*** depth = outer.data();
  size_t values = 0;
  for (const uint64_t* at = tape + kTapeRoot; at < end; ++at) {
    if (const char type = TypeOf(*at); type == '}' || type == ']') {
      if (map != nullptr) {
        if (HasTwins({map, top}, scratch)) return false;
        top = map;
      }
      map = *--depth;
      continue;
    }
    if (map != nullptr) *top++ = TextBegin(*at++, strings);
    ++values;
    const uint64_t word = *at;
    const char type = TypeOf(word);
    if (type == '{' || type == '[') {
      if (depth == outer.data() + outer.size()) return false;
      *depth++ = map;
      map = type == '{' ? top : nullptr;
    } else if (type == 'l' || type == 'u' || type == 'd') {
      ++at;
    }
  }
  return values <= limits::kMaxJsonNodes;
}

}  // namespace

uint64_t MarkOf(std::string_view text) {
  constexpr uint64_t kFirst = 0x9E3779B97F4A7C15;
  constexpr uint64_t kLast = 0xC2B2AE3D27D4EB4F;
  constexpr size_t kWord = sizeof(uint64_t);
  const size_t size = std::min(text.size(), kWord);  // of what the first word takes
  const uint64_t mask = size == 0 ? 0 : ~uint64_t{0} >> (8 * (kWord - size));
  const char* const begin = text.data();
  const char* const last = begin + text.size() - size;
  uint64_t mark = (((WordAt(begin) & mask) + text.size()) * kFirst) ^ ((WordAt(last) & mask) * kLast);
  for (const char* at = begin + kWord; at < last; at += kWord) mark = (mark ^ WordAt(at)) * kFirst;
  return mark;
}

bool IsWithinLimits(const uint64_t* tape, const char* strings) {
  static thread_local Scratch scratch;
  const bool is_within = Walk(tape, strings, scratch);
  scratch.Shrink();
  return is_within;
}

}  // namespace chartseal::internal
