#include "webhook/policy_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/webhook/policies.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;

class LoadPoliciesTest : public testing::Test {
 protected:
  LoadPoliciesTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = testing::TempDir() + "/chartseal-policies-" + test->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~LoadPoliciesTest() override { std::filesystem::remove_all(directory_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name) << text;
  }

  void ExpectFailure(Reason reason, const std::string& part) {
    const auto policies = LoadPolicies(directory_);
    ASSERT_FALSE(policies.ok());
    EXPECT_EQ(Name(ReasonOf(policies.status())), Name(reason)) << policies.status();
    EXPECT_THAT(Message(policies.status()), HasSubstr(part));
  }

  std::string directory_;
};

TEST_F(LoadPoliciesTest, ReadsOneFile) {
  Write("p.yaml", PolicyText("one", "enforce", "**"));
  const auto policies = LoadPolicies(directory_ + "/p.yaml");
  ASSERT_TRUE(policies.ok()) << policies.status();
  EXPECT_EQ((*policies)->policies.at(0).name, "one");
}

TEST_F(LoadPoliciesTest, JoinsAllFilesOfADirectory) {
  Write("a.yaml", PolicyText("one", "enforce", "**", "  noMatch: warn\n"));
  Write("b.yml", PolicyText("two", "warn", "**") + "---\n" + PolicyText("three", "warn", "**"));
  Write("c.json", R"({"apiVersion":"chartseal.dev/v1alpha1","kind":"VerificationPolicy",
      "metadata":{"name":"four"},"spec":{"match":{"images":["**"]},"authorities":[{"name":"a","keyless":
      {"identities":[{"issuer":"https://i.test","subject":"https://s.test"}]}}]}})");
  const auto policies = LoadPolicies(directory_);
  ASSERT_TRUE(policies.ok()) << policies.status();
  EXPECT_EQ((*policies)->policies.size(), 4u);
  EXPECT_EQ((*policies)->no_match, policy::NoMatch::kWarn);
}

TEST_F(LoadPoliciesTest, PassesOverOtherAndHiddenFilesAndDirectories) {
  Write("a.yaml", PolicyText("one", "enforce", "**"));
  Write("README.md", "not a policy");
  Write(".hidden.yaml", "not a policy");
  std::filesystem::create_directories(directory_ + "/below.yaml");
  const auto policies = LoadPolicies(directory_);
  ASSERT_TRUE(policies.ok()) << policies.status();
  EXPECT_EQ((*policies)->policies.size(), 1u);
}

TEST_F(LoadPoliciesTest, OneMalformedFileFailsAllAndIsNamed) {
  Write("a.yaml", PolicyText("one", "enforce", "**"));
  Write("b.yaml", PolicyText("two", "maybe", "**"));
  ExpectFailure(Reason::kPolicyMalformed, "b.yaml");
}

TEST_F(LoadPoliciesTest, NamesMustBeDistinctAcrossFiles) {
  Write("a.yaml", PolicyText("one", "enforce", "**"));
  Write("b.yaml", PolicyText("one", "enforce", "**"));
  ExpectFailure(Reason::kPolicyMalformed, "one");
}

TEST_F(LoadPoliciesTest, NoMatchMustNotDifferAcrossFiles) {
  Write("a.yaml", PolicyText("one", "enforce", "**", "  noMatch: warn\n"));
  Write("b.yaml", PolicyText("two", "enforce", "**", "  noMatch: deny\n"));
  ExpectFailure(Reason::kPolicyMalformed, "noMatch");
}

TEST_F(LoadPoliciesTest, AnEmptyDirectoryIsAnError) {
  ExpectFailure(Reason::kNone, "no *.yaml, *.yml or *.json file in this directory");
}

TEST_F(LoadPoliciesTest, AMissingFileIsNotFound) {
  const auto policies = LoadPolicies(directory_ + "/none.yaml");
  ASSERT_FALSE(policies.ok());
  EXPECT_TRUE(absl::IsNotFound(policies.status())) << policies.status();
}

}  // namespace
}  // namespace chartseal::webhook
