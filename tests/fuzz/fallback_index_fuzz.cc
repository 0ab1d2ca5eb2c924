#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "publisher/push/fallback_index.h"
#include "verifier/oci/media_types.h"

namespace {

using chartseal::oci::Descriptor;
using chartseal::oci::Manifest;

Descriptor Ours() {
  return Descriptor{std::string(chartseal::oci::kOciManifest),
                    chartseal::crypto::Digest::Sha256Of("ours"),
                    4,
                    "application/x-test",
                    {{"a", "b"}}};
}

}  // namespace

// An index that is taken comes back as one that lists us once, with all others, and stays so.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto listed = chartseal::publisher::ListInIndex(text, chartseal::oci::kOciIndex, Ours(), "index");
  if (!listed.ok()) return 0;
  const auto after = Manifest::Parse(*listed, chartseal::oci::kOciIndex);
  if (!after.ok() || std::count(after->manifests().begin(), after->manifests().end(), Ours()) != 1)
    std::abort();
  if (!text.empty()) {
    const auto before = Manifest::Parse(text, chartseal::oci::kOciIndex);
    if (!before.ok()) std::abort();
    for (const Descriptor& entry : before->manifests()) {
      const auto same = [&](const Descriptor& other) { return other.digest == entry.digest; };
      if (std::none_of(after->manifests().begin(), after->manifests().end(), same)) std::abort();
    }
  }
  const auto again = chartseal::publisher::ListInIndex(*listed, chartseal::oci::kOciIndex, Ours(), "index");
  if (!again.ok() || *again != *listed) std::abort();
  return 0;
}
