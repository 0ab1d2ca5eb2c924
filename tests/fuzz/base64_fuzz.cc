#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verifier/base/encoding.h"

// What decodes, encodes to the same text without its line breaks: no second text stands for the same bytes.
// And every string of bytes comes back from its encodings.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = chartseal::Base64Decode(text); bytes.ok()) {
    std::string unbroken(text);
    std::erase_if(unbroken, [](char c) { return c == '\r' || c == '\n'; });
    if (chartseal::Base64Encode(*bytes) != unbroken) std::abort();
  }
  if (const auto bytes = chartseal::Base64UrlDecode(text); bytes.ok()) {
    std::string standard(text);
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    standard.append((4 - standard.size() % 4) % 4, '=');
    if (chartseal::Base64Encode(*bytes) != standard) std::abort();
  }
  if (chartseal::Base64Decode(chartseal::Base64Encode(text)).value_or("refused") != text) std::abort();
  if (chartseal::HexDecode(chartseal::HexEncode(text)).value_or("refused") != text) std::abort();
  std::string_view rest = text;
  for (int blocks = 0; blocks < 4 && chartseal::PemDecode(rest, "PUBLIC KEY", &rest).ok(); ++blocks) {
  }
  return 0;
}
