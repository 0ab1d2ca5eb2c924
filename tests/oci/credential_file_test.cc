#include "verifier/oci/credential_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// "user/password", "identity:T", "registry:T", "helper NAME for SERVER", "nothing" or the error.
std::string Found(const std::string& text, const std::string& host) {
  const auto stored = FindCredential(text, host, "config.json");
  if (!stored.ok()) {
    EXPECT_EQ(ReasonOf(stored.status()), Reason::kCredentialsUnusable);
    return Message(stored.status());
  }
  if (!stored->has_value()) return "nothing";
  if (!(*stored)->helper.empty()) return "helper " + (*stored)->helper + " for " + (*stored)->server;
  const Credential& c = (*stored)->credential;
  if (!c.identity_token.empty()) return "identity:" + c.identity_token.Reveal();
  if (!c.registry_token.empty()) return "registry:" + c.registry_token.Reveal();
  return c.username + "/" + c.password.Reveal();
}

std::string Auths(const std::string& key, const std::string& entry = R"({"auth":"dTpw"})") {
  return R"({"auths":{")" + key + "\":" + entry + "}}";
}

TEST(CredentialFileTest, ReadsEveryWayToSayIt) {
  EXPECT_EQ(Found(Auths("ghcr.io", R"({"auth":"dXNlcjpwYTpzcw=="})"), "ghcr.io"), "user/pa:ss");
  EXPECT_EQ(Found(Auths("ghcr.io", R"({"username":"u","password":"p"})"), "ghcr.io"), "u/p");
  EXPECT_EQ(Found(Auths("ghcr.io", R"({"auth":"PHRva2VuPjo=","identitytoken":"T"})"), "ghcr.io"),
            "identity:T");
  EXPECT_EQ(Found(Auths("ghcr.io", R"({"registrytoken":"T"})"), "ghcr.io"), "registry:T");
}

TEST(CredentialFileTest, MatchesKeysWithSchemeAndPath) {
  for (const char* key :
       {"ghcr.io", "https://ghcr.io", "https://ghcr.io/", "https://ghcr.io/v2/", "http://GHCR.io"}) {
    EXPECT_EQ(Found(Auths(key), "ghcr.io"), "u/p") << key;
  }
}

TEST(CredentialFileTest, DoesNotMatchAnotherHostOrPort) {
  for (const char* key :
       {"ghcr.io.evil.example", "evil.example/ghcr.io", "ghcr.io:5000", "xghcr.io", "io", ""}) {
    EXPECT_EQ(Found(Auths(key), "ghcr.io"), "nothing") << key;
  }
  EXPECT_EQ(Found(Auths("localhost:5000"), "localhost:5001"), "nothing");
}

TEST(CredentialFileTest, PrefersTheExactKey) {
  const std::string text =
      R"({"auths":{"https://ghcr.io/v1/":{"username":"old","password":"x"},"ghcr.io":{"auth":"dTpw"}}})";
  EXPECT_EQ(Found(text, "ghcr.io"), "u/p");
}

TEST(CredentialFileTest, PrefersTheLongestPathThatTheRepositoryBeginsWith) {
  const std::string text =
      R"({"auths":{"ghcr.io/other":{"username":"other","password":"p"},"ghcr.io":{"username":"host","password":"p"},)"
      R"("ghcr.io/acme":{"username":"acme","password":"p"},"ghcr.io/acme/app":{"username":"app","password":"p"}}})";
  const auto user_for = [&](std::string_view host, std::string_view repository) {
    const auto stored = FindCredential(text, host, "config.json", repository).value();
    return stored.has_value() ? stored->credential.username : "nobody";
  };
  EXPECT_EQ(user_for("ghcr.io", "acme/app"), "app");
  EXPECT_EQ(user_for("ghcr.io", "acme/application"), "acme");
  EXPECT_EQ(user_for("ghcr.io", "acmes/app"), "host");
  EXPECT_EQ(user_for("ghcr.io", ""), "host");
  EXPECT_EQ(user_for("gcr.io", "acme/app"), "nobody");
}

TEST(CredentialFileTest, KnowsDockerHubByItsOldName) {
  EXPECT_EQ(Found(Auths("https://index.docker.io/v1/"), "index.docker.io"), "u/p");
  EXPECT_EQ(Found(Auths("docker.io"), "index.docker.io"), "u/p");
  EXPECT_EQ(Found(Auths("registry-1.docker.io"), "index.docker.io"), "u/p");
}

