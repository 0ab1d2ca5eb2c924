#include <cstddef>
#include <cstdint>
#include <string_view>

#include "verifier/sigstore/statement.h"

// A statement that is read has a subject; a digest that is found stands in it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const auto statement =
      sigstore::ParseStatement(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!statement.ok()) return 0;
  if (statement->subjects.empty()) __builtin_trap();
  statement->FindSubject(crypto::Digest::Sha256Of("artifact"));
  return 0;
}
