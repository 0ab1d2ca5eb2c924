#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"

// What parses is written as JSON that parses again to the same text; what does not says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using chartseal::Reason;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto node = chartseal::ParseJson(text, "input");
  if (!node.ok()) {
    const Reason reason = chartseal::ReasonOf(node.status());
    if (reason != Reason::kJsonMalformed && reason != Reason::kLimitExceeded) std::abort();
    return 0;
  }
  if (text.find('\0') != std::string_view::npos) std::abort();
  const std::string written = chartseal::WriteJson(*node);
  const auto again = chartseal::ParseJson(written, "written");
  if (!again.ok() || chartseal::WriteJson(*again) != written) std::abort();
  const auto pretty =
      chartseal::ParseJson(chartseal::WriteJson(*node, chartseal::JsonStyle::kPretty), "pretty");
  if (!pretty.ok() || chartseal::WriteJson(*pretty) != written) std::abort();
  return 0;
}
