#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/rekor_v1.h"
#include "tests/sigstore/outcome.h"
#include "verifier/base/encoding.h"

// Layers of `.sig` and `.att` tags (spec/sigstore.md §1.1, §1.2, §1.6), made from minted parts.
namespace chartseal::sigstore {
namespace {

using nlohmann::json;
using sandbox::ContentKind;
using sandbox::Minted;
using sandbox::MintRequest;

constexpr char kManifest[] = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

using Annotations = std::map<std::string, std::string>;

std::string Pem(std::string_view der, std::string_view label) {
  return Cat("-----BEGIN ", label, "-----\n", Base64Encode(der), "\n-----END ", label, "-----\n");
}

std::string LogBundleOf(const sandbox::LogEntry& entry) {
  return json{{"SignedEntryTimestamp", Base64Encode(entry.signed_entry_timestamp)},
              {"Payload",
               {{"body", Base64Encode(entry.body)},
                {"integratedTime", entry.integrated_time},
                {"logIndex", entry.log_index},
                {"logID", HexEncode(entry.log_id)}}}}
      .dump();
}

std::string PayloadFor(std::string_view digest, std::string_view type = "cosign container image signature") {
  return json{{"critical",
               {{"identity", {{"docker-reference", "ghcr.io/acme/app"}}},
                {"image", {{"docker-manifest-digest", std::string(digest)}}},
                {"type", std::string(type)}}},
              {"optional", {{"env", "prod"}}}}
      .dump();
}

class LegacyTest : public ::testing::Test {
 protected:
  // A minted signature over the payload of a `.sig` layer, as annotations.
  Annotations Sign(MintRequest request) {
    request.content = ContentKind::kMessageSignature;
    request.artifact = payload_;
    return AnnotationsOf(sandbox_.MintDetailed(request));
  }
  Annotations Sign() { return Sign(MintRequest()); }

  static Annotations AnnotationsOf(const Minted& minted) {
    Annotations annotations = {{"dev.cosignproject.cosign/signature", Base64Encode(minted.signature)},
                               {"dev.sigstore.cosign/chain", ""}};
    if (!minted.certificate.empty()) {
      annotations["dev.sigstore.cosign/certificate"] = Pem(minted.certificate, "CERTIFICATE");
    }
    if (!minted.log_entries.empty()) {
      annotations["dev.sigstore.cosign/bundle"] = LogBundleOf(minted.log_entries[0]);
    }
    if (!minted.timestamps.empty()) {
      annotations["dev.sigstore.cosign/rfc3161timestamp"] =
          json{{"SignedRFC3161Timestamp", Base64Encode(minted.timestamps[0])}}.dump();
    }
    return annotations;
  }

  Outcome Verify(LegacySignature::Kind kind, const std::string& blob, const Annotations& annotations,
                 const VerifyOptions& options = {}) {
    const auto signature = LegacySignature::Create(kind, blob, annotations, "layer");
    if (!signature.ok()) return OutcomeOf(signature.status());
    const auto root = TrustedRoot::ParseJson(sandbox::TrustedRootJson(sandbox_), "root").value();
    return OutcomeOf(VerifyLegacy(*signature, crypto::Digest::Parse(kManifest).value(), root, options));
  }
  Outcome Verify(const Annotations& annotations, const VerifyOptions& options = {}) {
    return Verify(LegacySignature::Kind::kSimpleSigning, payload_, annotations, options);
  }

