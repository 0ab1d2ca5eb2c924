#include <gmock/gmock.h>

#include "tests/oci/client_fixture.h"
#include "tests/oci/scripted_http.h"
#include "tests/sandbox/blob_storage.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kMany = 1 << 20;

// A registry at https://ghcr.io that answers each blob with a redirect to `location`; everything else answers
// the blob.
struct RedirectingRegistry {
  explicit RedirectingRegistry(std::string location, std::string peer = "140.82.112.33", int status = 307)
      : http(std::make_shared<ScriptedHttp>([=](const net::HttpRequest& request) {
          const bool registry = request.url.path().starts_with("/v2/");
          return registry ? AnswerOf(status, {{"Location", location}}, "", peer) : AnswerOf(200, {}, "hello");
        })) {
    RegistryOptions options = TestOptions();
    options.plain_http_hosts = {"plain.example"};
    client = RegistryClient::CreateOver(http, options);
  }
  absl::StatusOr<std::string> Fetch(const std::string& host = "ghcr.io") {
    return client->FetchBlob(Ref(host + "/org/app:1"), BlobOf("hello"), kMany, Soon());
  }
  std::shared_ptr<ScriptedHttp> http;
  std::shared_ptr<RegistryClient> client;
};

void ExpectRefused(const absl::StatusOr<std::string>& blob, const std::string& why) {
  EXPECT_EQ(blob.status().code(), absl::StatusCode::kPermissionDenied) << blob.status();
  EXPECT_EQ(ReasonOf(blob.status()), Reason::kDialRefused);
  EXPECT_THAT(Message(blob.status()), HasSubstr(why));
}

TEST(RedirectTest, FollowsToStorageWithTheQueryUntouched) {
  RedirectingRegistry registry("https://storage.example/b?X-Sig=a%2Bb/c==");
  EXPECT_EQ(*registry.Fetch(), "hello");
  ASSERT_EQ(registry.http->seen().size(), 2u);
  EXPECT_EQ(registry.http->seen()[1].url, "https://storage.example/b?X-Sig=a%2Bb/c==");
}

TEST(RedirectTest, LetsStorageOfAPublicRegistryResolveToPublicAddressesOnly) {
  RedirectingRegistry registry("https://storage.example/b");
  ASSERT_TRUE(registry.Fetch().ok());
  EXPECT_EQ(registry.http->seen()[0].dial_scope, net::DialScope::kAnything);
  EXPECT_EQ(registry.http->seen()[1].dial_scope, net::DialScope::kPublic);
}

TEST(RedirectTest, LetsStorageOfAPrivateRegistryBePrivate) {
  RedirectingRegistry registry("https://10.1.2.3/b", "10.0.0.1");
  EXPECT_EQ(*registry.Fetch(), "hello");
  EXPECT_EQ(registry.http->seen()[1].dial_scope, net::DialScope::kPrivate);
}

TEST(RedirectTest, RefusesPrivateTargetsOfAPublicRegistry) {
  for (const char* target : {"https://10.0.0.1/b", "https://localhost/b", "https://[::1]/b",
                             "https://2130706433/b", "https://169.254.169.254/latest/meta-data"}) {
    RedirectingRegistry registry(target);
    ExpectRefused(registry.Fetch(), "further inside than the server that named it");
    EXPECT_EQ(registry.http->seen().size(), 1u);
  }
}

TEST(RedirectTest, RefusesLoopbackAndMetadataTargetsOfAPrivateRegistry) {
  ExpectRefused(RedirectingRegistry("https://127.0.0.1/b", "10.0.0.1").Fetch(), "further inside");
  ExpectRefused(RedirectingRegistry("https://169.254.169.254/b", "10.0.0.1").Fetch(), "further inside");
}

TEST(RedirectTest, RefusesTheStepFromHttpsToHttp) {
  ExpectRefused(RedirectingRegistry("http://storage.example/b").Fetch(), "it leads from https to plain http");
  ExpectRefused(RedirectingRegistry("http://ghcr.io/b").Fetch(), "it leads from https to plain http");
  EXPECT_EQ(*RedirectingRegistry("http://storage.example/b").Fetch("plain.example"), "hello");
}

