#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/base/object_reader.h"

namespace chartseal::policy {

using Labels = std::map<std::string, std::string, std::less<>>;

// metadata.labels of an object; none when there are none. Nullopt when they cannot be kept as a whole, being
// malformed or more than limits::kMaxLabels: half of them would make selectors miss.
std::optional<Labels> LabelsOf(const Node& object);

// metav1.LabelSelector: every requirement must hold; none at all matches everything. A value type; const
// access is thread-safe.
class LabelSelector {
 public:
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };
  struct Requirement {
    std::string key;
    Operator op = Operator::kExists;
    std::vector<std::string> values;  // for kIn and kNotIn; never empty there
  };

  explicit LabelSelector(std::vector<Requirement> requirements) : requirements_(std::move(requirements)) {}
  // matchLabels and matchExpressions. Strict; errors name file, line and field.
  static absl::StatusOr<LabelSelector> Read(ObjectReader& reader);

  bool Matches(const Labels& labels) const;

 private:
  std::vector<Requirement> requirements_;
};

}  // namespace chartseal::policy
