#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "verifier/base/reason.h"
#include "webhook/policy_snapshot.h"
#include "webhook/question.h"

namespace chartseal::webhook {

// Counters with the name of a policy as a label. Only policies in force have series of their own, and at most
// limits::kMaxMeasuredPolicies of them; everything else is counted under "other", and what a policy that is
// gone had counted is added there, so that sums never fall. Thread-safe.
class PolicySeries {
 public:
  // `family` is borrowed.
  explicit PolicySeries(prometheus::Family<prometheus::Counter>& family) : family_(family) {}

  // Counts every ruling of the reports: of images, charts or releases. A snapshot that was not seen before is
  // from then on what is in force; null leaves that as it is.
  template <typename Reports>
  void Count(const std::shared_ptr<const PolicySnapshot>& snapshot, const Reports& reports) {
    const std::lock_guard lock(mutex_);
    if (snapshot != nullptr && snapshot != current_ && snapshot != previous_.lock()) Use(snapshot);
    for (const auto& report : reports) {
      for (const Ruling& ruling : report.rulings) {
        CounterOf(RowOf(ruling.policy), ruling.answer, ruling.effect, ruling.reason).Increment();
      }
    }
  }

 private:
  // What one policy said, by answer, effect and reason: few of the combinations ever occur.
  struct Cell {
    Answer answer;
    Effect effect;
    Reason reason;
    prometheus::Counter* counter;
  };
  using Row = std::vector<Cell>;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Rows = std::unordered_map<std::string, Row, Hash, std::equal_to<>>;

  void Use(const std::shared_ptr<const PolicySnapshot>& snapshot);
  void Fold(const Row& row);
  Rows::value_type& RowOf(std::string_view policy);
  prometheus::Counter& CounterOf(Rows::value_type& row, Answer answer, Effect effect, Reason reason);

  prometheus::Family<prometheus::Counter>& family_;
  std::mutex mutex_;
  std::shared_ptr<const PolicySnapshot> current_;
  // Requests that began before a change end after it; they must not bring the old policies back.
  std::weak_ptr<const PolicySnapshot> previous_;
  Rows rows_;
};

}  // namespace chartseal::webhook
