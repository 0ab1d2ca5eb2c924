#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/verification/evidence.h"
#include "webhook/watched_source.h"

namespace chartseal::webhook {

// What a flight brought: shared by all who waited for it.
struct Landing {
  absl::StatusOr<std::shared_ptr<const verification::Evidence>> evidence;
  absl::Time as_of;  // when it began
  absl::Duration took;
};

// Fetches that are under way, one for each thing to fetch: whoever wants what is being fetched already gets
// the same answer. A flight takes limits::kMaxFlightTime at most and does not end when those leave who wait
// for it. Thread-safe.
class Flights {
 public:
  // What is fetched, and as whom: what one may read, another may not.
  struct Target {
    oci::Reference repository;  // only host and repository count
    crypto::Digest digest;
    std::shared_ptr<oci::ArtifactSource> source;
    verification::EvidenceScope scope;
  };
  // Called once, by the thread of the flight. Must not throw.
  using Arrival = std::function<void(const Landing&)>;
  // Called before those who wait, while whoever asks anew still joins.
  using Keep = std::function<void(const Target&, const Landing&)>;

  // `closing`: once it is set, flights end as soon as the request to a registry that is under way does.
  Flights(net::Clock clock, std::shared_ptr<const std::atomic<bool>> closing, Keep keep)
      : clock_(std::move(clock)), closing_(std::move(closing)), keep_(std::move(keep)) {}

  // Where a flight has got to; outlives it.
  using Progress = std::shared_ptr<const WatchedSource>;
  // What the caller has to do: run Fly() in its own thread, or nothing since another thread is at it.
  struct Ticket {
    Progress progress;
    std::function<void()> fly;  // empty when somebody else flies
  };
  // `arrival` is called when the flight to this target is over.
  Ticket Join(const Target& target, Arrival arrival);

  // Flights under way.
  size_t size() const;

 private:
  struct Key {
    std::string repository;
    crypto::Digest digest;
    const oci::ArtifactSource* source;  // kept alive by the flight
    verification::EvidenceScope scope;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Flight {
    Target target;
    std::shared_ptr<WatchedSource> watched;
    absl::Time begin;
    std::vector<Arrival> arrivals;  // guarded by Flights::mutex_
  };
  void Fly(const Key& key, Flight& flight);
  bool MayJoin(const Flight& flight, absl::Time now) const;

  const net::Clock clock_;
  const std::shared_ptr<const std::atomic<bool>> closing_;
  const Keep keep_;
  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<Flight>> flights_;
};

}  // namespace chartseal::webhook
