#include "verifier/sigstore/trusted_root.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "tests/sandbox/mint.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/log_id.h"

namespace chartseal::sigstore {
namespace {

using nlohmann::json;

sandbox::Sigstore& SharedSandbox() {
  static auto* const sandbox = new sandbox::Sigstore();
  return *sandbox;
}

json Good() { return json::parse(sandbox::TrustedRootJson(SharedSandbox())); }

absl::StatusOr<TrustedRoot> Parse(const json& root) { return TrustedRoot::ParseJson(root.dump(), "r.json"); }

// The message after "r.json: "; "read" when it is accepted. Every refusal must carry the one reason.
std::string Judge(const json& root) {
  const auto parsed = Parse(root);
  if (parsed.ok()) return "read";
  EXPECT_EQ(Name(ReasonOf(parsed.status())), Name(Reason::kTrustedRootMalformed));
  const std::string message = Message(parsed.status());
  return message.starts_with("r.json: ") ? message.substr(8) : message;
}

std::string JudgeEdited(const std::function<void(json&)>& edit) {
  json root = Good();
  EXPECT_EQ(Judge(root), "read");
  edit(root);
  return Judge(root);
}

std::string JudgeWith(const char* pointer, const json& value) {
  return JudgeEdited([&](json& root) { root[json::json_pointer(pointer)] = value; });
}

TEST(TrustedRootTest, ReadsEveryKindOfEntry) {
  const std::string text = Good().dump();
  const auto root = TrustedRoot::ParseJson(text, "r.json");
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->version(), crypto::Digest::Sha256Of(text).ToString());
  ASSERT_EQ(root->tlogs().size(), 2u);
  const TransparencyLog& v2 = root->tlogs()[1];
  EXPECT_EQ(v2.origin, SharedSandbox().rekor_v2().options().host);
  EXPECT_EQ(v2.key_hint, v2.log_id.substr(0, 4));
  EXPECT_EQ(root->FindTlogs(v2.log_id).size(), 1u);
  EXPECT_TRUE(root->FindTlogs("unknown").empty());
  EXPECT_EQ(root->FindCtlogs(root->ctlogs()[0].log_id).size(), 1u);
  ASSERT_EQ(root->timestamp_authorities().size(), 1u);
  EXPECT_TRUE(root->timestamp_authorities()[0].leaf.has_value());
}

TEST(TrustedRootTest, AllMediaTypesOfTheFormatAreReadAndNoOther) {
  for (const char* type : {"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                           "application/vnd.dev.sigstore.trustedroot.v0.1+json",
                           "application/vnd.dev.sigstore.trustedroot.v0.2+json"}) {
    EXPECT_EQ(JudgeWith("/mediaType", type), "read");
  }
  EXPECT_EQ(
      JudgeWith("/mediaType", "application/vnd.dev.sigstore.trustedroot.v0.3+json"),
      "mediaType: expected application/vnd.dev.sigstore.trustedroot+json;version=0.1 or a later v0.1 or "
      "v0.2, found application/vnd.dev.sigstore.trustedroot.v0.3+json");
  EXPECT_EQ(JudgeEdited([](json& root) { root.erase("mediaType"); }), "mediaType: missing");
}

TEST(TrustedRootTest, EveryEntryMustSayFromWhenOnItIsTrusted) {
  EXPECT_EQ(JudgeWith("/tlogs/0/publicKey/validFor", json::object()),
            "tlogs[0].publicKey.validFor.start: missing: say from when on this is trusted");
  EXPECT_EQ(JudgeEdited([](json& root) { root["tlogs"][0]["publicKey"].erase("validFor"); }),
            "tlogs[0].publicKey.validFor: missing");
  EXPECT_EQ(JudgeWith("/ctlogs/0/publicKey/validFor/start", nullptr),
            "ctlogs[0].publicKey.validFor.start: missing: say from when on this is trusted");
  EXPECT_EQ(JudgeWith("/certificateAuthorities/0/validFor/start", nullptr),
            "certificateAuthorities[0].validFor.start: missing: say from when on this is trusted");
  EXPECT_EQ(JudgeWith("/timestampAuthorities/0/validFor/start", nullptr),
            "timestampAuthorities[0].validFor.start: missing: say from when on this is trusted");
}

TEST(TrustedRootTest, ValidityIsClosedOnBothEndsAndOpenWithoutEnd) {
  json root = Good();
  root["tlogs"][0]["publicKey"]["validFor"] = {{"start", "2026-01-01T00:00:00Z"},
                                               {"end", "2026-01-02T00:00:00Z"}};
  root["tlogs"][1]["publicKey"]["validFor"]["end"] = nullptr;
  const auto parsed = Parse(root);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const ValidityPeriod& closed = parsed->tlogs()[0].valid_for;
  EXPECT_TRUE(closed.Contains(closed.start));
  EXPECT_TRUE(closed.Contains(closed.end));
  EXPECT_FALSE(closed.Contains(closed.start - absl::Nanoseconds(1)));
  EXPECT_FALSE(closed.Contains(closed.end + absl::Nanoseconds(1)));
  EXPECT_EQ(parsed->tlogs()[1].valid_for.end, absl::InfiniteFuture());
  EXPECT_EQ(JudgeWith("/tlogs/0/publicKey/validFor/end", "2020-01-01T00:00:00Z"),
            "tlogs[0].publicKey.validFor.end: lies before start");
  EXPECT_EQ(JudgeWith("/tlogs/0/publicKey/validFor/end", "soon"),
            "tlogs[0].publicKey.validFor.end: expected an RFC 3339 time, found \"soon\"");
}

TEST(TrustedRootTest, ALogIdMustBeTheKeysOwn) {
  const std::string wrong = Base64Encode(std::string(32, 'x'));
  const std::string v1 = JudgeWith("/tlogs/0/logId/keyId", wrong);
  EXPECT_TRUE(v1.starts_with("tlogs[0].logId: is not the id of the key: expected ")) << v1;
  EXPECT_EQ(v1.find("signed-note"), std::string::npos) << v1;
  const std::string v2 = JudgeWith("/tlogs/1/logId/keyId", wrong);
  EXPECT_NE(v2.find(" or, as signed-note key id, "), std::string::npos) << v2;
  const std::string ct = JudgeWith("/ctlogs/0/logId/keyId", wrong);
  EXPECT_TRUE(ct.starts_with("ctlogs[0].logId: is not the id of the key: expected ")) << ct;
  EXPECT_EQ(JudgeEdited([](json& root) { root["tlogs"][0].erase("logId"); }), "tlogs[0].logId: missing");
}

// The id contains the origin: the same key under another host is another log.
TEST(TrustedRootTest, TheSignedNoteIdBelongsToTheHostOfTheUrl) {
  const std::string moved = JudgeWith("/tlogs/1/baseUrl", "https://elsewhere.test");
  EXPECT_TRUE(moved.starts_with("tlogs[1].logId: is not the id of the key")) << moved;
}

// Made by "cosign trusted-root create" without origin: legal, but no entry carries that id.
TEST(TrustedRootTest, AnEd25519LogMayCarryTheHashOfItsKeyAndIsFoundUnderThatAlone) {
  json root = Good();
  const crypto::PublicKey key =
      crypto::PublicKey::FromSpkiDer(SharedSandbox().rekor_v2().key().Spki()).value();
  root["tlogs"][1]["logId"]["keyId"] = Base64Encode(SpkiLogId(key));
  const auto parsed = Parse(root);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->FindTlogs(SpkiLogId(key)).size(), 1u);
  EXPECT_TRUE(parsed->FindTlogs(SignedNoteLogId(parsed->tlogs()[1].origin, key)).empty());
}

