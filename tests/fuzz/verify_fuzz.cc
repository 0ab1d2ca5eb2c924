#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/verify.h"

// A trusted root, a newline, a bundle: gets behind the first check that an untrusted bundle fails. Whatever
// is accepted has a signer, a time for a certificate, and a log entry.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t newline = text.find('\n');
  if (newline == std::string_view::npos) return 0;
  const auto root = sigstore::TrustedRoot::ParseJson(text.substr(0, newline), "root");
  const auto bundle = sigstore::Bundle::ParseJson(text.substr(newline + 1), "bundle");
  if (!root.ok() || !bundle.ok()) return 0;
  const std::string_view bytes = "hello, sandbox\n";  // what the corpus is about
  const auto verified = VerifyBundle(*bundle, {crypto::Digest::Sha256Of(bytes), bytes}, *root, {});
  if (!verified.ok()) return 0;
  const bool whole = verified->key.has_value() && verified->claims.has_value() &&
                     !verified->signed_times.empty() && !verified->log_entries.empty();
  if (!whole) __builtin_trap();
  return 0;
}
