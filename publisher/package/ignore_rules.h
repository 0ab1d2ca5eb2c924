#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace chartseal::publisher {

// The rules of a chart's .helmignore (spec/helm-oci-kubernetes.md §1.3). Not gitignore: a line with "!"
// ignores everything that it does not match, "**" is refused, a pattern with "/" anywhere but at its end is
// for the whole path below the chart's root, and only the root's file counts. A value type; const access is
// thread-safe.
class IgnoreRules {
 public:
  // What holds without a .helmignore: "templates/.?*".
  static IgnoreRules Default();
  // The rules of `text`, and the default one after them. `where` names the file in errors: FailedPrecondition
  // with Reason::kIgnoreRuleInvalid and the line for what helm refuses; ResourceExhausted with
  // kLimitExceeded.
  static absl::StatusOr<IgnoreRules> Parse(std::string_view text, std::string_view where);

  // Whether the file or directory at `path` (below the chart's root, "/" separates) is left out; of a
  // directory, everything in it is left out then.
  bool Ignores(std::string_view path, bool is_directory) const;

 private:
  struct Rule {
    std::string pattern;
    bool negated = false;
    bool directories_only = false;
    bool whole_path = false;  // else the last component alone
  };
  IgnoreRules() = default;
  static Rule Read(std::string_view line);
  static bool Matches(const Rule& rule, std::string_view path);
  std::vector<Rule> rules_;
};

}  // namespace chartseal::publisher
