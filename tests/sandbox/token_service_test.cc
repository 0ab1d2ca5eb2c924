#include "tests/sandbox/token_service.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "tests/sandbox/registry.h"

namespace chartseal::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;
using Scheme = AuthOptions::Scheme;

constexpr const char* kPull = "/token?service=sandbox-registry&scope=repository:r:pull";

// A registry with one manifest "r:v1" behind the given authentication, and a client of it.
struct Guarded {
  explicit Guarded(AuthOptions auth)
      : registry(*Registry::Start({.auth = std::move(auth)})), client(registry->url()) {
    registry->Tag("r", "v1", registry->PutManifest("r", "application/vnd.oci.image.manifest.v1+json", "{}"));
  }
  int Get(const std::string& authorization) {
    return client.Get("/v2/r/manifests/v1", httplib::Headers{{"Authorization", authorization}})->status;
  }
  std::string Token(const std::string& path = kPull) {
    Json body = Json::parse(client.Get(path)->body, nullptr, false);
    return body.is_object() ? body.value("token", "") : "";
  }
  std::unique_ptr<Registry> registry;
  httplib::Client client;
};

AuthOptions WithPassword(Scheme scheme) { return {.scheme = scheme, .username = "ann", .password = "pass"}; }

TEST(TokenServiceTest, ChallengesNameRealmServiceAndScope) {
  Guarded guarded({.scheme = Scheme::kBearer});
  auto refused = guarded.client.Get("/v2/r/manifests/v1");
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(refused->get_header_value("WWW-Authenticate"),
            "Bearer realm=\"" + guarded.registry->url() +
                "/token\",service=\"sandbox-registry\",scope=\"repository:r:pull\"");
  auto push = guarded.client.Post("/v2/r/blobs/uploads/");
  EXPECT_THAT(push->get_header_value("WWW-Authenticate"), HasSubstr("scope=\"repository:r:pull,push\""));
}

TEST(TokenServiceTest, TokenOpensOnlyWhatItWasAskedFor) {
  Guarded guarded({.scheme = Scheme::kBearer});
  std::string token = guarded.Token();
  EXPECT_EQ(guarded.Get("Bearer " + token), 200);
  EXPECT_EQ(guarded.Get("Bearer other"), 401);
  std::string other = guarded.Token("/token?scope=repository:other:pull");
  EXPECT_EQ(guarded.Get("Bearer " + other), 401);
  httplib::Headers headers = {{"Authorization", "Bearer " + token}};
  EXPECT_EQ(guarded.client.Post("/v2/r/blobs/uploads/", headers, "", "text/plain")->status, 401);
}

TEST(TokenServiceTest, CredentialsAreCheckedWithBasic) {
  Guarded guarded(WithPassword(Scheme::kBearer));
  EXPECT_EQ(guarded.client.Get(kPull)->status, 401);
  guarded.client.set_basic_auth("ann", "wrong");
  EXPECT_EQ(guarded.client.Get(kPull)->status, 401);
  guarded.client.set_basic_auth("ann", "pass");
  EXPECT_EQ(guarded.client.Get(kPull)->status, 200);
}

TEST(TokenServiceTest, AnonymousTokensMayPullButNotPush) {
  AuthOptions auth = WithPassword(Scheme::kBearer);
  auth.anonymous_pull = true;
  Guarded guarded(auth);
  std::string token = guarded.Token("/token?scope=repository:r:pull,push");
  EXPECT_EQ(guarded.Get("Bearer " + token), 200);
  httplib::Headers headers = {{"Authorization", "Bearer " + token}};
  EXPECT_EQ(guarded.client.Post("/v2/r/blobs/uploads/", headers, "", "text/plain")->status, 401);
}

TEST(TokenServiceTest, BasicOnlyRegistryTakesNoToken) {
  Guarded guarded(WithPassword(Scheme::kBasic));
  auto refused = guarded.client.Get("/v2/r/manifests/v1");
  EXPECT_EQ(refused->get_header_value("WWW-Authenticate"), "Basic realm=\"sandbox\"");
  EXPECT_EQ(guarded.Get("Bearer x"), 401);
  EXPECT_EQ(guarded.Get("Basic YW5uOndyb25n"), 401);
  EXPECT_EQ(guarded.Get("Basic YW5uOnBhc3M="), 200);
}

