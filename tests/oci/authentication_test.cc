#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/oci/client_fixture.h"
#include "tests/oci/scripted_http.h"
#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/token_service.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::oci {
namespace {

using sandbox::AuthOptions;
using sandbox::TokenReply;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";

class AuthenticationTest : public testing::Test {
 protected:
  void Start(AuthOptions auth) {
    registry_ = StartRegistry({.auth = std::move(auth)});
    for (const char* repository : {"org/app", "org/other"}) {
      registry_->PutBlob(repository, "{}");
      registry_->Tag(repository, "1", registry_->PutManifest(repository, kManifestType, ManifestJson("app")));
    }
  }
  std::shared_ptr<RegistryClient> Client(Credential credential = {}) {
    RegistryOptions options = TestOptions();
    options.clock = [this] { return absl::Now() + skew_; };
    if (!credential.anonymous()) {
      options.credentials = FixedCredential(registry_->host(), std::move(credential), AnonymousCredentials());
    }
    return StartClient(options);
  }
  absl::Status Resolve(RegistryClient& client, const std::string& repository = "org/app") {
    const auto deadline = Soon() + skew_;
    return client.ResolveTag(Ref(registry_->host() + "/" + repository + ":1"), deadline).status();
  }
  size_t TokenRequests() const { return registry_->log().Count("", "/token"); }

  absl::Duration skew_ = absl::ZeroDuration();
  std::unique_ptr<sandbox::Registry> registry_;
};

AuthOptions Bearer() { return {.scheme = AuthOptions::Scheme::kBearer}; }
AuthOptions BearerFor(const std::string& user, const std::string& password) {
  return {.scheme = AuthOptions::Scheme::kBearer, .username = user, .password = password};
}
Credential Basic(const std::string& user, const std::string& password) {
  return {.username = user, .password = Secret(password)};
}

void ExpectUnauthorized(const absl::Status& status, const std::string& text) {
  EXPECT_EQ(ReasonOf(status), Reason::kUnauthorized) << status;
  EXPECT_THAT(Message(status), HasSubstr(text));
}

TEST_F(AuthenticationTest, GetsAnAnonymousTokenAndKeepsIt) {
  Start(Bearer());
  auto client = Client();
  ASSERT_TRUE(Resolve(*client).ok());
  ASSERT_TRUE(Resolve(*client).ok());
  EXPECT_EQ(TokenRequests(), 1u);
  EXPECT_EQ(registry_->log().size(), 4u);  // 401, token, answer; answer
  const std::string target = registry_->log().Records().at(1).target;
  EXPECT_EQ(target, "/token?service=sandbox-registry&scope=repository%3Aorg%2Fapp%3Apull");
}

TEST_F(AuthenticationTest, AsksTheKnownServiceInAdvanceForAnotherRepository) {
  Start(Bearer());
  auto client = Client();
  ASSERT_TRUE(Resolve(*client).ok());
  registry_->log().Clear();
  ASSERT_TRUE(Resolve(*client, "org/other").ok());
  EXPECT_EQ(registry_->log().size(), 2u);  // token, answer
}

TEST_F(AuthenticationTest, ServesManyThreads) {
  Start(Bearer());
  auto client = Client();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) good += Resolve(*client, t % 2 == 0 ? "org/app" : "org/other").ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
}

TEST_F(AuthenticationTest, DropsATokenAtFourFifthsOfItsLifetime) {
  AuthOptions auth = Bearer();
  auth.token_lifetime = absl::Seconds(100);
  Start(auth);
  auto client = Client();
  ASSERT_TRUE(Resolve(*client).ok());
  skew_ = absl::Seconds(70);
  ASSERT_TRUE(Resolve(*client).ok());
  EXPECT_EQ(TokenRequests(), 1u);
  skew_ = absl::Seconds(81);
  ASSERT_TRUE(Resolve(*client).ok());
  EXPECT_EQ(TokenRequests(), 2u);
}

TEST_F(AuthenticationTest, RefreshesOnceWhenATokenIsRevoked) {
  Start(Bearer());
  auto client = Client();
  ASSERT_TRUE(Resolve(*client).ok());
  registry_->tokens().RevokeAll();
  EXPECT_TRUE(Resolve(*client).ok());
  EXPECT_EQ(TokenRequests(), 2u);
}

