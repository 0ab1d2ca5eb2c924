#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "publisher/signing/statement_writer.h"
#include "tests/publisher/signing/artifact_fixture.h"
#include "tests/sandbox/encoding.h"
#include "verifier/sigstore/bundle.h"

// Every member of what is made matters: changed, the verifier says which rule it breaks.
namespace chartseal::publisher {
namespace {

using nlohmann::json;

const crypto::Digest kSubject = crypto::Digest::Sha256Of("a manifest");

// Base64 text with its last byte changed.
json Flipped(const json& text) {
  std::string bytes;
  EXPECT_TRUE(sandbox::Base64Decode(text.get<std::string>(), &bytes));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  return sandbox::Base64Encode(bytes);
}

json& Material(json& b) { return b["verificationMaterial"]; }
json& Entry(json& b) { return Material(b)["tlogEntries"][0]; }
json& Token(json& b) {
  return Material(b)["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"];
}
json& Envelope(json& b) { return b["dsseEnvelope"]; }

struct Mutation {
  const char* name;
  std::function<void(json&)> change;
  const char* reason;
};

void PrintTo(const Mutation& mutation, std::ostream* out) { *out << mutation.name; }

class BundleMutationTest : public SignerTest, public testing::WithParamInterface<Mutation> {
 protected:
  // "ok", or the reason.
  std::string Verdict(const std::string& bundle_json) const {
    const auto bundle = sigstore::Bundle::ParseJson(bundle_json, "bundle");
    if (!bundle.ok()) return std::string(Name(ReasonOf(bundle.status())));
    sigstore::VerifyOptions options;
    options.thresholds.timestamp_authorities = 1;
    const auto verified = sigstore::VerifyBundle(*bundle, {kSubject, {}}, *RootOf(sigstore_), options);
    return verified.ok() ? "ok" : std::string(Name(verified.rejection().reason));
  }
};

TEST_P(BundleMutationTest, IsNoticed) {
  const auto made =
      KeylessSigner(Services()).SignStatement(MakeSignStatement(kSubject, {}), kSubject, Deadline());
  ASSERT_TRUE(made.ok()) << made.status();
  json bundle = json::parse(made->bundle_json);
  ASSERT_EQ(Verdict(bundle.dump()), "ok");
  GetParam().change(bundle);
  EXPECT_EQ(Verdict(bundle.dump()), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Members, BundleMutationTest,
    testing::Values(
        Mutation{"MediaType", [](json& b) { b["mediaType"] = "application/x"; }, "bundle-unknown-version"},
        Mutation{"UnknownMember", [](json& b) { b["x"] = 1; }, "bundle-malformed"},
        Mutation{"NoMaterial", [](json& b) { Material(b).erase("certificate"); }, "bundle-no-material"},
        Mutation{"Certificate",
                 [](json& b) {
                   json& raw = Material(b)["certificate"]["rawBytes"];
                   raw = Flipped(raw);
                 },
                 "entry-key-mismatch"},
        Mutation{"HintInstead",
                 [](json& b) {
                   Material(b) = {{"publicKey", {{"hint", "x"}}}};
                 },
                 "key-required"},
        Mutation{"NoLogEntry", [](json& b) { Material(b).erase("tlogEntries"); }, "log-threshold"},
        Mutation{"LogId", [](json& b) { Entry(b)["logId"]["keyId"] = Flipped(Entry(b)["logId"]["keyId"]); },
                 "log-unknown"},
        Mutation{"LogIndex", [](json& b) { Entry(b)["logIndex"] = "987654"; }, "set-invalid"},
        Mutation{"IntegratedTime", [](json& b) { Entry(b)["integratedTime"] = "1780000000"; }, "set-invalid"},
        Mutation{"Kind", [](json& b) { Entry(b)["kindVersion"]["kind"] = "intoto"; },
                 "log-entry-kind-mismatch"},
        Mutation{"Promise",
                 [](json& b) {
                   json& set = Entry(b)["inclusionPromise"]["signedEntryTimestamp"];
                   set = Flipped(set);
                 },
                 "set-invalid"},
        Mutation{"Body", [](json& b) { Entry(b)["canonicalizedBody"] = "e30="; }, "log-entry-malformed"},
        Mutation{"NoProof", [](json& b) { Entry(b).erase("inclusionProof"); }, "inclusion-missing"},
        Mutation{"RootHash",
                 [](json& b) {
                   json& hash = Entry(b)["inclusionProof"]["rootHash"];
                   hash = Flipped(hash);
                 },
                 "checkpoint-mismatch"},
        Mutation{"NoCheckpoint", [](json& b) { Entry(b)["inclusionProof"].erase("checkpoint"); },
                 "checkpoint-missing"},
        Mutation{"Twice", [](json& b) { Material(b)["tlogEntries"].push_back(Entry(b)); },
                 "duplicate-log-entry"},
        Mutation{"NoTimestamp", [](json& b) { Material(b).erase("timestampVerificationData"); },
                 "timestamp-threshold"},
        Mutation{"Timestamp", [](json& b) { Token(b) = Flipped(Token(b)); }, "timestamp-invalid"},
        Mutation{"PayloadType", [](json& b) { Envelope(b)["payloadType"] = "text/plain"; },
                 "signature-invalid"},
        Mutation{"Payload", [](json& b) { Envelope(b)["payload"] = Flipped(Envelope(b)["payload"]); },
                 "entry-digest-mismatch"},
        Mutation{"Signature",
                 [](json& b) {
                   json& sig = Envelope(b)["signatures"][0]["sig"];
                   sig = Flipped(sig);
                 },
                 "entry-signature-mismatch"},
        Mutation{"TwoSignatures",
                 [](json& b) { Envelope(b)["signatures"].push_back(Envelope(b)["signatures"][0]); },
                 "dsse-signature-count"},
        Mutation{"NoContent", [](json& b) { b.erase("dsseEnvelope"); }, "bundle-content"}),
    [](const auto& each) { return std::string(each.param.name); });

// The manifest that attaches it: another artifact's digest as subject leads nobody astray.
TEST_F(ArtifactTest, AReferrerThatIsMovedToAnotherArtifactProvesNothingThere) {
  const auto made = Sign(KeylessSigner(Services()), {SignatureLayout::kBundle, {}, absl::Now()});
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string digest = made->front().location.digest()->ToString();
  json manifest = json::parse(registry_->store().FindManifest("acme/app", digest)->bytes);
  artifact_ = Put("another");
  manifest["subject"]["digest"] = artifact_->digest()->ToString();
  registry_->PutManifest("acme/app", "application/vnd.oci.image.manifest.v1+json", manifest.dump());
  const auto verdict = Verify(ByWorkflow());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(Name(verdict->reason), "subject-digest-mismatch");
}

// All that the manifest says beside subject and layer are hints.
TEST_F(ArtifactTest, TheAnnotationsOfAReferrerDecideNothing) {
  const Signer signer = KeylessSigner(Services());
  const auto made = Attest(signer, {SignatureLayout::kBundle, {}, absl::Now()});
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string digest = made->front().location.digest()->ToString();
  json manifest = json::parse(registry_->store().FindManifest("acme/app", digest)->bytes);
  manifest["annotations"]["dev.sigstore.bundle.predicateType"] = "https://sigstore.dev/cosign/sign/v1";
  registry_->store().DeleteManifest("acme/app", digest);
  registry_->PutManifest("acme/app", "application/vnd.oci.image.manifest.v1+json", manifest.dump());
  EXPECT_NE(Answer(ByWorkflow()), "yes");
  EXPECT_EQ(Answer(Attested(ByWorkflow())), "yes");
}

}  // namespace
}  // namespace chartseal::publisher
