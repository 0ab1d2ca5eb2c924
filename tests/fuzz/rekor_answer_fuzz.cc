#include <cstddef>
#include <cstdint>
#include <string_view>

#include "publisher/signing/rekor_v1.h"
#include "publisher/signing/rekor_v2.h"
#include "verifier/base/encoding.h"

namespace {

bool IsText(const chartseal::Node& entry, std::initializer_list<std::string_view> path) {
  const chartseal::Node* member = entry.FindPath(path);
  return member != nullptr && member->is_string();
}

}  // namespace

// Whatever is taken for an entry has what a bundle writes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  for (const auto& entry :
       {publisher::EntryFromRekorV1(answer, "hashedrekord", "0.0.1"),
        publisher::EntryFromRekorV1(answer, "dsse", "0.0.1"), publisher::EntryFromRekorV2(answer)}) {
    if (!entry.ok()) continue;
    if (!IsText(*entry, {"logId", "keyId"}) || !IsText(*entry, {"kindVersion", "kind"}) ||
        !IsText(*entry, {"inclusionProof", "checkpoint", "envelope"}) ||
        !IsText(*entry, {"canonicalizedBody"})) {
      __builtin_trap();
    }
  }
  const auto v1 = publisher::EntryFromRekorV1(answer, "hashedrekord", "0.0.1");
  if (v1.ok() && !Base64Decode(v1->StringOr("canonicalizedBody")).ok()) __builtin_trap();
  return 0;
}
