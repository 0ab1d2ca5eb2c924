#include "publisher/package/go_glob.h"

#include <optional>

#include "publisher/package/utf8.h"

namespace chartseal::publisher {
namespace {

// A run of stars and what stands between it and the next star outside a class.
struct Chunk {
  bool star = false;
  std::string_view text;
};

Chunk TakeChunk(std::string_view& pattern) {
  Chunk chunk;
  while (pattern.starts_with('*')) {
    pattern.remove_prefix(1);
    chunk.star = true;
  }
  bool in_class = false;
  size_t end = 0;
  for (; end < pattern.size(); ++end) {
    const char c = pattern[end];
    if (c == '\\' && end + 1 < pattern.size()) ++end;
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c == '*' && !in_class) break;
  }
  chunk.text = pattern.substr(0, end);
  pattern.remove_prefix(end);
  return chunk;
}

// One end of a range in a class. nullopt when the pattern is malformed; something must follow it.
std::optional<uint32_t> TakeClassCharacter(std::string_view& text) {
  if (text.empty() || text[0] == '-' || text[0] == ']') return std::nullopt;
  if (text[0] == '\\') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  const Character character = FirstCharacter(text);
  if (character.code == 0xFFFD && character.bytes == 1) return std::nullopt;
  text.remove_prefix(character.bytes);
  if (text.empty()) return std::nullopt;
  return character.code;
}

// Takes a class, whose "[" is gone already; whether `code` is in it. nullopt when it is malformed.
std::optional<bool> TakeClass(std::string_view& text, uint32_t code) {
  const bool negated = text.starts_with('^');
  if (negated) text.remove_prefix(1);
  bool found = false;
  for (bool first = true; first || !text.starts_with(']'); first = false) {
    const auto low = TakeClassCharacter(text);
    if (!low) return std::nullopt;
    auto high = low;
    if (text[0] == '-') {
      text.remove_prefix(1);
      high = TakeClassCharacter(text);
      if (!high) return std::nullopt;
    }
    found = found || (*low <= code && code <= *high);
  }
  text.remove_prefix(1);
  return found != negated;
}

// Matches `chunk`, which has no stars, at the start of `name` and advances `name` behind it. Goes on after a
// mismatch, so that a malformed rest is found as well.
GlobMatch MatchChunk(std::string_view chunk, std::string_view& name) {
  std::string_view rest = name;
  bool failed = false;
  while (!chunk.empty()) {
    failed = failed || rest.empty();
    const char c = chunk[0];
    chunk.remove_prefix(1);
    if (c == '[') {
      const Character character = failed ? Character{0, 0} : FirstCharacter(rest);
      rest.remove_prefix(character.bytes);
      const auto in_class = TakeClass(chunk, character.code);
      if (!in_class) return GlobMatch::kMalformed;
      failed = failed || !*in_class;
    } else if (c == '?') {
      if (failed) continue;
      failed = rest[0] == '/';
      rest.remove_prefix(FirstCharacter(rest).bytes);
    } else {
      if (c == '\\' && chunk.empty()) return GlobMatch::kMalformed;
      const char literal = c == '\\' ? chunk[0] : c;
      if (c == '\\') chunk.remove_prefix(1);
      if (failed) continue;
      failed = rest[0] != literal;
      rest.remove_prefix(1);
    }
  }
  if (failed) return GlobMatch::kNo;
  name = rest;
  return GlobMatch::kYes;
}

// Whether `chunk` matches behind some characters of `name`, none of them "/"; advances `name` behind it. The
// last chunk must reach the name's end.
GlobMatch MatchLater(const Chunk& chunk, bool last, std::string_view& name) {
  for (size_t i = 0; i < name.size() && name[i] != '/'; ++i) {
    std::string_view rest = name.substr(i + 1);
    const GlobMatch match = MatchChunk(chunk.text, rest);
    if (match == GlobMatch::kMalformed) return match;
    if (match == GlobMatch::kNo || (last && !rest.empty())) continue;
    name = rest;
    return GlobMatch::kYes;
  }
  return GlobMatch::kNo;
}

}  // namespace

GlobMatch GoMatch(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    const Chunk chunk = TakeChunk(pattern);
    if (chunk.star && chunk.text.empty()) {
      return name.find('/') == std::string_view::npos ? GlobMatch::kYes : GlobMatch::kNo;
    }
    std::string_view rest = name;
    const GlobMatch here = MatchChunk(chunk.text, rest);
    if (here == GlobMatch::kYes && (rest.empty() || !pattern.empty())) {
      name = rest;
      continue;
    }
    if (here == GlobMatch::kMalformed) return here;
    const GlobMatch later = chunk.star ? MatchLater(chunk, pattern.empty(), name) : GlobMatch::kNo;
    if (later != GlobMatch::kYes) return later;
  }
  return name.empty() ? GlobMatch::kYes : GlobMatch::kNo;
}

}  // namespace chartseal::publisher
