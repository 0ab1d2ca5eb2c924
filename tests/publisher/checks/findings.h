#pragma once

#include <string>
#include <vector>

#include "publisher/checks/finding.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {

// "LINE reason-code" of each, to compare at a glance.
inline std::vector<std::string> Brief(const CheckFindings& findings) {
  std::vector<std::string> out;
  for (const CheckFinding& finding : findings) out.push_back(Cat(finding.line, " ", Name(finding.reason)));
  return out;
}

}  // namespace chartseal::publisher