TEST(TrustedRootTest, ACheckpointKeyIdMustBeTheKeysOwnToo) {
  json root = Good();
  root["tlogs"][1]["checkpointKeyId"] = root["tlogs"][1]["logId"];
  EXPECT_EQ(Judge(root), "read");
  root["tlogs"][1]["checkpointKeyId"]["keyId"] = Base64Encode("1234");
  const std::string judged = Judge(root);
  EXPECT_TRUE(judged.starts_with("tlogs[1].checkpointKeyId: is not the id of the key")) << judged;
}

TEST(TrustedRootTest, KeysMustBeOfTheKindThatTheySay) {
  EXPECT_EQ(JudgeWith("/tlogs/0/publicKey/keyDetails", "PKIX_ECDSA_P384_SHA_384"),
            "tlogs[0].publicKey.keyDetails: the key is ecdsa-p256 of 256 bits, not of this kind");
  EXPECT_EQ(JudgeWith("/tlogs/0/publicKey/keyDetails", "LMS_SHA256"),
            "tlogs[0].publicKey.keyDetails: expected PKCS1_RSA_PKCS1V5 or a value of its kind, found "
            "\"LMS_SHA256\"");
  EXPECT_EQ(JudgeWith("/tlogs/0/publicKey/keyDetails", 5), "read");
  EXPECT_EQ(JudgeEdited([](json& root) { root["tlogs"][0]["publicKey"].erase("keyDetails"); }),
            "tlogs[0].publicKey.keyDetails: missing");
  EXPECT_TRUE(JudgeWith("/tlogs/0/publicKey/rawBytes", Base64Encode("no key"))
                  .starts_with("tlogs[0].publicKey.rawBytes: "));
  EXPECT_EQ(JudgeWith("/tlogs/0/hashAlgorithm", "SHA2_512"),
            "tlogs[0].hashAlgorithm: a Merkle tree of another hash than SHA2_256 is not supported");
  EXPECT_EQ(JudgeWith("/tlogs/0/baseUrl", "rekor"), "tlogs[0].baseUrl: expected a URL with a host name");
}

