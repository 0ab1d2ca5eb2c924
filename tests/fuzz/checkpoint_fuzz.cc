#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/checkpoint.h"

// What is read is the beginning of the note, and every signature line has its key id.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal::sigstore;
  const std::string_view note(reinterpret_cast<const char*>(data), size);
  const auto checkpoint = ParseCheckpoint(note);
  if (!checkpoint.ok()) return 0;
  const bool whole = note.starts_with(checkpoint->signed_text) && checkpoint->root_hash.size() == 32 &&
                     checkpoint->tree_size >= 0 && !checkpoint->signatures.empty();
  if (!whole) __builtin_trap();
  for (const Checkpoint::SignatureLine& line : checkpoint->signatures) {
    if (line.key_id.size() != 4 || line.signature.empty()) __builtin_trap();
  }
  return 0;
}
