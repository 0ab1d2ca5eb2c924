#include "webhook/caching_image_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/verifier_fixture.h"
#include "verifier/base/limits.h"

namespace chartseal::webhook {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using verification::AttestedByWorkflow;
using verification::MintSignature;
using verification::SignedByWorkflow;

// -- Memory.

TEST_F(CachingImageVerifierTest, AVerifiedDigestIsRecalledWithoutAskingAnybody) {
  source_->memory.AttachBundle(MintSignature(image_));
  const ImageQuery query = ByDigest(signed_);
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  const Outcome first = Verify(query);
  ASSERT_TRUE(IsYes(first)) << first.status();
  EXPECT_FALSE(first->remembered);
  EXPECT_NE(first->evidence, nullptr);
  const size_t requests = asked().size();
  const int sources = sources_->asked;
  const auto recalled = verifier_->Recall(query, now_);
  ASSERT_TRUE(recalled.has_value());
  EXPECT_TRUE(recalled->remembered);
  EXPECT_EQ(recalled->digest, image_);
  EXPECT_EQ(recalled->conclusions[0], first->conclusions[0]) << "shared, not copied";
  EXPECT_EQ((*recalled->conclusions[0])->signer, verification::kIdentity);
  EXPECT_EQ((*recalled->conclusions[0])->authority, "release");
  EXPECT_EQ((*recalled->conclusions[0])->layout, "bundle");
  EXPECT_TRUE((*recalled->conclusions[0])->log_index.has_value());
  EXPECT_EQ(asked().size(), requests);
  EXPECT_EQ(sources_->asked, sources);
  EXPECT_EQ(verifier_->decision_stats().hits, 1u);
  EXPECT_EQ(verifier_->decision_stats().misses, 1u);
}

TEST_F(CachingImageVerifierTest, ATagIsNeverRecalledAndIsResolvedEachTime) {
  source_->memory.Tag("v1", image_);
  source_->memory.AttachBundle(MintSignature(image_));
  const ImageQuery query = Query("registry.test/acme/app:v1", signed_);
  ASSERT_TRUE(IsYes(Verify(query)));
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  const Outcome again = Verify(query);
  EXPECT_TRUE(IsYes(again));
  EXPECT_TRUE(again->remembered);
  EXPECT_EQ(source_->memory.Count("resolve v1"), 2u);
  EXPECT_EQ(source_->memory.Count("referrers"), 1u) << "what it points to is known";
}

TEST_F(CachingImageVerifierTest, ATagThatMovedIsDecidedAfresh) {
  source_->memory.Tag("v1", image_);
  source_->memory.AttachBundle(MintSignature(image_));
  const ImageQuery query = Query("registry.test/acme/app:v1", signed_);
  ASSERT_TRUE(IsYes(Verify(query)));
  const crypto::Digest other = source_->memory.PutImage("not signed");
  source_->memory.Tag("v1", other);
  const Outcome moved = Verify(query);
  EXPECT_EQ(moved->digest, other);
  EXPECT_EQ(ReasonFor(moved), Reason::kSubjectDigestMismatch);
}

TEST_F(CachingImageVerifierTest, ANoIsRecalledForAShortTimeAndThenAskedAgain) {
  const ImageQuery query = ByDigest(signed_);
  EXPECT_EQ(ReasonFor(Verify(query)), Reason::kNoSignature);
  EXPECT_TRUE(verifier_->Recall(query, now_).has_value());
  source_->memory.AttachBundle(MintSignature(image_));  // signed meanwhile
  Wait(limits::kNoLifetime);
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  EXPECT_TRUE(IsYes(Verify(query))) << "kept evidence that says no is not believed when it is old";
}

TEST_F(CachingImageVerifierTest, AYesIsAskedAgainWhenItsTimeIsOver) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  Wait(limits::kYesLifetime);
  EXPECT_FALSE(verifier_->Recall(ByDigest(signed_), now_).has_value());
  EXPECT_TRUE(IsYes(Verify(ByDigest(signed_))));
  EXPECT_EQ(source_->memory.Count("referrers"), 2u);
}

TEST_F(CachingImageVerifierTest, AnotherRepositoryWithTheSameDigestIsAskedItself) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  const ImageQuery other = Query("registry.test/acme/copy@" + image_.ToString(), signed_);
  EXPECT_FALSE(verifier_->Recall(other, now_).has_value());
  EXPECT_TRUE(Verify(other).ok());
  EXPECT_EQ(source_->memory.Count("referrers"), 2u);
}

// -- Outages.

TEST_F(CachingImageVerifierTest, AnOutageLeavesNoTrace) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->FailAll(Unreachable());
  const ImageQuery query = ByDigest(signed_);
  EXPECT_EQ(ReasonFor(Verify(query)), Reason::kUnreachable);
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
  EXPECT_EQ(verifier_->evidence_stats().entries, 0u);
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  source_->FailAll(absl::OkStatus());
  EXPECT_TRUE(IsYes(Verify(query))) << "the first request after it, without any time passing";
}

