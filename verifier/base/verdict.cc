#include "verifier/base/verdict.h"

#include "verifier/base/strings.h"

namespace chartseal {

std::string Rejection::ToString() const {
  std::string out = Cat(Name(reason), ": ", detail.empty() ? std::string(Explanation(reason)) : detail);
  if (!expected.empty()) out += Cat("; expected ", expected);
  if (!found.empty()) out += Cat("; found ", found);
  return out;
}

}  // namespace chartseal
