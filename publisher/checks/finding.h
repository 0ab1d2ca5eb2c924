#pragma once

#include <string>
#include <vector>

#include "verifier/base/reason.h"

namespace chartseal::publisher {

// One thing that a check found wrong: where, what, and what to do about it.
struct CheckFinding {
  Reason reason = Reason::kNone;
  std::string file;
  int line = 0;  // 1-based; 0 for the whole file
  std::string what;
  std::string expected;
  std::string found;
  std::string next;
};
using CheckFindings = std::vector<CheckFinding>;

}  // namespace chartseal::publisher