TEST_F(CachingImageVerifierTest, KnownDigestsOutliveAnOutage) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  source_->FailAll(Unreachable());
  Wait(absl::Minutes(59));
  EXPECT_TRUE(verifier_->Recall(ByDigest(signed_), now_).has_value());
}

// A no holds for a shorter time than a yes, and to ask for it again takes longer than there is.
TEST_F(CachingImageVerifierTest, WhatOnePolicyConcludedIsSaidThoughTheRegistryStallsForAnother) {
  source_->memory.AttachBundle(MintSignature(image_));
  const auto both = Snapshot({SignedByOther(), verification::SignedByWorkflow()});
  const Outcome first = Verify(ByDigest(both));
  ASSERT_TRUE(IsYes(first, 1) && !IsYes(first, 0));
  Wait(limits::kNoLifetime);
  source_->Close();
  const Outcome second = Verify(ByDigest(both), absl::Milliseconds(300));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->digest, image_);
  EXPECT_EQ(ReasonOf(second->conclusions[0].status()), Reason::kDeadlineExceeded);
  EXPECT_TRUE(IsYes(second, 1));
  EXPECT_FALSE(second->remembered);
}

TEST_F(CachingImageVerifierTest, OfAStalledRegistryNothingIsSaidThatIsTooOld) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  Wait(limits::kYesLifetime);
  source_->Close();
  const Outcome late = Verify(ByDigest(signed_), absl::Milliseconds(300));
  EXPECT_FALSE(IsYes(late));
  EXPECT_EQ(ReasonFor(late), Reason::kDeadlineExceeded);
}

TEST_F(CachingImageVerifierTest, EvidenceThatIsHalfThereIsNotRemembered) {
  source_->memory.Fail("tag " + oci::DigestTag(image_, ".sig"), Unreachable());
  EXPECT_EQ(ReasonFor(Verify(ByDigest(signed_))), Reason::kUnreachable);
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
  EXPECT_EQ(verifier_->evidence_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, AYesIsRememberedThoughSomethingElseWasMissing) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->memory.Fail("tag " + oci::DigestTag(image_, ".sig"), Unreachable());
  EXPECT_TRUE(IsYes(Verify(ByDigest(signed_))));
  EXPECT_TRUE(verifier_->Recall(ByDigest(signed_), now_).has_value());
  EXPECT_EQ(verifier_->evidence_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, AnImageThatDoesNotExistIsCouldNotTellAndNotRemembered) {
  const auto query =
      Query("registry.test/acme/app@" + crypto::Digest::Sha256Of("nowhere").ToString(), signed_);
  EXPECT_EQ(ReasonFor(Verify(query)), Reason::kNotFound);
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, ATagThatCannotBeResolvedIsAnErrorAsAWhole) {
  source_->FailAll(Unreachable());
  const Outcome outcome = Verify(Query("registry.test/acme/app:v1", signed_));
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(ReasonOf(outcome.status()), Reason::kUnreachable);
}

// -- Policies.

TEST_F(CachingImageVerifierTest, AChangedPolicyIsJudgedFromKeptEvidenceWithoutARequest) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  const size_t requests = asked().size();
  const auto changed = Snapshot({SignedByWorkflow(), SignedByOther()}, "2");
  EXPECT_FALSE(verifier_->Recall(ByDigest(changed), now_).has_value());
  const Outcome outcome = Verify(ByDigest(changed));
  EXPECT_TRUE(IsYes(outcome, 0));
  EXPECT_EQ(ReasonFor(outcome, 1), Reason::kIdentityMismatch);
  EXPECT_TRUE(outcome->remembered);
  EXPECT_EQ(asked().size(), requests);
}

TEST_F(CachingImageVerifierTest, AChangedPolicyIsNotRefusedOnOldEvidence) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  Wait(limits::kNoLifetime);
  const auto changed = Snapshot({SignedByOther()}, "2");
  EXPECT_EQ(ReasonFor(Verify(ByDigest(changed))), Reason::kIdentityMismatch);
  EXPECT_EQ(source_->memory.Count("referrers"), 2u);
  const auto again = Snapshot({SignedByWorkflow()}, "3");
  EXPECT_TRUE(IsYes(Verify(ByDigest(again))));
  EXPECT_EQ(source_->memory.Count("referrers"), 2u) << "a yes counts";
}

TEST_F(CachingImageVerifierTest, KeptEvidenceIsNotEnoughForWhatWasNotLookedFor) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  EXPECT_EQ(source_->memory.Count("tag " + oci::DigestTag(image_, ".att")), 0u);
  EXPECT_TRUE(Verify(ByDigest(Snapshot({AttestedByWorkflow()}, "2"))).ok());
  EXPECT_EQ(source_->memory.Count("tag " + oci::DigestTag(image_, ".att")), 1u);
}

