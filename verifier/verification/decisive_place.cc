#include "verifier/verification/decisive_place.h"

#include <algorithm>
#include <tuple>

namespace chartseal::verification {
namespace {

// The first of the highest among those that are wanted.
template <typename Wanted, typename Rank>
std::optional<size_t> Highest(const std::vector<PlaceStanding>& places, Wanted wanted, Rank rank) {
  std::optional<size_t> found;
  for (size_t i = 0; i < places.size(); ++i) {
    if (!wanted(places[i])) continue;
    if (!found.has_value() || rank(places[i]) > rank(places[*found])) found = i;
  }
  return found;
}

}  // namespace

bool Enforces(const std::vector<const policy::Policy*>& policies) {
  return std::any_of(policies.begin(), policies.end(),
                     [](const policy::Policy* policy) { return policy->mode == policy::Mode::kEnforce; });
}

std::optional<size_t> DecisivePlace(const std::vector<PlaceStanding>& places, bool left_out) {
  const auto nearness = [](const PlaceStanding& place) { return place.nearness; };
  auto found = Highest(
      places, [](const PlaceStanding& place) { return place.satisfied; }, nearness);
  if (found.has_value()) return found;
  found = Highest(
      places, [](const PlaceStanding& place) { return place.admits; }, nearness);
  if (found.has_value() || left_out) return found;
  return Highest(
      places, [](const PlaceStanding&) { return true; },
      [](const PlaceStanding& place) { return std::tuple(place.enforces, place.untold, place.nearness); });
}

}  // namespace chartseal::verification
