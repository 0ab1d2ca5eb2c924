#include "verifier/oci/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "tests/base/why.h"

namespace chartseal::oci {
namespace {

absl::Time In(absl::Duration duration) { return absl::Now() + duration; }

TEST(SingleFlightTest, OneWorksAndAllGetTheResult) {
  SingleFlight<int> flights(net::SystemClock());
  std::atomic<int> works = 0, arrived = 0, good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      ++arrived;
      const auto result = flights.Do("key", In(absl::Seconds(10)), [&]() -> absl::StatusOr<int> {
        while (arrived < 8) absl::SleepFor(absl::Milliseconds(1));
        absl::SleepFor(absl::Milliseconds(50));
        return ++works;
      });
      good += result.ok() && *result == 1 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(works, 1);
  EXPECT_EQ(good, 8);
}

TEST(SingleFlightTest, DifferentKeysDoNotWaitForOneAnother) {
  SingleFlight<int> flights(net::SystemClock());
  const auto outer = flights.Do("a", In(absl::Seconds(10)), [&] {
    return flights.Do("b", In(absl::Milliseconds(100)), [] { return absl::StatusOr<int>(7); });
  });
  EXPECT_EQ(outer.value(), 7);
}

TEST(SingleFlightTest, NothingIsRemembered) {
  SingleFlight<int> flights(net::SystemClock());
  int works = 0;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(flights.Do("key", In(absl::Seconds(1)), [&] { return absl::StatusOr<int>(++works); }).ok());
  }
  EXPECT_EQ(works, 2);
}

class SecondCallerTest : public ::testing::Test {
 protected:
  // The first caller's work takes 200 ms and gives `first`; a second caller arrives meanwhile.
  absl::StatusOr<int> Second(absl::StatusOr<int> first, absl::Duration patience) {
    std::atomic<bool> working = false;
    std::thread leader([&] {
      (void)flights_.Do("key", In(absl::Seconds(10)), [&] {
        working = true;
        absl::SleepFor(absl::Milliseconds(200));
        return first;
      });
    });
    while (!working) absl::SleepFor(absl::Milliseconds(1));
    auto result = flights_.Do("key", In(patience), [] { return absl::StatusOr<int>(2); });
    leader.join();
    return result;
  }
  SingleFlight<int> flights_{net::SystemClock()};
};

TEST_F(SecondCallerTest, GetsTheErrorOfTheFirst) {
  EXPECT_EQ(Second(absl::NotFoundError("gone"), absl::Seconds(10)).status(), absl::NotFoundError("gone"));
}

TEST_F(SecondCallerTest, WorksItselfWhenTheFirstRanOutOfTime) {
  EXPECT_EQ(Second(absl::DeadlineExceededError("late"), absl::Seconds(10)).value(), 2);
}

TEST_F(SecondCallerTest, WaitsOnlyAsLongAsItMay) {
  EXPECT_EQ(Why(Second(1, absl::Milliseconds(20))),
            "deadline-exceeded: the time allowed ran out while another asked for the same");
}

}  // namespace
}  // namespace chartseal::oci
