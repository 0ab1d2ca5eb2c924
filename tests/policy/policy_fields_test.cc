// The fields that say where and how a policy applies, fingerprints, and documents from an API server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_replace.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kPolicy[] = R"(apiVersion: chartseal.dev/v1alpha1
kind: VerificationPolicy
metadata: { name: release, labels: { a: b }, annotations: { c: d } }
spec:
  match:
    images: ["ghcr.io/acme/**"]
    namespaceSelector:
      matchLabels: { env: prod }
  formats: [bundle]
  mutateDigest: false
  authorities:
  - keyless: { identities: [{ issuer: "https://i.test", subject: "https://s.test" }] }
  - keyless: { identities: [{ issuer: "https://i.test", subjectRegExp: "https://r.test/.+" }] }
)";

constexpr char kJson[] = R"({"kind":"VerificationPolicy","apiVersion":"chartseal.dev/v1alpha1",
  "spec":{"authorities":[
    {"keyless":{"identities":[{"subject":"https://s.test","issuer":"https://i.test"}]}},
    {"keyless":{"identities":[{"subjectRegExp":"https://r.test/.+","issuer":"https://i.test"}]}}],
   "mutateDigest":false,"formats":["bundle"],"mode":null,
   "match":{"namespaceSelector":{"matchLabels":{"env":"prod"}},"images":["ghcr.io/acme/**"]}},
  "metadata":{"name":"release","uid":"1-2","resourceVersion":"7","generation":3,
   "creationTimestamp":"2026-01-01T00:00:00Z","managedFields":[{"manager":"kubectl","operation":"Apply"}],
   "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}},
  "status":{"observedGeneration":3,"conditions":[{"type":"Ready","status":"True"}]}})";

std::string Edited(std::string_view text, const char* from, const char* to) {
  std::string edited = absl::StrReplaceAll(ToAbsl(text), {{from, to}});
  EXPECT_NE(edited, text) << from;
  return edited;
}

absl::StatusOr<Policy> FromYaml(std::string_view text) {
  ASSIGN_OR_RETURN(PolicySet set, ParsePolicyFile(text, "p.yaml"));
  return std::move(set.policies.front());
}

absl::StatusOr<Policy> FromCluster(std::string_view json) {
  ASSIGN_OR_RETURN(const Node node, ParseJson(json, "test"));
  return ReadPolicy(node, "VerificationPolicy release", Author::kCluster);
}

TEST(PolicyFieldsTest, NamespaceSelectorFormatsAndMutationAreRead) {
  const Policy policy = FromYaml(kPolicy).value();
  ASSERT_TRUE(policy.namespace_selector.has_value());
  EXPECT_TRUE(policy.namespace_selector->Matches({{"env", "prod"}}));
  EXPECT_FALSE(policy.namespace_selector->Matches({{"env", "dev"}}));
  EXPECT_FALSE(policy.mutate_digest);
  ASSERT_EQ(policy.requirement.authorities.size(), 2u);
  for (const Authority& authority : policy.requirement.authorities) {
    EXPECT_TRUE(authority.formats.bundle);
    EXPECT_FALSE(authority.formats.legacy);
  }
}

TEST(PolicyFieldsTest, BothFormatsAndMutationAreTheDefault) {
  const std::string text =
      Edited(Edited(kPolicy, "  formats: [bundle]\n", ""), "  mutateDigest: false\n", "");
  const Policy policy = FromYaml(text).value();
  EXPECT_TRUE(policy.mutate_digest);
  EXPECT_TRUE(policy.requirement.authorities[0].formats.bundle);
  EXPECT_TRUE(policy.requirement.authorities[0].formats.legacy);
}

struct BadCase {
  const char* from;
  const char* to;
  const char* message;
};

class BadPolicyFieldTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadPolicyFieldTest, IsRefusedNamingFileLineAndField) {
  const absl::Status status = FromYaml(Edited(kPolicy, GetParam().from, GetParam().to)).status();
  EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed) << status;
  EXPECT_THAT(Message(status), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadPolicyFieldTest,
    testing::Values(
        BadCase{"[bundle]", "[]", "p.yaml:9: spec.formats: the list is empty and would accept nothing"},
        BadCase{"[bundle]", "[bundles]",
                "p.yaml:9: spec.formats: expected bundle or legacy, found \"bundles\""},
        BadCase{"[bundle]", "[legacy, legacy]", "p.yaml:9: spec.formats: legacy is listed twice"},
        BadCase{"[bundle]", "bundle", "p.yaml:9: spec.formats: expected a list, found a string"},
        BadCase{"mutateDigest: false", "mutateDigest: no",
                "p.yaml:10: spec.mutateDigest: expected true or false"},
        BadCase{"mutateDigest: false", "mutateDigest: 'false'",
                "p.yaml:10: spec.mutateDigest: expected true or"},
        BadCase{"matchLabels: { env: prod }", "matchLabels: { env: 1 }",
                "p.yaml:8: spec.match.namespaceSelector.matchLabels.env: expected a string"},
        BadCase{"matchLabels: { env: prod }", "matchLabel: { env: prod }",
                "p.yaml:8: spec.match.namespaceSelector.matchLabel: unknown field"},
        BadCase{"namespaceSelector:", "namespaceselector:", "spec.match.namespaceselector: unknown field"},
        BadCase{"labels: { a: b }", "uid: x", "p.yaml:3: metadata.uid: unknown field"},
        BadCase{"labels: { a: b }", "namespace: x", "p.yaml:3: metadata.namespace: unknown field"},
        BadCase{"spec:\n", "status: {}\nspec:\n", "p.yaml:4: status: unknown field"},
        BadCase{"spec:\n", "extra: {}\nspec:\n", "p.yaml:4: extra: unknown field"}));

TEST(PolicyFieldsTest, AnObjectOfTheClusterMayCarryWhatTheApiServerAdds) {
  const absl::StatusOr<Policy> policy = FromCluster(kJson);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->name, "release");
}

TEST(PolicyFieldsTest, TheSameObjectInAFileIsRefused) {
  EXPECT_THAT(Message(FromYaml(kJson).status()), HasSubstr("metadata.uid: unknown field"));
}

TEST(PolicyFieldsTest, AnObjectOfTheClusterIsReadAsStrictlyInItsSpec) {
  EXPECT_THAT(Message(FromCluster(Edited(kJson, "\"mutateDigest\"", "\"mutateDigests\"")).status()),
              HasSubstr("VerificationPolicy release: spec.mutateDigests: unknown field"));
  EXPECT_THAT(Message(FromCluster(Edited(kJson, "\"status\"", "\"state\"")).status()),
              HasSubstr("state: unknown field"));
}

TEST(PolicyFieldsTest, AnObjectOfTheClusterCannotSayWhatHoldsWithoutAPolicy) {
  const absl::Status status = FromCluster(Edited(kJson, "\"mode\":null", "\"noMatch\":\"allow\"")).status();
  EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed);
  EXPECT_THAT(Message(status), HasSubstr("spec.noMatch: speaks for all policies together"));
}

TEST(PolicyFieldsTest, FilesAgreeOnNoMatchAndNamesAcrossAll) {
  const std::string other = Edited(kPolicy, "name: release", "name: other");
  const auto with = [](std::string text, const char* value) {
    return Edited(text, "  mutateDigest: false\n", Cat("  noMatch: ", value, "\n").c_str());
  };
  EXPECT_EQ(ParsePolicyFiles({{"a.yaml", with(kPolicy, "warn")}, {"b.yaml", other}})->no_match,
            NoMatch::kWarn);
  EXPECT_THAT(
      Message(
          ParsePolicyFiles({{"a.yaml", with(kPolicy, "warn")}, {"b.yaml", with(other, "deny")}}).status()),
      HasSubstr("b.yaml:1: spec.noMatch differs"));
  EXPECT_THAT(Message(ParsePolicyFiles({{"a.yaml", kPolicy}, {"b.yaml", kPolicy}}).status()),
              HasSubstr("b.yaml:1: a second policy named \"release\"; the first is at a.yaml:1"));
  EXPECT_THAT(Message(ParsePolicyFiles({{"a.yaml", kPolicy}, {"b.yaml", "# nothing\n"}}).status()),
              HasSubstr("b.yaml: holds no policy"));
}