TEST_F(AuthenticationTest, DoesNotAskForeverWhenTokensDoNotHelp) {
  Start(Bearer());
  registry_->AddFault(
      {.path_glob = "/v2/*",
       .times = -1,
       .respond = sandbox::HttpResponse{
           .status = 401,
           .headers = {{"WWW-Authenticate", "Bearer realm=\"" + registry_->url() + "/token\""}}}});
  auto client = Client();
  ExpectUnauthorized(Resolve(*client), "the registry answered 401");
  EXPECT_LE(registry_->log().size(), 4u);
}

TEST_F(AuthenticationTest, ReadsAccessTokenToo) {
  AuthOptions auth = Bearer();
  auth.reply = TokenReply::kAccessTokenOnly;
  auth.say_expires_in = false;
  Start(auth);
  EXPECT_TRUE(Resolve(*Client()).ok());
}

TEST_F(AuthenticationTest, PicksBearerAmongOtherChallenges) {
  AuthOptions auth = Bearer();
  auth.more_challenges = {"Negotiate", "Basic realm=\"a,b\""};
  auth.challenge_before = "Digest realm=\"x, y\", nonce=\"z\", ";
  Start(auth);
  EXPECT_TRUE(Resolve(*Client()).ok());
}

TEST_F(AuthenticationTest, SendsCredentialsToTheTokenServiceOnly) {
  Start(BearerFor("user", "pass"));
  ASSERT_TRUE(Resolve(*Client(Basic("user", "pass"))).ok());
  for (const auto& record : registry_->log().Records()) {
    const auto header = record.headers.find("authorization");
    const std::string value = header == record.headers.end() ? "" : header->second;
    if (record.path == "/token") {
      EXPECT_EQ(value, "Basic dXNlcjpwYXNz");
    } else {
      EXPECT_THAT(value, Not(HasSubstr("Basic")));
    }
  }
}

TEST_F(AuthenticationTest, FallsBackToAnonymousWhenStoredCredentialsAreStale) {
  AuthOptions auth = BearerFor("user", "new");
  auth.anonymous_pull = true;
  Start(auth);
  EXPECT_TRUE(Resolve(*Client(Basic("user", "old"))).ok());
}

TEST_F(AuthenticationTest, FallsBackToAnonymousWhenTheRegistryRefusesTheGrant) {
  // As ghcr.io does: the token service takes the credentials, the registry answers 403.
  auto http = std::make_shared<ScriptedHttp>([](const net::HttpRequest& request) {
    const std::string_view authorization = request.headers.Get("Authorization");
    if (request.url.path() == "/token") {
      return AnswerOf(200, {}, authorization.empty() ? R"({"token":"anonymous"})" : R"({"token":"stale"})");
    }
    if (authorization == "Bearer anonymous") return AnswerOf(200, {}, "hello");
    if (authorization == "Bearer stale") return AnswerOf(403, {}, R"({"errors":[{"code":"DENIED"}]})");
    return AnswerOf(401, {{"WWW-Authenticate", "Bearer realm=\"https://ghcr.io/token\""}});
  });
  RegistryOptions options = TestOptions();
  options.credentials = FixedCredential("ghcr.io", Basic("u", "p"), AnonymousCredentials());
  const auto client = RegistryClient::CreateOver(http, options);
  for (int i = 0; i < 2; ++i) {
    const auto blob = client->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("hello"), 100, Soon());
    ASSERT_TRUE(blob.ok()) << blob.status();
  }
}

TEST_F(AuthenticationTest, TellsWhatTheCredentialsWereToldWhenAnonymousDoesNotHelp) {
  Start(BearerFor("user", "pass"));
  ExpectUnauthorized(Resolve(*Client(Basic("user", "wrong"))), "token service");
  ExpectUnauthorized(Resolve(*Client()), "the registry answered 401");
}

TEST_F(AuthenticationTest, NeverShowsAPassword) {
  Start(BearerFor("user", "pass"));
  const auto status = Resolve(*Client(Basic("user", "hunter2-hunter2")));
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
}

TEST_F(AuthenticationTest, SpeaksBasic) {
  Start({.scheme = AuthOptions::Scheme::kBasic, .username = "user", .password = "pass"});
  auto client = Client(Basic("user", "pass"));
  ASSERT_TRUE(Resolve(*client).ok());
  ASSERT_TRUE(Resolve(*client).ok());
  EXPECT_EQ(registry_->log().size(), 3u);  // 401, answer; answer
}

TEST_F(AuthenticationTest, SaysThatBasicNeedsCredentials) {
  Start({.scheme = AuthOptions::Scheme::kBasic, .username = "user", .password = "pass"});
  ExpectUnauthorized(Resolve(*Client()), "wants a user name and a password, and none are stored for it");
  ExpectUnauthorized(Resolve(*Client(Basic("user", "wrong"))), "the registry answered 401");
}