  sandbox::Sigstore sandbox_;
  std::string payload_ = PayloadFor(kManifest);
};

TEST_F(LegacyTest, ASignatureWithItsPromiseVerifies) {
  const Outcome outcome = Verify(Sign());
  ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  EXPECT_EQ(outcome.verified->payload->manifest_digest, kManifest);
  EXPECT_EQ(outcome.verified->payload->docker_reference, "ghcr.io/acme/app");
  EXPECT_EQ(outcome.verified->payload->optional.at(0).second, "prod");
  EXPECT_EQ(outcome.verified->claims->issuer, "https://token.actions.githubusercontent.com");
  EXPECT_EQ(outcome.verified->signed_times.size(), 1u);
}

TEST_F(LegacyTest, ThePayloadMustNameTheDigest) {
  payload_ = PayloadFor("sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  const Outcome outcome = Verify(Sign());
  EXPECT_EQ(outcome.reason, Reason::kSubjectDigestMismatch);
  EXPECT_NE(outcome.text.find(Cat("expected ", kManifest)), std::string::npos) << outcome.text;
}

TEST_F(LegacyTest, ThePayloadMustBeAnImageSignature) {
  payload_ = PayloadFor(kManifest, "something else");
  EXPECT_EQ(Verify(Sign()).reason, Reason::kPayloadType);
  payload_ = "not json";
  EXPECT_EQ(Verify(Sign()).reason, Reason::kPayloadMalformed);
  payload_ = R"({"critical":{"type":"cosign container image signature"}})";
  EXPECT_EQ(Verify(Sign()).reason, Reason::kPayloadMalformed);
}

TEST_F(LegacyTest, TheSignatureMustBeOverThisBlob) {
  const Annotations annotations = Sign();
  payload_.back() = ' ';
  EXPECT_EQ(Verify(annotations).reason, Reason::kEntryDigestMismatch);
}

TEST_F(LegacyTest, TheSignatureMustVerify) {
  MintRequest request;
  request.content_hooks.signed_bytes = [](std::string& bytes) { bytes += "x"; };
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kSignatureInvalid);
}

TEST_F(LegacyTest, TheEntryMustRecordThisSignatureAndCertificate) {
  Annotations annotations = Sign();
  annotations["dev.sigstore.cosign/bundle"] = Sign()["dev.sigstore.cosign/bundle"];
  EXPECT_EQ(Verify(annotations).reason, Reason::kEntrySignatureMismatch);
  annotations = Sign();
  annotations["dev.sigstore.cosign/certificate"] = Sign()["dev.sigstore.cosign/certificate"];
  EXPECT_EQ(Verify(annotations).reason, Reason::kEntryKeyMismatch);
}

TEST_F(LegacyTest, ThePromiseMustVerify) {
  MintRequest request;
  request.logs[0].hooks.promise = [](std::string& promise) { promise.back() ^= 1; };
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kSetInvalid);
  request.logs[0].hooks.promise = nullptr;
  request.logs[0].hooks.entry = [](sandbox::LogEntry& entry) { entry.integrated_time += 1; };
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kSetInvalid);
}

TEST_F(LegacyTest, WithoutTheLogBundleNothingSaysThatItWasLogged) {
  Annotations annotations = Sign();
  annotations.erase("dev.sigstore.cosign/bundle");
  EXPECT_EQ(Verify(annotations).reason, Reason::kLogThreshold);
  VerifyOptions no_log;
  no_log.thresholds.transparency_logs = 0;
  EXPECT_EQ(Verify(annotations, no_log).reason, Reason::kNoSignedTime);
}

TEST_F(LegacyTest, ALogThatIsNotTrustedProvesNothing) {
  sandbox::RekorV1 unknown(sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256), {});
  MintRequest request;
  request.logs[0].rekor_v1 = &unknown;
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kLogUnknown);
}

TEST_F(LegacyTest, TheCertificateMustHaveBeenGoodAtEverySignedTime) {
  MintRequest request;
  request.logs[0].delay = absl::Minutes(11);
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kCertificateNotValid);
  request.logs[0].delay = absl::Seconds(2);
  request.timestamps.resize(1);
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kNone);
  request.timestamps[0].delay = absl::Minutes(11);
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kCertificateNotValid);
}

TEST_F(LegacyTest, ATimestampMustBeOverTheSignature) {
  MintRequest request;
  request.timestamps.resize(1);
  request.content_hooks.stamped = [](std::string& stamped) { stamped = "something else"; };
  EXPECT_EQ(Verify(Sign(request)).reason, Reason::kTimestampImprint);
}

TEST_F(LegacyTest, AKeyVerifiesWithoutCertificate) {
  MintRequest request;
  request.managed_key = true;
  request.key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const Annotations annotations = Sign(request);
  VerifyOptions options;
  options.key =
      ManagedKey{crypto::PublicKey::FromSpkiDer(request.key->Spki()).value(), std::nullopt, std::nullopt};
  const Outcome outcome = Verify(annotations, options);
  EXPECT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  EXPECT_EQ(Verify(annotations).reason, Reason::kKeyRequired);
  EXPECT_EQ(Verify(Sign(), options).reason, Reason::kCertificateUnexpected);
  options.key->key =
      crypto::PublicKey::FromSpkiDer(sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).Spki()).value();
  EXPECT_EQ(Verify(annotations, options).reason, Reason::kEntryKeyMismatch);
}

// The intermediate that comes along is a path hint; a whole chain of one's own is worth nothing.
TEST_F(LegacyTest, TheChainAnnotationIsNoTrustAnchor) {
  sandbox::CertificateAuthorityOptions other;
  other.not_before = sandbox_.start();
  other.not_after = sandbox_.end();
  const sandbox::CertificateAuthority impostor(other);
  MintRequest request;
  request.ca = &impostor;
  Annotations annotations = Sign(request);
  annotations["dev.sigstore.cosign/chain"] =
      Pem(impostor.intermediate(), "CERTIFICATE") + Pem(impostor.root(), "CERTIFICATE");
  EXPECT_EQ(Verify(annotations).reason, Reason::kChainUntrusted);
}

