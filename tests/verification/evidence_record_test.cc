#include "verifier/verification/evidence_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/memory_source.h"
#include "tests/verification/minted.h"
#include "verifier/base/encoding.h"
#include "verifier/verification/judge.h"

namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class EvidenceRecordTest : public ::testing::Test {
 protected:
  Evidence Fetch() {
    return FetchEvidence(source_, Repository(), image_, {.attestations = true}, absl::InfiniteFuture());
  }
  void AttachLegacy() {
    const LegacyLayer layer = MintLegacy(image_);
    oci::Descriptor blob = source_.PutBlob(layer.payload, kSimpleSigningType);
    blob.annotations = layer.annotations;
    source_.Tag(oci::DigestTag(image_, ".sig"), source_.PutManifest(MemorySource::ManifestJson({blob})));
  }
  static Evidence RoundTrip(const Evidence& evidence) {
    const auto node = WriteEvidence(evidence);
    EXPECT_TRUE(node.ok()) << node.status();
    const auto text = ParseJson(WriteJson(*node), "record");  // through bytes, as in a file
    EXPECT_TRUE(text.ok()) << text.status();
    auto read = ReadEvidence(*text, "record");
    EXPECT_TRUE(read.ok()) << read.status();
    return *std::move(read);
  }
  absl::StatusOr<Verdict> Judged(const Evidence& evidence) const {
    return Judge(evidence, {image_, std::nullopt}, SignatureForm::kContainer, SignedByWorkflow(), TestRoot());
  }

  MemorySource source_;
  const crypto::Digest image_ = source_.PutImage("app");
};

TEST_F(EvidenceRecordTest, ABundleIsJudgedTheSameAfterwards) {
  source_.AttachBundle(MintSignature(image_));
  const Evidence evidence = Fetch();
  const Evidence read = RoundTrip(evidence);
  const auto verdict = Judged(read);
  ASSERT_TRUE(verdict.ok() && verdict->accepted) << verdict.status();
  EXPECT_EQ(verdict->Decisive()->source, Judged(evidence)->Decisive()->source);
  EXPECT_EQ(read.candidates[0].raw->bytes, evidence.candidates[0].raw->bytes);
}

TEST_F(EvidenceRecordTest, ALegacySignatureKeepsItsAnnotations) {
  AttachLegacy();
  const Evidence read = RoundTrip(Fetch());
  ASSERT_THAT(read.candidates, SizeIs(1));
  EXPECT_EQ(read.candidates[0].layout, Layout::kLegacyTag);
  const auto verdict = Judged(read);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->accepted) << verdict->Summary();
}

TEST_F(EvidenceRecordTest, ContentThatDoesNotDecodeFailsInTheSameWayAgain) {
  source_.AttachBundle("{\"mediaType\":\"nonsense\"}");
  const Evidence evidence = Fetch();
  const Evidence read = RoundTrip(evidence);
  ASSERT_THAT(read.candidates, SizeIs(1));
  EXPECT_EQ(read.candidates[0].content.status(), evidence.candidates[0].content.status());
  EXPECT_EQ(ReasonOf(Judged(read).status()), ReasonOf(Judged(evidence).status()));
}

TEST_F(EvidenceRecordTest, AManifestThatDidNotDecodeKeepsItsError) {
  source_.ListReferrer(source_.PutManifest("{broken"), kBundleType);
  const Evidence read = RoundTrip(Fetch());
  ASSERT_THAT(read.candidates, SizeIs(1));
  EXPECT_EQ(read.candidates[0].raw, nullptr);
  EXPECT_EQ(ReasonOf(read.candidates[0].content.status()), Reason::kJsonMalformed);
  EXPECT_THAT(Message(Judged(read).status()), HasSubstr("could not tell"));
}

TEST_F(EvidenceRecordTest, GapsKeepCodeReasonAndMessage) {
  source_.Fail("referrers", WithReason(absl::UnavailableError("503 from registry"), Reason::kRegistryError));
  const Evidence read = RoundTrip(Fetch());
  ASSERT_THAT(read.gaps, SizeIs(1));
  EXPECT_TRUE(absl::IsUnavailable(read.gaps[0]));
  EXPECT_EQ(ReasonOf(read.gaps[0]), Reason::kRegistryError);
  EXPECT_EQ(Message(read.gaps[0]), "503 from registry");
}

