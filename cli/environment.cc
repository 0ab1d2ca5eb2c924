#include "cli/environment.h"

#include <cstdlib>

namespace chartseal::cli {

std::optional<std::string> Environment(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string Variable(const char* name) { return Environment(name).value_or(""); }

}  // namespace chartseal::cli
