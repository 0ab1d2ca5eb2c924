#include "verifier/verification/blob_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/minted.h"

namespace chartseal::verification {
namespace {

using policy::Requirement;
using ::testing::HasSubstr;

constexpr std::string_view kBlob = "a release archive";

sigstore::Artifact ArtifactOf(std::string_view bytes) { return {crypto::Digest::Sha256Of(bytes), bytes}; }

absl::StatusOr<Verdict> Verify(std::string_view blob, const std::string& bundle,
                               const Requirement& requirement = SignedByWorkflow()) {
  return VerifyBlob(ArtifactOf(blob), bundle, "x.sigstore.json", requirement, TestRoot());
}

TEST(BlobVerifierTest, MessageSignatureOverTheBytesIsAYes) {
  const auto verdict = Verify(kBlob, MintMessageSignature(std::string(kBlob)));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->accepted) << verdict->Summary();
  EXPECT_EQ(verdict->Decisive()->layout, Layout::kFile);
  EXPECT_EQ(verdict->Decisive()->source, "x.sigstore.json");
}

TEST(BlobVerifierTest, DigestAloneIsEnough) {
  const sigstore::Artifact digest_only{crypto::Digest::Sha256Of(kBlob), std::nullopt};
  const auto verdict = VerifyBlob(digest_only, MintMessageSignature(std::string(kBlob)), "x.sigstore.json",
                                  SignedByWorkflow(), TestRoot());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->accepted) << verdict->Summary();
}

TEST(BlobVerifierTest, StatementWithTheSignPredicateIsAYes) {
  const auto verdict = Verify(kBlob, MintSignature(crypto::Digest::Sha256Of(kBlob)));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->accepted) << verdict->Summary();
}

TEST(BlobVerifierTest, OtherBytesAreANo) {
  const auto verdict = Verify("other bytes", MintMessageSignature(std::string(kBlob)));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->reason, Reason::kMessageDigestMismatch);
}

TEST(BlobVerifierTest, OtherIdentityIsANo) {
  const auto verdict = Verify(kBlob, MintSignatureBy(OtherWorkflow(), crypto::Digest::Sha256Of(kBlob)));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->reason, Reason::kIdentityMismatch);
}

TEST(BlobVerifierTest, AttestationIsNoSignatureButIsOneOfItsOwnType) {
  const std::string bundle = MintAttestation(crypto::Digest::Sha256Of(kBlob));
  EXPECT_EQ(Verify(kBlob, bundle)->reason, Reason::kPredicateTypeMismatch);
  EXPECT_TRUE(Verify(kBlob, bundle, AttestedByWorkflow())->accepted);
  EXPECT_EQ(Verify(kBlob, bundle, AttestedByWorkflow(kSbom))->reason, Reason::kPredicateTypeMismatch);
}

TEST(BlobVerifierTest, MessageSignatureIsNoAttestation) {
  const auto verdict = Verify(kBlob, MintMessageSignature(std::string(kBlob)), AttestedByWorkflow());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->reason, Reason::kPredicateTypeMismatch);
}

TEST(BlobVerifierTest, BundleThatDoesNotDecodeIsCouldNotTellAndNamesTheFile) {
  for (const std::string rubbish : {"", "{", "[]", "{}", "null"}) {
    const auto verdict = Verify(kBlob, rubbish);
    ASSERT_FALSE(verdict.ok()) << rubbish;
    EXPECT_THAT(Message(verdict.status()), HasSubstr("x.sigstore.json")) << rubbish;
    EXPECT_NE(ReasonOf(verdict.status()), Reason::kNone) << rubbish;
  }
}

TEST(BlobVerifierTest, BundleOfAnUnknownVersionIsCouldNotTell) {
  const auto verdict = Verify(kBlob, R"({"mediaType":"application/vnd.dev.sigstore.bundle.v9+json"})");
  EXPECT_EQ(ReasonOf(verdict.status()), Reason::kBundleUnknownVersion);
}

}  // namespace
}  // namespace chartseal::verification