TEST_F(CachingImageVerifierTest, AnotherTrustedRootIsAnotherQuestion) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  PolicySnapshot copy = *signed_;
  copy.root = std::shared_ptr<const sigstore::TrustedRoot>(&sigstore::PublicGoodRoot(), [](const auto*) {});
  copy.root_fingerprint = "public good";
  const auto query = ByDigest(std::make_shared<const PolicySnapshot>(copy));
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  EXPECT_FALSE(IsYes(Verify(query)));
}

TEST_F(CachingImageVerifierTest, APolicyWithoutFingerprintIsVerifiedEachTime) {
  source_->memory.AttachBundle(MintSignature(image_));
  PolicySnapshot copy = *signed_;
  copy.policies.policies[0].fingerprint = "";
  const auto query = ByDigest(std::make_shared<const PolicySnapshot>(copy));
  EXPECT_TRUE(IsYes(Verify(query)));
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, APolicyThatCannotBeHonouredIsANoWithoutARequest) {
  PolicySnapshot copy = *signed_;
  copy.policies.policies[0].not_honoured = Rejection{Reason::kPolicyNotHonoured, "the policy asks for CUE",
                                                     "keys or identities", "policy.type: cue"};
  const auto query = Query("registry.test/acme/app:v1", std::make_shared<const PolicySnapshot>(copy));
  const auto recalled = verifier_->Recall(query, now_);
  ASSERT_TRUE(recalled.has_value());
  ASSERT_TRUE(recalled->conclusions[0].ok());
  EXPECT_FALSE((*recalled->conclusions[0])->accepted);
  EXPECT_EQ((*recalled->conclusions[0])->reason, Reason::kPolicyNotHonoured);
  EXPECT_EQ((*recalled->conclusions[0])->refusal->detail, "the policy asks for CUE");
  EXPECT_EQ(recalled->digest, std::nullopt);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CachingImageVerifierTest, AnHonouredPolicyBesideItIsStillVerified) {
  source_->memory.AttachBundle(MintSignature(image_));
  PolicySnapshot copy = *Snapshot({SignedByWorkflow(), SignedByWorkflow()});
  copy.policies.policies[0].not_honoured = Rejection{Reason::kPolicyNotHonoured, "", "", ""};
  const Outcome outcome = Verify(ByDigest(std::make_shared<const PolicySnapshot>(copy)));
  EXPECT_EQ(ReasonFor(outcome, 0), Reason::kPolicyNotHonoured);
  EXPECT_TRUE(IsYes(outcome, 1));
}

policy::Requirement Always(bool pass) {
  policy::Requirement requirement;
  requirement.authorities.push_back(
      {.name = "static", .always = policy::StaticAnswer{.pass = pass, .message = "not here"}});
  return requirement;
}

TEST_F(CachingImageVerifierTest, AStaticYesNeedsNoRegistryEvenForATag) {
  const auto recalled = verifier_->Recall(Query("registry.test/acme/app:v1", Snapshot({Always(true)})), now_);
  ASSERT_TRUE(recalled.has_value() && recalled->conclusions[0].ok());
  EXPECT_TRUE((*recalled->conclusions[0])->accepted);
  EXPECT_EQ(recalled->digest, std::nullopt);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CachingImageVerifierTest, AStaticNoNeedsNoRegistryAndSaysWhy) {
  const auto recalled =
      verifier_->Recall(Query("registry.test/acme/app:v1", Snapshot({Always(false)})), now_);
  ASSERT_TRUE(recalled.has_value() && recalled->conclusions[0].ok());
  EXPECT_FALSE((*recalled->conclusions[0])->accepted);
  EXPECT_EQ((*recalled->conclusions[0])->reason, Reason::kPolicyRefuses);
}

TEST_F(CachingImageVerifierTest, AStaticYesDoesNotAnswerForThePolicyBesideIt) {
  const auto both = Snapshot({Always(true), SignedByWorkflow()});
  EXPECT_FALSE(verifier_->Recall(ByDigest(both), now_).has_value());
  const Outcome outcome = Verify(ByDigest(both));
  EXPECT_TRUE(IsYes(outcome, 0));
  EXPECT_EQ(ReasonFor(outcome, 1), Reason::kNoSignature);
}

TEST_F(CachingImageVerifierTest, WhatIsKeptIsThereForRecordsOfRememberedDecisions) {
  source_->memory.AttachBundle(MintSignature(image_));
  const auto reference = ByDigest(signed_).reference;
  EXPECT_EQ(verifier_->Kept(reference, image_), nullptr);
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  const auto kept = verifier_->Kept(reference, image_);
  ASSERT_NE(kept, nullptr);
  EXPECT_THAT(kept->candidates, SizeIs(1));
}

}  // namespace
}  // namespace chartseal::webhook
