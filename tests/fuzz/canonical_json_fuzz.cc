#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_json.h"

// Canonical JSON is JSON, canonical already, and the same whatever the order of members was; what Go writes
// says the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto node = chartseal::ParseJson(text, "input");
  if (!node.ok()) return 0;
  const std::string canonical = chartseal::chart::WriteCanonicalJson(*node);
  if (!chartseal::IsUtf8(canonical)) std::abort();
  const auto again = chartseal::ParseJson(canonical, "canonical");
  if (!again.ok() || chartseal::chart::WriteCanonicalJson(*again) != canonical) std::abort();
  const auto go = chartseal::ParseJson(chartseal::chart::WriteGoJson(*node), "go");
  if (!go.ok() || chartseal::chart::WriteCanonicalJson(*go) != canonical) std::abort();
  return 0;
}
