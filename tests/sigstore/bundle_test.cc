#include "verifier/sigstore/bundle.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "tests/sandbox/mint.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/dsse.h"

namespace chartseal::sigstore {
namespace {

using nlohmann::json;
using sandbox::ContentKind;
using sandbox::MintRequest;

json Minted(ContentKind content) {
  static auto* const sandbox = new sandbox::Sigstore();
  MintRequest request;
  request.content = content;
  request.timestamps.resize(1);
  return json::parse(sandbox->Mint(request));
}

const json& Dsse() {
  static const auto* const bundle = new json(Minted(ContentKind::kDsse));
  return *bundle;
}

const json& Message() {
  static const auto* const bundle = new json(Minted(ContentKind::kMessageSignature));
  return *bundle;
}

// "reason: message" without the name of the file, or "read".
std::string Judge(const json& bundle) {
  const auto parsed = Bundle::ParseJson(bundle.dump(), "b.json");
  if (parsed.ok()) return "read";
  const std::string message = chartseal::Message(parsed.status());
  return Cat(Name(ReasonOf(parsed.status())), ": ",
             message.starts_with("b.json: ") ? message.substr(8) : message);
}

std::string JudgeWith(json bundle, const char* pointer, const json& value) {
  EXPECT_EQ(Judge(bundle), "read");
  bundle[json::json_pointer(pointer)] = value;
  return Judge(bundle);
}

TEST(BundleTest, ReadsWhatIsThere) {
  const auto bundle = Bundle::ParseJson(Dsse().dump(), "b.json");
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->version(), BundleVersion::kV03);
  EXPECT_EQ(bundle->certificates().size(), 1u);
  EXPECT_FALSE(bundle->has_certificate_chain_field());
  EXPECT_EQ(bundle->timestamps().size(), 1u);
  ASSERT_EQ(bundle->tlog_entries().size(), 1u);
  const TlogEntry& entry = bundle->tlog_entries()[0];
  EXPECT_EQ(entry.kind, "dsse");
  EXPECT_NE(entry.log_index, entry.inclusion_proof->log_index);
  const auto& envelope = std::get<DsseEnvelope>(bundle->content());
  EXPECT_EQ(bundle->signature(), envelope.signatures[0].signature);
  EXPECT_EQ(envelope.PreAuthEncoding(),
            Cat("DSSEv1 28 application/vnd.in-toto+json ", envelope.payload.size(), " ", envelope.payload));
}

TEST(BundleTest, ASignatureIsEmptyWhenThereIsNone) {
  json bundle = Dsse();
  bundle["dsseEnvelope"]["signatures"] = json::array();
  EXPECT_EQ(Bundle::ParseJson(bundle.dump(), "b").value().signature(), "");
  bundle.erase("dsseEnvelope");
  EXPECT_EQ(Bundle::ParseJson(bundle.dump(), "b").value().signature(), "");
}

TEST(BundleTest, OmittedZerosAreZero) {
  json bundle = Dsse();
  bundle["verificationMaterial"]["tlogEntries"][0].erase("logIndex");
  bundle["verificationMaterial"]["tlogEntries"][0].erase("integratedTime");
  const auto parsed = Bundle::ParseJson(bundle.dump(), "b.json");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->tlog_entries()[0].log_index, 0);
  EXPECT_EQ(parsed->tlog_entries()[0].integrated_time, 0);
}

TEST(BundleTest, UnknownFieldsAreRefusedWherever) {
  for (const char* pointer :
       {"/extra", "/verificationMaterial/extra", "/verificationMaterial/certificate/extra",
        "/verificationMaterial/tlogEntries/0/extra", "/verificationMaterial/tlogEntries/0/logId/extra",
        "/verificationMaterial/tlogEntries/0/kindVersion/extra",
        "/verificationMaterial/tlogEntries/0/inclusionPromise/extra",
        "/verificationMaterial/tlogEntries/0/inclusionProof/extra",
        "/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/extra",
        "/verificationMaterial/timestampVerificationData/extra",
        "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/extra", "/dsseEnvelope/extra",
        "/dsseEnvelope/signatures/0/extra"}) {
    const std::string judged = JudgeWith(Dsse(), pointer, 1);
    EXPECT_TRUE(judged.starts_with("bundle-malformed: ") && judged.ends_with("extra: unknown field"))
        << pointer << ": " << judged;
  }
  EXPECT_TRUE(JudgeWith(Message(), "/messageSignature/extra", 1).ends_with("extra: unknown field"));
  EXPECT_TRUE(
      JudgeWith(Message(), "/messageSignature/messageDigest/extra", 1).ends_with("extra: unknown field"));
}

