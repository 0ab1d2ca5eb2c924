#include "webhook/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/webhook/signal.h"

namespace chartseal::webhook {
namespace {

TEST(WorkerPool, RunsWhatWasQueuedBeforeItEnds) {
  std::atomic<int> count = 0;
  {
    WorkerPool pool(2, 100);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.TrySubmit([&] { ++count; }));
  }
  EXPECT_EQ(count, 100);
}

TEST(WorkerPool, TakesNoMoreThanItsQueueHolds) {
  Signal started, release;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.Notify();
    release.WaitForNotification();
  }));
  started.WaitForNotification();
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_FALSE(pool.TrySubmit([] {}));
  release.Notify();
}

}  // namespace
}  // namespace chartseal::webhook
