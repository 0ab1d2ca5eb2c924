#include <gtest/gtest.h>

#include "verifier/policy/policy.h"

namespace chartseal::policy {
namespace {

using Operator = LabelSelector::Operator;

Glob MakeGlob(std::string_view text) { return Glob::Parse(text).value(); }

LabelSelector Wants(std::string key, std::string value) {
  return LabelSelector({{std::move(key), Operator::kIn, {std::move(value)}}});
}

class MatchTest : public testing::Test {
 protected:
  MatchTest() {
    policy_.name = "p";
    policy_.images = {MakeGlob("ghcr.io/acme/**")};
    use_.name = "ghcr.io/acme/app";
  }

  bool Matches() const {
    PolicySet set;
    set.policies = {policy_};
    return set.Match(use_).size() == 1;
  }

  Policy policy_;
  Use use_;
  const Labels prod_ = {{"env", "prod"}};
  const Labels dev_ = {{"env", "dev"}};
};

TEST_F(MatchTest, AChartIsNotAnImage) {
  EXPECT_TRUE(Matches());
  use_.kind = ArtifactKind::kChart;
  EXPECT_FALSE(Matches());
}

TEST_F(MatchTest, OtherNamesDoNotMatch) {
  use_.name = "ghcr.io/acme-evil/app";
  EXPECT_FALSE(Matches());
}

TEST_F(MatchTest, AnUnknownNameMatchesWhatCoversAnythingOfItsKindThere) {
  use_.name = "";
  EXPECT_TRUE(Matches());
  use_.kind = ArtifactKind::kChart;
  EXPECT_FALSE(Matches());
  policy_.charts = {MakeGlob("ghcr.io/acme/charts/app")};
  EXPECT_TRUE(Matches());
  policy_.namespaces = {MakeGlob("prod-*")};
  use_.namespace_name = "dev";
  EXPECT_FALSE(Matches());
}

TEST_F(MatchTest, TheNamespaceMustMatchAGlobAndTheSelector) {
  policy_.namespaces = {MakeGlob("prod-*")};
  policy_.namespace_selector = Wants("env", "prod");
  use_.namespace_name = "prod-eu";
  use_.namespace_labels = &prod_;
  EXPECT_TRUE(Matches());
  use_.namespace_labels = &dev_;
  EXPECT_FALSE(Matches());
  use_.namespace_labels = &prod_;
  use_.namespace_name = "dev";
  EXPECT_FALSE(Matches());
}

TEST_F(MatchTest, UnknownNamespaceLabelsMatchAnySelector) {
  policy_.namespace_selector = Wants("env", "prod");
  use_.namespace_name = "new";
  EXPECT_TRUE(Matches());
}

TEST_F(MatchTest, KnownButEmptyNamespaceLabelsAreLabels) {
  policy_.namespace_selector = Wants("env", "prod");
  const Labels none;
  use_.namespace_labels = &none;
  EXPECT_FALSE(Matches());
  policy_.namespace_selector = LabelSelector({{"env", Operator::kNotIn, {"prod"}}});
  EXPECT_TRUE(Matches());
}

TEST_F(MatchTest, TheCommandLineMatchesEveryNamespaceRule) {
  policy_.namespaces = {MakeGlob("prod-*")};
  policy_.namespace_selector = Wants("env", "prod");
  EXPECT_TRUE(Matches());
  PolicySet set;
  set.policies = {policy_};
  EXPECT_EQ(set.Match(ArtifactKind::kImage, "ghcr.io/acme/app", "").size(), 1u);
  EXPECT_EQ(set.Match(ArtifactKind::kImage, "ghcr.io/acme/app", "dev").size(), 0u);
}

TEST_F(MatchTest, ResourceRulesCompareGroupVersionAndResource) {
  policy_.resources = {{"apps", "v1", "deployments", std::nullopt}};
  use_.group = "apps";
  use_.version = "v1";
  use_.resource = "deployments";
  EXPECT_TRUE(Matches());
  use_.version = "v1beta1";
  EXPECT_FALSE(Matches());
  policy_.resources[0].version = "*";
  EXPECT_TRUE(Matches());
  use_.resource = "statefulsets";
  EXPECT_FALSE(Matches());
  use_.resource = "deployments";
  use_.group = "extensions";
  EXPECT_FALSE(Matches());
  policy_.resources.push_back({"extensions", "*", "deployments", std::nullopt});
  EXPECT_TRUE(Matches());
}

TEST_F(MatchTest, AnUnknownResourceMatchesEveryRule) {
  policy_.resources = {{"apps", "v1", "deployments", std::nullopt}};
  EXPECT_TRUE(Matches());
}

TEST_F(MatchTest, ResourceSelectorsLookAtTheObjectAndNotAtTheNamespace) {
  policy_.resources = {{"", "v1", "pods", Wants("env", "prod")}};
  use_.version = "v1";
  use_.resource = "pods";
  use_.namespace_labels = &prod_;
  use_.object_labels = &dev_;
  EXPECT_FALSE(Matches());
  use_.object_labels = &prod_;
  EXPECT_TRUE(Matches());
  use_.object_labels = nullptr;
  EXPECT_TRUE(Matches());
}

}  // namespace
}  // namespace chartseal::policy
