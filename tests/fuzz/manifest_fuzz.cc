#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/oci/manifest.h"

// Whatever parses is one kind, and only that kind has its members.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using chartseal::oci::ManifestKind;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto manifest = chartseal::oci::Manifest::Parse(bytes, chartseal::oci::kOciIndex);
  if (!manifest.ok()) return 0;
  const bool image = manifest->kind() == ManifestKind::kImage;
  if (manifest->config().has_value() != image) std::abort();
  if (!image && !manifest->layers().empty()) std::abort();
  if (manifest->kind() != ManifestKind::kIndex && !manifest->manifests().empty()) std::abort();
  for (const auto& layer : manifest->layers()) {
    if (layer.size < 0) std::abort();
  }
  return 0;
}