TEST(BundleTest, ErrorsNameTheFieldAndWhatIsWrong) {
  EXPECT_EQ(JudgeWith(Dsse(), "/verificationMaterial", 7),
            "bundle-malformed: verificationMaterial: expected an object, found an integer");
  EXPECT_EQ(JudgeWith(Dsse(), "/verificationMaterial/tlogEntries/0/logIndex", "-5"),
            "bundle-malformed: verificationMaterial.tlogEntries[0].logIndex: is negative: -5");
  EXPECT_EQ(JudgeWith(Dsse(), "/verificationMaterial/tlogEntries/0/integratedTime", "-1"),
            "bundle-malformed: verificationMaterial.tlogEntries[0].integratedTime: is negative: -1");
  EXPECT_EQ(JudgeWith(Dsse(), "/verificationMaterial/tlogEntries/0/inclusionProof/treeSize", "-1"),
            "bundle-malformed: verificationMaterial.tlogEntries[0].inclusionProof.treeSize: is negative: -1");
  EXPECT_EQ(JudgeWith(Dsse(), "/verificationMaterial/tlogEntries/0/canonicalizedBody", ""),
            "bundle-malformed: verificationMaterial.tlogEntries[0].canonicalizedBody: is empty");
  EXPECT_EQ(
      JudgeWith(Dsse(), "/mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json"),
      "bundle-unknown-version: mediaType: expected application/vnd.dev.sigstore.bundle.v0.3+json or an older "
      "one, found \"application/vnd.dev.sigstore.bundle.v0.4+json\"");
  EXPECT_EQ(
      JudgeWith(Message(), "/messageSignature/messageDigest/algorithm", "SHA3_256"),
      "bundle-malformed: messageSignature.messageDigest.algorithm: expected SHA2_256 or a value of its kind, "
      "found \"SHA3_256\"");
  EXPECT_EQ(JudgeWith(Message(), "/dsseEnvelope", Dsse()["dsseEnvelope"]),
            "bundle-content: has both messageSignature and dsseEnvelope");
  EXPECT_EQ(
      JudgeWith(Dsse(), "/verificationMaterial/publicKey", {{"hint", "h"}}),
      "bundle-malformed: verificationMaterial: has more than one of certificate, x509CertificateChain and "
      "publicKey");
  EXPECT_TRUE(JudgeWith(Dsse(), "/verificationMaterial/certificate/rawBytes", "AAAA")
                  .starts_with("bundle-malformed: verificationMaterial.certificate.rawBytes: "));
}

TEST(BundleTest, CountsAndSizeAreBounded) {
  json many = Dsse();
  json& entries = many["verificationMaterial"]["tlogEntries"];
  while (entries.size() <= limits::kMaxTlogEntries) entries.push_back(entries[0]);
  EXPECT_EQ(Judge(many),
            "too-many-log-entries: verificationMaterial.tlogEntries: at most 32 are allowed, found 33");
  json hashes = Dsse();
  json& path = hashes["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["hashes"];
  while (path.size() <= limits::kMaxProofHashes) path.push_back("AAAA");
  EXPECT_TRUE(Judge(hashes).ends_with("hashes: at most 64 entries are allowed, found 65")) << Judge(hashes);
  json signatures = Dsse();
  json& list = signatures["dsseEnvelope"]["signatures"];
  while (list.size() <= limits::kMaxDsseSignatures) list.push_back(list[0]);
  EXPECT_TRUE(Judge(signatures).ends_with("signatures: at most 16 entries are allowed, found 17"));
  const std::string huge(limits::kMaxBundleBytes + 1, ' ');
  EXPECT_EQ(Name(ReasonOf(Bundle::ParseJson(huge, "b").status())), Name(Reason::kLimitExceeded));
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_FALSE(Bundle::ParseJson(deep, "b").ok());
}

TEST(DsseTest, AnEnvelopeAloneIsReadStrictly) {
  const auto judge = [](std::string_view text) {
    const auto envelope = ParseDsseEnvelope(text, "e");
    return envelope.ok()
               ? std::string("read")
               : Cat(Name(ReasonOf(envelope.status())), ": ", chartseal::Message(envelope.status()));
  };
  EXPECT_EQ(judge(R"({"payloadType":"t","payload":"e30=","signatures":[{"sig":"AAAA","keyid":""}]})"),
            "read");
  EXPECT_EQ(judge("{}"), "dsse-malformed: e: payloadType: missing");
  EXPECT_EQ(judge(R"({"payloadType":"t","payload":"e30="})"), "read");
  EXPECT_EQ(judge(R"({"payloadType":"t","payload":"e30=","signatures":[{}]})"),
            "dsse-malformed: e: signatures[0].sig: missing");
  EXPECT_EQ(judge(R"({"payloadType":"t","payload":"e30=","signatures":[],"x":1})"),
            "dsse-malformed: e: x: unknown field");
  EXPECT_TRUE(judge("{").starts_with("json-malformed: ")) << judge("{");
}

// The lengths keep type and payload apart: nothing of one can move into the other.
TEST(DsseTest, PreAuthEncodingCountsBytes) {
  DsseEnvelope envelope;
  envelope.payload_type = "http://example.com/HelloWorld";
  envelope.payload = "hello world";
  EXPECT_EQ(envelope.PreAuthEncoding(), "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  envelope.payload =
      "h\xC3\xA4"
      "llo";
  EXPECT_EQ(envelope.PreAuthEncoding(),
            "DSSEv1 29 http://example.com/HelloWorld 6 h\xC3\xA4"
            "llo");
}

}  // namespace
}  // namespace chartseal::sigstore