TEST_F(LegacyTest, AnnotationsThatCannotBeReadAreNamed) {
  const auto with = [&](const std::string& key, const std::string& value) {
    Annotations annotations = Sign();
    annotations[key] = value;
    return Verify(annotations);
  };
  const Outcome signature = with("dev.cosignproject.cosign/signature", "!");
  EXPECT_EQ(signature.reason, Reason::kBundleMalformed);
  EXPECT_NE(signature.text.find("layer: annotation dev.cosignproject.cosign/signature: "), std::string::npos)
      << signature.text;
  EXPECT_EQ(with("dev.cosignproject.cosign/signature", "").text,
            "error: layer: annotation dev.cosignproject.cosign/signature: missing");
  for (const char* key : {"dev.sigstore.cosign/certificate", "dev.sigstore.cosign/chain",
                          "dev.sigstore.cosign/bundle", "dev.sigstore.cosign/rfc3161timestamp"}) {
    const Outcome outcome = with(key, "[]");
    EXPECT_EQ(outcome.reason, Reason::kBundleMalformed) << key;
    EXPECT_NE(outcome.text.find(Cat("layer: annotation ", key, ": ")), std::string::npos) << outcome.text;
  }
  const std::string certificate = Sign()["dev.sigstore.cosign/certificate"];
  EXPECT_EQ(with("dev.sigstore.cosign/certificate", certificate + certificate).text,
            "error: layer: annotation dev.sigstore.cosign/certificate: expected one certificate, found 2");
}

class LegacyAttestationTest : public LegacyTest {
 protected:
  struct Attestation {
    std::string blob;
    Annotations annotations;
  };
  Attestation Attest(MintRequest request) {
    request.statement.predicate_type = "https://slsa.dev/provenance/v1";
    request.artifact_sha256 = std::string(kManifest).substr(7);
    const Minted minted = sandbox_.MintDetailed(request);
    Attestation out;
    out.blob = json::parse(minted.bundle_json)["dsseEnvelope"].dump();
    out.annotations = AnnotationsOf(minted);
    out.annotations["dev.cosignproject.cosign/signature"] = "";
    return out;
  }
  Outcome Verify(const Attestation& attestation) {
    return LegacyTest::Verify(LegacySignature::Kind::kDsse, attestation.blob, attestation.annotations);
  }
};

TEST_F(LegacyAttestationTest, VerifiesWithEitherKindOfEntry) {
  for (const sandbox::LogKind kind : {sandbox::LogKind::kDsseV1, sandbox::LogKind::kIntotoV1}) {
    MintRequest request;
    request.logs[0].kind = kind;
    const Outcome outcome = Verify(Attest(request));
    ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
    EXPECT_EQ(outcome.verified->statement->predicate_type, "https://slsa.dev/provenance/v1");
  }
}

TEST_F(LegacyAttestationTest, AnEntryOfAnotherKindOrPayloadProvesNothing) {
  MintRequest request;
  request.logs[0].kind = sandbox::LogKind::kHashedRekordV1;
  EXPECT_EQ(Verify(Attest(request)).reason, Reason::kLogEntryKind);
  request.logs[0].kind = sandbox::LogKind::kDsseV1;
  request.content_hooks.logged = [](sandbox::LoggedSignature& logged) { logged.payload += " "; };
  EXPECT_EQ(Verify(Attest(request)).reason, Reason::kEntryDigestMismatch);
}

TEST_F(LegacyAttestationTest, TheStatementMustBeAboutTheDigest) {
  MintRequest request;
  request.statement.subjects = {{"", {{"sha256", std::string(64, 'f')}}, {}}};
  EXPECT_EQ(Verify(Attest(request)).reason, Reason::kSubjectDigestMismatch);
}

TEST_F(LegacyAttestationTest, AnEnvelopeOfTwoSignaturesOrNoneIsRefused) {
  Attestation attestation = Attest({});
  json envelope = json::parse(attestation.blob);
  envelope["signatures"].push_back(envelope["signatures"][0]);
  attestation.blob = envelope.dump();
  EXPECT_EQ(Verify(attestation).reason, Reason::kDsseSignatureCount);
  envelope["signatures"] = json::array();
  attestation.blob = envelope.dump();
  EXPECT_EQ(Verify(attestation).reason, Reason::kDsseSignatureCount);
  attestation.blob = "{}";
  EXPECT_EQ(Verify(attestation).reason, Reason::kDsseMalformed);
}

// cosign stamps the blob of an attestation, not the signature inside it (spec/sigstore.md §1.2).
TEST_F(LegacyAttestationTest, ATimestampIsOverTheBlob) {
  MintRequest request;
  request.timestamps.resize(1);
  EXPECT_EQ(Verify(Attest(request)).reason, Reason::kTimestampImprint);
}

}  // namespace
}  // namespace chartseal::sigstore
