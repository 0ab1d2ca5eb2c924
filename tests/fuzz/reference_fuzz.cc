#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/net/url.h"
#include "verifier/oci/reference.h"

// A reference that parses must parse again from its own spelling, and be usable as a URL.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reference = chartseal::oci::Reference::Parse(text);
  if (!reference.ok()) return 0;
  // A spelling without tag and digest would get the default tag.
  if (reference->tag().has_value() || reference->digest().has_value()) {
    const auto again = chartseal::oci::Reference::Parse(reference->ToString());
    // A one-word host is a host only with oci://.
    const auto chart = chartseal::oci::Reference::Parse("oci://" + reference->ToString());
    if (!chart.ok() || (*chart != *reference) || !again.ok()) std::abort();
  }
  const auto url =
      chartseal::net::Url::Parse("https://" + reference->ApiHost() + "/v2/" + reference->repository());
  if (!url.ok()) std::abort();
  if (reference->Name().size() > reference->ToString().size()) std::abort();
  return 0;
}
