#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strict_yaml.h"

namespace {

int Depth(const chartseal::Node& node) {
  int deepest = 0;
  if (node.is_list()) {
    for (const auto& item : node.list()) deepest = std::max(deepest, Depth(item));
  } else if (node.is_map()) {
    for (const auto& [key, value] : node.map()) deepest = std::max(deepest, Depth(value));
  } else {
    return 0;
  }
  return deepest + 1;
}

bool HasReason(const absl::Status& status) {
  const auto reason = chartseal::ReasonOf(status);
  return reason == chartseal::Reason::kYamlMalformed || reason == chartseal::Reason::kLimitExceeded;
}

}  // namespace

// One document and the stream of all of them agree, no document is deeper than the limit or has a key twice
// (the JSON reader would refuse it), and every refusal says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = chartseal::ParseYamlStream(text, "input");
  const auto one = chartseal::ParseYaml(text, "input");
  if (!documents.ok()) {
    if (one.ok() || !HasReason(documents.status())) std::abort();
    return 0;
  }
  if (one.ok() != (documents->size() <= 1)) std::abort();
  if (!one.ok() && !HasReason(one.status())) std::abort();
  for (const chartseal::Node& document : *documents) {
    if (Depth(document) > chartseal::limits::kMaxYamlDepth) std::abort();
    if (!chartseal::ParseJson(chartseal::WriteJson(document), "written").ok()) std::abort();
  }
  return 0;
}
