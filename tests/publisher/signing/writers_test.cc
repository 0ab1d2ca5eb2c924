#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publisher/signing/bundle_writer.h"
#include "publisher/signing/referrer_manifest.h"
#include "publisher/signing/statement_writer.h"
#include "tests/sandbox/encoding.h"
#include "tests/sandbox/keys.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/dsse.h"
#include "verifier/sigstore/statement.h"

namespace chartseal::publisher {
namespace {

using testing::HasSubstr;
using testing::Not;

const crypto::Digest kSubject = crypto::Digest::Sha256Of("a manifest");

TEST(StatementWriter, WritesASignatureAsCosign3Does) {
  EXPECT_EQ(
      MakeSignStatement(kSubject, {}),
      R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":")" + kSubject.hex() +
          R"("},"annotations":{}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}})");
}

TEST(StatementWriter, AnnotationsAreSortedAndEscaped) {
  const std::string statement = MakeSignStatement(kSubject, {{"b", "2\"\n"}, {"a", "\xC3\xA9"}});
  EXPECT_THAT(statement, HasSubstr(R"("annotations":{"a":"é","b":"2\"\n"})"));
  const auto read = sigstore::ParseStatement(statement);
  ASSERT_TRUE(read.ok()) << read.rejection().ToString();
  ASSERT_EQ(read->subjects.size(), 1u);
  EXPECT_EQ(read->subjects[0].annotations[1].second, "2\"\n");
}

TEST(StatementWriter, AnAnnotationCannotAddMembersToTheStatement) {
  const std::string evil = R"("}}],"predicateType":"https://evil.test","x":[{"y":{"z":")";
  const auto read = sigstore::ParseStatement(MakeSignStatement(kSubject, {{evil, evil}}));
  ASSERT_TRUE(read.ok()) << read.rejection().ToString();
  EXPECT_EQ(read->predicate_type, sigstore::kCosignSignPredicate);
  EXPECT_EQ(read->subjects[0].annotations, (std::vector<std::pair<std::string, std::string>>{{evil, evil}}));
}

TEST(StatementWriter, APredicateTypeCannotAddMembersToTheStatement) {
  const std::string evil = R"(https://x.test","predicateType":"https://y.test)";
  const auto read = sigstore::ParseStatement(MakeStatement(kSubject, evil, "{}", {}));
  ASSERT_TRUE(read.ok()) << read.rejection().ToString();
  EXPECT_EQ(read->predicate_type, evil);
}

TEST(StatementWriter, KeepsEveryByteOfThePredicate) {
  const std::string predicate = R"({ "n": 1.10, "big": 18446744073709551615, "s": "\u003c" })";
  EXPECT_THAT(MakeStatement(kSubject, "https://example.test/p", predicate, {}),
              HasSubstr(R"("predicate":)" + predicate + "}"));
}

TEST(StatementWriter, NamesSha512Digests) {
  const auto digest = crypto::Digest::Of(crypto::HashAlgorithm::kSha512, "a manifest");
  EXPECT_THAT(MakeSignStatement(digest, {}), HasSubstr(R"({"digest":{"sha512":")" + digest.hex()));
}

BundleMaterial KeyMaterial() {
  BundleMaterial material;
  material.key_hint = "a hint";
  return material;
}

TEST(BundleWriter, LeavesOutListsThatAreEmpty) {
  EXPECT_EQ(
      WriteMessageBundle(KeyMaterial(), crypto::HashAlgorithm::kSha256, "digest", "signature"),
      R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":)"
      R"({"hint":"a hint"}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":)"
      R"("ZGlnZXN0"},"signature":"c2lnbmF0dXJl"}})");
}

TEST(BundleWriter, WritesLogEntriesAsTheyAreAndTimestampsInOrder) {
  BundleMaterial material = KeyMaterial();
  material.log_entries.push_back(ParseJson(R"({"logIndex":"7","x":[1,null]})", "entry").value());
  material.timestamps = {"one", "two"};
  EXPECT_THAT(WriteStatementBundle(material, "{}", "s"),
              HasSubstr(R"("tlogEntries":[{"logIndex":"7","x":[1,null]}],"timestampVerificationData":)"
                        R"({"rfc3161Timestamps":[{"signedTimestamp":"b25l"},{"signedTimestamp":"dHdv"}]}})"));
}

TEST(BundleWriter, TheReaderFindsTheEnvelope) {
  const auto bundle =
      sigstore::Bundle::ParseJson(WriteStatementBundle(KeyMaterial(), "a statement", "a signature"), "b");
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  const auto* envelope = std::get_if<sigstore::DsseEnvelope>(&bundle->content());
  ASSERT_NE(envelope, nullptr);
  EXPECT_EQ(envelope->payload_type, "application/vnd.in-toto+json");
  EXPECT_EQ(envelope->payload, "a statement");
  ASSERT_EQ(envelope->signatures.size(), 1u);
  EXPECT_EQ(envelope->signatures[0].signature, "a signature");
  EXPECT_EQ(bundle->public_key_hint(), "a hint");
}

TEST(BundleWriter, ACertificateStandsInsteadOfTheHint) {
  BundleMaterial material = KeyMaterial();
  material.certificate_der = "der";
  const std::string bundle = WriteStatementBundle(material, "{}", "s");
  EXPECT_THAT(bundle, HasSubstr(R"("verificationMaterial":{"certificate":{"rawBytes":"ZGVy"}})"));
  EXPECT_THAT(bundle, Not(HasSubstr("hint")));
}

TEST(BundleWriter, TheHintIsBase64OfTheKeysDigest) {
  const sandbox::Key key = sandbox::Key::ForLeaf(sandbox::KeyType::kEcdsaP256);
  const auto read = crypto::PublicKey::FromPem(key.SpkiPem());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(KeyHint(*read), sandbox::Base64Encode(sandbox::Sha256(key.Spki())));
}

TEST(BundleWriter, TheEnvelopeOfALegacyAttestationHasAnEmptyKeyId) {
  EXPECT_EQ(WriteEnvelope("{}", "s"),
            R"({"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"",)"
            R"("sig":"cw=="}]})");
  EXPECT_TRUE(sigstore::ParseDsseEnvelope(WriteEnvelope("{}", "s"), "e").ok());
}

oci::Descriptor Some(std::string_view media_type, std::string_view bytes) {
  return {std::string(media_type),
          crypto::Digest::Sha256Of(bytes),
          static_cast<int64_t>(bytes.size()),
          "an artifact type",
          {{"an", "annotation"}}};
}

TEST(ReferrerManifest, IsWhatTheSpecificationShows) {
  const oci::Descriptor subject = Some("application/vnd.oci.image.index.v1+json", "subject");
  const oci::Descriptor bundle = Some("whatever", "bundle");
  EXPECT_EQ(MakeReferrerManifest(subject, bundle, "https://p.test", absl::FromUnixSeconds(1'767'225'600)),
            Cat(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
                R"("artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json",)"
                R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":)"
                R"("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},)"
                R"("layers":[{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","digest":")",
                bundle.digest.ToString(), R"(","size":6}],)",
                R"("annotations":{"dev.sigstore.bundle.content":"dsse-envelope",)"
                R"("dev.sigstore.bundle.predicateType":"https://p.test",)"
                R"("org.opencontainers.image.created":"2026-01-01T00:00:00Z"},)"
                R"("subject":{"mediaType":"application/vnd.oci.image.index.v1+json","digest":")",
                subject.digest.ToString(), R"(","size":7}})"));
}

}  // namespace
}  // namespace chartseal::publisher
