#include "webhook/flights.h"

#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

absl::StatusOr<std::shared_ptr<const verification::Evidence>> Fetch(WatchedSource& source,
                                                                    const Flights::Target& target,
                                                                    absl::Time deadline) {
  ASSIGN_OR_RETURN(
      verification::Evidence evidence,
      verification::FetchAttached(source, target.repository, target.digest, target.scope, deadline));
  return std::make_shared<const verification::Evidence>(std::move(evidence));
}

}  // namespace

Flights::Ticket Flights::Join(const Target& target, Arrival arrival) {
  const Key key{target.repository.Name(), target.digest, target.source.get(), target.scope};
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Flight>& flight = flights_[key];
  const bool is_new = flight == nullptr;
  if (is_new) {
    flight = std::make_shared<Flight>(
        Flight{target, std::make_shared<WatchedSource>(target.source, closing_), {}});
  }
  flight->arrivals.push_back(std::move(arrival));
  Ticket ticket{flight->watched, nullptr};
  if (is_new) ticket.fly = [this, key, flight = flight] { Fly(key, *flight); };
  return ticket;
}

void Flights::Fly(const Key& key, Flight& flight) {
  const absl::Time begin = clock_();
  Landing landing{Fetch(*flight.watched, flight.target, begin + limits::kMaxFlightTime), begin, {}};
  landing.took = clock_() - begin;
  keep_(flight.target, landing);
  std::vector<Arrival> arrivals;
  {
    const std::lock_guard lock(mutex_);
    arrivals = std::move(flight.arrivals);
    flights_.erase(key);
  }
  for (const Arrival& arrival : arrivals) arrival(landing);
}

size_t Flights::size() const {
  const std::lock_guard lock(mutex_);
  return flights_.size();
}

}  // namespace chartseal::webhook
