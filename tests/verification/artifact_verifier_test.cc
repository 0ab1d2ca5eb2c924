#include "verifier/verification/artifact_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/memory_source.h"
#include "tests/verification/minted.h"

namespace chartseal::verification {
namespace {

using policy::Requirement;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ArtifactVerifierTest : public ::testing::Test {
 protected:
  absl::StatusOr<Verdict> Verify(const oci::Reference& reference,
                                 const Requirement& requirement = SignedByWorkflow()) {
    return verifier_.Verify(reference, requirement, absl::InfiniteFuture());
  }
  oci::Reference ByDigest(const crypto::Digest& digest) const { return Repository().WithDigest(digest); }

  MemorySource source_;
  const crypto::Digest image_ = source_.PutImage("app");
  const ArtifactVerifier verifier_{
      source_, std::shared_ptr<const sigstore::TrustedRoot>(&TestRoot(), [](const auto*) {})};
};

TEST_F(ArtifactVerifierTest, DigestReferenceIsVerifiedWithoutAskingForTheTag) {
  source_.AttachBundle(MintSignature(image_));
  const auto verdict = Verify(ByDigest(image_));
  ASSERT_TRUE(verdict.ok() && verdict->accepted) << verdict.status();
  EXPECT_EQ(source_.Count("resolve "), 0u);
  // Beside what is attached, not even the artifact's own manifest is needed.
  EXPECT_EQ(source_.Count("manifest " + image_.ToString()), 0u);
}

TEST_F(ArtifactVerifierTest, TagIsResolvedOnceAndTheVerdictNamesItsDigest) {
  source_.Tag("v1", image_);
  source_.AttachBundle(MintSignature(image_));
  const auto verdict = Verify(Repository());
  ASSERT_TRUE(verdict.ok() && verdict->accepted) << verdict.status();
  EXPECT_EQ(verdict->digest, image_);
  EXPECT_EQ(source_.Count("resolve v1"), 1u);
  EXPECT_EQ(source_.Count("tag v1"), 0u);
}

TEST_F(ArtifactVerifierTest, DigestOfAReferenceOutweighsItsTag) {
  source_.Tag("v1", image_);
  source_.AttachBundle(MintSignature(image_));
  const crypto::Digest other = source_.PutImage("other");
  const auto verdict = Verify(ByDigest(other));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->digest, other);
  EXPECT_EQ(verdict->reason, Reason::kSubjectDigestMismatch);
  EXPECT_EQ(source_.Count("resolve "), 0u);
}

TEST_F(ArtifactVerifierTest, UnsignedArtifactIsANo) {
  const auto verdict = Verify(ByDigest(image_));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->accepted);
  EXPECT_EQ(verdict->reason, Reason::kNoSignature);
}

TEST_F(ArtifactVerifierTest, ArtifactThatDoesNotExistIsNotFoundAndNotUnsigned) {
  const auto verdict = Verify(ByDigest(crypto::Digest::Sha256Of("nowhere")));
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(ReasonOf(verdict.status()), Reason::kNotFound);
}

TEST_F(ArtifactVerifierTest, TagThatDoesNotExistIsNotFound) {
  const auto verdict = Verify(Repository());
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(ReasonOf(verdict.status()), Reason::kNotFound);
  EXPECT_EQ(source_.Count("referrers"), 0u);
}

TEST_F(ArtifactVerifierTest, TagThatCannotBeResolvedIsCouldNotTell) {
  source_.Fail("resolve v1", WithReason(absl::DeadlineExceededError("late"), Reason::kDeadlineExceeded));
  EXPECT_EQ(ReasonOf(Verify(Repository()).status()), Reason::kDeadlineExceeded);
}

TEST_F(ArtifactVerifierTest, ExistenceThatCannotBeAscertainedIsCouldNotTell) {
  source_.Fail("manifest " + image_.ToString(),
               WithReason(absl::UnavailableError("gone"), Reason::kUnreachable));
  EXPECT_EQ(ReasonOf(Verify(ByDigest(image_)).status()), Reason::kUnreachable);
}

TEST_F(ArtifactVerifierTest, SeveralRequirementsAreJudgedFromOneFetch) {
  source_.AttachBundle(MintSignature(image_));
  source_.AttachBundle(MintAttestation(image_));
  const Requirement signed_by = SignedByWorkflow();
  const Requirement attested = AttestedByWorkflow(kSbom);
  Requirement other = SignedByWorkflow();
  other.authorities = {KeylessAuthority("other", IdentityOf("https://other.test"))};
  const auto outcomes =
      verifier_.VerifyAll(ByDigest(image_), {&signed_by, &attested, &other}, absl::InfiniteFuture());
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  ASSERT_THAT(*outcomes, SizeIs(3));
  EXPECT_TRUE((*outcomes)[0]->accepted);
  EXPECT_EQ((*outcomes)[1]->reason, Reason::kNoAttestation);
  EXPECT_EQ((*outcomes)[2]->reason, Reason::kIdentityMismatch);
  EXPECT_EQ(source_.Count("referrers"), 1u);
  EXPECT_EQ(source_.Count("blob "), 2u);
}

TEST_F(ArtifactVerifierTest, GapTouchesOnlyTheRequirementsThatNothingSatisfies) {
  source_.AttachBundle(MintSignature(image_));
  source_.Fail("tag " + oci::DigestTag(image_, ".att"),
               WithReason(absl::UnavailableError("503"), Reason::kRegistryError));
  const Requirement signed_by = SignedByWorkflow();
  const Requirement attested = AttestedByWorkflow();
  const auto outcomes =
      verifier_.VerifyAll(ByDigest(image_), {&signed_by, &attested}, absl::InfiniteFuture());
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  EXPECT_TRUE((*outcomes)[0].ok() && (*outcomes)[0]->accepted);
  EXPECT_EQ(ReasonOf((*outcomes)[1].status()), Reason::kRegistryError);
}

TEST_F(ArtifactVerifierTest, LegacyAttestationTagIsReadForAttestations) {
  sandbox::MintRequest request = RequestFor(image_);
  request.statement.predicate_type = kProvenance;
  const sandbox::Minted minted = TestSigstore().MintDetailed(request);
  Node signature = Node::MakeMap();
  signature.Set("keyid", "").Set("sig", sandbox::Base64Encode(minted.signature));
  Node signatures = Node::MakeList();
  signatures.Append(std::move(signature));
  Node envelope = Node::MakeMap();
  envelope.Set("payloadType", "application/vnd.in-toto+json");
  envelope.Set("payload", sandbox::Base64Encode(minted.payload)).Set("signatures", std::move(signatures));
  oci::Descriptor layer = source_.PutBlob(WriteJson(envelope), kDsseType);
  layer.annotations = MintLegacy(image_).annotations;  // of another signature: it must not verify
  layer.annotations["dev.cosignproject.cosign/signature"] = "";
  source_.Tag(oci::DigestTag(image_, ".att"), source_.PutManifest(MemorySource::ManifestJson({layer})));
  const auto verdict = Verify(ByDigest(image_), AttestedByWorkflow());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->accepted);
  ASSERT_THAT(verdict->findings, SizeIs(1));
  EXPECT_EQ(verdict->findings[0].layout, Layout::kLegacyTag);
  EXPECT_EQ(verdict->findings[0].predicate_type, kProvenance);
  EXPECT_NE(verdict->reason, Reason::kNoAttestation) << verdict->Summary();
}

}  // namespace
}  // namespace chartseal::verification
