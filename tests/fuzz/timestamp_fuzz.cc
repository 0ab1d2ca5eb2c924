#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/sigstore/timestamp.h"
#include "verifier/sigstore/timestamp_token.h"

// No token is made here that the public-good timestamp authority signed, and every refusal has a reason.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal::sigstore;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto token = ReadTimestampToken(input);
  if (token.ok() && token->signed_attributes.empty()) std::abort();
  const auto verified = VerifyTimestamp(input, "a signature", PublicGoodRoot());
  if (verified.ok() || verified.rejection().reason == chartseal::Reason::kNone) std::abort();
  return 0;
}