TEST_F(AuthenticationTest, SaysThatItKnowsNoOtherScheme) {
  Start(Bearer());
  registry_->AddFault(
      {.respond = sandbox::HttpResponse{.status = 401, .headers = {{"WWW-Authenticate", "Negotiate"}}}});
  ExpectUnauthorized(Resolve(*Client()),
                     "authentication of the kind negotiate; Bearer and Basic are supported");
}

TEST_F(AuthenticationTest, PostsAnIdentityToken) {
  AuthOptions auth = Bearer();
  auth.identity_token = "refresh-me";
  Start(auth);
  ASSERT_TRUE(Resolve(*Client({.identity_token = Secret("refresh-me")})).ok());
  EXPECT_EQ(registry_->log().Count("POST", "/token"), 1u);
  EXPECT_EQ(registry_->log().Count("GET", "/token"), 0u);
}

TEST_F(AuthenticationTest, FallsBackToGetWhereTheTokenServiceKnowsNoPost) {
  AuthOptions auth = Bearer();
  auth.identity_token = "refresh-me";
  auth.anonymous_pull = true;
  auth.token_post = false;
  Start(auth);
  ASSERT_TRUE(Resolve(*Client({.identity_token = Secret("refresh-me")})).ok());
  EXPECT_EQ(registry_->log().Count("POST", "/token"), 1u);
  EXPECT_EQ(registry_->log().Count("GET", "/token"), 1u);
}

struct BadReply {
  TokenReply reply;
  Reason reason;
  std::string text;
};
class BadTokenReplyTest : public AuthenticationTest, public testing::WithParamInterface<BadReply> {};

TEST_P(BadTokenReplyTest, IsATypedError) {
  AuthOptions auth = Bearer();
  auth.reply = GetParam().reply;
  Start(auth);
  const auto status = Resolve(*Client());
  EXPECT_EQ(ReasonOf(status), GetParam().reason) << status;
  EXPECT_THAT(Message(status), HasSubstr(GetParam().text));
  EXPECT_THAT(Message(status), Not(HasSubstr("sandbox-token-")));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadTokenReplyTest,
    testing::Values(BadReply{TokenReply::kMissing, Reason::kTokenReplyMalformed, "neither \"token\" nor"},
                    BadReply{TokenReply::kMalformed, Reason::kTokenReplyMalformed, "is no JSON object"},
                    BadReply{TokenReply::kHuge, Reason::kLimitExceeded, "longer than 131072 bytes"},
                    BadReply{TokenReply::kServerError, Reason::kRegistryError, "the registry answered 500"}));

// -- Where a token realm may be.

struct Realm {
  std::string registry_host, realm, peer;
};

std::pair<absl::Status, std::vector<ScriptedHttp::Seen>> TryRealm(const Realm& realm) {
  auto http = std::make_shared<ScriptedHttp>([&](const net::HttpRequest& request) {
    if (!request.url.path().starts_with("/v2/")) return AnswerOf(200, {}, R"({"token":"t"})");
    if (!request.headers.Get("Authorization").empty()) return AnswerOf(200, {}, "hello", realm.peer);
    return AnswerOf(401, {{"WWW-Authenticate", "Bearer realm=\"" + realm.realm + "\""}}, "", realm.peer);
  });
  RegistryOptions options = TestOptions();
  options.plain_http_hosts = {"plain.example"};
  options.credentials = FixedCredential(realm.registry_host, Basic("u", "p"), AnonymousCredentials());
  const auto client = RegistryClient::CreateOver(http, options);
  const auto blob = client->FetchBlob(Ref(realm.registry_host + "/a/b:1"), BlobOf("hello"), 100, Soon());
  return {blob.status(), http->seen()};
}

TEST(TokenRealmTest, MayBeAnotherPublicHost) {
  const auto [status, seen] = TryRealm({"ghcr.io", "https://auth.example/token?x=y", "140.82.112.33"});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen[1].url, "https://auth.example/token?x=y&scope=repository%3Aa%2Fb%3Apull");
  EXPECT_EQ(seen[1].dial_scope, net::DialScope::kPublic);
}

TEST(TokenRealmTest, MayBeTheRegistryItselfWhereverItIs) {
  const auto [status, seen] = TryRealm({"10.0.0.5:5000", "https://10.0.0.5:5001/token", "10.0.0.5"});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen[1].dial_scope, net::DialScope::kAnything);
}

