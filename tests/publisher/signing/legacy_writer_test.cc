#include "publisher/signing/legacy_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/cosign_legacy.h"

namespace chartseal::publisher {
namespace {

using testing::HasSubstr;

const crypto::Digest kSubject = crypto::Digest::Sha256Of("a manifest");

TEST(SimpleSigning, IsWhatCosignWrites) {
  EXPECT_EQ(MakeSimpleSigning("ghcr.io/acme/app", kSubject, {}),
            R"({"critical":{"identity":{"docker-reference":"ghcr.io/acme/app"},"image":{)"
            R"("docker-manifest-digest":")" +
                kSubject.ToString() + R"("},"type":"cosign container image signature"},"optional":null})");
}

TEST(SimpleSigning, AnnotationsAreTheOptionalPart) {
  const auto read =
      sigstore::ParseSimpleSigning(MakeSimpleSigning("r.test/a", kSubject, {{"b", "2"}, {"a", "\"1"}}));
  ASSERT_TRUE(read.ok()) << read.rejection().ToString();
  EXPECT_EQ(read->optional, (std::vector<std::pair<std::string, std::string>>{{"a", "\"1"}, {"b", "2"}}));
  EXPECT_EQ(read->manifest_digest, kSubject.ToString());
}

Node Entry(std::string_view json) { return ParseJson(json, "entry").value(); }

MadeSignature Keyed() {
  MadeSignature made;
  made.signature = "signature";
  return made;
}

TEST(LegacyAnnotations, OfAKeyWithoutServicesAreTheSignatureAlone) {
  const auto annotations = LegacyAnnotations(Keyed(), "");
  ASSERT_TRUE(annotations.ok());
  EXPECT_EQ(*annotations,
            (std::map<std::string, std::string>{{"dev.cosignproject.cosign/signature", "c2lnbmF0dXJl"}}));
}

TEST(LegacyAnnotations, OfAnAttestationHaveAnEmptySignatureAndTheType) {
  const auto annotations = LegacyAnnotations(Keyed(), "https://p.test");
  ASSERT_TRUE(annotations.ok());
  EXPECT_EQ(annotations->at("dev.cosignproject.cosign/signature"), "");
  EXPECT_EQ(annotations->at("predicateType"), "https://p.test");
}

TEST(LegacyAnnotations, TurnTheLogEntryIntoCosignsBundle) {
  MadeSignature made = Keyed();
  made.log_entries.push_back(Entry(
      R"({"logIndex":"12","logId":{"keyId":"AQID"},"integratedTime":"1767225600","canonicalizedBody":"e30=",)"
      R"("inclusionPromise":{"signedEntryTimestamp":"c2V0"}})"));
  const auto annotations = LegacyAnnotations(made, "");
  ASSERT_TRUE(annotations.ok()) << annotations.status();
  EXPECT_EQ(annotations->at("dev.sigstore.cosign/bundle"),
            R"({"SignedEntryTimestamp":"c2V0","Payload":{"body":"e30=","integratedTime":1767225600,)"
            R"("logIndex":12,"logID":"010203"}})");
}

TEST(LegacyAnnotations, AnIndexThatIsLeftOutIsZero) {
  MadeSignature made = Keyed();
  made.log_entries.push_back(
      Entry(R"({"logId":{"keyId":"AQID"},"integratedTime":1,"canonicalizedBody":"e30=",)"
            R"("inclusionPromise":{"signedEntryTimestamp":"c2V0"}})"));
  const auto annotations = LegacyAnnotations(made, "");
  ASSERT_TRUE(annotations.ok()) << annotations.status();
  EXPECT_THAT(annotations->at("dev.sigstore.cosign/bundle"),
              HasSubstr(R"("integratedTime":1,"logIndex":0,)"));
}

TEST(LegacyAnnotations, AnEntryWithoutPromiseCannotBeCarried) {
  MadeSignature made = Keyed();
  made.log_entries.push_back(
      Entry(R"({"logIndex":"1","logId":{"keyId":"AQID"},"canonicalizedBody":"e30="})"));
  const auto annotations = LegacyAnnotations(made, "");
  EXPECT_EQ(ReasonOf(annotations.status()), Reason::kRekorFailed);
  EXPECT_THAT(Message(annotations.status()), HasSubstr("no signed entry timestamp"));
}

TEST(LegacyAnnotations, ACertificateBringsItsChainEvenWhenEmpty) {
  MadeSignature made = Keyed();
  made.certificate_pem = "leaf";
  const auto annotations = LegacyAnnotations(made, "");
  ASSERT_TRUE(annotations.ok());
  EXPECT_EQ(annotations->at("dev.sigstore.cosign/certificate"), "leaf");
  EXPECT_EQ(annotations->at("dev.sigstore.cosign/chain"), "");
}

TEST(LegacyAnnotations, CarryOneTimestamp) {
  MadeSignature made = Keyed();
  made.timestamps = {"token"};
  const auto annotations = LegacyAnnotations(made, "");
  ASSERT_TRUE(annotations.ok());
  EXPECT_EQ(annotations->at("dev.sigstore.cosign/rfc3161timestamp"),
            R"({"SignedRFC3161Timestamp":"dG9rZW4="})");
}

// -- the manifest under the tag