TEST(CredentialFileTest, AsksTheHelperForTheHostFirst) {
  EXPECT_EQ(
      Found(R"({"auths":{"ghcr.io":{"auth":"dTpw"}},"credHelpers":{"ghcr.io":"gh"},"credsStore":"pass"})",
            "ghcr.io"),
      "helper gh for ghcr.io");
}

TEST(CredentialFileTest, AsksTheStoreForWhatTheFileDoesNotHold) {
  const std::string text = R"({"auths":{"https://quay.io":{}},"credsStore":"pass"})";
  EXPECT_EQ(Found(text, "quay.io"), "helper pass for https://quay.io");
  EXPECT_EQ(Found(text, "ghcr.io"), "helper pass for ghcr.io");
  EXPECT_EQ(Found(text, "index.docker.io"), "helper pass for https://index.docker.io/v1/");
}

TEST(CredentialFileTest, SaysWhatIsWrongWithoutShowingIt) {
  const std::string secret = "c2VjcmV0LXdpdGhvdXQtY29sb24=";  // base64 without a colon inside
  const std::string message = Found(Auths("ghcr.io", R"({"auth":")" + secret + "\"}"), "ghcr.io");
  EXPECT_THAT(message, HasSubstr("config.json: auths.ghcr.io: \"auth\" is not base64 of USER:PASSWORD"));
  EXPECT_THAT(message, Not(HasSubstr("secret")));
  EXPECT_THAT(Found(Auths("ghcr.io", R"({"auth":"%%%"})"), "ghcr.io"), HasSubstr("is not base64"));
  EXPECT_THAT(Found(Auths("ghcr.io", "5"), "ghcr.io"), HasSubstr("expected an object"));
  EXPECT_THAT(Found("not json", "ghcr.io"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Found("[]", "ghcr.io"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Found(R"({"credHelpers":{"ghcr.io":5}})", "ghcr.io"), HasSubstr("no string"));
}

TEST(CredentialFileTest, KnowsNothingWhenTheFileIsEmpty) {
  EXPECT_EQ(Found("{}", "ghcr.io"), "nothing");
  EXPECT_EQ(Found(R"({"auths":null})", "ghcr.io"), "nothing");
}

TEST(SecretTest, NeverPrints) {
  std::ostringstream out;
  out << Secret("hunter2") << Secret();
  EXPECT_EQ(out.str(), "[redacted]");
  EXPECT_EQ(Secret("hunter2").ToString(), "[redacted]");
}

class CredentialFilesTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = directory_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  std::string Ask(std::vector<std::string> files, const std::string& host = "ghcr.io") {
    auto credential = CredentialFiles({.files = std::move(files)})->ForHost(host, absl::InfiniteFuture());
    if (!credential.ok()) return Message(credential.status());
    return credential->anonymous() ? "anonymous" : credential->username;
  }
  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("credentials").value();
};

TEST_F(CredentialFilesTest, TakesTheFirstFileThatKnowsTheHost) {
  const std::string first = Write("1", Auths("quay.io", R"({"username":"q","password":"x"})"));
  const std::string second = Write("2", Auths("ghcr.io", R"({"username":"g","password":"x"})"));
  const std::string third = Write("3", Auths("ghcr.io", R"({"username":"late","password":"x"})"));
  EXPECT_EQ(Ask({first, second, third}), "g");
  EXPECT_EQ(Ask({first, second, third}, "other.example"), "anonymous");
}

TEST_F(CredentialFilesTest, PassesOverAFileThatIsNotThere) {
  const std::string file = Write("1", Auths("ghcr.io"));
  EXPECT_EQ(Ask({directory_.path() + "/none", file}), "u");
}

TEST_F(CredentialFilesTest, DoesNotPassOverAFileThatItCannotRead) {
  EXPECT_THAT(Ask({Write("bad", "{")}), HasSubstr("bad: the credential file is not a JSON object"));
  EXPECT_THAT(Ask({directory_.path()}), HasSubstr("credential file: cannot read"));
}

TEST_F(CredentialFilesTest, OneCredentialForOneHostLeavesTheOthersAlone) {
  auto source =
      FixedCredential("ghcr.io", {.username = "fixed", .password = Secret("x")}, AnonymousCredentials());
  EXPECT_EQ(source->ForHost("ghcr.io", absl::InfiniteFuture())->username, "fixed");
  EXPECT_TRUE(source->ForHost("quay.io", absl::InfiniteFuture())->anonymous());
}

}  // namespace
}  // namespace chartseal::oci
