#include "webhook/host_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace chartseal::webhook {
namespace {

// Something that tasks wait for.
class Latch {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    ++passing_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  bool AwaitPassing(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return passing_ >= count; });
  }
  int passing() {
    const std::lock_guard lock(mutex_);
    return passing_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int passing_ = 0;
};

TEST(HostWorkers, OneStalledHostLeavesWorkersToOthers) {
  Latch stalled, other;
  HostWorkers workers(4, 3, 100);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(workers.TrySubmit("stalled", [&] { stalled.Pass(); }));
  ASSERT_TRUE(stalled.AwaitPassing(3));
  ASSERT_TRUE(workers.TrySubmit("other", [&] { other.Pass(); }));
  EXPECT_TRUE(other.AwaitPassing(1)) << "the fourth worker is not for the stalled host";
  EXPECT_EQ(stalled.passing(), 3);
  stalled.Open();
  other.Open();
}

TEST(HostWorkers, HostsTakeTurns) {
  std::mutex mutex;
  std::string order;
  Latch first;
  const auto add = [&](char c) {
    const std::lock_guard lock(mutex);
    order += c;
  };
  {
    HostWorkers workers(1, 1, 100);
    ASSERT_TRUE(workers.TrySubmit("x", [&] { first.Pass(); }));
    ASSERT_TRUE(first.AwaitPassing(1));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(workers.TrySubmit("a", [&] { add('a'); }));
    ASSERT_TRUE(workers.TrySubmit("b", [&] { add('b'); }));
    first.Open();
  }
  EXPECT_EQ(order, "abaa");
}

TEST(HostWorkers, TheQueueIsBoundedAndOneHostMayNotFillIt) {
  Latch latch;
  HostWorkers workers(1, 1, 4);
  ASSERT_TRUE(workers.TrySubmit("x", [&] { latch.Pass(); }));
  ASSERT_TRUE(latch.AwaitPassing(1));
  EXPECT_TRUE(workers.TrySubmit("a", [] {}));
  EXPECT_TRUE(workers.TrySubmit("a", [] {}));
  EXPECT_FALSE(workers.TrySubmit("a", [] {}));
  EXPECT_TRUE(workers.TrySubmit("b", [] {}));
  EXPECT_TRUE(workers.TrySubmit("b", [] {}));
  EXPECT_FALSE(workers.TrySubmit("c", [] {}));
  latch.Open();
}

TEST(HostWorkers, RunsWhatIsQueuedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    HostWorkers workers(2, 1, 1000);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(workers.TrySubmit(i % 2 ? "a" : "b", [&] { ++ran; }));
  }
  EXPECT_EQ(ran, 200);
}

TEST(HostWorkers, ATaskMaySubmitAnother) {
  std::atomic<int> ran = 0;
  Latch done;
  HostWorkers workers(1, 1, 10);
  ASSERT_TRUE(workers.TrySubmit("a", [&] {
    ++ran;
    EXPECT_TRUE(workers.TrySubmit("a", [&] {
      ++ran;
      done.Pass();
    }));
  }));
  EXPECT_TRUE(done.AwaitPassing(1));
  done.Open();
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace chartseal::webhook
