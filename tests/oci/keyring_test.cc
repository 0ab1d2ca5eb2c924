#include "verifier/oci/keyring.h"

#include <gmock/gmock.h>

#include "tests/base/why.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"

namespace chartseal::oci {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A keyring with one key each; the user name is the key.
Keyring RingOf(const std::vector<std::string>& keys) {
  std::string json;
  for (const std::string& key : keys) {
    json += (json.empty() ? "" : ",") + ("\"" + key + "\":{\"username\":\"" + key + "\",\"password\":\"p\"}");
  }
  return Keyring(ReadDockerConfigJson("{\"auths\":{" + json + "}}", "test").value());
}

std::vector<std::string> UsersFor(const Keyring& ring, const std::string& host,
                                  const std::string& repository) {
  std::vector<std::string> users;
  for (const Credential& credential : ring.For(host, repository)) users.push_back(credential.username);
  return users;
}

bool Fits(const std::string& key, const std::string& host, const std::string& repository = "acme/app") {
  return !RingOf({key}).For(host, repository).empty();
}

TEST(KeyringTest, AHostFitsAllItsRepositories) {
  EXPECT_TRUE(Fits("ghcr.io", "ghcr.io"));
  EXPECT_TRUE(Fits("https://ghcr.io", "ghcr.io"));
  EXPECT_TRUE(Fits("https://ghcr.io/v2/", "ghcr.io"));
  EXPECT_TRUE(Fits("GHCR.io/v1/", "ghcr.io"));
  EXPECT_TRUE(Fits("localhost:5000", "localhost:5000"));
}

TEST(KeyringTest, AnotherHostOrPortDoesNotFit) {
  EXPECT_FALSE(Fits("ghcr.io", "gcr.io"));
  EXPECT_FALSE(Fits("ghcr.io", "ghcr.io.evil.example"));
  EXPECT_FALSE(Fits("ghcr.io", "x.ghcr.io"));
  EXPECT_FALSE(Fits("localhost:5000", "localhost:5001"));
  EXPECT_FALSE(Fits("localhost:5000", "localhost"));
  EXPECT_FALSE(Fits("localhost", "localhost:5000"));
}

TEST(KeyringTest, APathFitsWhatBeginsWithIt) {
  EXPECT_TRUE(Fits("ghcr.io/acme", "ghcr.io"));
  EXPECT_TRUE(Fits("https://ghcr.io/v2/acme/app", "ghcr.io"));
  EXPECT_FALSE(Fits("ghcr.io/other", "ghcr.io"));
  EXPECT_FALSE(Fits("ghcr.io/acme/app/more", "ghcr.io"));
}

TEST(KeyringTest, AGlobStandsForOnePartOfAName) {
  EXPECT_TRUE(Fits("*.azurecr.io", "mine.azurecr.io"));
  EXPECT_TRUE(Fits("*.dkr.ecr.*.amazonaws.com", "1.dkr.ecr.eu-1.amazonaws.com"));
  EXPECT_TRUE(Fits("my?.azurecr.io", "my1.azurecr.io"));
  EXPECT_TRUE(Fits("a*b*c.io", "a1b2b3c.io"));
  EXPECT_FALSE(Fits("*.azurecr.io", "azurecr.io"));
  EXPECT_FALSE(Fits("*.azurecr.io", "a.b.azurecr.io"));
  EXPECT_FALSE(Fits("*", "ghcr.io"));
  EXPECT_FALSE(Fits("my?.azurecr.io", "my.azurecr.io"));
  EXPECT_FALSE(Fits("a*b*c.io", "a1b2b3d.io"));
}

TEST(KeyringTest, DockerHubGoesByAllItsNames) {
  for (const char* key : {"https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"}) {
    EXPECT_TRUE(Fits(key, "docker.io", "library/nginx")) << key;
  }
  EXPECT_FALSE(Fits("https://index.docker.io/v1/", "hub.docker.com", "library/nginx"));
}

TEST(KeyringTest, TheMostSpecificIsTriedFirst) {
  const Keyring ring = RingOf({"*.io", "ghcr.io", "ghcr.io/acme/app", "ghcr.io/acme", "ghcr.io/zoo"});
  EXPECT_THAT(UsersFor(ring, "ghcr.io", "acme/app"),
              ElementsAre("ghcr.io/acme/app", "ghcr.io/acme", "ghcr.io", "*.io"));
}

TEST(KeyringTest, AmongEqualsTheFirstGoesFirst) {
  std::vector<KeyringEntry> entries;
  for (const char* user : {"b", "a", "c"}) {
    entries.push_back({.host = "ghcr.io", .credential = {.username = user, .password = Secret("p")}});
  }
  EXPECT_THAT(UsersFor(Keyring(entries), "ghcr.io", "acme/app"), ElementsAre("b", "a", "c"));
}

TEST(KeyringTest, ReadsTheOlderType) {
  const auto entries = ReadDockercfg("{\"ghcr.io\":{\"auth\":\"" + Base64Encode("me:pw") + "\"}}", "test");
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->at(0).credential.username, "me");
  EXPECT_EQ(entries->at(0).credential.password.Reveal(), "pw");
}

