// What a policy says of charts at admission.

#include "verifier/policy/policy_charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kBefore[] = R"(apiVersion: chartseal.dev/v1alpha1
kind: VerificationPolicy
metadata: { name: release }
spec:
  match: { charts: ["ghcr.io/acme/charts/*"] }
  authorities:
  - keyless: { identities: [{ issuer: "https://i.test", subject: "https://s.test" }] }
)";

absl::StatusOr<Policy> Read(std::string_view fields) {
  ASSIGN_OR_RETURN(PolicySet set, ParsePolicyFile(Cat(kBefore, fields), "p.yaml"));
  return std::move(set.policies.front());
}

TEST(PolicyChartsTest, WhatIsNotSaidHasItsDefault) {
  const Policy policy = Read("").value();
  EXPECT_FALSE(policy.git_ops.pin);
  EXPECT_EQ(policy.git_ops.require_pin, RequirePin::kAllow);
  EXPECT_EQ(policy.unbound_subcharts, UnboundSubcharts::kDeny);
  EXPECT_TRUE(policy.definitions.empty());
}

TEST(PolicyChartsTest, ReadsGitOps) {
  const Policy policy = Read("  gitOps: { pin: true, requirePin: deny }\n").value();
  EXPECT_TRUE(policy.git_ops.pin);
  EXPECT_EQ(policy.git_ops.require_pin, RequirePin::kDeny);
  EXPECT_EQ(Read("  gitOps: { requirePin: warn }\n")->git_ops.require_pin, RequirePin::kWarn);
  EXPECT_FALSE(Read("  gitOps: { requirePin: warn }\n")->git_ops.pin);
}

TEST(PolicyChartsTest, ReadsDefinitionRules) {
  const Policy policy = Read(R"(  customResourceDefinitions:
  - groups: ["*.acme.dev", acme.io]
    charts:
    - { repository: ghcr.io/acme/charts/app, versions: ">=1.0.0" }
    - { repository: "localhost:5000/app" }
  - { groups: ["**"], charts: [{ repository: ghcr.io/acme/charts/other }] }
)")
                            .value();
  ASSERT_EQ(policy.definitions.size(), 2u);
  const DefinitionRule& rule = policy.definitions[0];
  ASSERT_EQ(rule.groups.size(), 2u);
  EXPECT_TRUE(rule.groups[0].Matches("db.acme.dev"));
  EXPECT_FALSE(rule.groups[0].Matches("acme.dev"));
  ASSERT_EQ(rule.charts.size(), 2u);
  EXPECT_EQ(rule.charts[0].repository, "ghcr.io/acme/charts/app");
  EXPECT_EQ(rule.charts[0].versions, ">=1.0.0");
  EXPECT_EQ(rule.charts[1].versions, "*");
}

struct BadCase {
  const char* fields;
  const char* message;
};

class BadChartRulesTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadChartRulesTest, AreRefusedNamingLineAndField) {
  const absl::Status status = Read(GetParam().fields).status();
  EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed) << status;
  EXPECT_THAT(Message(status), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadChartRulesTest,
    testing::Values(
        BadCase{"  helmReleases: { unbound: deny }\n", "p.yaml:8: spec.helmReleases.unbound: unknown field"},
        BadCase{"  helmReleases: deny\n", "p.yaml:8: spec.helmReleases: expected an object, found a string"},
        BadCase{"  gitOps: true\n", "p.yaml:8: spec.gitOps: expected an object, found a boolean"},
        BadCase{"  gitOps: { pin: 1 }\n", "p.yaml:8: spec.gitOps.pin: expected true or false"},
        BadCase{"  gitOps: { pin: \"true\" }\n", "p.yaml:8: spec.gitOps.pin: expected true or false"},
        BadCase{"  gitOps: { requirePin: true }\n", "p.yaml:8: spec.gitOps.requirePin: expected a string"},
        BadCase{"  gitOps: { requirePin: Deny }\n",
                "p.yaml:8: spec.gitOps.requirePin: expected deny or warn or allow, found \"Deny\""},
        BadCase{"  gitOps: { requirepin: deny }\n", "p.yaml:8: spec.gitOps.requirepin: unknown field"},
        BadCase{"  gitops: { pin: true }\n", "p.yaml:8: spec.gitops: unknown field"},
        BadCase{"  customResourceDefinitions: {}\n",
                "p.yaml:8: spec.customResourceDefinitions: expected a list, found an object"},
        BadCase{"  customResourceDefinitions: []\n",
                "p.yaml:8: spec.customResourceDefinitions: the list is empty and would cover nothing"},
        BadCase{"  customResourceDefinitions: [a.b]\n",
                "p.yaml:8: spec.customResourceDefinitions[0]: expected an object, found a string"},
        BadCase{"  customResourceDefinitions:\n  - charts: [{ repository: r.test/a }]\n",
                "p.yaml:9: spec.customResourceDefinitions[0].groups: missing"},
        BadCase{"  customResourceDefinitions:\n  - { groups: [], charts: [{ repository: r.test/a }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].groups: the list is empty"},
        BadCase{"  customResourceDefinitions:\n  - { groups: [''], charts: [{ repository: r.test/a }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].groups: \"\""},
        BadCase{"  customResourceDefinitions:\n  - { groups: [7], charts: [{ repository: r.test/a }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].groups[0]: expected a string, found an integer"},
        BadCase{"  customResourceDefinitions:\n  - { groups: ['***'], charts: [{ repository: r.test/a }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].groups: \"***\""},
        BadCase{"  customResourceDefinitions:\n  - { groups: [a.b] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].charts: at least one chart is needed"},
        BadCase{"  customResourceDefinitions:\n  - { groups: [a.b], charts: [] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].charts: at least one chart is needed"},
        BadCase{"  customResourceDefinitions:\n  - { groups: [a.b], charts: [r.test/a] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].charts[0]: expected an object"},
        BadCase{"  customResourceDefinitions:\n  - { groups: [a.b], charts: [{ versions: '*' }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].charts[0].repository: missing"},
        BadCase{"  customResourceDefinitions:\n"
                "  - { groups: [a.b], charts: [{ repository: oci://r.test/a }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].charts[0].repository: expected the whole name"},
        BadCase{"  customResourceDefinitions:\n"
                "  - groups: [a.b]\n"
                "    charts:\n"
                "    - { repository: r.test/a, versions: '>=' }\n",
                "p.yaml:11: spec.customResourceDefinitions[0].charts[0].versions: range of versions \">=\""},
        BadCase{"  customResourceDefinitions:\n"
                "  - { groups: [a.b], charts: [{ repository: r.test/a, version: 1.0.0 }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].charts[0].version: unknown field"},
        BadCase{"  customResourceDefinitions:\n"
                "  - { groups: [a.b], kinds: [C], charts: [{ repository: r.test/a }] }\n",
                "p.yaml:9: spec.customResourceDefinitions[0].kinds: unknown field"}));

}  // namespace
}  // namespace chartseal::policy
