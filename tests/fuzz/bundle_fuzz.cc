#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/verify.h"

// A bundle from the network, read and verified: no input may crash it, and none that fuzzing finds is signed
// by anybody whom the public-good root trusts.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bundle = sigstore::Bundle::ParseJson(text, "fuzz");
  if (!bundle.ok()) return 0;
  const sigstore::Artifact artifact{crypto::Digest::Sha256Of("artifact"), "artifact"};
  if (VerifyBundle(*bundle, artifact, sigstore::PublicGoodRoot(), {}).ok()) __builtin_trap();
  return 0;
}
