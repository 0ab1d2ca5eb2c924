#include <gtest/gtest.h>

#include "tests/sigstore/outcome.h"

// Signatures by a key that the caller trusts (spec/sigstore.md §4.11, §4.2).
namespace chartseal::sigstore {
namespace {

using sandbox::ContentKind;
using sandbox::Key;
using sandbox::KeyType;
using sandbox::LogRequest;
using sandbox::MintRequest;

class ManagedKeyTest : public ::testing::Test {
 protected:
  MintRequest Request(KeyType type = KeyType::kEcdsaP256) {
    MintRequest request;
    request.managed_key = true;
    request.key_type = type;
    request.key = Key::ForLeaf(type);
    return request;
  }
  static VerifyOptions With(const Key& key) {
    VerifyOptions options;
    options.key = ManagedKey{crypto::PublicKey::FromSpkiDer(key.Spki()).value(), std::nullopt, std::nullopt};
    return options;
  }
  sandbox::Sigstore sandbox_;
};

TEST_F(ManagedKeyTest, VerifiesWithTheRightKeyAndNamesIt) {
  for (const ContentKind content : {ContentKind::kDsse, ContentKind::kMessageSignature}) {
    MintRequest request = Request();
    request.content = content;
    const Outcome outcome = MintAndVerify(sandbox_, request, With(*request.key));
    ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
    EXPECT_FALSE(outcome.verified->claims.has_value());
    EXPECT_EQ(outcome.verified->key->spki_der(), request.key->Spki());
  }
}

TEST_F(ManagedKeyTest, EveryKeyTypeVerifiesInBothLogVersions) {
  for (const KeyType type : {KeyType::kEcdsaP256, KeyType::kEcdsaP384, KeyType::kEcdsaP521, KeyType::kRsa2048,
                             KeyType::kRsa3072, KeyType::kRsa4096}) {
    MintRequest v1 = Request(type);
    const Outcome first = MintAndVerify(sandbox_, v1, With(*v1.key));
    EXPECT_EQ(first.reason, Reason::kNone) << first.text;
    MintRequest v2 = Request(type);
    v2.logs = {LogRequest::V2()};
    const Outcome second = MintAndVerify(sandbox_, v2, With(*v2.key));
    EXPECT_EQ(second.reason, Reason::kNone) << second.text;
  }
}

TEST_F(ManagedKeyTest, PureEd25519VerifiesInRekorV1AndIsRefusedByNameInRekorV2) {
  MintRequest request = Request(KeyType::kEd25519);
  const Outcome v1 = MintAndVerify(sandbox_, request, With(*request.key));
  EXPECT_EQ(v1.reason, Reason::kNone) << v1.text;
  request.logs = {LogRequest::V2()};
  const Outcome v2 = MintAndVerify(sandbox_, request, With(*request.key));
  EXPECT_EQ(v2.reason, Reason::kAlgorithmUnsupported) << v2.text;
}

TEST_F(ManagedKeyTest, AnotherKeyIsRefusedByTheHintAlready) {
  const MintRequest request = Request();
  const Outcome outcome = MintAndVerify(sandbox_, request, With(Key::Generate(KeyType::kEcdsaP256)));
  EXPECT_EQ(outcome.reason, Reason::kKeyMismatch) << outcome.text;
  EXPECT_NE(outcome.text.find("the bundle's key hint names another key"), std::string::npos) << outcome.text;
}

TEST_F(ManagedKeyTest, AHintOfAnotherFormDecidesNothing) {
  MintRequest request = Request();
  request.key_hint = "production key";
  EXPECT_EQ(MintAndVerify(sandbox_, request, With(*request.key)).reason, Reason::kNone);
  EXPECT_EQ(MintAndVerify(sandbox_, request, With(Key::Generate(KeyType::kEcdsaP256))).reason,
            Reason::kEntryKeyMismatch);
}

TEST_F(ManagedKeyTest, WithoutAKeyASignatureByAKeyProvesNothing) {
  const Outcome outcome = MintAndVerify(sandbox_, Request());
  EXPECT_EQ(outcome.text,
            "key-required: the signature has no certificate: give the public key of its signer");
}

TEST_F(ManagedKeyTest, ACertificateIsNotTakenForTheKey) {
  MintRequest request;
  request.key = Key::Generate(KeyType::kEcdsaP256);
  ASSERT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kNone);
  EXPECT_EQ(MintAndVerify(sandbox_, request, With(*request.key)).reason, Reason::kCertificateUnexpected);
}

TEST_F(ManagedKeyTest, TheLogIsStillWanted) {
  MintRequest request = Request();
  request.logs.clear();
  EXPECT_EQ(MintAndVerify(sandbox_, request, With(*request.key)).reason, Reason::kLogThreshold);
  VerifyOptions options = With(*request.key);
  options.thresholds.transparency_logs = 0;
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kNone);
}

TEST_F(ManagedKeyTest, WithoutAValidityNoSignedTimeIsNeeded) {
  MintRequest request = Request();
  request.logs = {LogRequest::V2()};
  EXPECT_EQ(MintAndVerify(sandbox_, request, With(*request.key)).reason, Reason::kNone);
}

TEST_F(ManagedKeyTest, WithAValidityASignedTimeInsideItIsNeeded) {
  MintRequest request = Request();
  const absl::Time signed_at = sandbox_.default_signing_time() + absl::Seconds(2);
  VerifyOptions options = With(*request.key);
  options.key->valid_for = ValidityPeriod{sandbox_.start(), signed_at};
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kNone);
  options.key->valid_for = ValidityPeriod{sandbox_.start(), signed_at - absl::Seconds(1)};
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kKeyNotValid);
  options.key->valid_for = ValidityPeriod{signed_at + absl::Seconds(1), absl::InfiniteFuture()};
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kKeyNotValid);

  request.logs = {LogRequest::V2()};
  options.key->valid_for = ValidityPeriod{sandbox_.start(), absl::InfiniteFuture()};
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kNoSignedTime);
}

TEST_F(ManagedKeyTest, OneSignedTimeOutsideTheValidityIsEnoughToRefuse) {
  MintRequest request = Request();
  request.timestamps.resize(1);
  request.timestamps[0].delay = absl::Hours(1);
  VerifyOptions options = With(*request.key);
  options.key->valid_for =
      ValidityPeriod{sandbox_.start(), sandbox_.default_signing_time() + absl::Minutes(5)};
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kKeyNotValid);
}

TEST_F(ManagedKeyTest, ASchemeThatWasConfiguredIsTheOnlyOne) {
  MintRequest request = Request(KeyType::kRsa2048);
  VerifyOptions options = With(*request.key);
  options.key->scheme = crypto::SignatureScheme::kRsaPssSha256;
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kSignatureInvalid);
  options.key->scheme = crypto::SignatureScheme::kEcdsaSha256;
  EXPECT_EQ(MintAndVerify(sandbox_, request, options).reason, Reason::kAlgorithmUnsupported);
}

}  // namespace
}  // namespace chartseal::sigstore
