#include "webhook/cluster_image_policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/image_policy_fixture.h"
#include "tests/webhook/fake_kube_client.h"

namespace chartseal::webhook {
namespace {

using policy::Indented;
using policy::kKeyless;
using policy::SigstoreKeys;
using policy::TestSigstore;
using policy::TrustRootObjectNode;
using policy::WithAuthority;
using policy::YamlObject;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Node Policy(std::string_view name, std::string_view spec) {
  return YamlObject(
      Cat("apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: { name: ", name,
          ", generation: 3 }\nspec:\n", Indented(spec, 2)));
}

std::string ByPrivateRoot() { return WithAuthority(Cat(kKeyless, "  trustRootRef: private\n")); }
Node PrivateRoot() { return TrustRootObjectNode("private", SigstoreKeys(TestSigstore())); }

class ClusterImagePoliciesTest : public testing::Test {
 protected:
  ClusterImagePoliciesTest() : objects_(store_) { store_.SetRoot(policy::DefaultRoot()); }

  const policy::Policy* Find(std::string_view name) {
    snapshot_ = store_.Current();
    for (const policy::Policy& policy : snapshot_->policies.policies) {
      if (policy.name == Cat("ClusterImagePolicy/", name)) return &policy;
    }
    return nullptr;
  }

  // Why the policy refuses; "" when it is honoured.
  std::string RefusalOf(std::string_view name) {
    const policy::Policy* policy = Find(name);
    if (policy == nullptr) return "no such policy";
    return policy->not_honoured ? policy->not_honoured->detail : "";
  }

