#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "verifier/policy/policy.h"

// Which of several places decides about a chart. One rule for all that is looked for in several: releases,
// charts that GitOps objects name or hold, archives that helm is given.
namespace chartseal::verification {

// Whether any of them does more than warn.
bool Enforces(const std::vector<const policy::Policy*>& policies);

// What came of one place.
struct PlaceStanding {
  bool satisfied = false;  // every policy there says yes
  bool admits = false;     // the chart is the one there, and nothing that a policy says stops it
  bool enforces = false;   // a policy there enforces
  bool untold = false;     // what could not be told might have been a yes
  int nearness = 0;        // the more, the more says that the chart is from there
};

// The nearest place that is satisfied, else the nearest that admits the chart, which can only be where all
// that is missed is warned of. Else nullopt when places were left out, of which one might do so. Else those
// that enforce go before those that only warn, since these answer for their own charts; then what could not
// be told before a no; then the nearer. The first of equals; nullopt of none.
std::optional<size_t> DecisivePlace(const std::vector<PlaceStanding>& places, bool left_out);

}  // namespace chartseal::verification
