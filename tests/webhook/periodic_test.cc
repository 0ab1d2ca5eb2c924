#include "webhook/periodic.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/time/clock.h"

namespace chartseal::webhook {
namespace {

TEST(Periodic, CallsAgainAndAgain) {
  std::atomic<int> calls = 0;
  Periodic periodic;
  periodic.Start(absl::Milliseconds(1), [&] { ++calls; });
  while (calls < 3) absl::SleepFor(absl::Milliseconds(1));
}

TEST(Periodic, CallsNoMoreOnceStopped) {
  std::atomic<int> calls = 0;
  Periodic periodic;
  periodic.Start(absl::Milliseconds(1), [&] { ++calls; });
  while (calls < 1) absl::SleepFor(absl::Milliseconds(1));
  periodic.Stop();
  const int then = calls;
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(calls, then);
}

TEST(Periodic, StopsAtOnceHoweverLongItsInterval) {
  std::atomic<int> calls = 0;
  const absl::Time begin = absl::Now();
  {
    Periodic periodic;
    periodic.Start(absl::Hours(1), [&] { ++calls; });
  }
  EXPECT_EQ(calls, 0);
  EXPECT_LT(absl::Now() - begin, absl::Minutes(1));
}

TEST(Periodic, NeverCallsWithoutAnInterval) {
  Periodic periodic;
  periodic.Start(absl::InfiniteDuration(), [] { FAIL() << "called"; });
  periodic.Stop();
}

}  // namespace
}  // namespace chartseal::webhook
