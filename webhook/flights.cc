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
  const absl::Time now = clock_();
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Flight>& flight = flights_[key];
  const bool is_new = flight == nullptr || !MayJoin(*flight, now);
  if (is_new) {
    flight = std::make_shared<Flight>(
        Flight{target, std::make_shared<WatchedSource>(target.source, closing_), now, {}});
  }
  flight->arrivals.push_back(std::move(arrival));
  Ticket ticket{flight->watched, nullptr};
  if (is_new) ticket.fly = [this, key, flight = flight] { Fly(key, *flight); };
  return ticket;
}

void Flights::Fly(const Key& key, Flight& flight) {
  Landing landing{
      Fetch(*flight.watched, flight.target, flight.begin + limits::kMaxFlightTime), flight.begin, {}};
  landing.took = clock_() - flight.begin;
  keep_(flight.target, landing);
  std::vector<Arrival> arrivals;
  {
    const std::lock_guard lock(mutex_);
    arrivals = std::move(flight.arrivals);
    const auto found = flights_.find(key);
    if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
  }
  for (const Arrival& arrival : arrivals) arrival(landing);
}

bool Flights::MayJoin(const Flight& flight, absl::Time now) const {
  const absl::Duration age = now - flight.begin;
  return age >= absl::ZeroDuration() && age < limits::kDefaultReviewTimeout / 2;
}

size_t Flights::size() const {
  const std::lock_guard lock(mutex_);
  return flights_.size();
}

}  // namespace chartseal::webhook
