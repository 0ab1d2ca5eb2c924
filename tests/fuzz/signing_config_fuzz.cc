#include <cstddef>
#include <cstdint>
#include <string_view>

#include "publisher/signing/signing_config.h"

// Versions are known ones and never mixed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal::publisher;
  const auto config =
      SigningConfig::ParseJson(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!config.ok()) return 0;
  const auto services = config->Select(absl::FromUnixSeconds(1'780'000'000));
  if (!services.ok()) return 0;
  if (services->rekor.empty() && !services->other_rekor.empty()) __builtin_trap();
  for (const RekorService& rekor : services->rekor) {
    if (rekor.version != 1 && rekor.version != 2) __builtin_trap();
    if (rekor.version != services->rekor.front().version) __builtin_trap();
  }
  for (const RekorService& rekor : services->other_rekor) {
    if (rekor.version != services->rekor.front().version) __builtin_trap();
  }
  return 0;
}
