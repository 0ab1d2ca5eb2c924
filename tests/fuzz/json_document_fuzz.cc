// The reader of the request path against the strict one: the same texts, the same values.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/json_document.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = ParseJson(text, "input");
  const auto fast = JsonDocument::Parse(text, "input");
  if (strict.ok() != fast.ok()) std::abort();
  if (!strict.ok()) {
    if (Message(strict.status()) != Message(fast.status())) std::abort();
    return 0;
  }
  if (WriteJson(*strict) != WriteJson((*fast)->root().ToNode())) std::abort();
  return 0;
}
