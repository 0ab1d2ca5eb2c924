#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "absl/time/time.h"
#include "verifier/base/node.h"
#include "verifier/kube/client.h"
#include "verifier/net/clock.h"
#include "webhook/background_queue.h"
#include "webhook/decision_observer.h"
#include "webhook/involved_object.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {

// What an Event says of a decision: one printable line of at most limits::kMaxEventBytes.
std::string EventText(const DecisionView& view);

// The Event as the API server takes it: core/v1, the form that `kubectl describe` looks up. `denied` tells
// which of the two reasons it gives, ChartsealDenied or ChartsealWarned.
Node MakeEvent(const InvolvedObject& involved, std::string_view text, bool denied, absl::Time at);

// Writes a Kubernetes Event for each denial and warning, never for a dry run. The same about the same object
// is said once in limits::kEventRepeatTime, and over all limits::kMaxEventsPerMinute. A thread of its own
// posts them; what the API server does not take is counted and forgotten. Needs `create` on events.
// Thread-safe.
class Events : public DecisionObserver {
 public:
  Events(std::shared_ptr<kube::Client> client, net::Clock clock);
  // Forgets what is waiting.
  ~Events() override = default;

  void Decided(const DecisionView& view) override;

  struct Counts {
    uint64_t sent = 0;
    uint64_t repeated = 0;  // said already
    uint64_t limited = 0;   // too many in a minute
    uint64_t queued = 0;    // dropped because too many were waiting
    uint64_t failed = 0;    // refused, or not taken in time
  };
  Counts counts() const;
  // chartseal_events_total by what became of them; `metrics` must not outlive this object's use.
  void AddTo(Metrics& metrics) const;
  // Returns when nothing waits; for tests.
  void Drain() { queue_.Drain(); }

 private:
  struct Event {
    std::string path;
    Node body;
  };
  // What makes two Events the same: the object, the verdict and the text.
  using Key = std::tuple<InvolvedObject, std::string>;

  bool MaySay(Key key, absl::Time now);
  bool SaidAlready(const Key& key, absl::Time now);
  bool TakeToken(absl::Time now);
  void Post(const Event& event);

  const std::shared_ptr<kube::Client> client_;
  const net::Clock clock_;
  mutable std::mutex mutex_;
  Counts counts_;
  std::map<Key, absl::Time> said_;
  std::list<std::map<Key, absl::Time>::iterator> by_age_;  // oldest first
  double tokens_;
  absl::Time refilled_ = absl::InfinitePast();
  absl::Time complained_ = absl::InfinitePast();
  BackgroundQueue<Event> queue_;  // last: its thread uses everything above
};

}  // namespace chartseal::webhook
