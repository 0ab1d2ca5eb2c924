#include "verifier/policy/cluster_image_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/image_policy_fixture.h"

namespace chartseal::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

ImportedPolicy Read(std::string_view spec, SecretKeyReader secrets = {}) {
  auto read = ReadImagePolicy(ImagePolicyObject(spec), std::move(secrets));
  EXPECT_TRUE(read.ok()) << read.status();
  return read.ok() ? *std::move(read) : ImportedPolicy{};
}

// A policy that can be honoured; fails the test otherwise.
Policy Honoured(std::string_view spec, SecretKeyReader secrets = {}) {
  ImportedPolicy read = Read(spec, std::move(secrets));
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_FALSE(read.policy.not_honoured.has_value());
  return read.policy;
}

Authority OnlyAuthority(std::string_view authority) {
  Policy policy = Honoured(WithAuthority(authority));
  EXPECT_THAT(policy.requirement.authorities, SizeIs(1));
  return policy.requirement.authorities.front();
}

// The problem of a policy that refuses; fails the test when there is none or more than one.
std::string OnlyProblem(std::string_view spec, SecretKeyReader secrets = {}) {
  const ImportedPolicy read = Read(spec, std::move(secrets));
  EXPECT_THAT(read.problems, SizeIs(1)) << spec;
  if (read.problems.size() != 1) return "";
  EXPECT_TRUE(read.policy.not_honoured.has_value()) << spec;
  if (!read.policy.not_honoured) return "";
  EXPECT_EQ(read.policy.not_honoured->reason, Reason::kPolicyNotHonoured);
  EXPECT_THAT(read.policy.not_honoured->detail,
              StartsWith("the policy cannot be honoured: ClusterImagePolicy"));
  // Whoever looks at the requirement only is answered with a no as well.
  EXPECT_THAT(read.policy.requirement.authorities, SizeIs(1));
  EXPECT_TRUE(read.policy.requirement.authorities[0].always.has_value());
  EXPECT_FALSE(read.policy.requirement.authorities[0].always.value_or(StaticAnswer{true, ""}).pass);
  return read.problems.front();
}

std::string AuthorityProblem(std::string_view authority) { return OnlyProblem(WithAuthority(authority)); }

absl::Status ErrorOf(std::string_view spec) {
  const auto read = ReadImagePolicy(ImagePolicyObject(spec));
  EXPECT_FALSE(read.ok()) << spec;
  EXPECT_EQ(ReasonOf(read.status()), Reason::kPolicyMalformed);
  return read.status();
}

sandbox::Key NewKey(sandbox::KeyType type = sandbox::KeyType::kEcdsaP256) {
  return sandbox::Key::Generate(type);
}

// -- The object.

TEST(ClusterImagePolicyTest, BothVersionsReadTheSame) {
  const std::string spec = WithAuthority(kKeyless);
  const auto alpha = ReadImagePolicy(ImagePolicyObject(spec, "v1alpha1"));
  const auto beta = ReadImagePolicy(ImagePolicyObject(spec, "v1beta1"));
  ASSERT_TRUE(alpha.ok() && beta.ok());
  EXPECT_EQ(alpha->policy.name, "acme");
  EXPECT_EQ(alpha->policy.fingerprint, beta->policy.fingerprint);
  EXPECT_THAT(alpha->problems, IsEmpty());
}

TEST(ClusterImagePolicyTest, WhatIsNoClusterImagePolicyIsAnError) {
  for (const auto& [text, wanted] :
       {std::pair{"[]", "expected an object"},
        std::pair{"{ apiVersion: policy.sigstore.dev/v1, kind: ClusterImagePolicy, metadata: { name: x } }",
                  "apiVersion: expected policy.sigstore.dev/v1alpha1 or v1beta1"},
        std::pair{"{ apiVersion: config.openshift.io/v1beta1, kind: ClusterImagePolicy }",
                  "found \"config.openshift.io/v1beta1\""},
        std::pair{"{ apiVersion: policy.sigstore.dev/v1beta1, kind: ImagePolicy }", "kind: expected Cluster"},
        std::pair{"{ apiVersion: policy.sigstore.dev/v1beta1, kind: ClusterImagePolicy, metadata: {} }",
                  "metadata.name: missing"},
        std::pair{
            "{ apiVersion: policy.sigstore.dev/v1beta1, kind: ClusterImagePolicy, metadata: {name: x} }",
            "spec: missing"}}) {
    const absl::Status status = ReadImagePolicy(YamlObject(text)).status();
    EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed) << text;
    EXPECT_THAT(Message(status), HasSubstr(wanted));
  }
}

