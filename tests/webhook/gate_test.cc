#include "webhook/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/gate_fixture.h"
#include "verifier/base/limits.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(GateTest, AnImageThatEveryPolicyAcceptsIsAdmitted) {
  verifier_->Answer(kApp, Yes());
  const Decision decision = ReviewPod(kEnforce, "registry.test/acme/app:1");
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.verdict, "allowed");
  EXPECT_THAT(decision.response.warnings, IsEmpty());
  EXPECT_EQ(decision.response.uid, "u-1");
  EXPECT_THAT(
      decision.response.audit_annotations,
      ElementsAre(std::pair<std::string, std::string>(
          "image-0", "registry.test/acme/app:1 is " + DigestOf("content").ToString() + "; strict: yes")));
}

TEST_F(GateTest, ADenialSaysImagePlaceReasonExpectedFoundPolicyAndNext) {
  verifier_->Answer(kApp, No(Reason::kIdentityMismatch));
  const Decision decision = ReviewPod(kEnforce, "registry.test/acme/app:1");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.verdict, "denied");
  EXPECT_EQ(decision.reason, Reason::kIdentityMismatch);
  EXPECT_EQ(decision.response.message,
            "chartseal does not admit the image:\n"
            "- registry.test/acme/app:1 (spec.containers[app].image): identity-mismatch\n"
            "    why: signed by somebody else\n"
            "    expected: issuer https://issuer.test, subject https://good.test/release\n"
            "    found: issuer https://issuer.test, subject https://evil.test/release\n"
            "    policy: strict\n"
            "    next: sign it with the release workflow");
}

TEST_F(GateTest, CouldNotTellIsDeniedUnderEnforceAndSaysSo) {
  verifier_->Answer(kApp, Unknown(Reason::kUnreachable));
  const Decision decision = ReviewPod(kEnforce, "registry.test/acme/app:1");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kUnreachable);
  EXPECT_THAT(
      decision.response.message,
      HasSubstr(
          "could not tell: registry-unreachable\n    why: connection refused by 127.0.0.1:1\n"
          "    policy: strict\n    next: check that the webhook can reach registry.test, then apply again"));
}

TEST_F(GateTest, CouldNotTellIsSaidOnce) {
  verifier_->Answer(
      kApp, WithReason(absl::UnavailableError("could not tell: GET x: refused"), Reason::kUnreachable));
  EXPECT_THAT(ReviewPod(kEnforce, "registry.test/acme/app:1").response.message,
              HasSubstr("could not tell: registry-unreachable\n    why: GET x: refused\n    policy"));
}

TEST_F(GateTest, CouldNotTellIsAWarningUnderWarn) {
  verifier_->Answer(kApp, Unknown(Reason::kUnreachable));
  const Decision decision = ReviewPod(kWarn, "registry.test/acme/app:1");
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.verdict, "warned");
  EXPECT_EQ(decision.reason, Reason::kUnreachable);
  EXPECT_THAT(decision.response.warnings,
              ElementsAre("chartseal: could not tell: registry-unreachable: registry.test/acme/app:1 "
                          "(policy soft warns)"));
}

TEST_F(GateTest, NoIsAWarningUnderWarn) {
  verifier_->Answer(kApp, No(Reason::kNoSignature));
  const Decision decision = ReviewPod(kWarn, "registry.test/acme/app:1");
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.response.message, "");
  EXPECT_THAT(decision.response.warnings,
              ElementsAre("chartseal: no-signature: registry.test/acme/app:1 (policy soft warns)"));
}

TEST_F(GateTest, AllMatchingPoliciesMustHold) {
  const std::string second = PolicyText("second", "enforce", "registry.test/**");
  verifier_->AnswerEach(kApp, {Yes(), No(Reason::kNoAttestation)});
  const Decision decision = ReviewPod(kEnforce + "---\n" + second, "registry.test/acme/app:1");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message, HasSubstr("no-attestation"));
  EXPECT_THAT(decision.response.message, HasSubstr("policy: second"));
}

TEST_F(GateTest, WhatOnePolicyCouldNotTellDoesNotHideWhatAnotherSays) {
  const std::string second = PolicyText("second", "enforce", "registry.test/**");
  verifier_->AnswerEach(kApp, {Unknown(Reason::kRegistryError), No(Reason::kNoSignature)});
  const Decision decision = ReviewPod(kEnforce + "---\n" + second, "registry.test/acme/app:1");
  EXPECT_THAT(decision.response.audit_annotations[0].second,
              HasSubstr("strict: could-not-tell (registry-error); second: no (no-signature)"));
}

