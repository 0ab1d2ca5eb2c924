// What is watched, against an API server on loopback.

#include "webhook/cluster_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "tests/kube/fake_api_server.h"
#include "tests/policy/image_policy_fixture.h"
#include "tests/sandbox/keys.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"

namespace chartseal::webhook {
namespace {

using kube::FakeApiServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPolicies = "/apis/policy.sigstore.dev/v1beta1/clusterimagepolicies";
constexpr const char* kSecrets = "/api/v1/namespaces/cosign-system/secrets";
constexpr const char* kOtherSecrets = "/api/v1/namespaces/shop/secrets";

std::string NewPem() { return sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).SpkiPem(); }

std::string DataOf(const std::string& pem) {
  return Cat("\"data\":{\"cosign.pub\":\"", Base64Encode(pem), "\"}");
}

class ClusterSourcesTest : public testing::Test {
 protected:
  ClusterSourcesTest() {
    store_.SetRoot(policy::DefaultRoot());
    server_.Put("release", DataOf(first_), kSecrets);
    server_.Put("release", DataOf(NewPem()), kOtherSecrets);
    PutPolicy(R"({"name":"release"})");
  }

  void PutPolicy(const std::string& secret_reference) {
    server_.Put(
        "acme",
        Cat(R"("apiVersion":"policy.sigstore.dev/v1beta1","kind":"ClusterImagePolicy","spec":{"images":[{"glob":"ghcr.io/acme/**"}],)",
            R"("authorities":[{"key":{"secretRef":)", secret_reference, "}}]}"),
        kPolicies);
  }
  void Start(const std::string& secrets_namespace = "cosign-system") {
    ClusterConnection cluster{kube::MakeClient(server_.config()).value(), secrets_namespace};
    auto sources = ClusterSources::Start(cluster, store_);
    ASSERT_TRUE(sources.ok()) << sources.status();
    sources_ = *std::move(sources);
    ASSERT_TRUE(Eventually([this] { return store_.Synced(); }));
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) absl::SleepFor(absl::Milliseconds(5));
    return condition();
  }

  // Why the policy refuses; the fingerprint of its key when it is honoured.
  std::string State() const {
    const auto snapshot = store_.Current();
    if (snapshot->policies.policies.size() != 1) return "no policy";
    const policy::Policy& policy = snapshot->policies.policies[0];
    if (policy.not_honoured) return policy.not_honoured->detail;
    return policy.requirement.authorities.at(0).key->key.spki_sha256();
  }
  static std::string FingerprintOf(const std::string& pem) {
    return crypto::PublicKey::FromPem(pem)->spki_sha256();
  }
  bool BecomesKey(const std::string& pem) {
    return Eventually([&] { return State() == FingerprintOf(pem); });
  }
  bool BecomesRefusal(const std::string& part) {
    return Eventually([&] { return State().find(part) != std::string::npos; });
  }

  const std::string first_ = NewPem();
  FakeApiServer server_;
  PolicyStore store_;
  std::unique_ptr<ClusterSources> sources_;  // ends first
};

TEST_F(ClusterSourcesTest, APolicyIsHonouredWithTheKeyOfItsSecretAsSoonAsEverythingIsSynced) {
  Start();
  EXPECT_EQ(State(), FingerprintOf(first_));
  EXPECT_THAT(sources_->Synced(), testing::Contains(std::pair<std::string, bool>("Secret", true)));
}

TEST_F(ClusterSourcesTest, AChangedSecretIsAChangedPolicy) {
  Start();
  const std::string second = NewPem();
  server_.Put("release", DataOf(second), kSecrets);
  EXPECT_TRUE(BecomesKey(second));
}

TEST_F(ClusterSourcesTest, ARemovedSecretIsARefusalUntilItIsBack) {
  Start();
  server_.Delete("release", kSecrets);
  EXPECT_TRUE(BecomesRefusal("key.secretRef: Secret cosign-system/release: there is none")) << State();
  server_.Put("release", DataOf(first_), kSecrets);
  EXPECT_TRUE(BecomesKey(first_));
}

TEST_F(ClusterSourcesTest, ASecretThatIsNoKeyIsARefusalThatTellsNothingOfIt) {
  Start();
  server_.Put("release", DataOf("hunter2"), kSecrets);
  EXPECT_TRUE(BecomesRefusal("Secret cosign-system/release: expected one entry with public keys in PEM"))
      << State();
  EXPECT_THAT(State(), AllOf(Not(HasSubstr("hunter2")), Not(HasSubstr(Base64Encode("hunter2")))));
}

TEST_F(ClusterSourcesTest, ASecretOfAnotherNamespaceIsNeverAskedFor) {
  PutPolicy(R"({"name":"release","namespace":"shop"})");
  Start();
  EXPECT_TRUE(BecomesRefusal("Secret shop/release: Secrets are read from namespace cosign-system alone"))
      << State();
  for (const std::string& target : server_.targets())
    EXPECT_THAT(target, Not(HasSubstr("/namespaces/shop/")));
}

TEST_F(ClusterSourcesTest, WithoutANamespaceNoSecretIsAskedFor) {
  Start("");
  EXPECT_TRUE(BecomesRefusal("Secret release: no namespace to read Secrets from is known")) << State();
  for (const std::string& target : server_.targets()) EXPECT_THAT(target, Not(HasSubstr("/secrets")));
}

TEST_F(ClusterSourcesTest, AWebhookThatMayNotReadSecretsRefusesForThatReasonAndStarts) {
  server_.SetForbidden(kSecrets, true);
  Start();
  EXPECT_TRUE(BecomesRefusal("let the webhook list and watch Secrets of that namespace")) << State();
  EXPECT_THAT(State(), HasSubstr("answered 403: secrets is forbidden"));
  EXPECT_THAT(sources_->Synced(), testing::Contains(std::pair<std::string, bool>("Secret", false)));
  server_.SetForbidden(kSecrets, false);
  EXPECT_TRUE(BecomesKey(first_)) << State();
}

TEST_F(ClusterSourcesTest, AnOutageLeavesTheKeyInForce) {
  Start();
  server_.Stop();
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(State(), FingerprintOf(first_));
}

}  // namespace
}  // namespace chartseal::webhook
