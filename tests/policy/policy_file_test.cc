#include "verifier/policy/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "verifier/base/status.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kGood[] = R"(apiVersion: chartseal.dev/v1alpha1
kind: VerificationPolicy
metadata: { name: release }
spec:
  mode: enforce
  noMatch: warn
  match:
    images: ["ghcr.io/acme/**"]
    charts: ["ghcr.io/acme/charts/*"]
    namespaces: ["prod-*"]
  authorities:
  - name: workflow
    keyless:
      identities:
      - issuer: https://token.actions.githubusercontent.com
        subjectRegExp: https://github\.com/acme/app/\.github/workflows/release\.yml@refs/tags/v.+
        claims: { sourceRepositoryURI: https://github.com/acme/app }
  attestations:
  - { type: https://slsa.dev/provenance/v1 }
  helmReleases: { unboundSubcharts: warn }
)";

absl::Status ErrorOf(std::string_view text) { return ParsePolicyFile(text, "p.yaml").status(); }

std::string Edited(const char* from, const char* to) {
  std::string text = absl::StrReplaceAll(kGood, {{from, to}});
  EXPECT_NE(text, kGood) << from;
  return text;
}

TEST(PolicyFileTest, ReadsEveryField) {
  const PolicySet set = ParsePolicyFile(kGood, "p.yaml").value();
  ASSERT_EQ(set.policies.size(), 1u);
  const Policy& policy = set.policies[0];
  EXPECT_EQ(set.no_match, NoMatch::kWarn);
  EXPECT_EQ(policy.name, "release");
  EXPECT_EQ(policy.mode, Mode::kEnforce);
  EXPECT_EQ(policy.unbound_subcharts, UnboundSubcharts::kWarn);
  ASSERT_EQ(policy.requirement.authorities.size(), 1u);
  const Authority& authority = policy.requirement.authorities[0];
  EXPECT_EQ(authority.name, "workflow");
  ASSERT_EQ(authority.identities.size(), 1u);
  EXPECT_EQ(authority.identities[0].claims.at("sourceRepositoryURI"), "https://github.com/acme/app");
  EXPECT_THAT(policy.requirement.attestation_types, testing::ElementsAre("https://slsa.dev/provenance/v1"));
}

TEST(PolicyFileTest, MatchesByNameKindAndNamespace) {
  const PolicySet set = ParsePolicyFile(kGood, "p.yaml").value();
  EXPECT_EQ(set.Match(ArtifactKind::kImage, "ghcr.io/acme/a/b", "prod-eu").size(), 1u);
  EXPECT_EQ(set.Match(ArtifactKind::kImage, "ghcr.io/acme/a/b", "").size(), 1u);
  EXPECT_EQ(set.Match(ArtifactKind::kImage, "ghcr.io/acme/a/b", "dev").size(), 0u);
  EXPECT_EQ(set.Match(ArtifactKind::kImage, "ghcr.io/other/a", "prod-eu").size(), 0u);
  EXPECT_EQ(set.Match(ArtifactKind::kChart, "ghcr.io/acme/charts/app", "prod-eu").size(), 1u);
  EXPECT_EQ(set.Match(ArtifactKind::kChart, "ghcr.io/acme/app", "prod-eu").size(), 0u);
}

struct BadCase {
  const char* from;
  const char* to;
  const char* message;
};

class BadPolicyTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadPolicyTest, IsRefusedNamingLineAndField) {
  const absl::Status status = ErrorOf(Edited(GetParam().from, GetParam().to));
  EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed) << status;
  EXPECT_THAT(Message(status), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadPolicyTest,
    testing::Values(
        BadCase{"v1alpha1", "v9",
                "p.yaml:1: apiVersion: expected chartseal.dev/v1alpha1, found \"chartseal.dev/v9\""},
        BadCase{"kind: VerificationPolicy", "kind: Policy", "p.yaml:2: kind: expected VerificationPolicy"},
        BadCase{"{ name: release }", "{ }", "p.yaml:3: metadata.name: missing"},
        BadCase{"mode: enforce", "mode: audit",
                "p.yaml:5: spec.mode: expected enforce or warn, found \"audit\""},
        BadCase{"noMatch: warn", "noMatch: perhaps",
                "p.yaml:6: spec.noMatch: expected deny or warn or allow"},
        BadCase{"mode: enforce", "mod: enforce", "p.yaml:5: spec.mod: unknown field"},
        BadCase{"[\"prod-*\"]", "[]", "p.yaml:10: spec.match.namespaces: the list is empty"},
        BadCase{"[\"ghcr.io/acme/**\"]", "[7]",
                "p.yaml:8: spec.match.images[0]: expected a string, found an integer"},
        BadCase{"[\"ghcr.io/acme/**\"]", "[\"a***\"]", "p.yaml:8: spec.match.images: \"a***\""},
        BadCase{
            "subjectRegExp: https://github\\.com", "subjectRegExp: (https",
            "p.yaml:16: spec.authorities[0].keyless.identities[0].subjectRegExp: not a regular expression"},
        BadCase{"subjectRegExp:", "subjectRegexp:", "one of subject and subjectRegExp is needed"},
        BadCase{"- issuer: https", "- issuerX: https", "one of issuer and issuerRegExp is needed"},
        BadCase{"sourceRepositoryURI:", "sourceRepository:",
                "p.yaml:17: spec.authorities[0].keyless.identities[0].claims.sourceRepository: not a Fulcio "
                "claim"},
        BadCase{"https://slsa.dev/provenance/v1 }", "slsaprovenance }",
                "p.yaml:19: spec.attestations[0].type: expected the full URI"},
        BadCase{"  - { type: https://slsa.dev/provenance/v1 }\n", "  []\n",
                "spec.attestations: the list is empty and would ask for nothing"},
        BadCase{"unboundSubcharts: warn", "unboundSubcharts: maybe",
                "spec.helmReleases.unboundSubcharts: expected deny or warn or allow"},
        BadCase{"    keyless:\n", "    key: { data: x }\n    keyless:\n", "exactly one of keyless and key"}));

TEST(PolicyFileTest, RefusesAnEmptyFileNoAuthoritiesAndDuplicateNames) {
  EXPECT_THAT(Message(ErrorOf("")), HasSubstr("holds no policy"));
  EXPECT_THAT(Message(ErrorOf(std::string(kGood) + "---\n" + kGood)),
              HasSubstr("a second policy named \"release\""));
  EXPECT_THAT(Message(ErrorOf(R"(apiVersion: chartseal.dev/v1alpha1
kind: VerificationPolicy
metadata: { name: a }
spec: { match: { images: ["**"] }, authorities: [] }
)")),
              HasSubstr("p.yaml:4: spec.authorities: at least one authority is needed"));
}

TEST(PolicyFileTest, RefusesAKeyThatIsNone) {
  const absl::Status status = ErrorOf(R"(apiVersion: chartseal.dev/v1alpha1
kind: VerificationPolicy
metadata: { name: a }
spec:
  match: { images: ["**"] }
  authorities:
  - key: { data: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" }
)");
  EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed);
  EXPECT_THAT(Message(status), HasSubstr("p.yaml:7: spec.authorities[0].key.data: "));
}

TEST(PolicyFileTest, YamlMistakesKeepTheirLine) {
  const absl::Status status = ErrorOf("apiVersion: a\napiVersion: b\n");
  EXPECT_EQ(ReasonOf(status), Reason::kYamlMalformed);
  EXPECT_THAT(Message(status), HasSubstr("p.yaml:2:1: not valid YAML: duplicate key \"apiVersion\""));
}

}  // namespace
}  // namespace chartseal::policy
