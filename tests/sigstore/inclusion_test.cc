#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sigstore/outcome.h"
#include "verifier/base/encoding.h"

// Corners of log evidence beside the sandbox's catalogue (spec/sigstore.md §2.3, §4.2, §4.4 to §4.8).
namespace chartseal::sigstore {
namespace {

using nlohmann::json;
using sandbox::ContentKind;
using sandbox::LogRequest;
using sandbox::MintRequest;
using MintedVersion = sandbox::BundleVersion;

class InclusionTest : public ::testing::Test {
 protected:
  static MintRequest OldMessage() {
    MintRequest request;
    request.content = ContentKind::kMessageSignature;
    request.version = MintedVersion::kV01;
    return request;
  }
  static MintRequest RekorV2() {
    MintRequest request;
    request.logs = {LogRequest::V2()};
    request.timestamps.resize(1);
    return request;
  }
  // Edits the first entry of the bundle.
  Outcome VerifyEdited(MintRequest request, const std::function<void(json&)>& edit) {
    const Outcome twin = MintAndVerify(sandbox_, request);
    EXPECT_EQ(twin.reason, Reason::kNone) << "the unbroken twin: " << twin.text;
    request.bundle = [&](json& bundle) { edit(bundle["verificationMaterial"]["tlogEntries"][0]); };
    return MintAndVerify(sandbox_, request);
  }
  sandbox::Sigstore sandbox_;
};

TEST_F(InclusionTest, AnOldProofWithoutCheckpointIsCheckedAgainstItsOwnRoot) {
  MintRequest request = OldMessage();
  request.logs[0].with_checkpoint = false;
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kNone);
  const Outcome outcome = VerifyEdited(
      request, [](json& entry) { entry["inclusionProof"]["rootHash"] = Base64Encode(std::string(32, 'x')); });
  EXPECT_EQ(outcome.reason, Reason::kInclusionProofInvalid) << outcome.text;
}

TEST_F(InclusionTest, AnOldBundleWithAProofAloneLacksItsPromise) {
  const Outcome outcome = VerifyEdited(OldMessage(), [](json& entry) { entry.erase("inclusionPromise"); });
  EXPECT_EQ(outcome.reason, Reason::kInclusionMissing) << outcome.text;
  EXPECT_NE(outcome.text.find("which a v0.1 bundle requires"), std::string::npos) << outcome.text;
}

TEST_F(InclusionTest, AProofAloneProvesLoggingButGivesNoTime) {
  MintRequest request;
  request.logs[0].with_promise = false;
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kNoSignedTime);
  request.timestamps.resize(1);
  const Outcome outcome = MintAndVerify(sandbox_, request);
  ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  ASSERT_EQ(outcome.verified->signed_times.size(), 1u);
  EXPECT_EQ(outcome.verified->signed_times[0], sandbox_.default_signing_time() + absl::Seconds(1));
}

TEST_F(InclusionTest, AnIntegratedTimeThatNobodySignedIsNotUsed) {
  MintRequest request;
  request.logs[0].with_promise = false;
  request.timestamps.resize(1);
  const Outcome outcome = VerifyEdited(request, [](json& entry) { entry["integratedTime"] = "1"; });
  EXPECT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  EXPECT_EQ(outcome.verified->signed_times.size(), 1u);
}

TEST_F(InclusionTest, ARekorV1CheckpointNamesItsTree) {
  MintRequest request;
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kNone);
  request.logs[0].hooks.checkpoint.spec = [](sandbox::CheckpointSpec& spec) {
    spec.origin = "rekor.sandbox.test";
  };
  EXPECT_EQ(
      MintAndVerify(sandbox_, request).text,
      "checkpoint-origin: the checkpoint's origin; expected \"<host> - <tree id>\" of a Rekor v1 log; found "
      "rekor.sandbox.test");
}

TEST_F(InclusionTest, ARekorV2CheckpointIsNotOneOfRekorV1) {
  MintRequest request = RekorV2();
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kNone);
  request.logs[0].hooks.checkpoint.spec = [](sandbox::CheckpointSpec& spec) { spec.origin += " - 1234"; };
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kCheckpointOrigin);
}

TEST_F(InclusionTest, ARekorV2EntryHasNoPromise) {
  const Outcome outcome = VerifyEdited(RekorV2(), [](json& entry) {
    entry["inclusionPromise"] = {{"signedEntryTimestamp", "AAAA"}};
    entry["integratedTime"] = "1769817602";
  });
  EXPECT_EQ(outcome.reason, Reason::kSetInvalid) << outcome.text;
}

