#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sigstore/outcome.h"

// What the signature is about, when only a digest is known, and when something else is asked for.
namespace chartseal::sigstore {
namespace {

using sandbox::ContentKind;
using sandbox::KeyType;
using sandbox::LogRequest;
using sandbox::MintRequest;

class ArtifactTest : public ::testing::Test {
 protected:
  MintRequest Message(KeyType type = KeyType::kEcdsaP256) {
    MintRequest request;
    request.content = ContentKind::kMessageSignature;
    request.key_type = type;
    return request;
  }
  Outcome VerifyAs(const MintRequest& request, const Artifact& artifact) {
    return VerifyTexts(sandbox_.Mint(request), sandbox::TrustedRootJson(sandbox_), artifact);
  }
  sandbox::Sigstore sandbox_;
};

TEST_F(ArtifactTest, AMessageVerifiesByItsDigestAlone) {
  const MintRequest request = Message();
  EXPECT_EQ(VerifyAs(request, {crypto::Digest::Sha256Of(request.artifact), std::nullopt}).reason,
            Reason::kNone);
}

TEST_F(ArtifactTest, ADigestOfAnotherAlgorithmCannotBeComparedWithoutTheBytes) {
  const MintRequest request = Message();
  const crypto::Digest sha512 = crypto::Digest::Of(crypto::HashAlgorithm::kSha512, request.artifact);
  EXPECT_EQ(VerifyAs(request, {sha512, request.artifact}).reason, Reason::kNone);
  const Outcome outcome = VerifyAs(request, {sha512, std::nullopt});
  EXPECT_EQ(outcome.reason, Reason::kMessageDigestMismatch) << outcome.text;
}

TEST_F(ArtifactTest, AnotherArtifactIsRefusedByDigest) {
  const crypto::Digest other = crypto::Digest::Sha256Of("other");
  EXPECT_EQ(VerifyAs(Message(), {other, std::nullopt}).reason, Reason::kMessageDigestMismatch);
  EXPECT_EQ(VerifyAs(MintRequest(), {other, std::nullopt}).reason, Reason::kSubjectDigestMismatch);
}

// The digest in the bundle is only a hint: without it the log entry and the signature still decide.
TEST_F(ArtifactTest, AnotherArtifactIsRefusedWithoutADigestInTheBundle) {
  MintRequest request = Message();
  request.content_hooks.message_signature = [](nlohmann::json& message) { message.erase("messageDigest"); };
  EXPECT_EQ(VerifyAs(request, {crypto::Digest::Sha256Of(request.artifact), std::nullopt}).reason,
            Reason::kNone);
  EXPECT_EQ(VerifyAs(request, {crypto::Digest::Sha256Of("other"), std::nullopt}).reason,
            Reason::kEntryDigestMismatch);
}

TEST_F(ArtifactTest, EveryCertificateKeyTypeVerifiesWithTheBytes) {
  for (const KeyType type :
       {KeyType::kEcdsaP256, KeyType::kEcdsaP384, KeyType::kEcdsaP521, KeyType::kRsa2048}) {
    for (const LogRequest& log : {LogRequest::V1(), LogRequest::V2()}) {
      MintRequest request = Message(type);
      request.logs = {log};
      request.timestamps.resize(1);
      const Outcome outcome = MintAndVerify(sandbox_, request);
      EXPECT_EQ(outcome.reason, Reason::kNone) << outcome.text;
    }
  }
}

TEST_F(ArtifactTest, AStatementAboutTheArtifactIsReturnedWithWhatWasProven) {
  const Outcome outcome = MintAndVerify(sandbox_, MintRequest());
  ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  ASSERT_TRUE(outcome.verified->statement.has_value());
  EXPECT_EQ(outcome.verified->statement->predicate_type, kCosignSignPredicate);
  EXPECT_EQ(outcome.verified->claims->identity,
            "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3");
  ASSERT_EQ(outcome.verified->signed_times.size(), 1u);
  EXPECT_EQ(outcome.verified->signed_times[0], sandbox_.default_signing_time() + absl::Seconds(2));
  ASSERT_EQ(outcome.verified->log_entries.size(), 1u);
  EXPECT_GE(outcome.verified->log_entries[0].log_index, 500'000);
}

}  // namespace
}  // namespace chartseal::sigstore
