#include "verifier/net/http_client.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/raw_server.h"
#include "tests/sandbox/tls_files.h"
#include "verifier/base/file.h"
#include "verifier/base/status.h"

namespace chartseal::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<sandbox::LoopbackServer> Serve(sandbox::LoopbackServer::Handler handler,
                                               sandbox::LoopbackServerOptions options = {}) {
  return sandbox::LoopbackServer::Start(std::move(options), std::move(handler)).value();
}

std::unique_ptr<sandbox::RawServer> ServeRaw(const std::string& bytes,
                                             sandbox::Ending ending = sandbox::Ending::kClose) {
  sandbox::ByteScript script = {.steps = {{.bytes = bytes}}, .ending = ending};
  return sandbox::RawServer::Start(std::vector<sandbox::ByteScript>{script}).value();
}

sandbox::HttpResponse Hello(const sandbox::HttpRequest&) {
  return sandbox::MakeResponse(200, "text/plain", "hello");
}

HttpRequest To(const std::string& url, absl::Duration allowed = absl::Seconds(10)) {
  HttpRequest request{.url = *Url::Parse(url)};
  request.deadline = absl::Now() + allowed;
  return request;
}

absl::StatusOr<HttpResponse> Get(const HttpRequest& request, HttpClientOptions options = {}) {
  return MakeHttpClient(std::move(options)).value()->Perform(request);
}

void ExpectFailure(const absl::StatusOr<HttpResponse>& response, absl::StatusCode code, Reason reason,
                   const std::string& text) {
  EXPECT_EQ(response.status().code(), code) << response.status();
  EXPECT_EQ(ReasonOf(response.status()), reason) << response.status();
  EXPECT_THAT(Message(response.status()), HasSubstr(text));
}