  PolicyStore store_;
  ClusterImagePolicies objects_;
  std::shared_ptr<const PolicySnapshot> snapshot_;
};

TEST_F(ClusterImagePoliciesTest, BothKindsHaveToBeListedBeforeTheStoreIsSynced) {
  EXPECT_FALSE(store_.Synced());
  objects_.policies().Replace({});
  EXPECT_FALSE(store_.Synced());
  objects_.trust_roots().Replace({});
  EXPECT_TRUE(store_.Synced());
}

TEST_F(ClusterImagePoliciesTest, CollectionsMayBeMissing) {
  EXPECT_EQ(objects_.PolicyWatch().path, "/apis/policy.sigstore.dev/v1beta1/clusterimagepolicies");
  EXPECT_EQ(objects_.TrustRootWatch().path, "/apis/policy.sigstore.dev/v1alpha1/trustroots");
  EXPECT_TRUE(objects_.PolicyWatch().optional && objects_.TrustRootWatch().optional);
  EXPECT_EQ(ClusterImagePolicies(store_, "v1alpha1").PolicyWatch().path,
            "/apis/policy.sigstore.dev/v1alpha1/clusterimagepolicies");
}

TEST_F(ClusterImagePoliciesTest, PolicyIsInForceUnderItsOwnName) {
  objects_.policies().Upsert(Policy("acme", WithAuthority(kKeyless)));
  EXPECT_EQ(RefusalOf("acme"), "");
  EXPECT_TRUE(Find("acme")->images.at(0).Matches("ghcr.io/acme/app"));
  objects_.policies().Remove(Policy("acme", WithAuthority(kKeyless)));
  EXPECT_EQ(Find("acme"), nullptr);
}

TEST_F(ClusterImagePoliciesTest, PolicyThatCannotBeHonouredRefusesAndReplacesTheOneBefore) {
  objects_.policies().Upsert(Policy("acme", WithAuthority(kKeyless)));
  objects_.policies().Upsert(
      Policy("acme", Cat(WithAuthority(kKeyless), "policy: { type: cue, data: x }\n")));
  EXPECT_THAT(RefusalOf("acme"), HasSubstr("ClusterImagePolicy/acme"));
  EXPECT_THAT(RefusalOf("acme"), HasSubstr("spec.policy: CUE and Rego are not evaluated"));
  ASSERT_THAT(objects_.States(), SizeIs(1));
  EXPECT_FALSE(objects_.States()[0].ready());
}

TEST_F(ClusterImagePoliciesTest, PolicyWithoutReadableImagesLeavesTheOneBeforeInForce) {
  objects_.policies().Upsert(Policy("acme", WithAuthority(kKeyless)));
  objects_.policies().Upsert(Policy("acme", "images: []\n"));
  EXPECT_EQ(RefusalOf("acme"), "");
  ASSERT_THAT(objects_.States(), SizeIs(1));
  EXPECT_THAT(objects_.States()[0].problems, ElementsAre(HasSubstr("spec.images: at least one image glob")));
  objects_.policies().Upsert(Policy("new", "images: []\n"));
  EXPECT_EQ(Find("new"), nullptr);
}

TEST_F(ClusterImagePoliciesTest, PolicyRefusesUntilItsTrustRootIsThere) {
  objects_.policies().Replace({Policy("acme", ByPrivateRoot())});
  EXPECT_THAT(RefusalOf("acme"), HasSubstr("there is no TrustRoot named \"private\""));
  objects_.trust_roots().Replace({PrivateRoot()});
  EXPECT_EQ(RefusalOf("acme"), "");
  ASSERT_NE(Find("acme")->requirement.authorities.at(0).root, nullptr);
  EXPECT_TRUE(objects_.States()[0].ready());
}

TEST_F(ClusterImagePoliciesTest, ChangeOfATrustRootIsAChangeOfItsPolicies) {
  objects_.policies().Replace({Policy("acme", ByPrivateRoot()), Policy("plain", WithAuthority(kKeyless))});
  objects_.trust_roots().Upsert(PrivateRoot());
  const std::string before = Find("acme")->fingerprint;
  const std::string plain = Find("plain")->fingerprint;
  objects_.trust_roots().Upsert(TrustRootObjectNode("private", SigstoreKeys(sandbox::Sigstore())));
  EXPECT_NE(Find("acme")->fingerprint, before);
  EXPECT_EQ(Find("plain")->fingerprint, plain);
  objects_.trust_roots().Upsert(PrivateRoot());
  EXPECT_EQ(Find("acme")->fingerprint, before);
}

TEST_F(ClusterImagePoliciesTest, TrustRootThatIsTakenAwayOrSpoiltIsNotTrustedAnyLonger) {
  objects_.policies().Replace({Policy("acme", ByPrivateRoot())});
  objects_.trust_roots().Upsert(PrivateRoot());
  ASSERT_EQ(RefusalOf("acme"), "");
  objects_.trust_roots().Upsert(TrustRootObjectNode("private", "remote: { mirror: https://tuf.test }\n"));
  EXPECT_THAT(RefusalOf("acme"), HasSubstr("TrustRoot/private"));
  EXPECT_THAT(RefusalOf("acme"), HasSubstr("TUF repositories are not read yet"));
  objects_.trust_roots().Upsert(PrivateRoot());
  ASSERT_EQ(RefusalOf("acme"), "");
  objects_.trust_roots().Remove(PrivateRoot());
  EXPECT_THAT(RefusalOf("acme"), HasSubstr("there is no TrustRoot named \"private\""));
  objects_.trust_roots().Upsert(PrivateRoot());
  objects_.trust_roots().Replace({});
  EXPECT_THAT(RefusalOf("acme"), HasSubstr("there is no TrustRoot named \"private\""));
}

TEST_F(ClusterImagePoliciesTest, OutageOfEitherKindRemovesNothing) {
  objects_.policies().Replace({Policy("acme", ByPrivateRoot())});
  objects_.trust_roots().Replace({PrivateRoot()});
  objects_.policies().Failed(absl::UnavailableError("away"));
  objects_.trust_roots().Failed(absl::UnavailableError("away"));
  EXPECT_EQ(RefusalOf("acme"), "");
}

TEST_F(ClusterImagePoliciesTest, WarningsAreGivenBesideAPolicyThatHolds) {
  objects_.policies().Upsert(Policy("acme", WithAuthority("key: { kms: x }")));
  objects_.policies().Upsert(Policy(
      "zoo", WithAuthority("keyless: { identities: [ { issuer: https://i.test, subjectRegExp: acme } ] }")));
  const auto states = objects_.States();
  ASSERT_THAT(states, SizeIs(2));
  EXPECT_FALSE(states[0].ready());
  EXPECT_EQ(states[1].name, "zoo");
  EXPECT_TRUE(states[1].ready());
  EXPECT_THAT(states[1].warnings,
              ElementsAre(HasSubstr("subjectRegExp: accepts every text of which a part matches")));
  objects_.policies().Remove(Policy("acme", ""));
  EXPECT_THAT(objects_.States(), SizeIs(1));
}

TEST_F(ClusterImagePoliciesTest, SecretsAreReadThroughTheCallerAndAgainWhenTold) {
  PolicyStore store;
  std::string pem = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).SpkiPem();
  ClusterImagePolicies objects(
      store, "v1beta1",
      [&pem](std::string_view, std::string_view) -> absl::StatusOr<std::string> { return pem; });
  store.SetRoot(policy::DefaultRoot());
  objects.policies().Replace({Policy("acme", WithAuthority("key: { secretRef: { name: cosign } }"))});
  const std::string before = store.Current()->policies.policies.at(0).fingerprint;
  EXPECT_FALSE(store.Current()->policies.policies.at(0).not_honoured.has_value());
  pem = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).SpkiPem();
  objects.Reread();
  EXPECT_NE(store.Current()->policies.policies.at(0).fingerprint, before);
}