TEST(TokenServiceTest, IdentityTokenIsExchangedByPostUnlessPostIsOff) {
  for (bool post : {true, false}) {
    Guarded guarded({.scheme = Scheme::kBearer, .identity_token = "refresh-me", .token_post = post});
    EXPECT_EQ(guarded.client.Get(kPull)->status, 401);
    httplib::Params form = {{"grant_type", "refresh_token"},
                            {"refresh_token", "refresh-me"},
                            {"service", "sandbox-registry"},
                            {"scope", "repository:r:pull"}};
    auto granted = guarded.client.Post("/token", form);
    EXPECT_EQ(granted->status, post ? 200 : 405);
    if (post) {
      EXPECT_EQ(guarded.Get("Bearer " + Json::parse(granted->body).value("token", "")), 200);
    }
    form.erase("refresh_token");
    form.emplace("refresh_token", "wrong");
    EXPECT_EQ(guarded.client.Post("/token", form)->status, post ? 401 : 405);
  }
}

TEST(TokenServiceTest, TokensExpireByTimeByUseAndByRevocation) {
  Guarded brief({.scheme = Scheme::kBearer, .token_lifetime = absl::Milliseconds(100)});
  std::string token = brief.Token();
  EXPECT_EQ(brief.Get("Bearer " + token), 200);
  absl::SleepFor(absl::Milliseconds(120));
  EXPECT_EQ(brief.Get("Bearer " + token), 401);

  Guarded twice({.scheme = Scheme::kBearer, .requests_per_token = 2});
  token = twice.Token();
  EXPECT_EQ(twice.Get("Bearer " + token), 200);
  EXPECT_EQ(twice.Get("Bearer " + token), 200);
  EXPECT_EQ(twice.Get("Bearer " + token), 401);

  token = twice.Token();
  twice.registry->tokens().RevokeAll();
  EXPECT_EQ(twice.Get("Bearer " + token), 401);
  EXPECT_EQ(twice.registry->tokens().issued(), 2);
}

TEST(TokenServiceTest, SeveralChallengesShareAHeaderOrComeInTheirOwn) {
  Guarded guarded({.scheme = Scheme::kBearer,
                   .realm = "http://169.254.169.254/latest",
                   .challenge_before = "Negotiate, ",
                   .challenge_after = ", Digest realm=\"a, b\"",
                   .more_challenges = {"Basic realm=\"first\""}});
  auto refused = guarded.client.Get("/v2/r/manifests/v1");
  EXPECT_EQ(refused->get_header_value_count("WWW-Authenticate"), 2u);
  EXPECT_EQ(refused->get_header_value("WWW-Authenticate", 0), "Basic realm=\"first\"");
  EXPECT_THAT(refused->get_header_value("WWW-Authenticate", 1),
              StartsWith("Negotiate, Bearer realm=\"http://169.254.169.254/latest\","));
  EXPECT_THAT(refused->get_header_value("WWW-Authenticate", 1), HasSubstr(", Digest realm=\"a, b\""));
}

TEST(TokenServiceTest, RepliesInEveryShape) {
  auto reply = [](TokenReply shape) {
    Guarded guarded({.scheme = Scheme::kBearer, .reply = shape, .token_redirect = "http://127.0.0.1:1/t"});
    return *guarded.client.Get(kPull);
  };
  EXPECT_TRUE(Json::parse(reply(TokenReply::kAccessTokenOnly).body).contains("access_token"));
  EXPECT_FALSE(Json::parse(reply(TokenReply::kAccessTokenOnly).body).contains("token"));
  EXPECT_FALSE(Json::parse(reply(TokenReply::kTokenOnly).body).contains("access_token"));
  Json missing = Json::parse(reply(TokenReply::kMissing).body);
  EXPECT_FALSE(missing.contains("token") || missing.contains("access_token"));
  EXPECT_EQ(reply(TokenReply::kMalformed).body, "{\"token\":");
  EXPECT_GT(reply(TokenReply::kHuge).body.size(), 8u << 20);
  EXPECT_EQ(reply(TokenReply::kServerError).status, 500);
  EXPECT_EQ(reply(TokenReply::kRedirect).status, 307);
  EXPECT_EQ(reply(TokenReply::kRedirect).get_header_value("Location"), "http://127.0.0.1:1/t");
}

TEST(TokenServiceTest, ServesFromAHostOfItsOwn) {
  Guarded guarded({.scheme = Scheme::kBearer});
  auto realm = LoopbackServer::Start(
      {}, [&](const HttpRequest& request) { return guarded.registry->tokens().Issue(request); });
  ASSERT_TRUE(realm.ok());
  guarded.registry->tokens().SetRealm((*realm)->url() + "/elsewhere");
  auto refused = guarded.client.Get("/v2/r/manifests/v1");
  EXPECT_THAT(refused->get_header_value("WWW-Authenticate"), HasSubstr((*realm)->url() + "/elsewhere"));
  auto granted = httplib::Client((*realm)->url()).Get("/elsewhere?scope=repository:r:pull");
  EXPECT_EQ(guarded.Get("Bearer " + Json::parse(granted->body).value("token", "")), 200);
  EXPECT_EQ((*realm)->log().size(), 1u);
}

}  // namespace
}  // namespace chartseal::sandbox
