#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/status.h"
#include "verifier/policy/policy_file.h"

// Whatever an operator may have written: a set of policies, or an error with a reason that names the file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policies = chartseal::policy::ParsePolicyFile(text, "input.yaml");
  if (policies.ok()) return 0;
  if (chartseal::ReasonOf(policies.status()) == chartseal::Reason::kNone) std::abort();
  if (!chartseal::Message(policies.status()).starts_with("input.yaml")) std::abort();
  return 0;
}
