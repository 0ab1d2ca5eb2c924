#include "webhook/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/gate_fixture.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GateMemoryTest : public GateTest {};

// -- Memory.

TEST_F(GateMemoryTest, WhatMemoryAnswersIsDecidedWithoutFinishing) {
  verifier_->Answer(kApp, Yes());
  verifier_->Remember(kApp);
  const Decision decision = ReviewPod(kEnforce, "registry.test/acme/app:1");
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_TRUE(decision.reports[0].remembered);
  EXPECT_FALSE(finished_);
}

TEST_F(GateMemoryTest, ARememberedNoIsANo) {
  verifier_->Answer(kApp, No(Reason::kIdentityMismatch));
  verifier_->Remember(kApp);
  EXPECT_EQ(ReviewPod(kEnforce, "registry.test/acme/app:1").reason, Reason::kIdentityMismatch);
  EXPECT_FALSE(finished_);
}

TEST_F(GateMemoryTest, OnlyWhatMemoryDoesNotKnowIsAsked) {
  verifier_->Answer(kApp, Yes());
  verifier_->Remember(kApp);
  verifier_->Answer(kDb, No(Reason::kNoSignature));
  const std::string spec = R"({"containers":[{"name":"b","image":"registry.test/acme/db:1"},
      {"name":"a","image":"registry.test/acme/app:1"}]})";
  const Decision decision = Review(kEnforce, ReviewText{.object = PodWith(spec)}.Parsed());
  EXPECT_THAT(verifier_->asked(), ElementsAre("registry.test/acme/db:1"));
  ASSERT_THAT(decision.reports, SizeIs(2));
  EXPECT_EQ(decision.reports[0].image, "registry.test/acme/db:1");
  EXPECT_EQ(decision.reports[0].rulings[0].reason, Reason::kNoSignature);
  EXPECT_EQ(decision.reports[1].rulings[0].answer, webhook::Answer::kYes);
}

// -- Mutation.

constexpr char kTwoOfApp[] = R"({"containers":[{"name":"a","image":"registry.test/acme/app:1"},
    {"name":"b","image":"registry.test/acme/app:1"}]})";

TEST_F(GateMemoryTest, AMutationPinsEveryPlaceOfAVerifiedTag) {
  verifier_->Answer(kApp, Yes());
  const auto request = ReviewText{.object = PodWith(kTwoOfApp)}.Parsed();
  const Decision decision = Review(kEnforce, request, Endpoint::kMutate);
  ASSERT_THAT(decision.pins, SizeIs(2));
  EXPECT_EQ(decision.pins[1].use.pointer, "/spec/containers/1/image");
  EXPECT_EQ(decision.pins[1].digest, DigestOf("content"));
}

TEST_F(GateMemoryTest, ValidationPinsNothing) {
  verifier_->Answer(kApp, Yes());
  EXPECT_THAT(ReviewPod(kEnforce, "registry.test/acme/app:1").pins, IsEmpty());
}

TEST_F(GateMemoryTest, AMutationLeavesDigestsAlone) {
  verifier_->Answer(kApp, Yes());
  const std::string pod = PodOf("registry.test/acme/app:1@" + DigestOf("content").ToString());
  EXPECT_THAT(Review(kEnforce, ReviewText{.object = pod}.Parsed(), Endpoint::kMutate).pins, IsEmpty());
}

TEST_F(GateMemoryTest, AMutationDoesNotPinWhatAPolicyOnlyWarnsAbout) {
  verifier_->Answer(kApp, No(Reason::kNoSignature));
  const auto request = ReviewText{.object = PodWith(kTwoOfApp)}.Parsed();
  const Decision decision = Review(kWarn, request, Endpoint::kMutate);
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.verdict, "warned");
  EXPECT_THAT(decision.pins, IsEmpty());
  EXPECT_THAT(decision.response.warnings, IsEmpty()) << "validation says them";
}

TEST_F(GateMemoryTest, AMutationDoesNotPinWhereAnyPolicyForbidsIt) {
  verifier_->Answer(kApp, Yes());
  const std::string second = PolicyText("second", "enforce", "registry.test/**", "  mutateDigest: false\n");
  const auto request = ReviewText{.object = PodWith(kTwoOfApp)}.Parsed();
  const Decision decision = Review(kEnforce + "---\n" + second, request, Endpoint::kMutate);
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_THAT(decision.pins, IsEmpty());
  EXPECT_THAT(decision.response.audit_annotations[0].second, HasSubstr(DigestOf("content").ToString()));
}

TEST_F(GateMemoryTest, ADeniedMutationSaysTheSameAsValidationAndPinsNothing) {
  verifier_->Answer(kApp, Yes());
  verifier_->Answer(kDb, No(Reason::kNoSignature));
  const std::string spec = R"({"containers":[{"name":"a","image":"registry.test/acme/app:1"},
      {"name":"b","image":"registry.test/acme/db:1"}]})";
  const auto request = ReviewText{.object = PodWith(spec)}.Parsed();
  const Decision mutation = Review(kEnforce, request, Endpoint::kMutate);
  EXPECT_FALSE(mutation.response.allowed);
  EXPECT_EQ(mutation.response.message, Review(kEnforce, request).response.message);
  EXPECT_THAT(mutation.pins, IsEmpty());
}

// -- Namespaces by label.

TEST_F(GateMemoryTest, PoliciesForLabelledNamespacesCountThereOnly) {
  labels_ = std::make_shared<FakeLabels>();
  labels_->known["shop"] = {{"tier", "prod"}};
  labels_->known["lab"] = {{"tier", "test"}};
  const std::string text =
      "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: p }\n"
      "spec:\n  match: { images: [\"**\"], namespaceSelector: { matchLabels: { tier: prod } } }\n"
      "  noMatch: allow\n  authorities:\n  - name: a\n    keyless:\n      identities:\n"
      "      - { issuer: \"https://i.test\", subject: \"https://s.test\" }\n";
  verifier_->Answer("index.docker.io/library/nginx", No(Reason::kNoSignature));
  const auto in = [](const std::string& name) {
    return ReviewText{.namespace_name = name, .object = PodOf("nginx")}.Parsed();
  };
  EXPECT_FALSE(Review(text, in("shop")).response.allowed);
  EXPECT_TRUE(Review(text, in("lab")).response.allowed);
  EXPECT_FALSE(Review(text, in("unknown")).response.allowed) << "labels that are not known exempt nobody";
}

TEST_F(GateMemoryTest, NothingIsAdmittedBeforeAllPoliciesWereRead) {
  PolicySnapshot early = *Fixed(kEnforce)->Current();
  early.policies.no_match = policy::NoMatch::kAllow;
  early.policies.policies.clear();
  early.complete = false;
  const Gate gate(std::make_shared<const FixedPolicies>(early), verifier_, labels_);
  PendingReview review{.request = ReviewText{.object = PodOf("nginx")}.Parsed()};
  const auto decision = gate.Begin(review, kNow);
  ASSERT_TRUE(decision.has_value());
  EXPECT_FALSE(decision->response.allowed);
  EXPECT_EQ(decision->reason, Reason::kKubeUnavailable);
  EXPECT_THAT(decision->response.message, HasSubstr("not all policies have been read"));
}

}  // namespace
}  // namespace chartseal::webhook