TEST(TokenRealmTest, MayBePlainForAPlainRegistry) {
  EXPECT_TRUE(TryRealm({"plain.example", "http://auth.example/token", "140.82.112.33"}).first.ok());
}

class BadRealmTest : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(BadRealmTest, IsNotAsked) {
  const auto [status, seen] = TryRealm({"ghcr.io", GetParam().first, "140.82.112.33"});
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(Message(status), HasSubstr(GetParam().second)) << status;
  EXPECT_EQ(seen.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRealmTest,
    testing::Values(std::pair("http://ghcr.io/token", "from https to plain http"),
                    std::pair("http://auth.example/token", "from https to plain http"),
                    std::pair("https://10.0.0.1/token", "further inside"),
                    std::pair("https://localhost/token", "further inside"),
                    std::pair("https://[::ffff:169.254.169.254]/token", "further inside"),
                    std::pair("https://169.254.169.254/token", "further inside"),
                    std::pair("/token", "the token realm that ghcr.io names"),
                    std::pair("", "the token realm that ghcr.io names"),
                    std::pair("https://u:p@auth.example/", "the token realm that ghcr.io names")));

TEST(TokenRealmTest, RedirectsDropTheCredentials) {
  auto http = std::make_shared<ScriptedHttp>([&](const net::HttpRequest& request) {
    if (request.url.host() == "other.example") return AnswerOf(200, {}, R"({"token":"t"})");
    if (request.url.path() == "/token") return AnswerOf(307, {{"Location", "https://other.example/t"}});
    if (!request.headers.Get("Authorization").empty()) return AnswerOf(200, {}, "hello");
    return AnswerOf(401, {{"WWW-Authenticate", "Bearer realm=\"https://ghcr.io/token\""}});
  });
  RegistryOptions options = TestOptions();
  options.credentials = FixedCredential("ghcr.io", Basic("u", "p"), AnonymousCredentials());
  const auto client = RegistryClient::CreateOver(http, options);
  ASSERT_TRUE(client->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("hello"), 100, Soon()).ok());
  const auto seen = http->seen();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[1].authorization, "Basic dTpw");
  EXPECT_EQ(seen[2].authorization, "");
}

TEST(TokenRealmTest, RedirectsToPrivateAddressesAreRefused) {
  auto http = std::make_shared<ScriptedHttp>([&](const net::HttpRequest& request) {
    if (request.url.path() == "/token") return AnswerOf(307, {{"Location", "https://192.168.0.1/t"}});
    return AnswerOf(401, {{"WWW-Authenticate", "Bearer realm=\"https://ghcr.io/token\""}});
  });
  const auto client = RegistryClient::CreateOver(http, TestOptions());
  const auto blob = client->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("hello"), 100, Soon());
  EXPECT_EQ(ReasonOf(blob.status()), Reason::kDialRefused);
}

TEST(ScopeTest, PutsWhatTheRegistryMissesFirst) {
  auto http = std::make_shared<ScriptedHttp>([&](const net::HttpRequest& request) {
    if (request.url.path() == "/token") return AnswerOf(200, {}, R"({"token":"t"})");
    if (!request.headers.Get("Authorization").empty()) return AnswerOf(200, {}, "hello");
    return AnswerOf(
        401, {{"WWW-Authenticate",
               "Bearer realm=\"https://ghcr.io/token\",service=\"s\",scope=\"repository:user/x:pull\""}});
  });
  const auto client = RegistryClient::CreateOver(http, TestOptions());
  ASSERT_TRUE(client->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("hello"), 100, Soon()).ok());
  EXPECT_EQ(
      http->seen()[1].url,
      "https://ghcr.io/token?service=s&scope=repository%3Auser%2Fx%3Apull&scope=repository%3Aa%2Fb%3Apull");
}

TEST(RegistryTokenTest, IsSentAsItIs) {
  auto http = std::make_shared<ScriptedHttp>([&](const net::HttpRequest& request) {
    if (request.headers.Get("Authorization") == "Bearer ready-made") return AnswerOf(200, {}, "hello");
    return AnswerOf(401, {{"WWW-Authenticate", "Bearer realm=\"https://ghcr.io/token\""}});
  });
  RegistryOptions options = TestOptions();
  options.credentials =
      FixedCredential("ghcr.io", {.registry_token = Secret("ready-made")}, AnonymousCredentials());
  const auto client = RegistryClient::CreateOver(http, options);
  ASSERT_TRUE(client->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("hello"), 100, Soon()).ok());
  EXPECT_EQ(http->seen().size(), 2u);
}

}  // namespace
}  // namespace chartseal::oci
