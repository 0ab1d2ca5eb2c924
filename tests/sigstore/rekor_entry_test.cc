#include "verifier/sigstore/rekor_entry.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/keys.h"
#include "tests/sandbox/log_entry.h"
#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

using nlohmann::json;
using Kind = LogRecord::Kind;

sandbox::LoggedSignature Logged() {
  sandbox::LoggedSignature logged;
  logged.signature = "the signature";
  logged.verifier_der = "the certificate";
  logged.key_details = "PKIX_ECDSA_P256_SHA_256";
  logged.digest = crypto::Sha256("artifact");
  logged.payload_type = "application/vnd.in-toto+json";
  logged.payload = "the payload";
  logged.envelope_json = "{}";
  return logged;
}

Checked<LogRecord> Parse(const json& body) { return ParseLogRecord(body.dump(), "", ""); }

std::string Judge(const json& body) {
  const auto record = Parse(body);
  return record.ok() ? "passed" : record.rejection().ToString();
}

TEST(RekorEntryTest, ReadsWhatEachKindRecords) {
  struct Row {
    json body;
    Kind kind;
    std::string hashed;
  };
  const Row rows[] = {
      {sandbox::HashedRekordV1Body(Logged()), Kind::kHashedRekord, "artifact"},
      {sandbox::DsseV1Body(Logged()), Kind::kDsse, "the payload"},
      {sandbox::IntotoV1Body(Logged()), Kind::kIntotoV2, "the payload"},
      {sandbox::HashedRekordV2Body(Logged()), Kind::kHashedRekordV2, "artifact"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.body.dump());
    const auto record = Parse(row.body);
    ASSERT_TRUE(record.ok()) << record.rejection().ToString();
    EXPECT_EQ(record->kind, row.kind);
    EXPECT_EQ(record->signature, "the signature");
    EXPECT_EQ(record->verifier_der, "the certificate");
    EXPECT_TRUE(record->verifier_is_certificate);
    EXPECT_EQ(HexEncode(record->hash.value), HexEncode(crypto::Sha256(row.hashed)));
    EXPECT_EQ(record->IsRekorV2(), row.kind == Kind::kHashedRekordV2);
  }
}

TEST(RekorEntryTest, APublicKeyIsToldFromACertificate) {
  sandbox::LoggedSignature logged = Logged();
  logged.verifier_is_certificate = false;
  for (const json& body : {sandbox::HashedRekordV1Body(logged), sandbox::HashedRekordV2Body(logged)}) {
    const auto record = Parse(body);
    ASSERT_TRUE(record.ok()) << record.rejection().ToString();
    EXPECT_FALSE(record->verifier_is_certificate) << body.dump();
    EXPECT_EQ(record->verifier_der, "the certificate");
  }
}

TEST(RekorEntryTest, ReadsTheLegacyKinds) {
  json rekord = sandbox::HashedRekordV1Body(Logged());
  rekord["kind"] = "rekord";
  EXPECT_EQ(Judge(rekord), "log-entry-malformed: log entry body: spec.signature.format: missing");
  rekord["spec"]["signature"]["format"] = "pgp";
  EXPECT_EQ(Judge(rekord),
            "log-entry-malformed: log entry body: spec.signature.format: expected x509, found pgp");
  rekord["spec"]["signature"]["format"] = "x509";
  EXPECT_EQ(Judge(rekord), "passed");

  const json hash = {{"algorithm", "sha256"}, {"value", HexEncode(crypto::Sha256("envelope"))}};
  const std::string pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
  const json intoto = {
      {"apiVersion", "0.0.1"},
      {"kind", "intoto"},
      {"spec", {{"content", {{"hash", hash}, {"payloadHash", hash}}}, {"publicKey", Base64Encode(pem)}}}};
  const auto record = Parse(intoto);
  ASSERT_TRUE(record.ok()) << record.rejection().ToString();
  EXPECT_EQ(record->kind, Kind::kIntotoV1);
  ASSERT_TRUE(record->envelope_hash.has_value());
  EXPECT_EQ(record->signature, "");
}

TEST(RekorEntryTest, ClaimedKindAndVersionMustBeTheBodys) {
  const std::string body = sandbox::DsseV1Body(Logged()).dump();
  EXPECT_TRUE(ParseLogRecord(body, "dsse", "0.0.1").ok());
  const auto kind = ParseLogRecord(body, "hashedrekord", "0.0.1");
  ASSERT_FALSE(kind.ok());
  EXPECT_EQ(kind.rejection().ToString(),
            "log-entry-kind-mismatch: kind and version of the log entry; expected hashedrekord 0.0.1; found "
            "dsse 0.0.1");
  const auto version = ParseLogRecord(body, "dsse", "0.0.2");
  ASSERT_FALSE(version.ok());
  EXPECT_EQ(version.rejection().reason, Reason::kLogEntryKindMismatch);
}

TEST(RekorEntryTest, UnknownKindsAreRefusedByName) {
  json body = sandbox::DsseV1Body(Logged());
  body["apiVersion"] = "0.0.2";  // was specified once and withdrawn
  EXPECT_EQ(Judge(body), "log-entry-kind: log entries of this kind are not known; found dsse 0.0.2");
}

TEST(RekorEntryTest, MalformedBodiesAreRefusedForWhatIsWrong) {
  const auto edited = [](json body, const char* pointer, const json& value) {
    body[json::json_pointer(pointer)] = value;
    return body;
  };
  const json hashed = sandbox::HashedRekordV1Body(Logged());
  const json dsse = sandbox::DsseV1Body(Logged());
  const std::string prefix = "log-entry-malformed: log entry body: ";
  EXPECT_EQ(Judge(json::array()), prefix + "expected an object, found a list");
  EXPECT_EQ(Judge(json::object()), prefix + "kind: missing");
  EXPECT_EQ(Judge({{"kind", "dsse"}}), prefix + "apiVersion: missing");
  EXPECT_EQ(Judge(edited(hashed, "/spec/data/hash/algorithm", "md5")),
            prefix + "spec.data.hash.algorithm: unknown: md5");
  EXPECT_EQ(Judge(edited(hashed, "/spec/data/hash/value", "abcd")),
            prefix + "spec.data.hash.value: not a sha256 digest");
  EXPECT_EQ(Judge(edited(hashed, "/spec/signature/publicKey/content", Base64Encode("no PEM"))),
            prefix + "spec.signature.publicKey.content: is neither a PEM certificate nor a PEM public key");
  EXPECT_EQ(Judge(edited(dsse, "/spec/signatures", json::array())),
            prefix + "spec.signatures: expected one, found 0");
  EXPECT_EQ(Judge(edited(sandbox::IntotoV1Body(Logged()), "/spec/content/envelope/signatures/0/sig",
                         Base64Encode("!"))),
            prefix + "spec.content.envelope.signatures[0].sig: is not base64 of base64");
}

}  // namespace
}  // namespace chartseal::sigstore
