#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "tests/net/settable_clock.h"
#include "tests/sandbox/loopback_server.h"
#include "verifier/base/limits.h"
#include "verifier/net/http_client.h"

namespace chartseal::net {
namespace {

int OpenDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<int>(std::distance(begin(all), end(all)));
}

class ConnectionsTest : public ::testing::Test {
 protected:
  void StartServers(int count) {
    for (int i = 0; i < count; ++i) {
      servers_.push_back(sandbox::LoopbackServer::Start({.threads = 32}, [](const auto&) {
                           return sandbox::MakeResponse(200, "text/plain", "hello");
                         }).value());
    }
  }
  bool Get(HttpClient& client, size_t server, absl::Time deadline = absl::Now() + absl::Seconds(20)) {
    HttpRequest request{.url = *Url::Parse(servers_[server % servers_.size()]->url())};
    request.deadline = deadline;
    return client.Perform(request).ok();
  }
  // Server `s` is asked `requests` times by each of `threads` threads, all servers in turn.
  int Load(HttpClient& client, int threads, int requests) {
    std::atomic<int> good = 0;
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (int i = 0; i < requests; ++i) good += Get(client, static_cast<size_t>(t + i)) ? 1 : 0;
      });
    }
    for (std::thread& worker : workers) worker.join();
    return good;
  }

  std::vector<std::unique_ptr<sandbox::LoopbackServer>> servers_;
};

TEST_F(ConnectionsTest, StayFlatUnderAnyLengthOfLoad) {
  StartServers(6);
  const int before = OpenDescriptors();
  auto client = MakeHttpClient().value();
  EXPECT_EQ(Load(*client, 4, 50), 200);
  const int after_some = OpenDescriptors();
  EXPECT_EQ(Load(*client, 4, 150), 600);
  const int after_more = OpenDescriptors();
  // One connection for each of four callers and six servers at most: a socket at both ends, and the pair that
  // the library keeps for each handle.
  EXPECT_LE(after_some - before, 4 * 4 * 6);
  EXPECT_LE(after_more - before, 4 * 4 * 6);
}

TEST_F(ConnectionsTest, AreUsedAgainByEachCaller) {
  StartServers(3);
  auto client = MakeHttpClient().value();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(Get(*client, static_cast<size_t>(i)));
  for (const auto& server : servers_) {
    std::set<int> ports;
    for (const auto& record : server->log().Records()) ports.insert(record.client_port);
    EXPECT_EQ(ports.size(), 1u);
  }
}

TEST_F(ConnectionsTest, ThatAreIdleForLongAreClosed) {
  StartServers(5);
  SettableClock now(absl::Now());
  auto client = MakeHttpClient({.clock = now.clock()}).value();
  for (size_t i = 0; i < 4; ++i) ASSERT_TRUE(Get(*client, i, now.Now() + absl::Seconds(20)));
  const int open = OpenDescriptors();
  now.Advance(limits::kIdleConnectionTime + absl::Seconds(1));
  ASSERT_TRUE(Get(*client, 4, now.Now() + absl::Seconds(20)));
  // The four are closed here at least; one was opened, which has two ends in this process.
  EXPECT_LE(OpenDescriptors(), open - 4 + 2);
}

TEST_F(ConnectionsTest, ThatFailedLeaveNothingOpen) {
  StartServers(2);
  auto client = MakeHttpClient().value();
  ASSERT_TRUE(Get(*client, 0));
  const int before = OpenDescriptors();
  servers_[1]->faults().Add(
      {.times = -1,
       .respond = sandbox::HttpResponse{.delivery = {.kind = sandbox::Delivery::Kind::kScript,
                                                     .script = {.ending = sandbox::Ending::kReset}}}});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Get(*client, 1));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_LE(OpenDescriptors(), before + 4);
}

}  // namespace
}  // namespace chartseal::net
