#include "webhook/policy_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/webhook/policies.h"
#include "verifier/base/status.h"
#include "webhook/policy_loader.h"

namespace chartseal::webhook {
namespace {

using policy::NoMatch;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

PolicyList One(std::string_view name, std::string_view images = "**") {
  return Policies(PolicyText(name, "enforce", images))->policies;
}

absl::Status Bad() {
  return Malformed(Reason::kPolicyMalformed, "VerificationPolicy/a", "spec.mod: unknown field");
}

const Origin kA{"VerificationPolicy", "a"};
const Origin kB{"VerificationPolicy", "b"};

class PolicyStoreTest : public testing::Test {
 protected:
  PolicyStoreTest() : store_(std::nullopt, [this] { return now_; }) {
    store_.OnChange([this] { ++changes_; });
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const policy::Policy& policy : store_.Current()->policies.policies) names.push_back(policy.name);
    return names;
  }

  absl::Status ErrorOf(const Origin& origin) const {
    for (const OriginState& state : store_.Origins()) {
      if (state.origin == origin) return state.error;
    }
    return absl::NotFoundError("no such origin");
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  int changes_ = 0;
  PolicyStore store_;
};

TEST_F(PolicyStoreTest, NothingAtAllDeniesWhatNoPolicyMatches) {
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_EQ(store_.Current()->policies.no_match, NoMatch::kDeny);
  EXPECT_EQ(store_.Current()->root, nullptr);
  EXPECT_FALSE(store_.Synced());
}

TEST_F(PolicyStoreTest, WhatIsInForceIsNotCompleteBeforeEverythingAnnouncedWasRead) {
  EXPECT_FALSE(store_.Current()->complete) << "no root";
  store_.SetRoot(
      std::shared_ptr<const sigstore::TrustedRoot>(std::shared_ptr<void>(), &sigstore::PublicGoodRoot()));
  EXPECT_TRUE(store_.Current()->complete);
  store_.Expect("VerificationPolicy");
  store_.Expect("ClusterImagePolicy");
  EXPECT_FALSE(store_.Current()->complete);
  store_.ReplaceAll("VerificationPolicy", {});
  EXPECT_FALSE(store_.Current()->complete) << "another kind may hold the policy that denies";
  store_.ReplaceAll("ClusterImagePolicy", {});
  EXPECT_TRUE(store_.Current()->complete);
}

TEST_F(PolicyStoreTest, PoliciesOfSeveralOriginsHoldTogetherUnderQualifiedNames) {
  store_.ApplyFiles("p.yaml", *Policies(PolicyText("a", "enforce", "**")));
  store_.Apply(kA, One("a"));
  store_.Apply({"ClusterImagePolicy", "a"}, One("a"));
  EXPECT_THAT(Names(), ElementsAre("ClusterImagePolicy/a", "VerificationPolicy/a", "a"));
}

TEST_F(PolicyStoreTest, ABadStateNeverRemovesTheGoodOneBefore) {
  store_.Apply(kA, One("a", "one/**"));
  const auto before = store_.Current();
  store_.Apply(kA, Bad());
  EXPECT_EQ(store_.Current(), before);
  EXPECT_THAT(Message(ErrorOf(kA)), testing::HasSubstr("spec.mod: unknown field"));
  store_.Apply(kA, One("a", "two/**"));
  EXPECT_TRUE(ErrorOf(kA).ok());
  EXPECT_EQ(store_.Current()->policies.policies.at(0).images.at(0).pattern(), "two/**");
}

TEST_F(PolicyStoreTest, ABadStateNeverTakesEffectAndTouchesNoOther) {
  store_.Apply(kB, One("b"));
  store_.Apply(kA, Bad());
  EXPECT_THAT(Names(), ElementsAre("VerificationPolicy/b"));
  EXPECT_EQ(store_.Origins().size(), 2u);
  EXPECT_EQ(ReasonOf(ErrorOf(kA)), Reason::kPolicyMalformed);
  EXPECT_TRUE(ErrorOf(kB).ok());
}

TEST_F(PolicyStoreTest, RemovalRemovesAlsoWhatHadTurnedBad) {
  store_.Apply(kA, One("a"));
  store_.Apply(kA, Bad());
  store_.Remove(kA);
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_THAT(store_.Origins(), IsEmpty());
  store_.Apply(kA, Bad());
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(PolicyStoreTest, ReplaceAllRemovesWhatIsMissingOfThatKindAlone) {
  store_.ApplyFiles("p.yaml", *Policies(PolicyText("f", "enforce", "**")));
  store_.Apply({"ClusterImagePolicy", "c"}, One("c"));
  store_.Apply(kA, One("a"));
  store_.Apply(kB, One("b"));
  std::map<std::string, absl::StatusOr<PolicyList>> objects;
  objects.emplace("b", Bad());
  objects.emplace("d", One("d"));
  changes_ = 0;
  store_.ReplaceAll("VerificationPolicy", std::move(objects));
  EXPECT_THAT(Names(),
              ElementsAre("ClusterImagePolicy/c", "VerificationPolicy/b", "VerificationPolicy/d", "f"));
  EXPECT_FALSE(ErrorOf(kB).ok());
  EXPECT_EQ(changes_, 1);
}

TEST_F(PolicyStoreTest, ASnapshotInUseDoesNotChange) {
  store_.Apply(kA, One("a"));
  const auto used = store_.Current();
  store_.Remove(kA);
  EXPECT_EQ(used->policies.policies.size(), 1u);
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(PolicyStoreTest, TheSameContentAgainIsNoChange) {
  store_.Apply(kA, One("a"));
  const auto before = store_.Current();
  store_.Apply(kA, One("a"));
  EXPECT_EQ(store_.Current(), before);
  EXPECT_EQ(changes_, 1);
  store_.Apply(kA, One("a", "other/**"));
  EXPECT_EQ(changes_, 2);
}

TEST_F(PolicyStoreTest, PoliciesThatCannotBeComparedAreAChange) {
  PolicyList list = One("a");
  list[0].fingerprint.clear();
  store_.Apply(kA, list);
  store_.Apply(kA, list);
  EXPECT_EQ(changes_, 2);
}

TEST_F(PolicyStoreTest, NoMatchComesFromFiles) {
  store_.ApplyFiles("p.yaml", *Policies(PolicyText("f", "enforce", "**", "  noMatch: allow\n")));
  EXPECT_EQ(store_.Current()->policies.no_match, NoMatch::kAllow);
  store_.ApplyFiles("p.yaml", absl::StatusOr<policy::PolicySet>(Bad()));
  EXPECT_EQ(store_.Current()->policies.no_match, NoMatch::kAllow);
  store_.ApplyFiles("q.yaml", *Policies(PolicyText("g", "enforce", "**", "  noMatch: warn\n")));
  EXPECT_EQ(store_.Current()->policies.no_match, NoMatch::kWarn);
  store_.Apply(kA, One("a"));
  EXPECT_EQ(store_.Current()->policies.no_match, NoMatch::kWarn);
  store_.Remove({"file", "p.yaml"});
  store_.Remove({"file", "q.yaml"});
  EXPECT_EQ(store_.Current()->policies.no_match, NoMatch::kDeny);
}

TEST_F(PolicyStoreTest, AConfiguredNoMatchWinsOverFiles) {
  PolicyStore store(NoMatch::kWarn);
  store.ApplyFiles("p.yaml", *Policies(PolicyText("f", "enforce", "**", "  noMatch: allow\n")));
  EXPECT_EQ(store.Current()->policies.no_match, NoMatch::kWarn);
}

TEST_F(PolicyStoreTest, ABadRootLeavesTheOneBeforeAndSaysSo) {
  store_.SetRoot(EmbeddedRoot());
  const std::string version = EmbeddedRoot()->version();
  EXPECT_EQ("sha256:" + store_.Current()->root_fingerprint, version);
  now_ += absl::Hours(1);
  store_.SetRoot(absl::StatusOr<SharedRoot>(Malformed(Reason::kTrustedRootMalformed, "r.json", "no logs")));
  EXPECT_EQ("sha256:" + store_.Current()->root_fingerprint, version);
  EXPECT_EQ(store_.Root().version, version);
  EXPECT_EQ(Message(store_.Root().error), "r.json: no logs");
  EXPECT_EQ(store_.Root().age, absl::Hours(1));
  store_.SetRoot(EmbeddedRoot());
  EXPECT_TRUE(store_.Root().error.ok());
  EXPECT_EQ(store_.Root().age, absl::Hours(1));
  EXPECT_EQ(changes_, 1);
}

TEST_F(PolicyStoreTest, ABadFirstRootIsNoRoot) {
  store_.SetRoot(absl::StatusOr<SharedRoot>(Malformed(Reason::kTrustedRootMalformed, "r.json", "no logs")));
  EXPECT_EQ(store_.Current()->root, nullptr);
  EXPECT_FALSE(store_.Synced());
  EXPECT_EQ(store_.Root().version, "");
}

TEST_F(PolicyStoreTest, SyncedWaitsForTheRootAndForEveryExpectedKind) {
  store_.Expect("VerificationPolicy");
  store_.Expect("ClusterImagePolicy");
  store_.SetRoot(EmbeddedRoot());
  EXPECT_FALSE(store_.Synced());
  store_.Apply(kA, One("a"));
  EXPECT_FALSE(store_.Synced()) << "one object is not all of them";
  store_.ReplaceAll("VerificationPolicy", {});
  EXPECT_FALSE(store_.Synced());
  store_.ReplaceAll("ClusterImagePolicy", {});
  EXPECT_TRUE(store_.Synced());
}

TEST_F(PolicyStoreTest, TheCallbackMayAskTheStore) {
  size_t seen = 0;
  store_.OnChange([&] { seen = store_.Current()->policies.policies.size() + store_.Origins().size(); });
  store_.Apply(kA, One("a"));
  EXPECT_EQ(seen, 2u);
}

TEST_F(PolicyStoreTest, ReadersSeeWholeStatesWhileWritersReplaceThem) {
  PolicyStore store;
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const auto snapshot = store.Current();
      const size_t count = snapshot->policies.policies.size();
      EXPECT_TRUE(count == 0 || count == 2) << count;
    }
  });
  PolicyList two = One("a");
  two.push_back(One("b")[0]);
  for (int i = 0; i < 200; ++i) {
    store.Apply(kA, two);
    store.Remove(kA);
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace chartseal::webhook
