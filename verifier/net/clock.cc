#include "verifier/net/clock.h"

#include "absl/time/clock.h"

namespace chartseal::net {

Clock SystemClock() {
  return [] { return absl::Now(); };
}

Sleeper SystemSleeper() {
  return [](absl::Duration duration) { absl::SleepFor(duration); };
}

}  // namespace chartseal::net
