#include "audit/asking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

#include "tests/verification/signed_images.h"
#include "verifier/base/limits.h"

namespace chartseal::audit {
namespace {

TEST(AskingTest, WorkIsDoneOnceEachBySoManyAtATimeAndProgressIsTold) {
  verification::SignedImages images;
  const policy::PolicySet policies;
  const NamespaceLabels labels;
  const net::Clock clock = net::SystemClock();
  std::mutex mutex;
  std::set<size_t> told;
  const Asking asking = {.policies = policies,
                         .labels = labels,
                         .source = images.client(),
                         .root = nullptr,
                         .clock = clock,
                         .time_for_each = absl::Seconds(1),
                         .progress = [&](std::string_view what, size_t done, size_t all) {
                           const std::lock_guard lock(mutex);
                           EXPECT_EQ(what, "things");
                           EXPECT_EQ(all, 40u);
                           told.insert(done);
                         }};
  size_t now = 0, most = 0;
  std::condition_variable all_in;
  std::multiset<size_t> seen;
  ForEachInParallel(asking, "things", 40, [&](size_t i) {
    std::unique_lock lock(mutex);
    seen.insert(i);
    most = std::max(most, ++now);
    all_in.notify_all();
    all_in.wait_for(lock, std::chrono::seconds(60), [&] { return most >= limits::kMaxAuditThreads; });
    --now;
  });
  EXPECT_EQ(seen.size(), 40u);
  EXPECT_EQ(std::set<size_t>(seen.begin(), seen.end()).size(), 40u);
  EXPECT_EQ(told.size(), 40u);
  EXPECT_EQ(most, limits::kMaxAuditThreads);
}

}  // namespace
}  // namespace chartseal::audit
