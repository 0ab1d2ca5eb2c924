#include "webhook/policy_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/image_policy_fixture.h"
#include "tests/sandbox/keys.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecretText = "hunter2-is-a-password";

std::string NewPem() { return sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).SpkiPem(); }

// A Secret with these entries, given as they are.
Node Secret(std::string_view name, const std::vector<std::pair<std::string, std::string>>& entries) {
  Node data = Node::MakeMap();
  for (const auto& [entry, value] : entries) data.Set(entry, Base64Encode(value));
  Node metadata = Node::MakeMap();
  metadata.Set("name", name);
  Node secret = Node::MakeMap();
  secret.Set("metadata", std::move(metadata)).Set("data", std::move(data));
  return secret;
}
Node KeySecret(std::string_view name, const std::string& text) {
  return Secret(name, {{"cosign.pub", text}});
}

class PolicySecretsTest : public testing::Test {
 protected:
  PolicySecretsTest() {
    store_.SetRoot(policy::DefaultRoot());
    secrets_.OnChange([this] { ++changes_; });
  }

  // Why there is no key; "ok" when there is one.
  std::string Why(std::string_view name, std::string_view space = "") {
    const auto key = secrets_.KeyOf(space, name);
    return key.ok() ? "ok" : Message(key.status());
  }
  // Of a Secret like that, which replaces the one before.
  std::string WhyOf(const Node& secret) {
    secrets_.Upsert(secret);
    return Why(secret.FindPath({"metadata"})->StringOr("name"));
  }

  PolicyStore store_;
  PolicySecrets secrets_{"cosign-system", store_};
  int changes_ = 0;
};

TEST_F(PolicySecretsTest, TheOneEntryOfASecretIsTheKeyWhateverItsName) {
  const std::string pem = NewPem();
  secrets_.Replace({KeySecret("release", pem), Secret("other", {{"x", NewPem()}})});
  EXPECT_EQ(*secrets_.KeyOf("", "release"), pem);
  EXPECT_EQ(*secrets_.KeyOf("cosign-system", "release"), pem);
  EXPECT_EQ(Why("other"), "ok");
}

TEST_F(PolicySecretsTest, SeveralKeysInOneEntryAreTakenAsTheyAre) {
  const std::string both = NewPem() + NewPem();
  secrets_.Replace({KeySecret("release", both)});
  EXPECT_EQ(*secrets_.KeyOf("", "release"), both);
}

TEST_F(PolicySecretsTest, ASecretThatIsNotThereIsNamedWithItsNamespaceAndWhatItShouldHold) {
  secrets_.Replace({});
  EXPECT_EQ(
      Why("release"),
      "Secret cosign-system/release: there is none; create it, with one entry that holds the public key in "
      "PEM");
}

TEST_F(PolicySecretsTest, AnotherNamespaceIsNotReadAndNotTakenForThisOne) {
  secrets_.Replace({KeySecret("release", NewPem())});
  EXPECT_EQ(
      Why("release", "shop"),
      "Secret shop/release: Secrets are read from namespace cosign-system alone; move it there, or name its "
      "namespace in policy-secrets-namespace");
}

TEST_F(PolicySecretsTest, WithoutANamespaceNoSecretIsReadAndNobodyWaitsForOne) {
  PolicyStore store;
  store.SetRoot(policy::DefaultRoot());
  const PolicySecrets none("", store);
  EXPECT_FALSE(none.enabled());
  EXPECT_TRUE(store.Synced());
  EXPECT_THAT(Message(none.KeyOf("", "release").status()),
              AllOf(HasSubstr("Secret release: no namespace to read Secrets from is known"),
                    HasSubstr("set policy-secrets-namespace")));
  EXPECT_THAT(Message(none.KeyOf("shop", "release").status()),
              HasSubstr("Secret shop/release: no namespace"));
}

TEST_F(PolicySecretsTest, BeforeTheFirstListNothingIsSaidToBeMissing) {
  EXPECT_EQ(Why("release"), "Secret cosign-system/release: has not been read yet; wait a moment");
  secrets_.Failed(absl::UnavailableError("away"));
  EXPECT_THAT(Why("release"), HasSubstr("has not been read yet"));
  EXPECT_FALSE(store_.Synced());
  secrets_.Replace({});
  EXPECT_TRUE(store_.Synced());
}

TEST_F(PolicySecretsTest, ASecretWithAnotherNumberOfEntriesIsRefused) {
  secrets_.Replace({});
  EXPECT_EQ(WhyOf(Secret("a", {})),
            "Secret cosign-system/a: expected one entry with public keys in PEM, found none");
  // What `cosign generate-key-pair k8s://` makes.
  EXPECT_EQ(
      WhyOf(Secret("a", {{"cosign.key", kSecretText}, {"cosign.password", "x"}, {"cosign.pub", NewPem()}})),
      "Secret cosign-system/a: expected one entry with public keys in PEM, found 3 entries");
  EXPECT_THAT(WhyOf(policy::YamlObject("metadata: { name: a }\n")), HasSubstr("found none"));
  EXPECT_THAT(WhyOf(policy::YamlObject("metadata: { name: a }\ndata: x\n")), HasSubstr("found none"));
  EXPECT_THAT(WhyOf(policy::YamlObject("metadata: { name: a }\ndata: { k: [x] }\n")),
              HasSubstr("found an entry that is not base64"));
}

