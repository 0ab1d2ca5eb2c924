#include <gmock/gmock.h>

#include <atomic>

#include "absl/time/clock.h"
#include "tests/kube/client_fixture.h"
#include "tests/net/settable_clock.h"
#include "verifier/base/limits.h"

namespace chartseal::kube {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecret = "/api/v1/namespaces/shop/secrets/pull";

TEST_F(ClientTest, GetsAnObjectWithItsToken) {
  ServeAnswer(200, R"({"kind":"Secret","data":{}})");
  const auto secret = Connect()->Get(kSecret, Soon());
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_EQ(secret->StringOr("kind"), "Secret");
  EXPECT_EQ(server_->log().Records().at(0).target, kSecret);
  EXPECT_EQ(Header(0, "authorization"), "Bearer very-secret");
  EXPECT_EQ(Header(0, "accept"), "application/json");
}

TEST_F(ClientTest, ReachesAServerBelowAPath) {
  ServeAnswer(200, "{}");
  ASSERT_TRUE(MakeClient(ConfigOf("/k8s/clusters/c-1")).value()->Get(kSecret, Soon()).ok());
  EXPECT_EQ(server_->log().Records().at(0).target, Cat("/k8s/clusters/c-1", kSecret));
}

TEST_F(ClientTest, SendsAnObject) {
  sandbox::HttpRequest seen;
  Serve([&](const sandbox::HttpRequest& request) {
    seen = request;
    return Json(201, R"({"kind":"Event","metadata":{"name":"e"}})");
  });
  Node body = Node::MakeMap();
  body.Set("kind", "Event");
  const auto answer =
      Connect()->Send("POST", "/api/v1/namespaces/shop/events", "application/json", body, Soon());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(seen.method + " " + seen.body, R"(POST {"kind":"Event"})");
  EXPECT_EQ(seen.Header("content-type"), "application/json");
}

TEST_F(ClientTest, PatchesWithTheTypeThatIsNamed) {
  ServeAnswer(200, "{}");
  ASSERT_TRUE(Connect()->Send("PATCH", "/x", "application/merge-patch+json", Node::MakeMap(), Soon()).ok());
  EXPECT_EQ(Header(0, "content-type"), "application/merge-patch+json");
}

TEST_F(ClientTest, EachStatusHasItsCodeAndSaysWhatTheServerSaid) {
  const std::pair<int, absl::StatusCode> codes[] = {
      {301, absl::StatusCode::kInvalidArgument},  {400, absl::StatusCode::kInvalidArgument},
      {401, absl::StatusCode::kPermissionDenied}, {403, absl::StatusCode::kPermissionDenied},
      {404, absl::StatusCode::kNotFound},         {405, absl::StatusCode::kInvalidArgument},
      {409, absl::StatusCode::kAborted},          {410, absl::StatusCode::kOutOfRange},
      {422, absl::StatusCode::kInvalidArgument},  {429, absl::StatusCode::kResourceExhausted},
      {500, absl::StatusCode::kUnavailable},      {503, absl::StatusCode::kUnavailable},
      {504, absl::StatusCode::kUnavailable}};
  std::atomic<int> status = 0;
  Serve([&](const auto&) { return Json(status, StatusObject(status, "the server says why")); });
  auto client = Connect();
  for (const auto& [code, expected] : codes) {
    status = code;
    const auto answer = client->Get(Cat(kSecret, "?x=y"), Soon());
    EXPECT_EQ(answer.status().code(), expected) << answer.status();
    EXPECT_EQ(Why(answer),
              Cat("kubernetes-unavailable: GET ", kSecret, ": answered ", code, ": the server says why"));
  }
}

TEST_F(ClientTest, AConflictMeansSomethingElseToACreation) {
  ServeAnswer(409, StatusObject(409, "exists"));
  const auto made = Connect()->Send("POST", "/x", "application/json", Node::MakeMap(), Soon());
  EXPECT_EQ(made.status().code(), absl::StatusCode::kAlreadyExists) << made.status();
  const auto put = Connect()->Send("PUT", "/x", "application/json", Node::MakeMap(), Soon());
  EXPECT_EQ(put.status().code(), absl::StatusCode::kAborted) << put.status();
}

TEST_F(ClientTest, WhatTheServerSaysIsMadePrintableAndCut) {
  ServeAnswer(403, "no\x1b[31m\nway " + std::string(5000, 'x'));
  const std::string why = Why(Connect()->Get("/x", Soon()));
  EXPECT_THAT(why, HasSubstr("answered 403: no\\x1b[31m\\nway xxx"));
  EXPECT_LT(why.size(), 700u);
}

TEST_F(ClientTest, AnswersThatAreNoObjectAreRefused) {
  std::string body;
  Serve([&](const auto&) { return Json(200, body); });
  auto client = Connect();
  for (const char* malformed : {"", "[]", "{", "<html>", "{} {}", R"({"a":1,"a":2})"}) {
    body = malformed;
    const auto answer = client->Get("/x", Soon());
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument) << body;
    EXPECT_THAT(Why(answer), HasSubstr("kubernetes-unavailable: GET /x: ")) << body;
  }
}

