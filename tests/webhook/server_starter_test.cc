#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <variant>

#include "tests/webhook/server_fixture.h"
#include "tests/webhook/signal.h"
#include "tests/webhook/tls_pairs.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using Tls = TestClient::Tls;
using Started = std::variant<HttpReply, HttpWork>;

const std::string kLargestInline(limits::kMaxInlineBodyBytes, ' ');
const std::string kTooLargeInline(limits::kMaxInlineBodyBytes + 1, ' ');

// A server whose POST /validate has a starter. By query: "reply" is answered at once, "throw" throws there,
// "work" is left to a worker, which waits for release_ when `hold_` is set, and "work-throw" throws there.
class ServerStarterTest : public ServerTest {
 protected:
  void StartStarter(ServerLimits limits = {}) {
    const TlsPair pair = SelfSigned("starter");
    ServerOptions options{.limits = limits, .metrics = &metrics_};
    options.listeners = {{"127.0.0.1",
                          0,
                          pair.identity(),
                          {{.method = "POST",
                            .path = "/validate",
                            .content_type = "application/json",
                            .blocking = true,
                            .starter = [this](HttpRequest request) { return Begin(std::move(request)); }}}},
                         {"127.0.0.1",
                          0,
                          std::nullopt,
                          {{.method = "GET", .path = "/healthz", .handler = [this](const HttpRequest&) {
                              io_ = std::this_thread::get_id();
                              return HttpReply{};
                            }}}}};
    auto server = Server::Start(std::move(options));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    ASSERT_EQ(TestClient(ops_port(), Tls::kNo).Get("/healthz").status, 200);
  }

  Started Begin(HttpRequest request) {
    started_on_ = std::this_thread::get_id();
    if (request.query == "throw") throw std::runtime_error("x");
    const std::string seen = request.path + "?" + request.query + " " + std::to_string(request.body.size());
    if (request.query == "reply") return HttpReply{.body = seen};
    return HttpWork([this, seen, query = request.query]() -> HttpReply {
      worked_on_ = std::this_thread::get_id();
      ++working_;
      if (query == "work-throw") throw std::runtime_error("x");
      if (hold_) release_.WaitForNotification();
      return {.body = seen};
    });
  }

  void AwaitWorking(int count) const {
    while (working_ < count) absl::SleepFor(absl::Milliseconds(1));
  }
  bool BecomesIdle() const {
    for (int i = 0; i < 1000; ++i) {
      if (metrics_.Text().find("chartseal_requests_in_flight 0\n") != std::string::npos) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  std::atomic<std::thread::id> io_;  // the thread that answers without workers
  std::atomic<std::thread::id> started_on_;
  std::atomic<std::thread::id> worked_on_;
  std::atomic<int> working_ = 0;  // works begun
  std::atomic<bool> hold_ = false;
  Signal release_;
};

TEST_F(ServerStarterTest, AReplyComesFromTheIoThread) {
  StartStarter();
  const ClientReply reply = TestClient(port()).Post("/validate?reply", "{}");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "/validate?reply 2");
  EXPECT_EQ(started_on_, io_);
}

TEST_F(ServerStarterTest, WorkIsBegunOnTheIoThreadAndDoneByAWorker) {
  StartStarter();
  EXPECT_EQ(TestClient(port()).Post("/validate?work", "{}").body, "/validate?work 2");
  EXPECT_EQ(started_on_, io_);
  EXPECT_NE(worked_on_, io_);
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(ServerStarterTest, ABodyOfTheLimitIsStartedOnTheIoThread) {
  StartStarter();
  EXPECT_EQ(TestClient(port()).Post("/validate?reply", kLargestInline).status, 200);
  EXPECT_EQ(started_on_, io_);
}

TEST_F(ServerStarterTest, ALargerBodyIsStartedByAWorker) {
  StartStarter();
  EXPECT_EQ(TestClient(port()).Post("/validate?reply", kTooLargeInline).body,
            "/validate?reply " + std::to_string(kTooLargeInline.size()));
  EXPECT_NE(started_on_, io_);
  EXPECT_EQ(TestClient(port()).Post("/validate?work", kTooLargeInline).status, 200);
  EXPECT_EQ(started_on_, worked_on_);
}

TEST_F(ServerStarterTest, WorkBeyondTheLimitIsToldToComeBackAndRepliesStillCome) {
  StartStarter({.in_flight = 1});
  hold_ = true;
  TestClient busy(port()), other(port());
  busy.Send(PostText("/validate?work", "{}"));
  AwaitWorking(1);
  const ClientReply reply = other.Post("/validate?work", "{}");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.Header("Retry-After"), "1");
  EXPECT_TRUE(CountsLimit("in-flight"));
  EXPECT_EQ(other.Post("/validate?reply", "{}").status, 200);
  EXPECT_EQ(working_, 1);
  release_.Notify();
  EXPECT_EQ(busy.Receive().status, 200);
  EXPECT_EQ(other.Post("/validate?work", "{}").status, 200);
}

TEST_F(ServerStarterTest, ALargeBodyBeyondTheLimitIsToldToComeBackBeforeItIsStarted) {
  StartStarter({.in_flight = 1});
  hold_ = true;
  TestClient busy(port());
  busy.Send(PostText("/validate?work", "{}"));
  AwaitWorking(1);
  started_on_ = std::thread::id();
  EXPECT_EQ(TestClient(port()).Post("/validate?reply", kTooLargeInline).status, 429);
  EXPECT_EQ(started_on_, std::thread::id());
  release_.Notify();
  EXPECT_EQ(busy.Receive().status, 200);
}

TEST_F(ServerStarterTest, AStarterThatThrowsFailsOnlyItsRequest) {
  StartStarter();
  TestClient client(port());
  for (const std::string& body : {std::string("{}"), kTooLargeInline}) {
    const ClientReply reply = client.Post("/validate?throw", body);
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.body, HasSubstr("the request could not be answered"));
    EXPECT_EQ(client.Post("/validate?reply", "{}").status, 200);
  }
}

