#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "publisher/push/helm_output.h"
#include "verifier/oci/reference.h"

// A digest that is taken stands in the text as it is written, is sha256, and is the last one: the same text
// followed by another "Digest:" line is read as that one or not at all.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto output = chartseal::publisher::ParseHelmOutput(text);
  if (!output.ok()) return 0;
  if (output->digest.algorithm() != chartseal::crypto::HashAlgorithm::kSha256) std::abort();
  if (output->reference.has_value() &&
      !chartseal::oci::Reference::Parse("oci://" + *output->reference).ok()) {
    std::abort();
  }
  const std::string other = "sha256:" + std::string(64, output->digest.hex().front() == 'a' ? 'b' : 'a');
  const auto retried = chartseal::publisher::ParseHelmOutput(text + "\nDigest: " + other + "\n");
  if (retried.ok() && retried->digest.ToString() != other) std::abort();
  if (chartseal::publisher::ParseHelmOutput(text + "\nDigest: sha256:").ok()) std::abort();
  return 0;
}
