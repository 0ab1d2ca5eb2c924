#include "verifier/verification/verdict.h"

#include "verifier/base/strings.h"

namespace chartseal::verification {

std::string_view Name(Layout layout) {
  switch (layout) {
    case Layout::kBundleReferrer:
      return "bundle";
    case Layout::kLegacyTag:
      return "legacy";
    case Layout::kLegacyReferrer:
      return "legacy-referrer";
    case Layout::kFile:
      return "file";
    case Layout::kPolicy:
      return "policy";
  }
  return "unknown";
}

const Finding* Verdict::Decisive() const {
  for (const Finding& finding : findings) {
    if (finding.accepted) return &finding;
  }
  return nullptr;
}

std::string Verdict::Summary() const {
  std::string out = detail;
  if (!expected.empty()) out += Cat("; expected ", expected);
  if (!found.empty()) out += Cat("; found ", found);
  if (!next.empty()) out += Cat("; next: ", next);
  return out;
}

}  // namespace chartseal::verification
