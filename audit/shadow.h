#pragma once

#include <string>
#include <vector>

#include "audit/result.h"
#include "verifier/base/reason.h"
#include "verifier/policy/policy.h"

// "What would this policy deny if it were enforced today?"
namespace chartseal::audit {

// The same policies, all with the mode enforce: an audit by them tells what would be denied.
policy::PolicySet Enforced(policy::PolicySet policies);

// What one policy would deny for one reason. Without a policy: what none covers.
struct Denials {
  std::string policy;
  Reason reason = Reason::kNone;
  bool could_not_tell = false;        // denied as long as nobody can tell
  std::vector<const Result*> denied;  // borrowed from the findings
};

// All of them, by policy, definite answers first, the most frequent reason first.
std::vector<Denials> GroupDenials(const Findings& findings);

}  // namespace chartseal::audit
