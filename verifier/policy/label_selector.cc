#include "verifier/policy/label_selector.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::policy {
namespace {

using Operator = LabelSelector::Operator;

constexpr size_t kLabelNameBytes = 63;     // as Kubernetes defines labels
constexpr size_t kLabelPrefixBytes = 253;  // a DNS name

constexpr std::array<std::pair<std::string_view, Operator>, 4> kOperators = {
    {{"In", Operator::kIn},
     {"NotIn", Operator::kNotIn},
     {"Exists", Operator::kExists},
     {"DoesNotExist", Operator::kDoesNotExist}}};

bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

// Letters, digits, and "-", "_", "." inside.
bool IsLabelText(std::string_view text, size_t max_bytes) {
  if (text.empty() || text.size() > max_bytes || !IsAlnum(text.front()) || !IsAlnum(text.back()))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

// "name" or "dns.prefix/name". What could not be the key of any label is a slip that would make In never
// hold, or NotIn always.
bool IsLabelKey(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return IsLabelText(key, kLabelNameBytes);
  const std::string_view prefix = key.substr(0, slash);
  return IsLabelText(prefix, kLabelPrefixBytes) && prefix.find('_') == std::string_view::npos &&
         std::none_of(prefix.begin(), prefix.end(),
                      [](char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); }) &&
         IsLabelText(key.substr(slash + 1), kLabelNameBytes);
}

bool IsLabelValue(std::string_view value) { return value.empty() || IsLabelText(value, kLabelNameBytes); }

std::string NotAKey(std::string_view key) {
  return Cat("\"", Printable(key, 64), "\" cannot be the key of a label");
}

std::string NotAValue(std::string_view value) {
  return Cat("\"", Printable(value, 64), "\" cannot be the value of a label");
}

absl::Status ReadLabels(ObjectReader& reader, std::vector<LabelSelector::Requirement>& requirements) {
  ASSIGN_OR_RETURN(std::optional<ObjectReader> labels, reader.OptionalObject("matchLabels"));
  if (!labels) return absl::OkStatus();
  for (const auto& [key, node] : labels->node().map()) {
    if (!IsLabelKey(key)) return labels->Error(NotAKey(key));
    ASSIGN_OR_RETURN(std::string value, labels->String(key));
    if (!IsLabelValue(value)) return labels->ErrorAt(key, NotAValue(value));
    requirements.push_back({key, Operator::kIn, {std::move(value)}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Operator> ReadOperator(ObjectReader& reader) {
  ASSIGN_OR_RETURN(const std::string text, reader.String("operator"));
  for (const auto& [name, op] : kOperators) {
    if (name == text) return op;
  }
  return reader.ErrorAt(
      "operator", Cat("expected In, NotIn, Exists or DoesNotExist, found \"", Printable(text, 64), "\""));
}

absl::StatusOr<LabelSelector::Requirement> ReadExpression(ObjectReader& reader) {
  LabelSelector::Requirement requirement;
  ASSIGN_OR_RETURN(requirement.key, reader.String("key"));
  if (!IsLabelKey(requirement.key)) return reader.ErrorAt("key", NotAKey(requirement.key));
  ASSIGN_OR_RETURN(requirement.op, ReadOperator(reader));
  ASSIGN_OR_RETURN(requirement.values, reader.Strings("values", limits::kMaxPolicyList));
  const bool takes_values = requirement.op == Operator::kIn || requirement.op == Operator::kNotIn;
  if (takes_values == requirement.values.empty()) {
    return reader.ErrorAt("values", takes_values ? "In and NotIn need at least one value"
                                                 : "Exists and DoesNotExist take no values");
  }
  for (const std::string& value : requirement.values) {
    if (!IsLabelValue(value)) return reader.ErrorAt("values", NotAValue(value));
  }
  RETURN_IF_ERROR(reader.Done());
  return requirement;
}

bool Holds(const LabelSelector::Requirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool exists = found != labels.end();
  const auto among = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), found->second) !=
           requirement.values.end();
  };
  switch (requirement.op) {
    case Operator::kIn:
      return exists && among();
    case Operator::kNotIn:
      return !exists || !among();
    case Operator::kExists:
      return exists;
    case Operator::kDoesNotExist:
      return !exists;
  }
  return false;
}

}  // namespace

absl::StatusOr<LabelSelector> LabelSelector::Read(ObjectReader& reader) {
  std::vector<Requirement> requirements;
  RETURN_IF_ERROR(ReadLabels(reader, requirements));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items,
                   reader.Objects("matchExpressions", limits::kMaxSelectorTerms));
  for (ObjectReader& item : items) {
    ASSIGN_OR_RETURN(Requirement requirement, ReadExpression(item));
    requirements.push_back(std::move(requirement));
  }
  if (requirements.size() > limits::kMaxSelectorTerms) {
    return reader.Error(
        Cat("at most ", limits::kMaxSelectorTerms, " requirements are allowed, found ", requirements.size()));
  }
  RETURN_IF_ERROR(reader.Done());
  return LabelSelector(std::move(requirements));
}

std::optional<Labels> LabelsOf(const Node& object) {
  Labels labels;
  const Node* found = object.FindPath({"metadata", "labels"});
  if (found == nullptr || found->is_null()) return labels;
  if (!found->is_map() || found->map().size() > limits::kMaxLabels) return std::nullopt;
  for (const auto& [key, value] : found->map()) {
    if (!value.is_string()) return std::nullopt;
    labels.emplace(key, value.string_value());
  }
  return labels;
}

bool LabelSelector::Matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& requirement) { return Holds(requirement, labels); });
}

}  // namespace chartseal::policy
