#include "audit/shadow.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace chartseal::audit {

policy::PolicySet Enforced(policy::PolicySet policies) {
  for (policy::Policy& policy : policies.policies) policy.mode = policy::Mode::kEnforce;
  return policies;
}

std::vector<Denials> GroupDenials(const Findings& findings) {
  std::map<std::tuple<std::string, bool, Reason>, Denials> groups;
  for (const Result& result : findings.results) {
    for (const verification::Ruling& ruling : result.rulings) {
      if (!verification::Denies(ruling)) continue;
      const bool open = ruling.answer == verification::Answer::kCouldNotTell;
      Denials& group = groups[{ruling.policy, open, ruling.reason}];
      std::tie(group.policy, group.reason, group.could_not_tell) =
          std::tie(ruling.policy, ruling.reason, open);
      group.denied.push_back(&result);
    }
  }
  std::vector<Denials> all;
  for (auto& [key, group] : groups) all.push_back(std::move(group));
  std::stable_sort(all.begin(), all.end(), [](const Denials& a, const Denials& b) {
    return std::tuple(a.policy, a.could_not_tell, b.denied.size()) <
           std::tuple(b.policy, b.could_not_tell, a.denied.size());
  });
  return all;
}

}  // namespace chartseal::audit
