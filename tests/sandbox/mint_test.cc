#include "tests/sandbox/mint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/trusted_root_file.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

Sigstore& Shared() {
  static auto* sigstore = new Sigstore;
  return *sigstore;
}

json Parsed(const MintRequest& request) { return json::parse(Shared().Mint(request)); }
json FirstEntry(const json& bundle) { return bundle["verificationMaterial"]["tlogEntries"][0]; }

std::string Bytes(const json& text) {
  std::string bytes;
  EXPECT_TRUE(Base64Decode(text.get<std::string>(), &bytes));
  return bytes;
}

// Text, and the bytes behind the key id of the only signature line.
std::pair<std::string, std::string> SplitNote(const std::string& note) {
  const size_t end = note.find("\n\n");
  const std::string line = note.substr(end + 2, note.size() - end - 3);
  return {note.substr(0, end + 1), Bytes(line.substr(line.rfind(' ') + 1)).substr(4)};
}

TEST(Mint, EnvelopeIsSignedOverThePreAuthenticationEncoding) {
  const Minted minted = Shared().MintDetailed(MintRequest());
  const std::string pae = "DSSEv1 28 application/vnd.in-toto+json " + std::to_string(minted.payload.size()) +
                          " " + minted.payload;
  EXPECT_TRUE(VerifyWithSpki(minted.public_key, pae, minted.signature));
  EXPECT_FALSE(VerifyWithSpki(minted.public_key, minted.payload, minted.signature));
}

TEST(Mint, PromiseIsSignedOverTheGlobalIndex) {
  const json entry = FirstEntry(Parsed(MintRequest()));
  const std::string global = entry["logIndex"];
  EXPECT_NE(entry["inclusionProof"]["logIndex"], global);
  const std::string text = "{\"body\":\"" + entry["canonicalizedBody"].get<std::string>() +
                           "\",\"integratedTime\":" + entry["integratedTime"].get<std::string>() +
                           ",\"logID\":\"" + HexEncode(Bytes(entry["logId"]["keyId"])) +
                           "\",\"logIndex\":" + global + "}";
  const std::string promise = Bytes(entry["inclusionPromise"]["signedEntryTimestamp"]);
  EXPECT_TRUE(VerifyWithSpki(Shared().rekor_v1().key().Spki(), text, promise));
}

TEST(Mint, CheckpointsOfBothLogsAreSignedAndNameTheProofsRoot) {
  MintRequest request;
  request.logs.push_back(LogRequest::V2());
  const json bundle = Parsed(request);
  const std::string keys[] = {Shared().rekor_v1().key().Spki(), Shared().rekor_v2().key().Spki()};
  const std::string origins[] = {"rekor.sandbox.test - 1234\n", "rekor2.sandbox.test\n"};
  for (size_t i = 0; i < 2; ++i) {
    const json proof = bundle["verificationMaterial"]["tlogEntries"][i]["inclusionProof"];
    const auto [text, signature] = SplitNote(proof["checkpoint"]["envelope"]);
    EXPECT_EQ(text, origins[i] + proof["treeSize"].get<std::string>() + "\n" +
                        proof["rootHash"].get<std::string>() + "\n");
    EXPECT_TRUE(VerifyWithSpki(keys[i], text, signature)) << i;
    EXPECT_FALSE(VerifyWithSpki(keys[i], text + "x", signature)) << i;
  }
}

TEST(Mint, RekorV2EntryHasNeitherTimeNorPromise) {
  MintRequest request;
  request.logs = {LogRequest::V2()};
  const json entry = FirstEntry(Parsed(request));
  EXPECT_EQ(entry.count("integratedTime"), 0u);
  EXPECT_EQ(entry.count("inclusionPromise"), 0u);
  EXPECT_EQ(entry["kindVersion"]["version"], "0.0.2");
}

TEST(Mint, OldBundlesCarryAChainWithoutTheRoot) {
  MintRequest request;
  request.version = BundleVersion::kV01;
  const json bundle = Parsed(request);
  const json chain = bundle["verificationMaterial"]["x509CertificateChain"]["certificates"];
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(Bytes(chain[1]["rawBytes"]), Shared().ca().intermediate());
}

TEST(Mint, ManagedKeyBundleHasAHintAndNoCertificate) {
  MintRequest request;
  request.managed_key = true;
  const Minted minted = Shared().MintDetailed(request);
  const json material = json::parse(minted.bundle_json)["verificationMaterial"];
  EXPECT_EQ(material["publicKey"]["hint"], Base64Encode(Sha256(minted.public_key)));
  EXPECT_EQ(material.count("certificate"), 0u);
}

TEST(Mint, HookOnTheBodyChangesTheLeafThatTheLogProves) {
  MintRequest request;
  request.logs[0].hooks.body = [](json& body) { body["kind"] = "alpine"; };
  const Minted minted = Shared().MintDetailed(request);
  EXPECT_EQ(json::parse(minted.log_entries[0].body)["kind"], "alpine");
  EXPECT_EQ(Shared().rekor_v1().tree().leaf_hash(minted.log_entries[0].proof.log_index),
            MerkleTree::LeafHash(minted.log_entries[0].body));
}

TEST(Mint, TrustedRootNamesTheLogIdsThatEntriesCarry) {
  const json root = json::parse(TrustedRootJson(Shared()));
  EXPECT_EQ(root["tlogs"][0]["logId"]["keyId"], FirstEntry(Parsed(MintRequest()))["logId"]["keyId"]);
  EXPECT_EQ(root["tlogs"][1]["publicKey"]["keyDetails"], "PKIX_ED25519");
  EXPECT_EQ(root["ctlogs"][0]["logId"]["keyId"], Base64Encode(Shared().ct_log().LogId()));
}

}  // namespace
}  // namespace chartseal::sandbox
