#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>
#include <vector>

#include "verifier/oci/auth_challenge.h"

// Lines are field values. What is read has a scheme, and no parameter twice.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> values;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    values.push_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  const auto challenges = chartseal::oci::ParseAuthChallenges(values);
  if (!challenges.ok()) return 0;
  for (const auto& challenge : *challenges) {
    if (challenge.scheme.empty()) std::abort();
    std::set<std::string_view> names;
    for (const auto& [name, value] : challenge.parameters) {
      if (name.empty() || !names.insert(name).second) std::abort();
    }
  }
  return 0;
}
