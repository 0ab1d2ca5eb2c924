#include "audit/remembered_charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/verification/fake_charts.h"
#include "tests/verification/release_fixture.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"

namespace chartseal::audit {
namespace {

constexpr char kTag[] = "registry.test/charts/app:1.0.0";

std::shared_ptr<const chart::Chart> ChartOf(size_t bytes) {
  const std::string tgz = verification::TgzOf(
      "app",
      {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"}, {"big.txt", std::string(bytes, 'x')}});
  return std::make_shared<const chart::Chart>(chart::Chart::FromArchive(tgz, "chart").value());
}

class RememberedChartsTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const std::string& reference = kTag) {
    return charts_.Pull(oci::Reference::Parse("oci://" + reference).value(),
                        verification::FakeCharts::DigestOf(reference), absl::InfiniteFuture());
  }
  verification::FakeCharts inner_;
  RememberedCharts charts_{inner_};
};

TEST_F(RememberedChartsTest, AChartIsPulledOnce) {
  inner_.At(kTag).chart = ChartOf(1);
  const auto first = Pull();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*Pull(), *first);
  EXPECT_EQ(inner_.pulls(), 1);
}

TEST_F(RememberedChartsTest, AFailureIsNotKept) {
  inner_.At(kTag).pull = WithReason(absl::UnavailableError("gone"), Reason::kUnreachable);
  EXPECT_EQ(ReasonOf(Pull().status()), Reason::kUnreachable);
  inner_.At(kTag).pull = absl::OkStatus();
  inner_.At(kTag).chart = ChartOf(1);
  EXPECT_TRUE(Pull().ok());
  EXPECT_EQ(inner_.pulls(), 2);
}

// Charts that come when a test lets them.
struct HeldCharts : verification::FakeCharts {
  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                           const crypto::Digest& digest,
                                                           absl::Time deadline) override {
    std::call_once(once, [this] { begun.Notify(); });
    go.WaitForNotification();
    return FakeCharts::Pull(repository, digest, deadline);
  }
  std::once_flag once;
  absl::Notification begun, go;
};

TEST(RememberedChartsAtOnceTest, WhoAsksForOneThatIsBeingPulledWaitsForIt) {
  HeldCharts inner;
  inner.At(kTag).chart = ChartOf(1);
  RememberedCharts charts(inner);
  const auto pull = [&] {
    EXPECT_TRUE(charts
                    .Pull(oci::Reference::Parse(Cat("oci://", kTag)).value(),
                          verification::FakeCharts::DigestOf(kTag), absl::InfiniteFuture())
                    .ok());
  };
  std::vector<std::thread> threads;
  threads.emplace_back(pull);
  inner.begun.WaitForNotification();
  for (int i = 0; i < 4; ++i) threads.emplace_back(pull);
  absl::SleepFor(absl::Milliseconds(50));  // so that they ask; who is later finds it kept
  inner.go.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(inner.pulls(), 1);
}

TEST_F(RememberedChartsTest, WhatDoesNotFitIsHandedOutAndPulledAgain) {
  // Each is within the limits of one chart; together they are more than is kept.
  const auto big = ChartOf(limits::kMaxChartFileBytes);
  const size_t fit = limits::kMaxKeptChartBytes / limits::kMaxChartFileBytes;
  for (size_t i = 0; i <= fit; ++i) {
    const std::string reference = Cat("registry.test/charts/app:1.0.", i);
    inner_.At(reference).chart = big;
    ASSERT_TRUE(Pull(reference).ok());
  }
  const int before = inner_.pulls();
  EXPECT_TRUE(Pull("registry.test/charts/app:1.0.0").ok());
  EXPECT_EQ(inner_.pulls(), before);
  EXPECT_TRUE(Pull(Cat("registry.test/charts/app:1.0.", fit)).ok());
  EXPECT_EQ(inner_.pulls(), before + 1);
}

TEST_F(RememberedChartsTest, WhatPoliciesSayIsAskedEachTime) {
  inner_.At(kTag).chart = ChartOf(1);
  policy::Policy policy;
  policy.name = "p";
  const auto ask = [&] {
    return charts_.Ask(oci::Reference::Parse(Cat("oci://", kTag)).value(), {&policy}, absl::InfiniteFuture());
  };
  EXPECT_TRUE((*ask()->conclusions.at(0))->accepted);
  inner_.At(kTag).refused_by = {"p"};
  EXPECT_FALSE((*ask()->conclusions.at(0))->accepted);
}

}  // namespace
}  // namespace chartseal::audit
