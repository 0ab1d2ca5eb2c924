#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace chartseal {

// Debian builds Abseil with its own absl::string_view, which neither is nor converts to std::string_view.
// Our interfaces use std::string_view; these two are the only bridge.
inline absl::string_view ToAbsl(std::string_view s) { return absl::string_view(s.data(), s.size()); }
inline std::string_view FromAbsl(absl::string_view s) { return std::string_view(s.data(), s.size()); }

namespace strings_internal {
template <typename T>
decltype(auto) Bridge(const T& v) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return ToAbsl(v);
  } else {
    return (v);
  }
}
}  // namespace strings_internal

// absl::StrCat that also takes std::string_view.
template <typename... Args>
std::string Cat(const Args&... args) {
  return absl::StrCat(strings_internal::Bridge(args)...);
}

// `text` made safe for a one-line message on a terminal or in a log: control characters and non-ASCII bytes
// are escaped (\n, \xHH) and what is longer than `max_bytes` is cut and marked with "...".
std::string Printable(std::string_view text, size_t max_bytes = 256);

// The length of the longest prefix of `text` that is valid UTF-8 (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF); text.size() when all of it is.
size_t ValidUtf8Prefix(std::string_view text);
inline bool IsUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

}  // namespace chartseal