TEST(TrustedRootTest, APkcs1KeyIsKnownByTheIdOfItsPublicKeyInfo) {
  const sandbox::Key rsa = sandbox::Key::ForLeaf(sandbox::KeyType::kRsa2048);
  const crypto::PublicKey key = crypto::PublicKey::FromSpkiDer(rsa.Spki()).value();
  json root = Good();
  json& log = root["ctlogs"][0];
  // The last 270 bytes of an RSA-2048 key info are its RSAPublicKey.
  log["publicKey"]["rawBytes"] = Base64Encode(rsa.Spki().substr(24));
  log["publicKey"]["keyDetails"] = "PKCS1_RSA_PKCS1V5";
  log["logId"]["keyId"] = Base64Encode(key.spki_sha256());
  const auto parsed = Parse(root);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->ctlogs()[0].key, key);
}

TEST(TrustedRootTest, ChainsMustHoldTogether) {
  EXPECT_EQ(JudgeWith("/certificateAuthorities/0/certChain/certificates", json::array()),
            "certificateAuthorities[0].certChain.certificates: empty: there is no trust anchor");
  EXPECT_EQ(
      JudgeEdited([](json& root) {
        json& certificates = root["timestampAuthorities"][0]["certChain"]["certificates"];
        certificates = json::array({certificates[0]});
      }),
      "timestampAuthorities[0]: the only certificate is the signer's: add the one that issued it as trust "
      "anchor");
  const std::string mixed = JudgeEdited([](json& root) {
    root["certificateAuthorities"][0]["certChain"]["certificates"][1] =
        root["timestampAuthorities"][0]["certChain"]["certificates"].back();
  });
  EXPECT_TRUE(mixed.starts_with("certificateAuthorities[0]: ")) << mixed;
}

TEST(TrustedRootTest, UnknownFieldsAreRefusedWherever) {
  for (const char* pointer : {"/extra", "/tlogs/0/extra", "/tlogs/0/publicKey/extra", "/tlogs/0/logId/extra",
                              "/certificateAuthorities/0/extra", "/certificateAuthorities/0/subject/extra",
                              "/certificateAuthorities/0/certChain/extra",
                              "/certificateAuthorities/0/certChain/certificates/0/extra"}) {
    const std::string judged = JudgeWith(pointer, 1);
    EXPECT_TRUE(judged.ends_with("extra: unknown field")) << pointer << ": " << judged;
  }
}

TEST(TrustedRootTest, CountsAndSizeAreBounded) {
  EXPECT_EQ(JudgeEdited([](json& root) { root["tlogs"] = json::array(); }), "read");
  EXPECT_EQ(JudgeEdited([](json& root) {
              const json log = root["tlogs"][0];
              while (root["tlogs"].size() < 65) root["tlogs"].push_back(log);
            }),
            "tlogs: at most 64 entries are allowed, found 65");
  const std::string huge(limits::kMaxTrustedRootBytes + 1, ' ');
  EXPECT_EQ(Name(ReasonOf(TrustedRoot::ParseJson(huge, "r.json").status())), Name(Reason::kLimitExceeded));
}

TEST(TrustedRootTest, TheEmbeddedRootIsThePublicGoodOne) {
  const TrustedRoot& root = PublicGoodRoot();
  EXPECT_EQ(&root, &PublicGoodRoot());
  EXPECT_EQ(root.version(), "sha256:6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66");
  ASSERT_EQ(root.tlogs().size(), 2u);
  EXPECT_EQ(HexEncode(root.tlogs()[0].log_id),
            "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d");
  EXPECT_EQ(Base64Encode(root.tlogs()[1].log_id), "zxGZFVvd0FEmjR8WrFwMdcAJ9vtaY/QXf44Y1wUeP6A=");
  EXPECT_EQ(root.ctlogs().size(), 2u);
  EXPECT_EQ(root.certificate_authorities().size(), 2u);
  EXPECT_EQ(root.timestamp_authorities().size(), 1u);
}

TEST(LogIdTest, HostOfUrlTakesTheHostAlone) {
  EXPECT_EQ(HostOfUrl("https://log.example"), "log.example");
  EXPECT_EQ(HostOfUrl("http://log.example:3000/path?q#f"), "log.example");
  EXPECT_EQ(HostOfUrl("http://[::1]:3000/"), "::1");
  EXPECT_EQ(HostOfUrl("log.example"), "");
  EXPECT_EQ(HostOfUrl("https://user@log.example"), "");
  EXPECT_EQ(HostOfUrl("https://[::1"), "");
}

}  // namespace
}  // namespace chartseal::sigstore
