#include "webhook/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/webhook/fake_verifier.h"
#include "tests/webhook/policies.h"
#include "tests/webhook/reviews.h"
#include "verifier/base/limits.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kApp[] = "registry.test/acme/app";
constexpr char kDb[] = "registry.test/acme/db";

class GateTest : public testing::Test {
 protected:
  Decision Review(const std::string& policies, const AdmissionRequest& request,
                  absl::Duration time = absl::Seconds(20)) {
    gate_ = std::make_unique<Gate>(Policies(policies), verifier_);
    return gate_->Review(request, absl::Now() + time);
  }
  Decision ReviewPod(const std::string& policies, const std::string& image) {
    return Review(policies, ReviewText{.object = PodOf(image)}.Parsed());
  }

  std::shared_ptr<FakeVerifier> verifier_ = std::make_shared<FakeVerifier>();
  std::unique_ptr<Gate> gate_;
};

const std::string kEnforce = PolicyText("strict", "enforce", "registry.test/acme/**");
const std::string kWarn = PolicyText("soft", "warn", "registry.test/acme/**");

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
  int calls = 0;
  verifier_->Behave(kApp, [&](const oci::Reference&, absl::Time) {
    return ++calls == 1 ? Yes() : No(Reason::kNoAttestation);
  });
  const Decision decision = ReviewPod(kEnforce + "---\n" + second, "registry.test/acme/app:1");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(decision.response.message, HasSubstr("no-attestation"));
}

TEST_F(GateTest, AWarningPolicyDoesNotSoftenAnEnforcingOne) {
  verifier_->Answer(kApp, No(Reason::kNoSignature));
  const Decision decision = ReviewPod(kWarn + "---\n" + kEnforce, "registry.test/acme/app:1");
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message, HasSubstr("policy: strict"));
  EXPECT_THAT(decision.response.warnings, SizeIs(1));
}

TEST_F(GateTest, ATagIsResolvedOnceForAllPolicies) {
  verifier_->Answer(kApp, Yes());
  const std::string second = PolicyText("second", "enforce", "registry.test/**");
  EXPECT_TRUE(ReviewPod(kEnforce + "---\n" + second, "registry.test/acme/app:1").response.allowed);
  EXPECT_THAT(verifier_->asked(), ElementsAre("registry.test/acme/app:1",
                                              "registry.test/acme/app:1@" + DigestOf("content").ToString()));
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

TEST_F(GateTest, DistinctImagesAreVerifiedInParallelUpToABound) {
  std::atomic<int> now = 0, most = 0;
  std::string list;
  for (int i = 0; i < 24; ++i) {
    const std::string name = Cat("registry.test/acme/i", i);
    list += Cat(i == 0 ? "" : ",", R"({"name":"c)", i, R"(","image":")", name, R"(:1"})");
    verifier_->Behave(name, [&](const oci::Reference&, absl::Time) {
      const int seen = ++now;
      int known = most;
      while (seen > known && !most.compare_exchange_weak(known, seen)) {
      }
      absl::SleepFor(absl::Milliseconds(30));
      --now;
      return Yes();
    });
  }
  const auto request = ReviewText{.object = PodWith(R"({"containers":[)" + list + "]}")}.Parsed();
  EXPECT_TRUE(Review(kEnforce, request).response.allowed);
  EXPECT_LE(most, limits::kMaxImagesAtOnce);
  EXPECT_GE(most, 2);
}

TEST_F(GateTest, TheDeadlineHoldsEvenWhenARegistryHangs) {
  absl::Notification release;
  verifier_->Behave(kApp, [&](const oci::Reference&, absl::Time) {
    release.WaitForNotification();
    return Yes();
  });
  verifier_->Answer(kDb, Yes());
  const std::string spec = R"({"containers":[{"name":"a","image":"registry.test/acme/app:1"},
      {"name":"b","image":"registry.test/acme/db:1"}]})";
  const absl::Time start = absl::Now();
  const Decision decision =
      Review(kEnforce, ReviewText{.object = PodWith(spec)}.Parsed(), absl::Milliseconds(200));
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  release.Notify();
  gate_.reset();  // waits for the worker, which still looks at `release`
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kDeadlineExceeded);
  EXPECT_THAT(decision.response.message, HasSubstr("could not tell: deadline-exceeded"));
  EXPECT_THAT(decision.response.message, Not(HasSubstr("acme/db")));
}

TEST_F(GateTest, TheVerifierIsGivenTheDeadlineOfTheRequest) {
  absl::Time seen;
  verifier_->Behave(kApp, [&](const oci::Reference&, absl::Time deadline) {
    seen = deadline;
    return Yes();
  });
  gate_ = std::make_unique<Gate>(Policies(kEnforce), verifier_);
  const absl::Time deadline = absl::Now() + absl::Seconds(7);
  gate_->Review(ReviewText{.object = PodOf("registry.test/acme/app:1")}.Parsed(), deadline);
  EXPECT_EQ(seen, deadline);
}

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