TEST(RedirectTest, DoesNotShowTheSignatureOfATargetThatItRefuses) {
  const auto blob = RedirectingRegistry("http://storage.example/b?sig=secret").Fetch();
  EXPECT_THAT(Message(blob.status()), Not(HasSubstr("secret")));
}

TEST(RedirectTest, RefusesTargetsThatAreNoUrl) {
  const auto blob = RedirectingRegistry("ftp://storage.example/b").Fetch();
  EXPECT_EQ(ReasonOf(blob.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(blob.status()), HasSubstr("expected http:// or https://"));
}

TEST(RedirectTest, TakesARedirectWithoutTargetForAnError) {
  const auto blob = RedirectingRegistry("").Fetch();
  EXPECT_EQ(ReasonOf(blob.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(blob.status()), HasSubstr("the registry answered 307"));
}

TEST(RedirectTest, NoticesACircle) {
  auto http = std::make_shared<ScriptedHttp>([](const net::HttpRequest& request) {
    return AnswerOf(302, {{"Location", request.url.path() == "/a" ? "/b" : "/a"}});
  });
  const auto blob = RegistryClient::CreateOver(http, TestOptions())
                        ->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("x"), kMany, Soon());
  EXPECT_EQ(ReasonOf(blob.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(blob.status()), HasSubstr("it leads in a circle"));
  EXPECT_EQ(http->seen().size(), 3u);
}

TEST(RedirectTest, GivesUpAfterTen) {
  auto http = std::make_shared<ScriptedHttp>([](const net::HttpRequest& request) {
    return AnswerOf(302, {{"Location", request.url.ToString() + "x"}});
  });
  const auto blob = RegistryClient::CreateOver(http, TestOptions())
                        ->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("x"), kMany, Soon());
  EXPECT_THAT(Message(blob.status()), HasSubstr("more than 10 redirects"));
  EXPECT_EQ(http->seen().size(), 11u);
}

TEST(RedirectTest, DropsAuthorizationForAnotherPort) {
  auto storage = sandbox::BlobStorage::Start().value();
  sandbox::RegistryOptions options = {.auth = {.scheme = sandbox::AuthOptions::Scheme::kBearer}};
  options.blob_redirect_base = storage->url();
  auto registry = StartRegistry(options);
  registry->PutBlob("org/app", "hello");
  storage->Put("hello");
  const auto blob =
      StartClient()->FetchBlob(Ref(registry->host() + "/org/app:1"), BlobOf("hello"), kMany, Soon());
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(*blob, "hello");
  EXPECT_TRUE(registry->log().AnyHasHeader("authorization"));
  EXPECT_FALSE(storage->log().AnyHasHeader("authorization"));
}

TEST(RedirectTest, DoesNotTellStorageWhoWeAreWhenItAsks) {
  auto http = std::make_shared<ScriptedHttp>([](const net::HttpRequest& request) {
    if (request.url.host() == "ghcr.io") return AnswerOf(307, {{"Location", "https://evil.example/b"}});
    return AnswerOf(401, {{"WWW-Authenticate", "Basic realm=\"x\""}});
  });
  RegistryOptions options = TestOptions();
  options.credentials =
      FixedCredential("ghcr.io", {.username = "u", .password = Secret("p")}, AnonymousCredentials());
  const auto blob =
      RegistryClient::CreateOver(http, options)->FetchBlob(Ref("ghcr.io/a/b:1"), BlobOf("x"), kMany, Soon());
  EXPECT_EQ(ReasonOf(blob.status()), Reason::kUnauthorized);
  for (const auto& seen : http->seen()) EXPECT_EQ(seen.authorization, "") << seen.url;
  EXPECT_EQ(http->seen().size(), 2u);
}

}  // namespace
}  // namespace chartseal::oci