TEST_F(GateTest, AWarningPolicyDoesNotSoftenAnEnforcingOne) {
  verifier_->Answer(kApp, No(Reason::kNoSignature));
  const Decision decision = ReviewPod(kWarn + "---\n" + kEnforce, "registry.test/acme/app:1");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message, HasSubstr("policy: strict"));
  EXPECT_THAT(decision.response.warnings, SizeIs(1));
}

TEST_F(GateTest, AllPoliciesOfAnImageAreAskedTogether) {
  verifier_->Answer(kApp, Yes());
  const std::string second = PolicyText("second", "enforce", "registry.test/**");
  EXPECT_TRUE(ReviewPod(kEnforce + "---\n" + second, "registry.test/acme/app:1").response.allowed);
  EXPECT_THAT(verifier_->asked(), ElementsAre("registry.test/acme/app:1"));
}

TEST_F(GateTest, AVerdictOnAnotherDigestDoesNotCount) {
  verifier_->Answer(kApp, Yes("other"));
  const Decision decision = ReviewPod(kEnforce, "registry.test/acme/app@" + DigestOf("content").ToString());
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message,
              HasSubstr("could not tell: content-digest-mismatch\n    why: asked about"));
}

TEST_F(GateTest, AnImageThatNoPolicyCoversIsDeniedByDefault) {
  const Decision decision = ReviewPod(kEnforce, "nginx");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kNoPolicyMatches);
  EXPECT_THAT(decision.response.message,
              HasSubstr("nginx (spec.containers[app].image): no-policy-matches\n    why: no policy covers "
                        "index.docker.io/library/nginx in this namespace"));
  EXPECT_THAT(verifier_->asked(), IsEmpty());
}

TEST_F(GateTest, AnImageThatNoPolicyCoversWarnsWhenToldSo) {
  const Decision decision =
      ReviewPod(PolicyText("strict", "enforce", "registry.test/**", "  noMatch: warn\n"), "nginx");
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_THAT(decision.response.warnings, ElementsAre("chartseal: no-policy-matches: nginx"));
}

TEST_F(GateTest, AnImageThatNoPolicyCoversPassesWhenToldSo) {
  const Decision decision =
      ReviewPod(PolicyText("strict", "enforce", "registry.test/**", "  noMatch: allow\n"), "nginx");
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.verdict, "allowed");
  EXPECT_THAT(decision.response.warnings, IsEmpty());
}

TEST_F(GateTest, AnImageNameThatIsNoReferenceIsDeniedEvenWhenNothingNeedsToMatch) {
  const Decision decision =
      ReviewPod(PolicyText("soft", "warn", "**", "  noMatch: allow\n"), "Not A Reference");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kReferenceMalformed);
  EXPECT_THAT(decision.response.message, HasSubstr("could not tell: reference-malformed"));
}

TEST_F(GateTest, PoliciesOfOtherNamespacesDoNotCount) {
  const std::string text =
      "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: p }\n"
      "spec:\n  match: { images: [\"**\"], namespaces: [\"bank\"] }\n  noMatch: allow\n"
      "  authorities:\n  - name: a\n    keyless:\n      identities:\n"
      "      - { issuer: \"https://i.test\", subject: \"https://s.test\" }\n";
  EXPECT_TRUE(ReviewPod(text, "nginx").response.allowed);
  verifier_->Answer("index.docker.io/library/nginx", No(Reason::kNoSignature));
  const auto request = ReviewText{.namespace_name = "bank", .object = PodOf("nginx")}.Parsed();
  EXPECT_FALSE(Review(text, request).response.allowed);
}

TEST_F(GateTest, MixedImagesAreAllNamedThatAreDenied) {
  verifier_->Answer(kApp, Yes());
  verifier_->Answer(kDb, No(Reason::kNoSignature));
  const std::string spec = R"({"containers":[{"name":"a","image":"registry.test/acme/app:1"},
      {"name":"b","image":"registry.test/acme/db:1"},{"name":"c","image":"nginx"}]})";
  const Decision decision = Review(kEnforce, ReviewText{.object = PodWith(spec)}.Parsed());
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message, HasSubstr("chartseal does not admit 2 of 3 images:\n"));
  EXPECT_THAT(decision.response.message,
              HasSubstr("\n- registry.test/acme/db:1 (spec.containers[b].image): no-sig"));
  EXPECT_THAT(decision.response.message,
              HasSubstr("\n- nginx (spec.containers[c].image): no-policy-matches"));
  EXPECT_THAT(decision.response.message, Not(HasSubstr("acme/app")));
}