TEST(ClusterImagePolicyTest, WithoutReadableImagesItIsAnErrorSinceNothingCouldBeRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {"authorities: []", "spec.images: at least one image glob is needed"},
      {"images: []", "spec.images: at least one"},
      {"images: {}", "spec.images: expected a list"},
      {"images: [ ghcr.io/acme/** ]", "spec.images[0]: expected an object"},
      {"images: [ { pattern: x } ]", "spec.images[0].glob: missing"},
      {"images: [ { glob: \"\" } ]", "spec.images[0].glob: \"\": the pattern is empty"},
      {"images: [ { glob: \"x/**\" }, { glob: \"ghcr.io/acme/(app|db)\" } ]",
       "spec.images[1].glob: \"ghcr.io/"},
      {"images: [ { glob: \"@sha256:00\" } ]", "spec.images[0].glob"},
  };
  for (const auto& [spec, wanted] : cases) EXPECT_THAT(Message(ErrorOf(spec)), HasSubstr(wanted));
}

TEST(ClusterImagePolicyTest, UnknownFieldsAreRefusedByName) {
  const std::string good = WithAuthority(kKeyless);
  EXPECT_THAT(OnlyProblem(Cat(good, "exclude: []\n")), HasSubstr("spec.exclude: unknown field"));
  EXPECT_THAT(OnlyProblem(Cat(
                  "images: [ { glob: \"x/**\", tag: y } ]\nauthorities: [ { static: { action: pass } } ]")),
              HasSubstr("spec.images[0].tag: unknown field"));
  EXPECT_THAT(AuthorityProblem(Cat(kKeyless, "threshold: 2\n")),
              HasSubstr("spec.authorities[0].threshold: unknown field"));
  EXPECT_THAT(AuthorityProblem(Cat(kKeyless, "  insecureIgnoreTlog: true\n")),
              HasSubstr("spec.authorities[0].keyless.insecureIgnoreTlog: unknown field"));
  EXPECT_THAT(AuthorityProblem(Cat(kKeyless, "    claims: {}\n")),
              HasSubstr("spec.authorities[0].keyless.identities[0].claims: unknown field"));
  EXPECT_THAT(AuthorityProblem(Cat(kKeyless, "ctlog: { publicKey: {} }\n")),
              HasSubstr("spec.authorities[0].ctlog.publicKey: unknown field"));
}

TEST(ClusterImagePolicyTest, ModeIsEnforceUnlessItSaysWarn) {
  EXPECT_EQ(Honoured(WithAuthority(kKeyless)).mode, Mode::kEnforce);
  EXPECT_EQ(Honoured(Cat("mode: enforce\n", WithAuthority(kKeyless))).mode, Mode::kEnforce);
  EXPECT_EQ(Honoured(Cat("mode: warn\n", WithAuthority(kKeyless))).mode, Mode::kWarn);
}

TEST(ClusterImagePolicyTest, ModeThatCannotBeReadRefusesAndEnforces) {
  const ImportedPolicy read = Read(Cat("mode: audit\n", WithAuthority(kKeyless)));
  EXPECT_EQ(read.policy.mode, Mode::kEnforce);
  ASSERT_TRUE(read.policy.not_honoured.has_value());
  EXPECT_THAT(read.policy.not_honoured->detail,
              HasSubstr("spec.mode: expected enforce or warn, found \"audit\""));
}

// -- What cannot be honoured.

TEST(ClusterImagePolicyTest, CueAndRegoAtEitherLevelMakeItRefuse) {
  EXPECT_THAT(
      OnlyProblem(Cat(WithAuthority(kKeyless), "policy: { type: rego, data: x, includeSpec: true }\n")),
      HasSubstr("spec.policy: CUE and Rego are not evaluated"));
  EXPECT_THAT(OnlyProblem(Cat(WithAuthority(kKeyless), "policy: { remote: { url: https://x.test } }\n")),
              HasSubstr("spec.policy: CUE and Rego"));
  EXPECT_THAT(AuthorityProblem(
                  Cat(kKeyless,
                      "attestations:\n- { name: a, predicateType: https://slsa.dev/provenance/v1, policy: { "
                      "type: cue, data: x } }\n")),
              HasSubstr("spec.authorities[0].attestations[0].policy: CUE and Rego are not evaluated"));
}

