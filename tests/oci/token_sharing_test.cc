// Callers who want the same token at the same time, and credentials that differ within one registry.

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/oci/client_fixture.h"
#include "tests/oci/scripted_http.h"
#include "verifier/base/encoding.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::oci {
namespace {

using ::testing::ElementsAre;

class TokenSharingTest : public ::testing::Test {
 protected:
  TokenSharingTest() {
    registry_->PutBlob("org/app", "{}");
    registry_->Tag(
        "org/app", "1",
        registry_->PutManifest("org/app", "application/vnd.oci.image.manifest.v1+json", ManifestJson("app")));
  }
  bool Resolve() { return client_->ResolveTag(Ref(registry_->host() + "/org/app:1"), Soon()).ok(); }
  int ResolveTogether() {
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 12; ++t) threads.emplace_back([&] { good += Resolve() ? 1 : 0; });
    for (std::thread& thread : threads) thread.join();
    return good;
  }
  void SlowTokens() {
    registry_->AddFault({.path_glob = "/token", .times = -1, .delay = absl::Milliseconds(100)});
  }
  size_t TokenRequests() const { return registry_->log().Count("", "/token"); }

  std::unique_ptr<sandbox::Registry> registry_ =
      StartRegistry({.auth = {.scheme = sandbox::AuthOptions::Scheme::kBearer}});
  std::shared_ptr<RegistryClient> client_ = StartClient();
};

TEST_F(TokenSharingTest, CallersWhoAreColdTogetherFetchOneToken) {
  SlowTokens();
  EXPECT_EQ(ResolveTogether(), 12);
  EXPECT_EQ(TokenRequests(), 1u);
}

TEST_F(TokenSharingTest, CallersWhoseTokenWasRevokedFetchOneToken) {
  ASSERT_TRUE(Resolve());
  registry_->tokens().RevokeAll();
  SlowTokens();
  EXPECT_EQ(ResolveTogether(), 12);
  EXPECT_EQ(TokenRequests(), 2u);
}

TEST_F(TokenSharingTest, ATokenThatCannotBeHadIsToldToEachCaller) {
  registry_->AddFault({.path_glob = "/token", .times = -1, .respond = sandbox::HttpResponse{.status = 403}});
  EXPECT_EQ(ResolveTogether(), 0);
}

// The user is the repository.
class ByRepository : public CredentialSource {
 public:
  absl::StatusOr<Credential> ForHost(std::string_view, absl::Time) override {
    return absl::InternalError("asked for the host alone");
  }
  absl::StatusOr<Credential> ForRepository(std::string_view, std::string_view repository,
                                           absl::Time) override {
    return Credential{.username = std::string(repository), .password = Secret("p")};
  }
};

TEST(CredentialsByRepositoryTest, EachRepositoryIsAskedForAsItsOwnUser) {
  const auto http = std::make_shared<ScriptedHttp>([](const net::HttpRequest& request) {
    if (!request.headers.Has("Authorization"))
      return AnswerOf(401, {{"WWW-Authenticate", "Basic realm=\"r\""}});
    return AnswerOf(200, {}, ManifestJson("app"));
  });
  RegistryOptions options = TestOptions();
  options.credentials = std::make_shared<ByRepository>();
  const auto client = RegistryClient::CreateOver(http, options);
  for (const char* repository : {"ghcr.io/a/x", "ghcr.io/b/x", "ghcr.io/a/x"}) {
    ASSERT_TRUE(client->FetchManifestByTag(Ref(repository), "1", 1 << 20, Soon()).ok());
  }
  std::vector<std::string> users;
  for (const auto& seen : http->seen()) {
    users.push_back(seen.authorization.empty() ? "" : Base64Decode(seen.authorization.substr(6)).value());
  }
  // Once the registry has asked for Basic, it need not ask again.
  EXPECT_THAT(users, ElementsAre("", "a/x:p", "b/x:p", "a/x:p"));
}

}  // namespace
}  // namespace chartseal::oci