oci::Descriptor Layer(std::string_view payload, std::map<std::string, std::string> annotations = {}) {
  return {std::string(kSimpleSigningType), crypto::Digest::Sha256Of(payload),
          static_cast<int64_t>(payload.size()), "", std::move(annotations)};
}

oci::ManifestBytes Existing(std::string bytes, std::string media_type = std::string(oci::kOciManifest)) {
  const crypto::Digest digest = crypto::Digest::Sha256Of(bytes);
  return {std::move(bytes), std::move(media_type), digest};
}

oci::Manifest Parsed(const LegacyManifest& manifest) {
  return oci::Manifest::Parse(manifest.manifest, manifest.media_type).value();
}

TEST(AppendLayer, TheFirstOneMakesAnImageWithCosignsConfig) {
  const auto made = AppendLayer(std::nullopt, Layer("one", {{"k", "v"}}), "tag");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->config, R"({"architecture":"","created":"0001-01-01T00:00:00Z","history":[{"created":)"
                          R"("0001-01-01T00:00:00Z"}],"os":"","rootfs":{"type":"layers","diff_ids":[")" +
                              crypto::Digest::Sha256Of("one").ToString() + R"("]},"config":{}})");
  EXPECT_EQ(made->config.size(), 233u);  // as cosign's (spec/real-parts.md §6)
  const oci::Manifest manifest = Parsed(*made);
  EXPECT_EQ(manifest.config()->digest, crypto::Digest::Sha256Of(made->config));
  EXPECT_EQ(manifest.config()->media_type, "application/vnd.oci.image.config.v1+json");
  EXPECT_EQ(manifest.layers(), std::vector<oci::Descriptor>{Layer("one", {{"k", "v"}})});
  EXPECT_FALSE(manifest.subject());
}

TEST(AppendLayer, KeepsWhateverElseStandsInTheManifest) {
  const auto first = AppendLayer(std::nullopt, Layer("one", {{"k", "v"}}), "tag");
  std::string bytes = first->manifest;
  bytes.insert(1, R"("annotations":{"org.example":"x"},"unknown":[{"deep":1}],)");
  bytes.insert(bytes.find(R"("annotations":{"k")"), R"("urls":["https://x.test"],)");
  const auto second = AppendLayer(Existing(bytes), Layer("two"), "tag");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(second->manifest, HasSubstr(R"("annotations":{"org.example":"x"},"unknown":[{"deep":1}])"));
  EXPECT_THAT(second->manifest, HasSubstr(R"("urls":["https://x.test"],"annotations":{"k":"v"})"));
  const oci::Manifest manifest = Parsed(*second);
  ASSERT_EQ(manifest.layers().size(), 2u);
  EXPECT_EQ(manifest.layers()[1].digest, crypto::Digest::Sha256Of("two"));
  EXPECT_THAT(second->config, HasSubstr(Cat("\"", crypto::Digest::Sha256Of("one").ToString(), "\",\"",
                                            crypto::Digest::Sha256Of("two").ToString(), "\"")));
}

TEST(AppendLayer, StaysWithDockersMediaTypes) {
  const std::string docker = std::string(oci::kDockerManifest);
  std::string bytes = AppendLayer(std::nullopt, Layer("one"), "tag")->manifest;
  bytes.replace(bytes.find(oci::kOciManifest), oci::kOciManifest.size(), docker);
  const std::string config = "application/vnd.docker.container.image.v1+json";
  bytes.replace(bytes.find(oci::kOciImageConfig), oci::kOciImageConfig.size(), config);
  const auto second = AppendLayer(Existing(bytes, docker), Layer("two"), "tag");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->media_type, docker);
  EXPECT_EQ(second->config_media_type, config);
  EXPECT_EQ(Parsed(*second).config()->media_type, config);
}

TEST(AppendLayer, RefusesWhatIsNoImageManifest) {
  const auto index =
      AppendLayer(Existing(R"({"schemaVersion":2,"manifests":[]})", std::string(oci::kOciIndex)),
                  Layer("two"), "r.test/a:sha256-1.sig");
  EXPECT_EQ(ReasonOf(index.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(index.status()), HasSubstr("r.test/a:sha256-1.sig"));
  EXPECT_THAT(Message(index.status()), HasSubstr("nothing was changed"));
}

TEST(AppendLayer, RefusesWhatIsNoManifest) {
  EXPECT_EQ(ReasonOf(AppendLayer(Existing("not JSON"), Layer("two"), "tag").status()),
            Reason::kJsonMalformed);
  EXPECT_EQ(ReasonOf(AppendLayer(Existing(R"({"layers":7})"), Layer("two"), "tag").status()),
            Reason::kManifestMalformed);
}

TEST(AppendLayer, RefusesMoreSignaturesThanReadersRead) {
  Node manifest = ParseJson(AppendLayer(std::nullopt, Layer("one"), "tag")->manifest, "m").value();
  Node layers = Node::MakeList();
  for (size_t i = 0; i < limits::kMaxLayers; ++i) layers.Append(manifest.Find("layers")->list().front());
  manifest.Set("layers", std::move(layers));
  const auto full = AppendLayer(Existing(WriteJson(manifest)), Layer("two"), "tag");
  EXPECT_EQ(ReasonOf(full.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(full.status()), HasSubstr("1000 signatures already"));
}

}  // namespace
}  // namespace chartseal::publisher