TEST(PolicyFingerprintTest, IsTheSameForYamlAndJsonAndForFilesAndObjects) {
  EXPECT_EQ(FromYaml(kPolicy)->fingerprint, FromCluster(kJson)->fingerprint);
  EXPECT_EQ(FromYaml(kPolicy)->fingerprint.size(), 64u);
}

TEST(PolicyFingerprintTest, DoesNotDependOnNameStatusOrMetadata) {
  const std::string before = FromCluster(kJson)->fingerprint;
  EXPECT_EQ(FromCluster(Edited(kJson, "\"name\":\"release\"", "\"name\":\"other\""))->fingerprint, before);
  EXPECT_EQ(FromCluster(Edited(kJson, "\"status\":\"True\"", "\"status\":\"False\""))->fingerprint, before);
  EXPECT_EQ(FromCluster(Edited(kJson, "\"7\"", "\"8\""))->fingerprint, before);
}

TEST(PolicyFingerprintTest, ChangesWithEverythingInTheSpec) {
  const std::pair<const char*, const char*> kEdits[] = {
      {"ghcr.io/acme/**", "ghcr.io/acme/*"},
      {"matchLabels: { env: prod }", "matchLabels: { env: dev }"},
      {"formats: [bundle]", "formats: [bundle, legacy]"},
      {"mutateDigest: false", "mutateDigest: true"},
      {"  mutateDigest: false\n", "  mutateDigest: false\n  mode: warn\n"},
      {"  mutateDigest: false\n", "  mutateDigest: false\n  attestations: [{ type: 'a:b' }]\n"},
      {"  mutateDigest: false\n", "  mutateDigest: false\n  helmReleases: { unboundSubcharts: allow }\n"},
      {"  mutateDigest: false\n", "  mutateDigest: false\n  gitOps: { pin: true }\n"},
      {"  mutateDigest: false\n", "  mutateDigest: false\n  gitOps: { requirePin: deny }\n"},
      {"  mutateDigest: false\n",
       "  mutateDigest: false\n  customResourceDefinitions: [{ groups: [a.b], charts: [{ repository: "
       "r.test/app }] }]\n"},
      {"https://s.test", "https://S.test"},
      {"subjectRegExp", "subject"},
      {"subject: \"https://s.test\"", "subject: \"https://s.test\", claims: { buildTrigger: push }"},
      {"  - keyless: { identities: [{ issuer: \"https://i.test\", subject:",
       "  - name: x\n    keyless: { identities: [{ issuer: \"https://i.test\", subject:"},
  };
  std::set<std::string> seen = {FromYaml(kPolicy)->fingerprint};
  for (const auto& [from, to] : kEdits) {
    const absl::StatusOr<Policy> policy = FromYaml(Edited(kPolicy, from, to));
    ASSERT_TRUE(policy.ok()) << to << policy.status();
    EXPECT_TRUE(seen.insert(policy->fingerprint).second) << to;
  }
}

TEST(PolicyFieldsTest, TheSourceReplaysToTheSamePolicyWithoutForeignMetadata) {
  const Policy policy = FromCluster(kJson).value();
  ASSERT_NE(policy.source, nullptr);
  EXPECT_THAT(*policy.source, testing::Not(HasSubstr("managedFields")));
  EXPECT_THAT(*policy.source, testing::Not(HasSubstr("last-applied")));
  const absl::StatusOr<Policy> again = FromYaml(*policy.source);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->fingerprint, policy.fingerprint);
  EXPECT_EQ(again->name, policy.name);
}

}  // namespace
}  // namespace chartseal::policy
