#include <cstddef>
#include <cstdint>
#include <string_view>

#include "publisher/signing/identity_token.h"
#include "verifier/base/status.h"

// A token that is taken is valid for a while and says whose it is; one that is refused is not in the message.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const absl::Time now = absl::FromUnixSeconds(1'780'000'000);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto token = publisher::IdentityToken::Parse(text, now);
  if (token.ok()) {
    if (token->expires() <= now || token->subject().empty() || token->issuer().empty()) __builtin_trap();
    return 0;
  }
  // What stands in a message by chance is shorter, or several of its words.
  constexpr size_t kSecret = 32;
  const bool is_secret = size >= kSecret && text.find(' ') == text.npos;
  if (is_secret && Message(token.status()).find(text) != std::string::npos) __builtin_trap();
  return 0;
}
