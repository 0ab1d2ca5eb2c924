#include "tests/sandbox/cosign_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kDigest = "sha256:" + std::string(64, 'a');

Sigstore& Shared() {
  static auto* sigstore = new Sigstore;
  return *sigstore;
}

std::string Unbase64(const std::string& text) {
  std::string bytes;
  EXPECT_TRUE(Base64Decode(text, &bytes));
  return bytes;
}

TEST(CosignLayout, LegacySignatureIsOverThePayloadByTheCertificatesKey) {
  const LegacySignature signature = MintLegacy(Shared(), kDigest, MintRequest());
  const std::string spki = SpkiOfPem(signature.annotations.at("dev.sigstore.cosign/certificate"));
  const std::string raw = Unbase64(signature.annotations.at("dev.cosignproject.cosign/signature"));
  EXPECT_TRUE(VerifyWithSpki(spki, signature.payload, raw));
  EXPECT_FALSE(VerifyWithSpki(spki, signature.payload + " ", raw));
  EXPECT_EQ(json::parse(signature.payload)["critical"]["image"]["docker-manifest-digest"], kDigest);
}

TEST(CosignLayout, LegacyBundleIsAPromiseOfTheLogAndHasNoProof) {
  const LegacySignature signature = MintLegacy(Shared(), kDigest, MintRequest());
  const json bundle = json::parse(signature.annotations.at("dev.sigstore.cosign/bundle"));
  EXPECT_EQ(bundle.size(), 2u);
  const std::string promise = Unbase64(bundle["SignedEntryTimestamp"].get<std::string>());
  const std::string log_key = Shared().rekor_v1().key().Spki();
  EXPECT_TRUE(VerifyWithSpki(log_key, bundle["Payload"].dump(), promise));
  const json body = json::parse(Unbase64(bundle["Payload"]["body"].get<std::string>()));
  EXPECT_EQ(body["kind"], "hashedrekord");
  EXPECT_EQ(body["spec"]["data"]["hash"]["value"], HexEncode(Sha256(signature.payload)));
}

TEST(CosignLayout, ManagedKeyHasNeitherCertificateNorChain) {
  MintRequest request;
  request.managed_key = true;
  const LegacySignature signature = MintLegacy(Shared(), kDigest, request);
  EXPECT_EQ(signature.annotations.count("dev.sigstore.cosign/certificate"), 0u);
  EXPECT_EQ(signature.annotations.count("dev.sigstore.cosign/chain"), 0u);
}

TEST(CosignLayout, EmptyChainIsWrittenAsAnEmptyAnnotation) {
  LegacyOptions options;
  options.empty_chain = true;
  EXPECT_EQ(MintLegacy(Shared(), kDigest, MintRequest(), options).annotations.at("dev.sigstore.cosign/chain"),
            "");
}

TEST(CosignLayout, LegacyManifestHoldsOneLayerPerSignature) {
  const LegacySignature one = MintLegacy(Shared(), kDigest, MintRequest());
  LegacyOptions options;
  options.optional_json = R"({"build":"7"})";
  const LegacySignature two = MintLegacy(Shared(), kDigest, MintRequest(), options);
  const OciManifest manifest = LegacyManifest(kDigest, {one, two});
  EXPECT_EQ(manifest.tag, "sha256-" + std::string(64, 'a') + ".sig");
  EXPECT_EQ(manifest.digest, OciDigest(manifest.bytes));
  const json document = json::parse(manifest.bytes);
  ASSERT_EQ(document["layers"].size(), 2u);
  EXPECT_EQ(document["layers"][1]["digest"], OciDigest(two.payload));
  EXPECT_EQ(document["layers"][1]["size"], two.payload.size());
  EXPECT_EQ(document.count("subject"), 0u);
}

TEST(CosignLayout, ReferrerNamesItsSubjectAndHoldsTheBundle) {
  const OciManifest referrer = MintReferrer(Shared(), {kDigest, 1234}, MintRequest());
  const json document = json::parse(referrer.bytes);
  EXPECT_EQ(document["subject"]["digest"], kDigest);
  EXPECT_EQ(document["subject"]["size"], 1234);
  EXPECT_EQ(document["config"]["digest"],
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  EXPECT_EQ(document["layers"][0]["digest"], OciDigest(referrer.blobs[1].bytes));
  const json bundle = json::parse(referrer.blobs[1].bytes);
  const json statement = json::parse(Unbase64(bundle["dsseEnvelope"]["payload"].get<std::string>()));
  EXPECT_EQ(statement["subject"][0]["digest"]["sha256"], std::string(64, 'a'));
}

TEST(CosignLayout, AttestationIsNotAnnotatedAsASignature) {
  MintRequest request;
  request.statement.predicate_type = "https://slsa.dev/provenance/v1";
  const OciManifest referrer = MintReferrer(Shared(), {kDigest, 1}, request);
  EXPECT_EQ(referrer.annotations.at("dev.sigstore.bundle.predicateType"), "https://slsa.dev/provenance/v1");
  EXPECT_THAT(referrer.blobs[1].bytes, Not(HasSubstr("cosign/sign")));
}

TEST(CosignLayout, FallbackIndexIsSortedByDigestAndSaysWhatItIsTold) {
  ReferrerOptions cosign2;
  cosign2.listed_artifact_type = "application/vnd.oci.empty.v1+json";
  const OciManifest one = MintReferrer(Shared(), {kDigest, 1}, MintRequest(), cosign2);
  const OciManifest two = MintReferrer(Shared(), {kDigest, 1}, MintRequest(), cosign2);
  const OciManifest index = ReferrersIndex(kDigest, {one, two});
  EXPECT_EQ(index.tag, "sha256-" + std::string(64, 'a'));
  const json document = json::parse(index.bytes);
  EXPECT_LT(document["manifests"][0]["digest"], document["manifests"][1]["digest"]);
  EXPECT_EQ(document["manifests"][0]["artifactType"], "application/vnd.oci.empty.v1+json");
}

}  // namespace
}  // namespace chartseal::sandbox