TEST(HttpClientTest, FetchesABodyWithItsHeaders) {
  auto server = Serve(Hello);
  const auto response = Get(To(server->url() + "/x"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->headers.Get("content-type"), "text/plain");
  EXPECT_EQ(response->peer_address, "127.0.0.1");
}

TEST(HttpClientTest, AsksForNoCompressionAndNamesItself) {
  auto server = Serve(Hello);
  ASSERT_TRUE(Get(To(server->url()), {.user_agent = "chartseal/9"}).ok());
  const auto record = server->log().Records().at(0);
  EXPECT_FALSE(record.HasHeader("accept-encoding"));
  EXPECT_EQ(record.headers.find("user-agent")->second, "chartseal/9");
}

TEST(HttpClientTest, DoesNotFollowRedirects) {
  auto server = Serve([](const auto&) {
    return sandbox::HttpResponse{.status = 302, .headers = {{"Location", "/elsewhere"}}};
  });
  const auto response = Get(To(server->url()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->headers.Get("Location"), "/elsewhere");
  EXPECT_EQ(server->log().size(), 1u);
}

TEST(HttpClientTest, SendsTheTargetByteForByte) {
  auto server = Serve(Hello);
  ASSERT_TRUE(Get(To(server->url() + "/a/../b%2Fc?sig=%2f+/~'=")).ok());
  EXPECT_EQ(server->log().Records().at(0).target, "/a/../b%2Fc?sig=%2f+/~'=");
}

TEST(HttpClientTest, SendsABody) {
  std::string seen;
  auto server = Serve([&](const sandbox::HttpRequest& request) {
    seen = request.method + " " + request.body;
    return sandbox::MakeResponse(201, "", "");
  });
  HttpRequest request = To(server->url());
  request.method = "PUT";
  request.headers.Add("Content-Type", "application/octet-stream");
  request.body = std::string_view("a\0b", 3);
  const auto response = Get(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(seen, std::string("PUT a\0b", 7));
}

TEST(HttpClientTest, UsesAConnectionAgain) {
  auto server = Serve(Hello);
  auto client = MakeHttpClient().value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client->Perform(To(server->url())).ok());
  std::set<int> ports;
  for (const auto& record : server->log().Records()) ports.insert(record.client_port);
  EXPECT_EQ(ports.size(), 1u);
}

TEST(HttpClientTest, KeepsRepeatedHeadersApart) {
  auto server = ServeRaw(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nwww-authenticate:  Basic realm=\"x\" \r\n"
      "Content-Length: 0\r\n\r\n");
  const auto response = Get(To(server->url()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->headers.All("WWW-Authenticate"), ElementsAre("Negotiate", "Basic realm=\"x\""));
}

TEST(HttpClientTest, TakesTheFinalAnswerAfterAnInterimOne) {
  auto server = ServeRaw(
      "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto response = Get(To(server->url()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(response->headers.Has("Link"));
  EXPECT_EQ(response->body, "ok");
}

TEST(HttpClientTest, IgnoresTrailers) {
  auto server = ServeRaw(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nDocker-Content-Digest: "
      "x\r\n\r\n");
  const auto response = Get(To(server->url()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_FALSE(response->headers.Has("Docker-Content-Digest"));
}

TEST(HttpClientTest, StopsABodyOverTheLimit) {
  auto server = Serve(Hello);
  server->faults().Add({.delivery = sandbox::Delivery{.kind = sandbox::Delivery::Kind::kEndless}});
  HttpRequest request = To(server->url());
  request.max_body_bytes = 1000;
  ExpectFailure(Get(request), absl::StatusCode::kResourceExhausted, Reason::kLimitExceeded,
                "the answer is longer than 1000 bytes");
}

TEST(HttpClientTest, KeepsOnlyTheBeginningOfAnEndlessErrorBody) {
  auto server = Serve([](const auto&) { return sandbox::MakeResponse(503, "text/plain", "busy "); });
  server->faults().Add({.delivery = sandbox::Delivery{.kind = sandbox::Delivery::Kind::kEndless}});
  const auto response = Get(To(server->url()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body.size(), limits::kMaxErrorBodyBytes);
}

TEST(HttpClientTest, StopsEndlessHeaders) {
  sandbox::ByteScript script = {.steps = {{.bytes = "HTTP/1.1 200 OK\r\n"},
                                          {.bytes = "X: " + std::string(500, 'x') + "\r\n", .repeat = -1}}};
  auto server = sandbox::RawServer::Start(std::vector<sandbox::ByteScript>{script}).value();
  ExpectFailure(Get(To(server->url())), absl::StatusCode::kResourceExhausted, Reason::kLimitExceeded,
                "more header lines");
}

TEST(HttpClientTest, EndsATrickleAtTheDeadline) {
  auto server =
      Serve([](const auto&) { return sandbox::MakeResponse(200, "text/plain", std::string(1000, 'x')); });
  server->faults().Add({.delivery = sandbox::Delivery{.kind = sandbox::Delivery::Kind::kDrip,
                                                      .pause = absl::Milliseconds(20)}});
  const absl::Time start = absl::Now();
  ExpectFailure(Get(To(server->url(), absl::Milliseconds(200))), absl::StatusCode::kDeadlineExceeded,
                Reason::kDeadlineExceeded, "the time allowed ran out");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
}

TEST(HttpClientTest, SendsNothingAfterTheDeadline) {
  auto server = Serve(Hello);
  ExpectFailure(Get(To(server->url(), absl::ZeroDuration())), absl::StatusCode::kDeadlineExceeded,
                Reason::kDeadlineExceeded, "the time allowed ran out");
  EXPECT_EQ(server->log().size(), 0u);
}

TEST(HttpClientTest, SaysUnreachableWhenNobodyListens) {
  std::string url = Serve(Hello)->url();  // gone at the end of the statement
  ExpectFailure(Get(To(url)), absl::StatusCode::kUnavailable, Reason::kUnreachable, "GET " + url);
}

TEST(HttpClientTest, SaysUnreachableWhenTheConnectionBreaksOff) {
  auto server = ServeRaw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  ExpectFailure(Get(To(server->url())), absl::StatusCode::kUnavailable, Reason::kUnreachable, "GET ");
  auto reset = ServeRaw("HTTP/1.1 200 OK\r\n", sandbox::Ending::kReset);
  ExpectFailure(Get(To(reset->url())), absl::StatusCode::kUnavailable, Reason::kUnreachable, "GET ");
}

TEST(HttpClientTest, DoesNotTakeBytesWithoutAStatusLineForAnAnswer) {
  auto server = ServeRaw("just some bytes");
  ExpectFailure(Get(To(server->url())), absl::StatusCode::kUnavailable, Reason::kUnreachable, "HTTP/0.9");
}

TEST(HttpClientTest, RefusesToDialFurtherInsideThanTheScope) {
  auto server = Serve(Hello);
  HttpRequest request = To("http://localhost:" + std::to_string(server->port()) + "/");
  request.dial_scope = DialScope::kPrivate;
  ExpectFailure(Get(request), absl::StatusCode::kPermissionDenied, Reason::kDialRefused,
                "further inside than the server that named it");
  EXPECT_EQ(server->log().size(), 0u);
}

TEST(HttpClientTest, RefusesAnOpenConnectionThatTheScopeDoesNotAllow) {
  auto server = Serve(Hello);
  auto client = MakeHttpClient().value();
  HttpRequest request = To(server->url());
  ASSERT_TRUE(client->Perform(request).ok());
  request.dial_scope = DialScope::kPublic;
  ExpectFailure(client->Perform(request), absl::StatusCode::kPermissionDenied, Reason::kDialRefused,
                "127.0.0.1");
  EXPECT_EQ(server->log().size(), 1u);
}

TEST(HttpClientTest, SpeaksTlsWithTheGivenAuthorities) {
  auto files = sandbox::TlsFiles::Create().value();
  auto server = Serve(Hello, {.certificate_file = files->certificate_file(), .key_file = files->key_file()});
  const auto response = Get(To(server->url()), {.ca_file = files->certificate_file()});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "hello");
}

TEST(HttpClientTest, TakesAuthoritiesAsText) {
  auto files = sandbox::TlsFiles::Create().value();
  auto server = Serve(Hello, {.certificate_file = files->certificate_file(), .key_file = files->key_file()});
  const std::string pem = ReadFile(files->certificate_file(), 1 << 20).value();
  const auto response = Get(To(server->url()), {.ca_pem = pem});
  ASSERT_TRUE(response.ok()) << response.status();
  const std::string other =
      ReadFile(sandbox::TlsFiles::Create().value()->certificate_file(), 1 << 20).value();
  ExpectFailure(Get(To(server->url()), {.ca_pem = other}), absl::StatusCode::kFailedPrecondition,
                Reason::kTlsFailed, "TLS: ");
}

TEST(HttpClientTest, AuthoritiesAsTextGoBeforeAFile) {
  auto files = sandbox::TlsFiles::Create().value();
  auto server = Serve(Hello, {.certificate_file = files->certificate_file(), .key_file = files->key_file()});
  const std::string other =
      ReadFile(sandbox::TlsFiles::Create().value()->certificate_file(), 1 << 20).value();
  ExpectFailure(Get(To(server->url()), {.ca_file = files->certificate_file(), .ca_pem = other}),
                absl::StatusCode::kFailedPrecondition, Reason::kTlsFailed, "TLS: ");
}

TEST(HttpClientTest, RefusesAClientCertificateWithoutItsKey) {
  const auto client = MakeHttpClient({.client_certificate_pem = "x"});
  EXPECT_EQ(client.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(client.status()), Reason::kTlsFailed);
  EXPECT_THAT(Message(client.status()), HasSubstr("only one of them was given"));
}

TEST(HttpClientTest, SaysTlsFailedForAClientCertificateThatIsNone) {
  auto files = sandbox::TlsFiles::Create().value();
  auto server = Serve(Hello, {.certificate_file = files->certificate_file(), .key_file = files->key_file()});
  const HttpClientOptions options = {
      .ca_file = files->certificate_file(), .client_certificate_pem = "x", .client_key_pem = "y"};
  ExpectFailure(Get(To(server->url()), options), absl::StatusCode::kFailedPrecondition, Reason::kTlsFailed,
                "TLS: ");
}

TEST(HttpClientTest, SaysTlsFailedForAnUnknownAuthority) {
  auto files = sandbox::TlsFiles::Create().value();
  auto server = Serve(Hello, {.certificate_file = files->certificate_file(), .key_file = files->key_file()});
  ExpectFailure(Get(To(server->url())), absl::StatusCode::kFailedPrecondition, Reason::kTlsFailed, "TLS: ");
  EXPECT_EQ(server->log().size(), 0u);
}

TEST(HttpClientTest, SaysTlsFailedWhenTheServerSpeaksPlainHttp) {
  auto server = Serve(Hello);
  ExpectFailure(Get(To("https://" + server->host() + "/")), absl::StatusCode::kFailedPrecondition,
                Reason::kTlsFailed, "TLS: ");
}

TEST(HttpClientTest, RefusesACaFileThatIsNotThere) {
  const auto client = MakeHttpClient({.ca_file = "/nonexistent/ca.pem"});
  EXPECT_EQ(ReasonOf(client.status()), Reason::kTlsFailed);
  EXPECT_THAT(Message(client.status()), HasSubstr("/nonexistent/ca.pem: the CA file cannot be read"));
}

TEST(HttpClientTest, RefusesHeadersThatWouldSmuggleOthers) {
  auto server = Serve(Hello);
  HttpRequest request = To(server->url());
  request.headers.Add("X", "a\r\nAuthorization: b");
  ExpectFailure(Get(request), absl::StatusCode::kInvalidArgument, Reason::kRegistryError, "a line break");
  EXPECT_EQ(server->log().size(), 0u);
}

TEST(HttpClientTest, ReturnsTheErrorOfItsSink) {
  auto server = Serve(Hello);
  HttpRequest request = To(server->url());
  request.sink = [](std::string_view) { return absl::DataLossError("not what I wanted"); };
  const auto response = Get(request);
  EXPECT_EQ(response.status(), absl::DataLossError("not what I wanted"));
}

TEST(HttpClientTest, GoesThroughTheProxyOfTheEnvironmentWhichMayBeAnywhere) {
  auto proxy = Serve(Hello);
  setenv("http_proxy", proxy->url().c_str(), 1);
  auto client = MakeHttpClient().value();
  auto direct = MakeHttpClient({.proxy_from_environment = false}).value();
  unsetenv("http_proxy");
  HttpRequest request = To("http://registry.invalid/v2/?a=%2f");
  request.dial_scope = DialScope::kPublic;  // for the proxy to judge; we do not see what it dials
  const auto response = client->Perform(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->peer_address, "");
  EXPECT_EQ(proxy->log().Records().at(0).target, "http://registry.invalid/v2/?a=%2f");
  EXPECT_EQ(ReasonOf(direct->Perform(request).status()), Reason::kUnreachable);
  EXPECT_EQ(proxy->log().size(), 1u);
}

TEST(HttpClientTest, DoesNotReadTheProxyVariablesOfTheLibrary) {
  auto proxy = Serve(Hello);
  auto server = Serve([](const auto&) { return sandbox::MakeResponse(204, "", ""); });
  setenv("http_proxy", proxy->url().c_str(), 1);
  const auto response = Get(To(server->url()));
  unsetenv("http_proxy");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(proxy->log().size(), 0u);
}

TEST(HttpClientTest, GivesUpWithinASecondWhenTheCallerSaysSo) {
  auto server = ServeRaw("HTTP/1.1 200 OK\r\n", sandbox::Ending::kHang);
  HttpRequest request = To(server->url());
  const absl::Time began = absl::Now();
  request.cancelled = [&] { return absl::Now() - began > absl::Milliseconds(100); };
  ExpectFailure(Get(request), absl::StatusCode::kCancelled, Reason::kUnreachable, "given up by the caller");
  EXPECT_LT(absl::Now() - began, absl::Milliseconds(1500));
}

TEST(HttpClientTest, ACallerWhoWantsTheAnswerGetsIt) {
  auto server = Serve(Hello);
  HttpRequest request = To(server->url());
  int asked = 0;
  request.cancelled = [&] { return ++asked == 0; };
  ASSERT_TRUE(Get(request).ok());
  EXPECT_GT(asked, 0);
}

TEST(HttpClientTest, AStallTimeOfItsOwnEndsASilentAnswer) {
  auto server = ServeRaw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", sandbox::Ending::kHang);
  HttpRequest request = To(server->url());
  request.stall_time = absl::Seconds(1);
  const absl::Time began = absl::Now();
  ExpectFailure(Get(request), absl::StatusCode::kUnavailable, Reason::kUnreachable, "too slow");
  EXPECT_LT(absl::Now() - began, absl::Seconds(4));
}

TEST(HttpClientTest, AnAnswerMayBeSilentWithoutAStallTime) {
  auto server = ServeRaw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", sandbox::Ending::kHang);
  HttpRequest request = To(server->url(), absl::Milliseconds(2500));
  request.stall_time = absl::InfiniteDuration();
  ExpectFailure(Get(request), absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded,
                "the time allowed ran out");
}

TEST(HttpClientTest, ServesManyThreadsWithinItsBound) {
  auto server = Serve(Hello, {.latency = absl::Milliseconds(5)});
  auto client = MakeHttpClient({.max_concurrent = 4}).value();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) good += client->Perform(To(server->url())).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 60);
  EXPECT_LE(server->log().MaxInFlight(), 4u);
}

TEST(HttpClientTest, WaitsForAFreeSlotOnlyUntilTheDeadline) {
  auto server = Serve(Hello, {.latency = absl::Milliseconds(800)});
  auto client = MakeHttpClient({.max_concurrent = 1}).value();
  std::thread first([&] { (void)client->Perform(To(server->url())); });
  while (server->log().size() == 0) absl::SleepFor(absl::Milliseconds(2));
  const auto second = client->Perform(To(server->url(), absl::Milliseconds(100)));
  first.join();
  ExpectFailure(second, absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded,
                "the time allowed ran out");
  EXPECT_EQ(server->log().size(), 1u);
}

}  // namespace
}  // namespace chartseal::net
