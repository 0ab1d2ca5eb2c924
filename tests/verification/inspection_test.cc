#include "verifier/verification/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/memory_source.h"
#include "tests/verification/minted.h"

namespace chartseal::verification {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class InspectionTest : public ::testing::Test {
 protected:
  absl::StatusOr<Inspection> Run() {
    return Inspect(source_, Repository().WithDigest(image_), TestRoot(), absl::InfiniteFuture());
  }

  MemorySource source_;
  const crypto::Digest image_ = source_.PutImage("app");
};

TEST_F(InspectionTest, SignaturesAreAcceptedWhoeverSigned) {
  source_.AttachBundle(MintSignature(image_));
  source_.AttachBundle(MintSignatureBy(OtherWorkflow(), image_));
  const auto inspection = Run();
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  EXPECT_EQ(inspection->digest, image_);
  EXPECT_EQ(inspection->media_type, "application/vnd.oci.image.manifest.v1+json");
  ASSERT_THAT(inspection->signatures, SizeIs(2));
  for (const Finding& finding : inspection->signatures) {
    EXPECT_TRUE(finding.accepted) << finding.rejection.ToString();
    EXPECT_THAT(finding.signature->signed_times, SizeIs(1));
    EXPECT_THAT(finding.signature->log_entries, SizeIs(1));
  }
}

TEST_F(InspectionTest, AttestationsAreKeptApartFromSignatures) {
  source_.AttachBundle(MintAttestation(image_));
  const auto inspection = Run();
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  EXPECT_THAT(inspection->signatures, IsEmpty());
  ASSERT_THAT(inspection->attestations, SizeIs(1));
  EXPECT_EQ(inspection->attestations[0].predicate_type, kProvenance);
}

TEST_F(InspectionTest, BrokenSignatureIsShownWithItsReason) {
  source_.AttachBundle(MintSignature(crypto::Digest::Sha256Of("other")));
  const auto inspection = Run();
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  ASSERT_THAT(inspection->signatures, SizeIs(1));
  EXPECT_FALSE(inspection->signatures[0].accepted);
  EXPECT_EQ(inspection->signatures[0].rejection.reason, Reason::kSubjectDigestMismatch);
}

TEST_F(InspectionTest, KeyedSignatureNeedsTheKey) {
  source_.AttachBundle(MintKeyed(image_, sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256)));
  const auto inspection = Run();
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  ASSERT_THAT(inspection->signatures, SizeIs(1));
  EXPECT_EQ(inspection->signatures[0].rejection.reason, Reason::kKeyRequired);
}

TEST_F(InspectionTest, RubbishIsShownAsUndecodable) {
  source_.AttachBundle("{}");
  const auto inspection = Run();
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  ASSERT_THAT(inspection->signatures, SizeIs(1));
  EXPECT_TRUE(inspection->signatures[0].undecodable);
  EXPECT_EQ(inspection->signatures[0].rejection.reason, Reason::kBundleUnknownVersion);
}

TEST_F(InspectionTest, GapsAndOthersAreShown) {
  source_.ListReferrer(crypto::Digest::Sha256Of("sbom"), "application/spdx+json");
  source_.Fail("tag " + oci::DigestTag(image_, ".att"),
               WithReason(absl::UnavailableError("503"), Reason::kRegistryError));
  const auto inspection = Run();
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  ASSERT_THAT(inspection->others, SizeIs(1));
  EXPECT_EQ(inspection->others[0].artifact_type, "application/spdx+json");
  ASSERT_THAT(inspection->gaps, SizeIs(1));
  EXPECT_EQ(ReasonOf(inspection->gaps[0]), Reason::kRegistryError);
}

TEST_F(InspectionTest, ArtifactThatDoesNotExistIsAnError) {
  const auto missing = Repository().WithDigest(crypto::Digest::Sha256Of("nowhere"));
  const auto inspection = Inspect(source_, missing, TestRoot(), absl::InfiniteFuture());
  EXPECT_EQ(ReasonOf(inspection.status()), Reason::kNotFound);
}

TEST_F(InspectionTest, ArtifactThatIsNoManifestIsAnError) {
  const auto rubbish = source_.PutManifest("[]");
  const auto inspection =
      Inspect(source_, Repository().WithDigest(rubbish), TestRoot(), absl::InfiniteFuture());
  EXPECT_EQ(ReasonOf(inspection.status()), Reason::kManifestMalformed);
}

}  // namespace
}  // namespace chartseal::verification
