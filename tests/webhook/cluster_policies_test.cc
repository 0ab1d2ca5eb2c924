#include "webhook/cluster_policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/fake_kube_client.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// As an API server hands it out.
Node Object(std::string_view name, std::string_view images, std::string_view extra = "") {
  return ParseJson(
             Cat(R"({"apiVersion":"chartseal.dev/v1alpha1","kind":"VerificationPolicy","metadata":{"name":")",
                 name, R"(","uid":"u","generation":1,"resourceVersion":"1","creationTimestamp":)",
                 R"("2026-01-01T00:00:00Z","managedFields":[{"manager":"kubectl"}],"annotations":{)",
                 R"("kubectl.kubernetes.io/last-applied-configuration":"{}"}},"spec":{"match":{"images":[")",
                 images, R"("]},)", extra, R"("authorities":[{"keyless":{"identities":[{"issuer":)",
                 R"("https://i.test","subject":"https://s.test"}]}}]}})"),
             "test")
      .value();
}

class ClusterPoliciesTest : public testing::Test {
 protected:
  ClusterPoliciesTest()
      : client_(std::make_shared<FakeKubeClient>()),
        statuses_(
            client_, [] { return absl::UnixEpoch(); }, absl::ZeroDuration()),
        policies_(VerificationPolicies(), store_, &statuses_) {}

  // Names with the first image glob of each.
  std::vector<std::string> InForce() const {
    std::vector<std::string> all;
    for (const policy::Policy& policy : store_.Current()->policies.policies) {
      all.push_back(Cat(policy.name, "=", policy.images.at(0).pattern()));
    }
    return all;
  }

  std::string ErrorOf(std::string_view name) const {
    for (const OriginState& state : store_.Origins()) {
      if (state.origin.name == name) return Message(state.error);
    }
    return "no such object";
  }

  // The condition in the last status that was written, once there are `count`.
  Node Written(size_t count) const {
    const auto sent = client_->Await(count);
    EXPECT_EQ(sent.size(), count);
    if (sent.empty()) return Node::MakeMap();
    return sent.back().body.FindPath({"status", "conditions"})->list().at(0);
  }

  PolicyStore store_;
  std::shared_ptr<FakeKubeClient> client_;
  StatusWriter statuses_;
  ClusterPolicies policies_;
};

TEST_F(ClusterPoliciesTest, TheFirstListSyncsTheStoreEvenWhenItIsEmpty) {
  store_.SetRoot(std::make_shared<const sigstore::TrustedRoot>(sigstore::PublicGoodRoot()));
  EXPECT_FALSE(store_.Synced());
  policies_.Reread();
  EXPECT_FALSE(store_.Synced());
  policies_.Replace({});
  EXPECT_TRUE(store_.Synced());
}

TEST_F(ClusterPoliciesTest, TheCollectionMayBeMissing) {
  EXPECT_EQ(policies_.Watch().path, "/apis/chartseal.dev/v1alpha1/verificationpolicies");
  EXPECT_TRUE(policies_.Watch().optional);
}

TEST_F(ClusterPoliciesTest, AGoodObjectIsInForceAndReady) {
  policies_.Upsert(Object("a", "one/**"));
  EXPECT_THAT(InForce(), ElementsAre("VerificationPolicy/a=one/**"));
  const Node condition = Written(1);
  EXPECT_EQ(condition.StringOr("type"), "Ready");
  EXPECT_EQ(condition.StringOr("status"), "True");
  EXPECT_EQ(condition.StringOr("reason"), "InForce");
}

TEST_F(ClusterPoliciesTest, GoodThenBadThenGoodThenDeleted) {
  policies_.Upsert(Object("a", "one/**"));
  policies_.Upsert(Object("a", "two/**", R"("mode":"perhaps",)"));
  EXPECT_THAT(InForce(), ElementsAre("VerificationPolicy/a=one/**"));
  EXPECT_EQ(ErrorOf("a"), "VerificationPolicy/a: spec.mode: expected enforce or warn, found \"perhaps\"");
  policies_.Upsert(Object("a", "three/**"));
  EXPECT_THAT(InForce(), ElementsAre("VerificationPolicy/a=three/**"));
  EXPECT_EQ(ErrorOf("a"), "");
  policies_.Upsert(Object("a", "four/***"));
  policies_.Remove(Object("a", "four/***"));
  EXPECT_THAT(InForce(), IsEmpty());
  EXPECT_THAT(store_.Origins(), IsEmpty());
}

TEST_F(ClusterPoliciesTest, ABadObjectIsNotReadyWithFieldAndReason) {
  policies_.Upsert(Object("a", "one/**", R"("mod":"warn",)"));
  EXPECT_THAT(InForce(), IsEmpty());
  const Node condition = Written(1);
  EXPECT_EQ(condition.StringOr("status"), "False");
  EXPECT_EQ(condition.StringOr("reason"), "Malformed");
  EXPECT_THAT(
      std::string(condition.StringOr("message")),
      HasSubstr("VerificationPolicy/a: spec.mod: unknown field. What cannot be read does not take effect"));
}

TEST_F(ClusterPoliciesTest, TheStatusDoesNotDependOnWhatThisReplicaSawBefore) {
  policies_.Upsert(Object("a", "one/**", R"("mod":"warn",)"));
  const Node fresh = Written(1);
  policies_.Remove(Object("a", "one/**"));
  policies_.Upsert(Object("a", "one/**"));
  Written(2);
  policies_.Upsert(Object("a", "one/**", R"("mod":"warn",)"));
  EXPECT_EQ(WriteJson(Written(3)), WriteJson(fresh));
}

TEST_F(ClusterPoliciesTest, NoMatchCannotBeLoosenedByAnObject) {
  policies_.Upsert(Object("a", "one/**", R"("noMatch":"allow",)"));
  EXPECT_THAT(InForce(), IsEmpty());
  EXPECT_EQ(store_.Current()->policies.no_match, policy::NoMatch::kDeny);
  EXPECT_THAT(ErrorOf("a"), HasSubstr("spec.noMatch: speaks for all policies together"));
}

TEST_F(ClusterPoliciesTest, AListThatLostAnObjectRemovesIt) {
  policies_.Replace({Object("a", "one/**"), Object("b", "two/**")});
  EXPECT_THAT(InForce(), ElementsAre("VerificationPolicy/a=one/**", "VerificationPolicy/b=two/**"));
  policies_.Replace({Object("b", "two/**")});
  EXPECT_THAT(InForce(), ElementsAre("VerificationPolicy/b=two/**"));
  policies_.Replace({});
  EXPECT_THAT(InForce(), IsEmpty());
}

TEST_F(ClusterPoliciesTest, AListWithABadObjectKeepsItsStateOfBefore) {
  policies_.Replace({Object("a", "one/**"), Object("b", "two/**")});
  policies_.Replace({Object("a", "x/***"), Object("b", "three/**")});
  EXPECT_THAT(InForce(), ElementsAre("VerificationPolicy/a=one/**", "VerificationPolicy/b=three/**"));
  EXPECT_THAT(ErrorOf("a"), HasSubstr("VerificationPolicy/a: spec.match.images: \"x/***\""));
}

TEST_F(ClusterPoliciesTest, AnOutageRemovesNothing) {
  policies_.Replace({Object("a", "one/**")});
  const auto before = store_.Current();
  policies_.Failed(absl::UnavailableError("connection refused"));
  policies_.Failed(absl::UnavailableError("connection refused"));
  EXPECT_EQ(store_.Current(), before);
  policies_.Replace({Object("a", "one/**")});
  EXPECT_EQ(store_.Current(), before);
}

TEST_F(ClusterPoliciesTest, AnObjectWithoutANameIsPassedOver) {
  policies_.Upsert(ParseJson("{}", "test").value());
  policies_.Replace({ParseJson(R"({"metadata":{}})", "test").value(), Object("a", "one/**")});
  EXPECT_THAT(InForce(), ElementsAre("VerificationPolicy/a=one/**"));
}

// A kind whose objects refer to others, as ClusterImagePolicies do to TrustRoots.
class ReferringPoliciesTest : public testing::Test {
 protected:
  ReferringPoliciesTest() : policies_(MakeKind(), store_, nullptr) {}

  PolicyKind MakeKind() {
    PolicyKind kind;
    kind.kind = "ClusterImagePolicy";
    kind.path = "/apis/policy.sigstore.dev/v1beta1/clusterimagepolicies";
    kind.read = [this](const Node& object, std::string_view where) -> absl::StatusOr<PolicyList> {
      if (root_.empty()) return Malformed(Reason::kPolicyMalformed, where, "no TrustRoot named acme");
      policy::Policy policy;
      policy.name = std::string(object.Find("metadata")->StringOr("name"));
      policy.fingerprint = root_;
      return PolicyList{policy};
    };
    return kind;
  }

  std::string root_;
  PolicyStore store_;
  ClusterPolicies policies_;
};

TEST_F(ReferringPoliciesTest, AreReadAgainWhenWhatTheyReferToChanges) {
  policies_.Replace({ParseJson(R"({"metadata":{"name":"a"}})", "test").value()});
  EXPECT_THAT(store_.Current()->policies.policies, IsEmpty());
  root_ = "one";
  policies_.Reread();
  EXPECT_EQ(store_.Current()->policies.policies.at(0).fingerprint, "one");
  root_ = "two";
  policies_.Reread();
  EXPECT_EQ(store_.Current()->policies.policies.at(0).fingerprint, "two");
  root_ = "";
  policies_.Reread();
  EXPECT_EQ(store_.Current()->policies.policies.at(0).fingerprint, "two");
  EXPECT_EQ(store_.Current()->policies.policies.at(0).name, "ClusterImagePolicy/a");
}

TEST(ClusterPoliciesConditionTest, APolicyThatIsNotHonouredIsInForceAndNotReady) {
  PolicyStore store;
  const auto client = std::make_shared<FakeKubeClient>();
  StatusWriter statuses(
      client, [] { return absl::UnixEpoch(); }, absl::ZeroDuration());
  PolicyKind kind = VerificationPolicies();
  kind.read = [](const Node&, std::string_view) -> absl::StatusOr<PolicyList> {
    policy::Policy policy;
    policy.name = "a";
    policy.not_honoured = Rejection{Reason::kPolicyNotHonoured, "CUE cannot be evaluated", "", ""};
    return PolicyList{policy};
  };
  ClusterPolicies policies(kind, store, &statuses);
  policies.Upsert(Object("a", "one/**"));
  EXPECT_EQ(store.Current()->policies.policies.size(), 1u);
  const auto sent = client->Await(1);
  ASSERT_EQ(sent.size(), 1u);
  const Node& condition = sent[0].body.FindPath({"status", "conditions"})->list().at(0);
  EXPECT_EQ(condition.StringOr("status"), "False");
  EXPECT_EQ(condition.StringOr("reason"), "NotHonoured");
  EXPECT_EQ(condition.StringOr("message"),
            "CUE cannot be evaluated. Whatever this policy covers is refused.");
}

TEST(ClusterPoliciesLimitTest, ObjectsBeyondTheLimitTakeNoEffectAndSaySo) {
  PolicyStore store;
  PolicyKind kind = VerificationPolicies();
  kind.read = [](const Node& object, std::string_view) -> absl::StatusOr<PolicyList> {
    policy::Policy policy;
    policy.name = std::string(object.Find("metadata")->StringOr("name"));
    policy.fingerprint = "f";
    return PolicyList{policy};
  };
  ClusterPolicies policies(kind, store, nullptr);
  std::vector<Node> objects;
  for (size_t i = 0; i <= limits::kMaxPolicyObjects; ++i) {
    objects.push_back(ParseJson(Cat(R"({"metadata":{"name":"p)", 10'000 + i, R"("}})"), "test").value());
  }
  const Node first = objects.front();
  policies.Replace(objects);
  EXPECT_EQ(store.Current()->policies.policies.size(), limits::kMaxPolicyObjects);
  const OriginState last = store.Origins().back();
  EXPECT_EQ(ReasonOf(last.error), Reason::kLimitExceeded);
  EXPECT_THAT(Message(last.error), HasSubstr("VerificationPolicy/p15000: at most 5000 objects of this kind"));
  policies.Remove(first);
  EXPECT_TRUE(store.Origins().back().error.ok());
  EXPECT_EQ(store.Current()->policies.policies.size(), limits::kMaxPolicyObjects);
}

}  // namespace
}  // namespace chartseal::webhook