TEST_F(PolicySecretsTest, WhatIsNoPublicKeyIsRefusedAndNothingOfItIsToldOrLogged) {
  const std::string pem = NewPem();
  const std::string private_pem =
      Cat("-----BEGIN PRIVATE KEY-----\n", Base64Encode(kSecretText), "\n-----END PRIVATE KEY-----\n");
  const std::pair<std::string, std::string> wrong[] = {
      {kSecretText, "holds no PEM block; a \"PUBLIC KEY\" is expected"},
      {"", "holds no PEM block"},
      {private_pem, "this is a private key"},
      {pem + private_pem, "this is a private key"},
      {Cat("-----BEGIN PUBLIC KEY-----\n", Base64Encode(kSecretText), "\n-----END PUBLIC KEY-----\n"),
       "public key: "},
      {Cat("-----BEGIN CERTIFICATE-----\n", Base64Encode(kSecretText), "\n-----END CERTIFICATE-----\n"),
       "no PEM block 'PUBLIC KEY'"},
      {pem + "-----BEGIN PUBLIC KEY-----\nhunter2", "has no end line"},
      {std::string(limits::kMaxPolicySecretBytes + 1, 'x'), "found more than 65536 bytes"},
  };
  secrets_.Replace({});
  testing::internal::CaptureStderr();
  for (const auto& [text, why] : wrong) {
    EXPECT_THAT(WhyOf(KeySecret("a", text)),
                AllOf(HasSubstr("Secret cosign-system/a: expected one entry with public keys in PEM, found "),
                      HasSubstr(why), Not(HasSubstr("hunter2")), Not(HasSubstr(Base64Encode(kSecretText)))))
        << text;
  }
  secrets_.Failed(absl::UnavailableError("away"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("Secrets with keys of policies cannot be watched"), Not(HasSubstr("hunter2"))));
}

TEST_F(PolicySecretsTest, AChangeARemovalAndAReturnHoldAtOnce) {
  const std::string one = NewPem();
  const std::string two = NewPem();
  secrets_.Replace({KeySecret("release", one)});
  secrets_.Upsert(KeySecret("release", two));
  EXPECT_EQ(*secrets_.KeyOf("", "release"), two);
  secrets_.Upsert(KeySecret("release", kSecretText));
  EXPECT_THAT(Why("release"), HasSubstr("found something else"));
  secrets_.Upsert(KeySecret("release", one));
  EXPECT_EQ(*secrets_.KeyOf("", "release"), one);
  secrets_.Remove(KeySecret("release", one));
  EXPECT_THAT(Why("release"), HasSubstr("there is none"));
  EXPECT_EQ(changes_, 5);
  secrets_.Replace({KeySecret("release", one)});
  secrets_.Replace({});
  EXPECT_THAT(Why("release"), HasSubstr("there is none"));
}

TEST_F(PolicySecretsTest, WhatChangesNoKeyIsNoChange) {
  const std::string pem = NewPem();
  secrets_.Replace({KeySecret("release", pem), KeySecret("junk", "x")});
  const int before = changes_;
  secrets_.Upsert(KeySecret("release", pem));
  secrets_.Upsert(KeySecret("junk", "y"));
  secrets_.Remove(KeySecret("never-there", pem));
  EXPECT_EQ(changes_, before);
}

TEST_F(PolicySecretsTest, AnOutageRemovesNothing) {
  secrets_.Replace({KeySecret("release", NewPem())});
  secrets_.Failed(absl::UnavailableError("away"));
  secrets_.Failed(absl::PermissionDeniedError("answered 403"));
  EXPECT_EQ(Why("release"), "ok");
}

TEST_F(PolicySecretsTest, AWebhookThatMayNotReadSecretsIsReadyAndSaysSoToPoliciesThatNeedOne) {
  for (int i = 0; i < 3; ++i) secrets_.Failed(absl::PermissionDeniedError("GET /x: answered 403: forbidden"));
  EXPECT_TRUE(store_.Synced());
  EXPECT_EQ(Why("release"),
            "Secret cosign-system/release: cannot be read; let the webhook list and watch Secrets of that "
            "namespace: "
            "GET /x: answered 403: forbidden");
  EXPECT_EQ(changes_, 1);
  secrets_.Replace({KeySecret("release", NewPem())});
  EXPECT_EQ(Why("release"), "ok");
}

TEST_F(PolicySecretsTest, MoreSecretsThanAreKeptAreNotSaidToBeMissing) {
  std::vector<Node> many;
  for (size_t i = 0; i <= limits::kMaxPolicySecrets; ++i)
    many.push_back(KeySecret(Cat("s", 10'000 + i), "x"));
  secrets_.Replace(std::move(many));
  EXPECT_THAT(Why("s10999"), HasSubstr("found something else"));
  EXPECT_THAT(Why("s11000"), HasSubstr("is not among the 1000 Secrets that are read"));
  secrets_.Replace({});
  EXPECT_THAT(Why("s11000"), HasSubstr("there is none"));
}

TEST_F(PolicySecretsTest, TheNamespaceAndTypesThatAreNoKeysAreInTheWatchedPath) {
  EXPECT_THAT(secrets_.Watch().path,
              AllOf(testing::StartsWith("/api/v1/namespaces/cosign-system/secrets?fieldSelector=type%21%3D"),
                    HasSubstr("helm.sh%2Frelease.v1%2Ctype%21%3Dkubernetes.io%2Ftls")));
  EXPECT_THAT(PolicySecrets("../../x?", store_).Watch().path,
              HasSubstr("/namespaces/..%2F..%2Fx%3F/secrets?"));
}

}  // namespace
}  // namespace chartseal::webhook
