#include "tests/sandbox/content_digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace chartseal::sandbox {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

std::string ContentDigest(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), raw.data(), &size, EVP_sha256(), nullptr);
  std::string text(kPrefix);
  for (unsigned int i = 0; i < size; ++i) {
    text.push_back(kHexDigits[raw[i] >> 4]);
    text.push_back(kHexDigits[raw[i] & 0x0f]);
  }
  return text;
}

bool IsContentDigest(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 64) return false;
  text.remove_prefix(kPrefix.size());
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kHexDigits.find(c) != std::string_view::npos; });
}

}  // namespace chartseal::sandbox