TEST_F(ServerStarterTest, WorkThatThrowsFailsOnlyItsRequest) {
  StartStarter({.in_flight = 1});
  TestClient client(port());
  EXPECT_EQ(client.Post("/validate?work-throw", "{}").status, 500);
  EXPECT_EQ(client.Post("/validate?work", "{}").status, 200);
}

TEST_F(ServerStarterTest, RequestsSentAheadAreAnsweredInOrder) {
  StartStarter();
  hold_ = true;
  TestClient client(port());
  client.Send(PostText("/validate?work", "{}") + PostText("/validate?reply", "{ }"));
  AwaitWorking(1);
  release_.Notify();
  EXPECT_EQ(client.Receive().body, "/validate?work 2");
  EXPECT_EQ(client.Receive().body, "/validate?reply 3");
}

TEST_F(ServerStarterTest, AClientThatLeavesTakesNobodysPlaceForLong) {
  StartStarter({.in_flight = 1});
  hold_ = true;
  {
    TestClient gone(port());
    gone.Send(PostText("/validate?work", "{}"));
    AwaitWorking(1);
  }
  release_.Notify();
  EXPECT_TRUE(BecomesIdle());
  EXPECT_EQ(TestClient(port()).Post("/validate?work", "{}").status, 200);
}

TEST_F(ServerStarterTest, StopLetsWorkFinish) {
  StartStarter();
  hold_ = true;
  TestClient client(port());
  client.Send(PostText("/validate?work", "{}"));
  AwaitWorking(1);
  std::atomic<bool> finished = false;
  std::thread stopper([&] { finished = server_->Stop(absl::Seconds(20)); });
  absl::SleepFor(absl::Milliseconds(50));
  release_.Notify();
  const ClientReply reply = client.Receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Connection"), "close");
  stopper.join();
  EXPECT_TRUE(finished);
}

TEST_F(ServerStarterTest, StopDoesNotWaitForWorkLongerThanItsGrace) {
  StartStarter();
  hold_ = true;
  TestClient client(port());
  client.Send(PostText("/validate?work", "{}"));
  AwaitWorking(1);
  std::thread later([&] {
    absl::SleepFor(absl::Milliseconds(300));
    release_.Notify();  // Stop() waits for handlers even then
  });
  EXPECT_FALSE(server_->Stop(absl::Milliseconds(50)));
  later.join();
  EXPECT_EQ(client.Receive().status, 0);
}

}  // namespace
}  // namespace chartseal::webhook