TEST_F(GateTest, TheSameImageIsVerifiedOnceInARequest) {
  verifier_->Answer("index.docker.io/library/nginx", No(Reason::kNoSignature));
  const std::string spec = R"({"containers":[{"name":"a","image":"nginx"},{"name":"b","image":"nginx:latest"},
      {"name":"c","image":"docker.io/library/nginx"}]})";
  const Decision decision =
      Review(PolicyText("all", "enforce", "**"), ReviewText{.object = PodWith(spec)}.Parsed());
  EXPECT_THAT(verifier_->asked(), SizeIs(1));
  EXPECT_THAT(decision.response.message, HasSubstr("nginx (spec.containers[a].image and 2 more places)"));
}

TEST_F(GateTest, TheVerifierIsGivenTheDeadlineAndThePullContext) {
  absl::Time seen;
  verifier_->Behave(kApp, [&](const ImageQuery&, absl::Time deadline) {
    seen = deadline;
    return Yes();
  });
  const std::string spec = R"({"serviceAccountName":"builder","imagePullSecrets":[{"name":"pull"}],
      "containers":[{"name":"app","image":"registry.test/acme/app:1"}]})";
  Review(kEnforce, ReviewText{.object = PodWith(spec)}.Parsed());
  EXPECT_EQ(seen, kDeadline);
  EXPECT_THAT(verifier_->pulls(), ElementsAre(PullContext{"shop", "builder", {"pull"}}));
}

// -- What brings no images.

TEST_F(GateTest, AnUpdateWithoutNewImagesAsksNobody) {
  const std::string pod = PodOf("registry.test/acme/app:1");
  const auto request = ReviewText{.operation = "UPDATE", .object = pod, .old_object = pod}.Parsed();
  EXPECT_TRUE(Review(kEnforce, request).response.allowed);
  EXPECT_THAT(verifier_->asked(), IsEmpty());
}

TEST_F(GateTest, DeleteIsAdmittedWithoutAsking) {
  EXPECT_TRUE(Review(kEnforce, ReviewText{.operation = "DELETE"}.Parsed()).response.allowed);
}

TEST_F(GateTest, ADryRunGetsTheSameVerdict) {
  verifier_->Answer(kApp, No(Reason::kNoSignature));
  const auto request = ReviewText{.object = PodOf("registry.test/acme/app:1"), .dry_run = "true"}.Parsed();
  EXPECT_FALSE(Review(kEnforce, request).response.allowed);
}

TEST_F(GateTest, AKindThatIsNotKnownIsDeniedByName) {
  const auto request =
      ReviewText{.group = "example.com", .kind = "Rollout", .object = PodOf("nginx")}.Parsed();
  const Decision decision = Review(PolicyText("soft", "warn", "**"), request);
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kKindNotCovered);
  EXPECT_THAT(decision.response.message,
              HasSubstr("kind-not-covered: where a example.com/v1 Rollout names its images is not known"));
  EXPECT_THAT(decision.response.message, HasSubstr("next: take this kind out of the webhook's rules"));
}

TEST_F(GateTest, AnImageFieldThatCannotBeReadIsDenied) {
  const auto request = ReviewText{.object = PodWith(R"({"containers":[{"name":"a","image":7}]})")}.Parsed();
  const Decision decision = Review(kEnforce, request);
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kImageFieldMalformed);
  EXPECT_THAT(decision.response.message, HasSubstr("spec.containers[a].image cannot be read"));
}

TEST_F(GateTest, TextFromOutsideCannotForgeLinesOfADenial) {
  auto verdict = No(Reason::kIdentityMismatch);
  verdict.found = "x\n- registry.test/fake: fine\x1b[31m";
  verifier_->Answer(kApp, verdict);
  const Decision decision = ReviewPod(kEnforce, "registry.test/acme/app:1");
  EXPECT_THAT(decision.response.message, HasSubstr("found: x\\n- registry.test/fake: fine\\x1b[31m"));
}

TEST_F(GateTest, OneLongLineLeavesRoomForTheOthers) {
  auto verdict = No(Reason::kIdentityMismatch);
  verdict.detail = verdict.expected = verdict.found = verdict.next = std::string(5000, 'x');
  verifier_->Answer(kApp, verdict);
  const Decision decision = ReviewPod(kEnforce, "registry.test/acme/app:1");
  EXPECT_LT(decision.response.message.size(), limits::kMaxDenialLineBytes + 200);
  EXPECT_THAT(decision.response.message, HasSubstr("next: xxx"));
}

}  // namespace
}  // namespace chartseal::webhook
