#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "tests/webhook/server_fixture.h"
#include "tests/webhook/signal.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using ServerLimitsTest = ServerTest;
using Tls = TestClient::Tls;

constexpr char kHead[] = "POST /validate HTTP/1.1\r\nContent-Type: application/json\r\n";

TEST_F(ServerLimitsTest, ABodyOfTheLimitIsRead) {
  Start({.body_bytes = 100'000});
  EXPECT_EQ(TestClient(port()).Post("/validate", std::string(100'000, ' ')).body, "/validate? 100000");
}

TEST_F(ServerLimitsTest, ABodyOverTheLimitIsTooLarge) {
  Start({.body_bytes = 100'000});
  const ClientReply reply = TestClient(port()).Post("/validate", std::string(100'001, ' '));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.body, "the body is over the limit of 100000 bytes\n");
  EXPECT_TRUE(CountsLimit("body"));
}

TEST_F(ServerLimitsTest, TheDefaultLimitHoldsForARealBody) {
  Start();
  EXPECT_EQ(TestClient(port()).Post("/validate", std::string((16 << 20) + 1, ' ')).status, 413);
  EXPECT_EQ(TestClient(port()).Post("/validate", std::string(16 << 20, ' ')).status, 200);
}

TEST_F(ServerLimitsTest, ADeclaredLengthOverTheLimitIsRefusedBeforeAnyBodyComes) {
  Start();
  TestClient client(port());
  client.Send(Cat(kHead, "Content-Length: 99999999999\r\n\r\n"));
  EXPECT_EQ(client.Receive().status, 413);
}

TEST_F(ServerLimitsTest, ChunksTogetherOverTheLimitAreTooLarge) {
  Start({.body_bytes = 1000});
  TestClient client(port());
  client.Send(Cat(kHead, "Transfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 4; ++i) client.Send(Cat("12c\r\n", std::string(300, 'x'), "\r\n"));
  EXPECT_EQ(client.Receive().status, 413);
}

TEST_F(ServerLimitsTest, OneChunkOverTheLimitIsTooLarge) {
  Start({.body_bytes = 1000});
  TestClient client(port());
  client.Send(Cat(kHead, "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\nxx"));
  EXPECT_EQ(client.Receive().status, 413);
}

TEST_F(ServerLimitsTest, AHeadOverTheLimitIsTooLarge) {
  Start();
  TestClient client(port());
  client.Send(Cat(kHead, "X-Long: ", std::string(20 << 10, 'x'), "\r\n\r\n"));
  const ClientReply reply = client.Receive();
  EXPECT_EQ(reply.status, 431);
  EXPECT_TRUE(CountsLimit("head"));
}

TEST_F(ServerLimitsTest, ManySmallHeadersAreALargeHeadToo) {
  Start();
  TestClient client(port());
  std::string head = kHead;
  for (int i = 0; i < 3000; ++i) head += Cat("X-", i, ": y\r\n");
  client.Send(head + "\r\n");
  EXPECT_EQ(client.Receive().status, 431);
}

TEST_F(ServerLimitsTest, BodiesOfAllConnectionsTogetherAreBounded) {
  Start({.bodies_bytes = 50'000});
  std::unique_ptr<TestClient> slow;
  ClientReply reply;
  // Once more when the second request was read before the first: then it is the first that is turned away.
  for (int i = 0; i < 50 && reply.status != 429; ++i) {
    slow = std::make_unique<TestClient>(port());
    slow->Send(Cat(kHead, "Content-Length: 60000\r\n\r\n", std::string(40'000, ' ')));
    absl::SleepFor(absl::Milliseconds(20));
    reply = TestClient(port()).Post("/validate", std::string(20'000, ' '));
  }
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.Header("Retry-After"), "1");
  slow->Send(std::string(20'000, ' '));  // now the slow one is over the bound itself
  EXPECT_EQ(slow->Receive().status, 429);
  EXPECT_EQ(TestClient(port()).Post("/validate", std::string(20'000, ' ')).status, 200);
}

TEST_F(ServerLimitsTest, RequestsBeyondTheLimitInFlightAreToldToComeBack) {
  Signal release;
  std::atomic<int> running = 0;
  Start({.in_flight = 2}, [&](const HttpRequest&) {
    ++running;
    release.WaitForNotification();
    return HttpReply{};
  });
  TestClient first(port()), second(port()), third(port());
  first.Send(PostText("/validate", "{}"));
  second.Send(PostText("/validate", "{}"));
  while (running < 2) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_THAT(metrics_.Text(), HasSubstr("chartseal_requests_in_flight 2"));
  const ClientReply reply = third.Post("/validate", "{}");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.Header("Retry-After"), "1");
  EXPECT_TRUE(CountsLimit("in-flight"));
  release.Notify();
  EXPECT_EQ(first.Receive().status, 200);
  EXPECT_EQ(second.Receive().status, 200);
  EXPECT_EQ(third.Post("/validate", "{}").status, 200);  // on the same connection
}

TEST_F(ServerLimitsTest, ProbesAreAnsweredWhileEveryWorkerIsBusy) {
  Signal release;
  std::atomic<int> running = 0;
  Start({.in_flight = 1}, [&](const HttpRequest&) {
    ++running;
    release.WaitForNotification();
    return HttpReply{};
  });
  TestClient busy(port());
  busy.Send(PostText("/validate", "{}"));
  while (running < 1) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(TestClient(ops_port(), Tls::kNo).Get("/healthz").status, 200);
  release.Notify();
  EXPECT_EQ(busy.Receive().status, 200);
}

TEST_F(ServerLimitsTest, ManySlowHeadersAndIdleConnectionsDoNotHoldUpOthers) {
  // Whoever waited for one of the slow ones would wait for minutes.
  Start({.head_time = absl::Minutes(10), .body_time = absl::Minutes(10), .idle_time = absl::Minutes(10)});
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(std::make_unique<TestClient>(port(), i % 4 == 0 ? Tls::kNo : Tls::kYes));
    if (i % 4 == 1) slow.back()->Send("POST /validate HT");
    if (i % 4 == 2) slow.back()->Send(Cat(kHead, "Content-Length: 1000\r\n\r\n{"));
  }
  const absl::Time start = absl::Now();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Serves());
  EXPECT_LT(absl::Now() - start, absl::Minutes(1));
}

TEST_F(ServerLimitsTest, AHeadThatDoesNotEndIsCutOff) {
  Start({.head_time = absl::Milliseconds(150)});
  TestClient client(port());
  for (int i = 0; i < 3; ++i) {  // a byte now and then does not extend it
    client.Send("P");
    absl::SleepFor(absl::Milliseconds(40));
  }
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
  EXPECT_TRUE(CountsLimit("time"));
}

TEST_F(ServerLimitsTest, ABodyThatDoesNotEndIsCutOff) {
  Start({.body_time = absl::Milliseconds(150)});
  TestClient client(port());
  client.Send(Cat(kHead, "Content-Length: 1000\r\n\r\n{"));
  for (int i = 0; i < 3; ++i) {
    client.Send(" ");
    absl::SleepFor(absl::Milliseconds(40));
  }
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
}

TEST_F(ServerLimitsTest, AHandshakeThatDoesNotEndIsCutOff) {
  Start({.handshake_time = absl::Milliseconds(100)});
  TestClient client(port(), Tls::kNo);
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
}

TEST_F(ServerLimitsTest, AnIdleConnectionIsClosed) {
  Start({.idle_time = absl::Milliseconds(100)});
  TestClient client(port());
  EXPECT_EQ(client.Post("/validate", "{}").status, 200);
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
}

TEST_F(ServerLimitsTest, ANewConnectionOverTheLimitReplacesTheLongestIdle) {
  Start({.connections = 2});
  TestClient first(port()), second(port());
  EXPECT_EQ(first.Post("/validate", "{}").status, 200);
  EXPECT_EQ(second.Post("/validate", "{}").status, 200);
  TestClient third(port());
  EXPECT_EQ(third.Post("/validate", "{}").status, 200);
  EXPECT_TRUE(first.ClosedByServer(absl::Seconds(5)));
  EXPECT_EQ(second.Post("/validate", "{}").status, 200);
  EXPECT_TRUE(CountsLimit("connections"));
}

TEST_F(ServerLimitsTest, ANewConnectionIsClosedWhenAllOthersAreBusy) {
  Start({.connections = 1});
  TestClient busy(port());
  busy.Send("POST /vali");
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_FALSE(TestClient(port()).connected());
  busy.Send(Cat("date HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
  EXPECT_EQ(busy.Receive().status, 200);
}

TEST_F(ServerLimitsTest, ManyClientsAtOnceAreAllAnswered) {
  Start();
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      TestClient client(port());
      for (int i = 0; i < 50; ++i) answered += client.Post("/validate", "{}").status == 200;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 400);
}

}  // namespace
}  // namespace chartseal::webhook
