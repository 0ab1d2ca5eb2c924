#include "webhook/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "absl/time/clock.h"
#include "tests/webhook/server_fixture.h"
#include "tests/webhook/signal.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using Tls = TestClient::Tls;

TEST_F(ServerTest, AnswersAPostOverTls) {
  Start();
  TestClient client(port());
  const ClientReply reply = client.Post("/validate?timeout=10s", "{}");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "/validate?timeout=10s 2");
}

TEST_F(ServerTest, SpeaksHttp11AndModernTls) {
  Start();
  TestClient client(port());
  EXPECT_EQ(client.tls_version(), "TLSv1.3");
  EXPECT_EQ(client.alpn(), "http/1.1");
}

TEST_F(ServerTest, RefusesTls11) {
  Start();
  EXPECT_FALSE(TestClient(port(), Tls::kOnly11).connected());
  EXPECT_TRUE(TestClient(port(), Tls::kYes).connected());
}

TEST_F(ServerTest, PlainHttpOnTheTlsPortGetsNoAnswer) {
  Start();
  TestClient client(port(), Tls::kNo);
  EXPECT_EQ(client.Post("/validate", "{}").status, 0);
  EXPECT_TRUE(Serves());
}

TEST_F(ServerTest, KeepsTheConnectionForTheNextRequest) {
  Start();
  TestClient client(port());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.Post("/validate", "{}").status, 200);
}

TEST_F(ServerTest, AnswersRequestsSentAheadInOrder) {
  Start();
  TestClient client(port());
  client.Send(PostText("/validate?1", "{}") + PostText("/validate?2", "{ }"));
  EXPECT_EQ(client.Receive().body, "/validate?1 2");
  EXPECT_EQ(client.Receive().body, "/validate?2 3");
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
  Start();
  TestClient client(port());
  client.Send(
      "POST /validate HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{}");
  const ClientReply reply = client.Receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
}

TEST_F(ServerTest, OldConnectionsAreRetired) {
  Start({.connection_age = absl::Milliseconds(50)});
  TestClient client(port());
  EXPECT_EQ(client.Post("/validate", "{}").Header("Connection"), "");
  absl::SleepFor(absl::Milliseconds(80));
  EXPECT_EQ(client.Post("/validate", "{}").Header("Connection"), "close");
}

TEST_F(ServerTest, ReadsAChunkedBody) {
  Start();
  TestClient client(port());
  client.Send(
      "POST /validate HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n3\r\n !!\r\n0\r\n\r\n");
  EXPECT_EQ(client.Receive().body, "/validate? 8");
}

TEST_F(ServerTest, InvitesTheBodyOfAClientThatWaits) {
  Start();
  TestClient client(port());
  client.Send(
      "POST /validate HTTP/1.1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
      "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 100);
  client.Send("{}");
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(ServerTest, AnotherPathIsNotFound) {
  Start();
  EXPECT_EQ(TestClient(port()).Post("/mutate", "{}").status, 404);
}

TEST_F(ServerTest, OpsPathsAreNotOnTheTlsPort) {
  Start();
  EXPECT_EQ(TestClient(port()).Get("/healthz").status, 404);
  EXPECT_EQ(TestClient(ops_port(), Tls::kNo).Get("/healthz").status, 200);
}

TEST_F(ServerTest, AnotherMethodIsNotAllowed) {
  Start();
  const ClientReply reply = TestClient(port()).Get("/validate");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.Header("Allow"), "POST");
}

TEST_F(ServerTest, AnotherContentTypeIsNotSupported) {
  Start();
  TestClient client(port());
  client.Send("POST /validate HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
  const ClientReply reply = client.Receive();
  EXPECT_EQ(reply.status, 415);
  EXPECT_EQ(reply.body, "this path takes Content-Type: application/json\n");
}

TEST_F(ServerTest, AContentTypeWithACharsetIsSupported) {
  Start();
  TestClient client(port());
  client.Send(
      "POST /validate HTTP/1.1\r\nContent-Type: Application/JSON ; charset=utf-8\r\n"
      "Content-Length: 2\r\n\r\n{}");
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(ServerTest, GarbageIsABadRequest) {
  Start();
  TestClient client(port());
  client.Send(std::string("\x00\xff\x13 garbage\r\n\r\n", 14));
  const ClientReply reply = client.Receive();
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("this is not HTTP/1.1"));
  EXPECT_TRUE(Serves());
}

TEST_F(ServerTest, LengthAndChunksTogetherAreABadRequest) {
  Start();
  TestClient client(port());
  client.Send(
      "POST /validate HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 400);
}

TEST_F(ServerTest, AHandlerThatThrowsFailsOnlyItsRequest) {
  Start({}, [](const HttpRequest& request) -> HttpReply {
    if (request.query == "throw") throw std::runtime_error("x");
    return {};
  });
  TestClient client(port());
  EXPECT_EQ(client.Post("/validate?throw", "{}").status, 500);
  EXPECT_EQ(client.Post("/validate", "{}").status, 200);
}

TEST_F(ServerTest, StopLetsARequestInFlightFinish) {
  Signal started, release;
  Start({}, [&](const HttpRequest&) {
    started.Notify();
    release.WaitForNotification();
    return HttpReply{.body = "done"};
  });
  TestClient client(port());
  client.Send(PostText("/validate", "{}"));
  started.WaitForNotification();
  bool finished = false;
  std::thread stopper([&] { finished = server_->Stop(absl::Seconds(20)); });
  while (TestClient(port(), Tls::kNo).connected()) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(TestClient(ops_port(), Tls::kNo).Get("/healthz").status, 200);  // probes still see it
  release.Notify();
  const ClientReply reply = client.Receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "done");
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
  stopper.join();
  EXPECT_TRUE(finished);
}

TEST_F(ServerTest, StopClosesIdleConnectionsAtOnce) {
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Post("/validate", "{}").status, 200);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(server_->Stop(absl::Seconds(20)));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
}

TEST_F(ServerTest, StopDoesNotWaitLongerThanItsGrace) {
  Signal started, release;
  Start({}, [&](const HttpRequest&) {
    started.Notify();
    release.WaitForNotificationWithTimeout(absl::Seconds(2));
    return HttpReply{};
  });
  TestClient client(port());
  client.Send(PostText("/validate", "{}"));
  started.WaitForNotification();
  EXPECT_FALSE(server_->Stop(absl::Milliseconds(100)));
}

TEST_F(ServerTest, ACertificateThatIsNoneIsRefused) {
  Start();
  const auto server =
      Server::Start({.listeners = {{"127.0.0.1", 0, TlsIdentity{"x", tls_.private_key}, {}}}});
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(Message(server.status()), HasSubstr("the TLS certificate cannot be used"));
}

TEST_F(ServerTest, AKeyOfAnotherCertificateIsRefused) {
  Start();
  auto other = sandbox::TlsFiles::Create();
  const std::string key = *ReadFile((*other)->key_file(), 1 << 16);
  const auto server =
      Server::Start({.listeners = {{"127.0.0.1", 0, TlsIdentity{tls_.certificate_chain, key}, {}}}});
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(Message(server.status()), HasSubstr("the TLS private key"));
}

TEST_F(ServerTest, APortInUseIsRefused) {
  Start();
  const auto server = Server::Start({.listeners = {{"127.0.0.1", port(), std::nullopt, {}}}});
  ASSERT_FALSE(server.ok());
  EXPECT_TRUE(absl::IsUnavailable(server.status())) << server.status();
  EXPECT_THAT(Message(server.status()), HasSubstr("cannot listen on 127.0.0.1 port"));
}

}  // namespace
}  // namespace chartseal::webhook
