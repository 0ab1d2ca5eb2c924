#pragma once

#include <functional>

#include "absl/time/time.h"

namespace chartseal::net {

// Time as an argument (spec/design.md §3.4): what waits or compares with a deadline asks these. Both must be
// callable from several threads.
using Clock = std::function<absl::Time()>;
using Sleeper = std::function<void(absl::Duration)>;

// The machine's clock, and really waiting.
Clock SystemClock();
Sleeper SystemSleeper();

}  // namespace chartseal::net