TEST_F(ClusterImagePoliciesTest, WithoutACommonRootNothingIsInForceYet) {
  PolicyStore store;
  ClusterImagePolicies objects(store);
  objects.policies().Replace({Policy("acme", WithAuthority(kKeyless))});
  EXPECT_THAT(store.Current()->policies.policies, IsEmpty());
  EXPECT_FALSE(store.Synced());
  store.SetRoot(policy::DefaultRoot());
  EXPECT_THAT(store.Current()->policies.policies, SizeIs(1));
}

TEST_F(ClusterImagePoliciesTest, PolicyThatCombinesRootsFollowsTheCommonOne) {
  const std::string spec = WithAuthority(Cat(kKeyless, "rfc3161timestamp: { trustRootRef: private }\n"));
  objects_.trust_roots().Replace({PrivateRoot()});
  objects_.policies().Replace({Policy("acme", spec)});
  const std::string before = Find("acme")->fingerprint;
  store_.SetRoot(std::make_shared<const sigstore::TrustedRoot>(sigstore::PublicGoodRoot()));
  const policy::Policy* after = Find("acme");
  EXPECT_NE(after->fingerprint, before);
  EXPECT_EQ(after->requirement.authorities.at(0).root->tlogs().size(),
            sigstore::PublicGoodRoot().tlogs().size());
}

TEST(ClusterImagePoliciesLifetimeTest, StoreOutlivesItsObjects) {
  PolicyStore store;
  { ClusterImagePolicies objects(store); }
  store.SetRoot(policy::DefaultRoot());
  EXPECT_NE(store.Current()->root, nullptr);
}

// -- The version.

class GroupClient : public FakeKubeClient {
 public:
  explicit GroupClient(absl::StatusOr<Node> answer) : answer_(std::move(answer)) {}
  absl::StatusOr<Node> Get(std::string_view path, absl::Time) override {
    EXPECT_EQ(path, "/apis/policy.sigstore.dev");
    return answer_;
  }

 private:
  absl::StatusOr<Node> answer_;
};

absl::StatusOr<std::string> VersionOf(absl::StatusOr<Node> answer) {
  GroupClient client(std::move(answer));
  return ImagePolicyVersion(client, absl::InfiniteFuture());
}

TEST(ImagePolicyVersionTest, TheNewestThatIsServedIsWatched) {
  EXPECT_EQ(*VersionOf(YamlObject("versions: [ { version: v1alpha1 }, { version: v1beta1 } ]")), "v1beta1");
  EXPECT_EQ(*VersionOf(YamlObject("versions: [ { version: v1beta1 }, { version: v1alpha1 } ]")), "v1beta1");
  EXPECT_EQ(*VersionOf(YamlObject("versions: [ { version: v1alpha1 } ]")), "v1alpha1");
  EXPECT_EQ(*VersionOf(absl::NotFoundError("404")), "v1beta1");
}

TEST(ImagePolicyVersionTest, WhatCannotBeAskedIsNotGuessed) {
  EXPECT_EQ(VersionOf(absl::UnavailableError("away")).status().code(), absl::StatusCode::kUnavailable);
  for (const char* answer : {"{}", "versions: x", "versions: [ { version: v2 } ]", "versions: [ 1 ]"}) {
    EXPECT_THAT(Message(VersionOf(YamlObject(answer)).status()), HasSubstr("neither v1beta1 nor v1alpha1"))
        << answer;
  }
}

}  // namespace
}  // namespace chartseal::webhook