TEST_F(ClientTest, OfAnAnswerThatCannotBeReadNothingIsTold) {
  std::string body;
  Serve([&](const auto&) { return Json(200, body); });
  auto client = Connect();
  for (const char* malformed :
       {R"({"data":{"k":"hunter2)", R"({"data":{"k":"hunter2" "x"}})", R"({"data":hunter2})",
        "{\"data\":\"hunter2\xff\"}", "{\"data\":\"hunter2\n\"}", R"({"data":"hunter2"}hunter2)"}) {
    body = malformed;
    EXPECT_THAT(Why(client->Get("/x", Soon())),
                AllOf(HasSubstr("GET /x: not valid JSON: at byte "), Not(HasSubstr("hunter2"))));
  }
}

TEST_F(ClientTest, AnAnswerThatIsTooLargeIsNotRead) {
  ServeAnswer(200, "{\"a\":\"" + std::string(limits::kMaxKubeListBytes, 'x') + "\"}");
  const auto answer = Connect()->Get("/x", Soon());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Why(answer), AllOf(HasSubstr("kubernetes-unavailable: GET "), HasSubstr("is longer than")));
}

TEST_F(ClientTest, ASlowServerIsLeftAtTheDeadline) {
  Serve([](const auto&) {
    absl::SleepFor(absl::Milliseconds(600));
    return Json(200, "{}");
  });
  const auto answer = Connect()->Get("/x", absl::Now() + absl::Milliseconds(150));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(Why(answer), HasSubstr("kubernetes-unavailable: GET "));
}

TEST_F(ClientTest, AServerThatIsAwayIsUnavailable) {
  ServeAnswer(200, "{}");
  auto client = Connect();
  server_.reset();
  const auto answer = client->Get("/x", Soon());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
  EXPECT_THAT(Why(answer), HasSubstr("kubernetes-unavailable: GET https://127.0.0.1:"));
}

TEST_F(ClientTest, AServerOfAnotherAuthorityGetsNoToken) {
  ServeAnswer(200, "{}");
  Config config = ConfigOf();
  config.ca_pem = Content(sandbox::TlsFiles::Create().value()->certificate_file());
  const auto answer = MakeClient(config).value()->Get("/x", Soon());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Why(answer), AllOf(HasSubstr("kubernetes-unavailable: "), HasSubstr("TLS: ")));
  EXPECT_EQ(server_->log().size(), 0u);
}

TEST_F(ClientTest, NoMessageHoldsTheToken) {
  ServeAnswer(401, StatusObject(401, "Unauthorized"));
  EXPECT_EQ(Why(Connect()->Get("/x", Soon())), "kubernetes-unavailable: GET /x: answered 401: Unauthorized");
  Config config = ConfigOf();
  config.token = "very-secret\r\nX-Other: y";
  EXPECT_THAT(Why(MakeClient(config).value()->Get("/x", Soon())),
              AllOf(HasSubstr("Authorization holds a line break"), Not(HasSubstr("very-secret"))));
}

TEST_F(ClientTest, ARotatedTokenIsReadWhenTheOldOneIsRefused) {
  Serve([](const sandbox::HttpRequest& request) {
    return request.Header("authorization") == "Bearer new" ? Json(200, "{}")
                                                           : Json(401, StatusObject(401, "Unauthorized"));
  });
  Config config = ConfigOf();
  config.token.clear();
  config.token_file = token_file();
  WriteToken("old\n");
  auto client = MakeClient(config).value();
  EXPECT_THAT(Why(client->Get("/x", Soon())), HasSubstr("answered 401"));
  EXPECT_EQ(server_->log().size(), 1u) << "the same token is not tried twice";
  WriteToken("new\n");
  EXPECT_EQ(Why(client->Get("/x", Soon())), "ok");
  EXPECT_EQ(server_->log().size(), 3u);
}