TEST(ClusterImagePolicyTest, OneAuthorityThatCannotBeHonouredRefusesDespiteOthers) {
  const std::string spec =
      Cat(WithAuthority(kKeyless), "- key: { kms: \"awskms:///alias/x\" }\n", "- static: { action: pass }\n");
  EXPECT_THAT(OnlyProblem(spec),
              HasSubstr("spec.authorities[1].key.kms: key management services are not asked"));
}

TEST(ClusterImagePolicyTest, EveryProblemIsNamed) {
  const ImportedPolicy read = Read(Cat("mode: audit\n", WithAuthority("key: { kms: x }"),
                                       "- {}\n- keyless: {}\npolicy: { type: cue }\nmore: 1\n"));
  EXPECT_THAT(read.problems, SizeIs(6));
  ASSERT_TRUE(read.policy.not_honoured.has_value());
  for (const char* wanted :
       {"spec.mode", "spec.authorities[0].key.kms", "spec.authorities[1]: one of keyless, key",
        "spec.authorities[2].keyless.identities", "spec.policy", "spec.more"}) {
    EXPECT_THAT(read.policy.not_honoured->detail, HasSubstr(wanted));
  }
}

TEST(ClusterImagePolicyTest, DenialStaysShortHoweverMuchIsWrong) {
  std::string spec = "images: [ { glob: \"**\" } ]\nauthorities:\n";
  for (int i = 0; i < 200; ++i) spec += "- { key: { kms: x } }\n";
  const ImportedPolicy read = Read(spec);
  EXPECT_THAT(read.problems, SizeIs(200));
  EXPECT_LE(read.policy.not_honoured->detail.size(), 1600u);
}

TEST(ClusterImagePolicyTest, WithoutAuthoritiesItRefuses) {
  for (const char* authorities : {"", "authorities: []\n", "authorities:\n"}) {
    EXPECT_THAT(OnlyProblem(Cat("images: [ { glob: \"**\" } ]\n", authorities)),
                HasSubstr("spec.authorities: at least one authority is needed"));
  }
}

TEST(ClusterImagePolicyTest, AuthorityIsExactlyOneOfThreeKinds) {
  EXPECT_THAT(AuthorityProblem("name: x"), HasSubstr("spec.authorities[0]: one of keyless, key and static"));
  EXPECT_THAT(AuthorityProblem(Cat(kKeyless, "key: { data: x }\n")),
              HasSubstr("give one of keyless and key"));
  EXPECT_THAT(AuthorityProblem(Cat(kKeyless, "static: { action: pass }\n")),
              HasSubstr("give one of keyless and static"));
}

TEST(ClusterImagePolicyTest, TrustPoliciesOfGitHubRefuseUntilTufIsRead) {
  // The shape of GitHub's chart: its own Sigstore through TUF, provenance in bundles, timestamps.
  const std::string problem = AuthorityProblem(R"(name: github
keyless:
  trustRootRef: github
  insecureIgnoreSCT: true
  identities:
  - issuer: https://token.actions.githubusercontent.com
    subjectRegExp: https://github.com/acme/.*/.github/workflows/.*
rfc3161timestamp: { trustRootRef: github }
signatureFormat: bundle
attestations:
- name: require-attestation
  predicateType: https://slsa.dev/provenance/v1
)");
  EXPECT_THAT(problem,
              HasSubstr("spec.authorities[0].keyless.trustRootRef: cannot be used: TrustRoot github"));
  EXPECT_THAT(problem, HasSubstr("spec.remote: TUF repositories are not read yet"));
}