TEST(KeyringTest, WithoutCredentialsItIsEmpty) {
  for (const char* text : {"{}", R"({"auths":null})", R"({"auths":{}})", R"({"auths":{"ghcr.io":{}}})"}) {
    const auto entries = ReadDockerConfigJson(text, "test");
    ASSERT_TRUE(entries.ok()) << entries.status();
    EXPECT_THAT(*entries, IsEmpty()) << text;
  }
}

TEST(KeyringTest, HelpersThatASecretNamesAreNotUsed) {
  const auto entries =
      ReadDockerConfigJson(R"({"credsStore":"evil","credHelpers":{"ghcr.io":"evil"}})", "test");
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, IsEmpty());
}

TEST(KeyringTest, WhatCannotBeReadIsRefusedWithoutItsContent) {
  const std::pair<std::string, std::string> refused[] = {
      {"", "secret a/b: not a JSON object"},
      {"[]", "secret a/b: not a JSON object"},
      {R"({"auths":["hunter2"]})", "\"auths\" is no object"},
      {R"({"auths":{"ghcr.io":"hunter2"}})", "auths: ghcr.io: expected an object"},
      {R"({"auths":{"ghcr.io":{"auth":"hunter2!"}}})", "\"auth\" is not base64"},
      {R"({"auths":{"ghcr.io":{"auth":"aHVudGVyMg=="}}})", "\"auth\" is not base64 of USER:PASSWORD"},
      {R"({"auths":{},"auths":{"hunter2":{}}})", "not a JSON object"},
      {"{\"auths\":{\"" + std::string(limits::kMaxPullSecretBytes, 'x') + "\":{}}}",
       "longer than 65536 bytes"},
  };
  for (const auto& [text, what] : refused) {
    EXPECT_THAT(
        Why(ReadDockerConfigJson(text, "secret a/b")),
        AllOf(HasSubstr("credentials-unusable: secret a/b: "), HasSubstr(what), Not(HasSubstr("hunter2"))));
  }
  EXPECT_THAT(Why(ReadDockercfg("7", "secret a/b")),
              HasSubstr("credentials-unusable: secret a/b: not a JSON"));
}

TEST(KeyringTest, TheFingerprintTellsCredentialsApartAndHidesThem) {
  const auto of = [](const std::string& host, const std::string& user, const std::string& password) {
    return Keyring({{.host = host, .credential = {.username = user, .password = Secret(password)}}})
        .Fingerprint();
  };
  EXPECT_EQ(of("h", "u", "p"), of("h", "u", "p"));
  EXPECT_NE(of("h", "u", "p"), of("h", "u", "q"));
  EXPECT_NE(of("h", "u", "p"), of("h", "up", ""));
  EXPECT_NE(of("h", "u", "p"), of("hu", "", "p"));
  EXPECT_NE(of("h", "u", "p"), Keyring({}).Fingerprint());
  EXPECT_EQ(of("h", "u", "p").size(), 64u);
}

}  // namespace
}  // namespace chartseal::oci