TEST_F(EvidenceRecordTest, OthersAndRepositoriesAreKept) {
  source_.ListReferrer(crypto::Digest::Sha256Of("sbom"), "application/spdx+json");
  source_.AttachBundle(MintSignature(image_));
  Evidence evidence = Fetch();
  evidence.candidates[0].repository = "registry.test/acme/sigs";
  const Evidence read = RoundTrip(evidence);
  ASSERT_THAT(read.others, SizeIs(1));
  EXPECT_EQ(read.others[0].digest, crypto::Digest::Sha256Of("sbom"));
  EXPECT_EQ(read.others[0].artifact_type, "application/spdx+json");
  EXPECT_EQ(read.candidates[0].repository, "registry.test/acme/sigs");
}

TEST_F(EvidenceRecordTest, ACandidateWithoutItsBytesIsNotWritten) {
  Evidence evidence;
  evidence.candidates.push_back(BundleCandidate(MintSignature(image_), "file.json"));
  const auto node = WriteEvidence(evidence);
  EXPECT_TRUE(absl::IsFailedPrecondition(node.status()));
  EXPECT_EQ(Message(node.status()), "file.json: its bytes were not kept");
}

// -- What is refused.

std::string ErrorOf(std::string_view json) {
  const auto node = ParseJson(json, "record");
  EXPECT_TRUE(node.ok()) << node.status();
  const auto read = ReadEvidence(*node, "record");
  EXPECT_FALSE(read.ok()) << json;
  EXPECT_EQ(ReasonOf(read.status()), Reason::kJsonMalformed);
  return Message(read.status());
}

std::string WithCandidate(std::string_view members) { return Cat(R"({"candidates":[{)", members, "}]}"); }

TEST(ReadEvidence, RefusesWhatIsNoObject) { EXPECT_THAT(ErrorOf("[]"), HasSubstr("expected an object")); }
TEST(ReadEvidence, RefusesUnknownMembers) {
  EXPECT_THAT(ErrorOf(R"({"verdict":"yes"})"), HasSubstr("verdict"));
  EXPECT_THAT(ErrorOf(WithCandidate(
                  R"("layout":"bundle","source":"s","format":"bundle","content":"","accepted":true)")),
              HasSubstr("accepted"));
}
TEST(ReadEvidence, RefusesUnknownNames) {
  EXPECT_THAT(ErrorOf(WithCandidate(R"("layout":"floppy","source":"s")")),
              HasSubstr("expected one of bundle, legacy, legacy-referrer, file; found \"floppy\""));
  EXPECT_THAT(ErrorOf(WithCandidate(R"("layout":"file","source":"s","format":"pgp","content":"")")),
              HasSubstr("expected one of bundle, simple-signing, dsse; found \"pgp\""));
}
TEST(ReadEvidence, RefusesContentThatIsNoBase64) {
  EXPECT_THAT(ErrorOf(WithCandidate(R"("layout":"file","source":"s","format":"bundle","content":"%")")),
              HasSubstr("content"));
}
TEST(ReadEvidence, RefusesContentBesideAnError) {
  EXPECT_THAT(
      ErrorOf(WithCandidate(
          R"("layout":"file","source":"s","content":"","error":{"code":"UNKNOWN","reason":"none","message":""})")),
      HasSubstr("content"));
}
TEST(ReadEvidence, RefusesAnnotationsThatAreNoText) {
  EXPECT_THAT(ErrorOf(WithCandidate(
                  R"("layout":"file","source":"s","format":"bundle","content":"","annotations":{"a":1})")),
              HasSubstr("annotations.a: expected a string"));
}
TEST(ReadEvidence, RefusesAnErrorThatIsNone) {
  EXPECT_THAT(ErrorOf(R"({"gaps":[{"code":"OK","reason":"none","message":""}]})"),
              HasSubstr("\"OK\" is no status code"));
  EXPECT_THAT(ErrorOf(R"({"gaps":[{"code":"UNKNOWN","reason":"mood","message":""}]})"),
              HasSubstr("\"mood\" is no reason code"));
}
TEST(ReadEvidence, RefusesADigestThatIsNone) {
  EXPECT_THAT(ErrorOf(R"({"others":[{"digest":"sha256:12","artifactType":"x"}]})"),
              HasSubstr("not a digest"));
}

}  // namespace
}  // namespace chartseal::verification