TEST(ClusterImagePolicyTest, TheSamePolicyWithKeysIsHonoured) {
  const Authority authority = OnlyAuthority(R"(name: github
keyless:
  trustRootRef: private
  insecureIgnoreSCT: true
  identities:
  - issuer: https://token.actions.githubusercontent.com
    subjectRegExp: https://github.com/acme/.*/.github/workflows/.*
rfc3161timestamp: { trustRootRef: private }
signatureFormat: bundle
attestations:
- { name: require-attestation, predicateType: https://slsa.dev/provenance/v1 }
)");
  EXPECT_EQ(authority.name, "github");
  EXPECT_EQ(authority.root, TestTrustRoots().at("private").root);
  EXPECT_EQ(authority.thresholds, (sigstore::Thresholds{0, 1, 1, 0}));
  EXPECT_TRUE(authority.formats.bundle);
  EXPECT_FALSE(authority.formats.legacy);
  EXPECT_THAT(authority.attestation_types, ElementsAre("https://slsa.dev/provenance/v1"));
}

// -- match.

TEST(ClusterImagePolicyTest, MatchLimitsTheKindsOfObjects) {
  const Policy policy = Honoured(Cat(WithAuthority(kKeyless), R"(match:
- { group: apps, version: v1, resource: deployments, selector: { matchLabels: { tier: prod } } }
- { resource: pods }
)"));
  ASSERT_THAT(policy.resources, SizeIs(2));
  EXPECT_EQ(policy.resources[0].group, "apps");
  EXPECT_EQ(policy.resources[0].version, "v1");
  EXPECT_EQ(policy.resources[0].resource, "deployments");
  ASSERT_TRUE(policy.resources[0].selector.has_value());
  EXPECT_TRUE(policy.resources[0].selector->Matches({{"tier", "prod"}}));
  EXPECT_FALSE(policy.resources[0].selector->Matches({{"tier", "dev"}}));
  EXPECT_EQ(policy.resources[1].version, "*");
  EXPECT_FALSE(policy.resources[1].selector.has_value());
  EXPECT_THAT(Honoured(WithAuthority(kKeyless)).resources, IsEmpty());
}

TEST(ClusterImagePolicyTest, MatchThatCannotBeReadRefusesForEveryKindOfObject) {
  for (const auto& [match, wanted] :
       {std::pair{"- { resource: pods }\n- { selector: { matchLabels: { a: b } } }",
                  "spec.match[1].resource: is needed"},
        std::pair{"- { resource: pods, kind: Pod }", "spec.match[0].kind: unknown field"},
        std::pair{"- { resource: pods, selector: { matchNames: [] } }",
                  "spec.match[0].selector.matchNames: unknown"}}) {
    const std::string spec = Cat(WithAuthority(kKeyless), "match:\n", match, "\n");
    EXPECT_THAT(OnlyProblem(spec), HasSubstr(wanted));
    EXPECT_THAT(Read(spec).policy.resources, IsEmpty());
  }
}

// -- images.

bool Covers(std::string_view glob, std::string_view name) {
  const Policy policy =
      Read(Cat("images: [ { glob: \"", glob, "\" } ]\nauthorities: [ { static: { action: pass } } ]\n"))
          .policy;
  return !policy.images.empty() && policy.images[0].Matches(name);
}

TEST(ClusterImagePolicyTest, GlobsMatchTheWholeNameWithADigestBehindIt) {
  EXPECT_TRUE(Covers("ghcr.io/acme/*", "ghcr.io/acme/app"));
  EXPECT_TRUE(Covers("ghcr.io/acme/app*", "ghcr.io/acme/app"));
  EXPECT_TRUE(Covers("ghcr.io/acme/app@*", "ghcr.io/acme/app"));
  EXPECT_TRUE(Covers("ghcr.io/acme/app@sha256:*", "ghcr.io/acme/app"));
  EXPECT_TRUE(Covers("ghcr.io/acme/*:*", "ghcr.io/acme/app"));
  EXPECT_TRUE(Covers("ghcr.io/**", "ghcr.io/acme/charts/app"));
  EXPECT_TRUE(Covers("**", "index.docker.io/library/nginx"));
  EXPECT_TRUE(Covers("ghcr.io/***", "ghcr.io/acme/app"));
  EXPECT_FALSE(Covers("ghcr.io/acme/*", "ghcr.io/acme/charts/app"));
  EXPECT_FALSE(Covers("ghcr.io/acme/*", "ghcr.io/acme-evil/app"));
  EXPECT_FALSE(Covers("acme/*", "ghcr.io/acme/app"));
  EXPECT_FALSE(Covers("ghcr.io/acme/app", "ghcrxio/acme/app"));
  EXPECT_FALSE(Covers("ghcr.io/acme/app", "ghcr.io/acme/app2"));
}

TEST(ClusterImagePolicyTest, StarsAloneStandForDockerHub) {
  EXPECT_TRUE(Covers("*", "index.docker.io/library/nginx"));
  EXPECT_FALSE(Covers("*", "index.docker.io/acme/app"));
  EXPECT_FALSE(Covers("*", "ghcr.io/acme/app"));
  EXPECT_TRUE(Covers("*/*", "index.docker.io/acme/app"));
  EXPECT_FALSE(Covers("*/*", "ghcr.io/app"));
}

TEST(ClusterImagePolicyTest, TagsNeverMatchAndSaySo) {
  EXPECT_FALSE(Covers("ghcr.io/acme/app:v1*", "ghcr.io/acme/app"));
  EXPECT_THAT(
      Read("images: [ { glob: \"ghcr.io/acme/app:v1*\" } ]\nauthorities: [ { static: { action: pass } } ]")
          .warnings,
      ElementsAre(HasSubstr("spec.images[0].glob: matches nothing: images are compared by digest")));
}

TEST(ClusterImagePolicyTest, NameWithoutAStarCoversTheRepositoryAndSaysSo) {
  EXPECT_TRUE(Covers("localhost:5000/app", "localhost:5000/app"));
  EXPECT_THAT(
      Read("images: [ { glob: \"ghcr.io/acme/app\" } ]\nauthorities: [ { static: { action: pass } } ]")
          .warnings,
      ElementsAre(HasSubstr("spec.images[0].glob: has no * for the digest")));
}

TEST(ClusterImagePolicyTest, GlobOverOneDigestRefusesTheWholeRepository) {
  const std::string spec = Cat("images: [ { glob: \"ghcr.io/acme/app@sha256:", std::string(64, 'a'),
                               "\" } ]\nauthorities: [ { static: { action: pass } } ]\n");
  EXPECT_THAT(OnlyProblem(spec), HasSubstr("spec.images[0].glob: selects by digest, which is not supported"));
  EXPECT_TRUE(Read(spec).policy.images[0].Matches("ghcr.io/acme/app"));
}

// -- The fingerprint.

TEST(ClusterImagePolicyTest, FingerprintFollowsSpecRootsAndSecrets) {
  const auto fingerprint = [](const std::string& authority, const std::string& secret = "") {
    return Read(WithAuthority(authority),
                [&](std::string_view, std::string_view) -> absl::StatusOr<std::string> { return secret; })
        .policy.fingerprint;
  };
  const std::string by_root = Cat(kKeyless, "  trustRootRef: private\n");
  EXPECT_EQ(fingerprint(by_root), fingerprint(by_root));
  EXPECT_NE(fingerprint(by_root), fingerprint(std::string(kKeyless)));
  const std::string by_secret = "key: { secretRef: { name: cosign } }";
  const std::string one = NewKey().SpkiPem();
  EXPECT_EQ(fingerprint(by_secret, one), fingerprint(by_secret, one));
  EXPECT_NE(fingerprint(by_secret, one), fingerprint(by_secret, NewKey().SpkiPem()));

  const Node object = ImagePolicyObject(WithAuthority(by_root));
  TrustRoots changed = TestTrustRoots();
  changed["private"].root = changed["other"].root;
  const auto before = ReadClusterImagePolicy(object, "p", {TestTrustRoots(), DefaultRoot(), {}});
  const auto after = ReadClusterImagePolicy(object, "p", {changed, DefaultRoot(), {}});
  changed["private"].root = nullptr;
  const auto broken = ReadClusterImagePolicy(object, "p", {changed, DefaultRoot(), {}});
  ASSERT_TRUE(before.ok() && after.ok() && broken.ok());
  EXPECT_NE(before->policy.fingerprint, after->policy.fingerprint);
  EXPECT_NE(before->policy.fingerprint, broken->policy.fingerprint);
}

}  // namespace
}  // namespace chartseal::policy
