#include <algorithm>

#include "verifier/base/limits.h"
#include "webhook/policy_series_internal.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kOther = "other";
constexpr std::string_view kNone = "none";  // no policy covers the image, or its name cannot be read

}  // namespace

void PolicySeries::Use(const std::shared_ptr<const PolicySnapshot>& snapshot) {
  previous_ = current_;
  current_ = snapshot;
  Rows kept;
  for (const policy::Policy& policy : snapshot->policies.policies) {
    if (kept.size() == limits::kMaxMeasuredPolicies) break;
    kept.try_emplace(policy.name);
  }
  kept.try_emplace(std::string(kOther));
  kept.try_emplace(std::string(kNone));
  Rows before = std::exchange(rows_, std::move(kept));
  for (auto& [name, row] : before) {
    const auto found = rows_.find(name);
    if (found != rows_.end()) found->second = std::move(row);
  }
  for (const auto& [name, row] : before) {
    if (!rows_.contains(name)) Fold(row);
  }
}

void PolicySeries::Fold(const Row& row) {
  for (const Cell& cell : row) {
    CounterOf(RowOf(kOther), cell.answer, cell.effect, cell.reason).Increment(cell.counter->Value());
    family_.Remove(cell.counter);
  }
}

PolicySeries::Rows::value_type& PolicySeries::RowOf(std::string_view policy) {
  const auto found = rows_.find(policy.empty() ? kNone : policy);
  if (found != rows_.end()) return *found;
  return *rows_.try_emplace(std::string(policy.empty() ? kNone : kOther)).first;
}

prometheus::Counter& PolicySeries::CounterOf(Rows::value_type& row, Answer answer, Effect effect,
                                             Reason reason) {
  for (const Cell& cell : row.second) {
    if (cell.answer == answer && cell.effect == effect && cell.reason == reason) return *cell.counter;
  }
  prometheus::Counter& counter = family_.Add({{"policy", row.first},
                                              {"verdict", std::string(Name(answer))},
                                              {"reason", std::string(Name(reason))},
                                              {"mode", std::string(Name(effect))}});
  row.second.push_back({answer, effect, reason, &counter});
  return counter;
}

}  // namespace chartseal::webhook