TEST_F(ClientTest, ARotatedTokenThatIsRefusedTooIsTheEnd) {
  ServeAnswer(401, StatusObject(401, "Unauthorized"));
  Config config = ConfigOf();
  config.token.clear();
  config.token_file = token_file();
  WriteToken("one");
  auto client = MakeClient(config).value();
  client->Get("/x", Soon()).IgnoreError();
  WriteToken("two");
  EXPECT_THAT(Why(client->Get("/x", Soon())), HasSubstr("answered 401"));
  EXPECT_EQ(server_->log().size(), 3u);
}

TEST_F(ClientTest, TheTokenFileIsReadAgainAfterAMinute) {
  ServeAnswer(200, "{}");
  net::SettableClock now(absl::Now());
  Config config = ConfigOf();
  config.token.clear();
  config.token_file = token_file();
  WriteToken("one");
  auto client = MakeClient(config, now.clock()).value();
  const auto get = [&] { ASSERT_EQ(Why(client->Get("/x", now.Now() + absl::Seconds(10))), "ok"); };
  get();
  WriteToken("two");
  now.Advance(absl::Seconds(59));
  get();
  now.Advance(absl::Seconds(2));
  get();
  EXPECT_EQ(Header(1, "authorization"), "Bearer one");
  EXPECT_EQ(Header(2, "authorization"), "Bearer two");
}

TEST_F(ClientTest, ATokenFileThatVanishesLeavesTheLastToken) {
  ServeAnswer(200, "{}");
  net::SettableClock now(absl::Now());
  Config config = ConfigOf();
  config.token.clear();
  config.token_file = token_file();
  WriteToken("one");
  auto client = MakeClient(config, now.clock()).value();
  ASSERT_TRUE(client->Get("/x", now.Now() + absl::Seconds(10)).ok());
  std::remove(token_file().c_str());
  now.Advance(absl::Hours(1));
  EXPECT_EQ(Why(client->Get("/x", now.Now() + absl::Seconds(10))), "ok");
}

TEST_F(ClientTest, WithoutATokenInItsFileNothingIsAsked) {
  ServeAnswer(200, "{}");
  Config config = ConfigOf();
  config.token.clear();
  config.token_file = token_file();
  auto client = MakeClient(config).value();
  EXPECT_THAT(Why(client->Get("/x", Soon())), HasSubstr("kubernetes-unavailable: token file "));
  WriteToken("a b");
  EXPECT_THAT(Why(client->Get("/x", Soon())), HasSubstr("expected a token, found something else"));
  EXPECT_EQ(server_->log().size(), 0u);
}

TEST_F(ClientTest, PathsThatAreNoneAreRefused) {
  ServeAnswer(200, "{}");
  auto client = Connect();
  for (const char* path : {"", "x", "@evil.example/x", "/a b", "/a\r\nb"}) {
    const auto answer = client->Get(path, Soon());
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_THAT(Why(answer), HasSubstr("not a path")) << path;
  }
  EXPECT_EQ(server_->log().size(), 0u);
}

TEST_F(ClientTest, ConfigurationsThatCannotWorkAreRefused) {
  ServeAnswer(200, "{}");
  const auto why = [&](auto change) {
    Config config = ConfigOf();
    change(config);
    return Why(MakeClient(config));
  };
  EXPECT_THAT(why([](Config& c) { c.server = net::Url::Parse("http://10.0.0.1").value(); }),
              HasSubstr("the server's URL is not https"));
  EXPECT_THAT(why([](Config& c) { c.token_file = "/x"; }), HasSubstr("both a token and a token file"));
  EXPECT_THAT(why([](Config& c) { c.ca_pem = "DER"; }), HasSubstr("certificate authority is no PEM"));
  EXPECT_THAT(why([](Config& c) { c.client_certificate = c.ca_pem; }),
              HasSubstr("only one of them was given"));
  EXPECT_THAT(why([](Config& c) { c.client_certificate = c.client_key = c.ca_pem; }),
              HasSubstr("the client key is no PEM with a PRIVATE KEY-----"));
}

TEST_F(ClientTest, AClientCertificateThatDoesNotFitItsKeySaysSo) {
  ServeAnswer(200, "{}");
  Config config = ConfigOf();
  config.client_certificate = config.ca_pem;
  config.client_key = Content(sandbox::TlsFiles::Create().value()->key_file());
  EXPECT_THAT(Why(MakeClient(config).value()->Get("/x", Soon())), HasSubstr("TLS: "));
  config.client_key = Content(tls_->key_file());
  EXPECT_EQ(Why(MakeClient(config).value()->Get("/x", Soon())), "ok");
}

}  // namespace
}  // namespace chartseal::kube