TEST_F(InclusionTest, WhatARekorV2ProofSaysBesideTheCheckpointMustAgree) {
  EXPECT_EQ(VerifyEdited(RekorV2(), [](json& e) { e["inclusionProof"]["treeSize"] = "99"; }).reason,
            Reason::kCheckpointMismatch);
  EXPECT_EQ(
      VerifyEdited(RekorV2(),
                   [](json& e) { e["inclusionProof"]["rootHash"] = Base64Encode(std::string(32, 'x')); })
          .reason,
      Reason::kCheckpointMismatch);
  EXPECT_EQ(VerifyEdited(RekorV2(), [](json& e) { e["inclusionProof"]["logIndex"] = "99"; }).reason,
            Reason::kInclusionProofInvalid);
  EXPECT_EQ(VerifyEdited(RekorV2(),
                         [](json& e) {
                           for (const char* name : {"treeSize", "rootHash", "logIndex"})
                             e["inclusionProof"].erase(name);
                         })
                .reason,
            Reason::kNone);
}

TEST_F(InclusionTest, ARekorV2BodyIsComparedByteForByte) {
  const Outcome outcome = VerifyEdited(RekorV2(), [](json& entry) {
    const std::string body = Base64Decode(entry["canonicalizedBody"].get<std::string>()).value();
    entry["canonicalizedBody"] = Base64Encode(body + " ");
  });
  EXPECT_EQ(outcome.reason, Reason::kLogEntryMalformed) << outcome.text;
  EXPECT_NE(outcome.text.find("is not what Rekor v2 records for this signature"), std::string::npos);
}

TEST_F(InclusionTest, ARekorV2LogMayHaveAnEcdsaKey) {
  sandbox::SigstoreOptions options;
  options.rekor_v2_ecdsa = true;
  sandbox::Sigstore sandbox(options);
  const Outcome outcome = MintAndVerify(sandbox, RekorV2());
  EXPECT_EQ(outcome.reason, Reason::kNone) << outcome.text;
}

// "origin= matters": such a root is legal, but the entries belong to the log's signed-note id.
TEST_F(InclusionTest, ARekorV2LogListedUnderTheHashOfItsKeyOwnsNoEntries) {
  sandbox::TrustedRootOptions trust;
  trust.mutate = [this](json& root) {
    root["tlogs"][1]["logId"]["keyId"] = Base64Encode(crypto::Sha256(sandbox_.rekor_v2().key().Spki()));
  };
  EXPECT_EQ(MintAndVerify(sandbox_, RekorV2(), {}, trust).reason, Reason::kLogUnknown);
}

TEST_F(InclusionTest, ALogListedTwiceIsValidInEitherPeriod) {
  const auto trust_with = [](const char* second_start) {
    sandbox::TrustedRootOptions trust;
    trust.mutate = [second_start](json& root) {
      root["tlogs"][0]["publicKey"]["validFor"] = {{"start", "2026-01-01T00:00:00Z"},
                                                   {"end", "2026-01-02T00:00:00Z"}};
      json again = root["tlogs"][0];
      again["publicKey"]["validFor"] = {{"start", second_start}};
      root["tlogs"].push_back(again);
    };
    return trust;
  };
  EXPECT_EQ(MintAndVerify(sandbox_, {}, {}, trust_with("2026-01-15T00:00:00Z")).reason, Reason::kNone);
  EXPECT_EQ(MintAndVerify(sandbox_, {}, {}, trust_with("2027-01-15T00:00:00Z")).reason,
            Reason::kLogKeyNotValid);
}

TEST_F(InclusionTest, AnEntryWithTheCertificateOfAKeyIsNotThatKeys) {
  MintRequest request;
  request.managed_key = true;
  request.key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const std::string certificate = sandbox_.MintDetailed(MintRequest()).certificate;
  VerifyOptions options;
  options.key =
      ManagedKey{crypto::PublicKey::FromSpkiDer(request.key->Spki()).value(), std::nullopt, std::nullopt};
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kNone);
  request.content_hooks.logged = [&](sandbox::LoggedSignature& logged) {
    logged.verifier_is_certificate = true;
    logged.verifier_der = certificate;
  };
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kEntryKeyMismatch);
}

}  // namespace
}  // namespace chartseal::sigstore
