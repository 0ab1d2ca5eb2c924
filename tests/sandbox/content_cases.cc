#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint_case.h"

// Signature, envelope, statement and digest, spec/sigstore.md §4.11.
namespace chartseal::sandbox {
namespace {

using nlohmann::json;

constexpr char kOtherDigest[] = "1111111111111111111111111111111111111111111111111111111111111111";

std::string ArtifactHex(const CaseDraft& d) { return HexEncode(Sha256(d.request.artifact)); }

std::string UpperCase(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::vector<MintCase> EnvelopeCases() {
  return {
      {"envelope-with-two-signatures", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.envelope = [](json& e) { e["signatures"].push_back(e["signatures"][0]); };
       }},
      {"envelope-without-signature", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.envelope = [](json& e) { e["signatures"] = json::array(); };
       }},
      {"envelope-signed-without-pae", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.signed_bytes = [](std::string& bytes) {
           bytes = bytes.substr(bytes.find('{'));
         };
       }},
      {"envelope-signature-wrong", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.content_hooks.signed_bytes = [](std::string& bytes) { bytes += "x"; }; }},
      {"envelope-signature-with-trailing-byte", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.signature = [](std::string& signature) { signature += '\0'; };
       }},
      {"rekor2-envelope-signature-wrong", "4.11", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.content_hooks.signed_bytes = [](std::string& bytes) { bytes += "x"; }; }},
      {"envelope-of-another-payload-type", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.payload_type = "text/plain"; }},
      {"envelope-payload-type-not-the-signed-one", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.signed_bytes = [](std::string& bytes) {
           bytes = Pae("text/plain", bytes.substr(bytes.find('{')));
         };
       }},
      {"envelope-payload-exchanged", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.envelope = [](json& e) { e["payload"] = Base64Encode("{}"); };
       }},
      {"envelope-with-key-id", "2.3", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.envelope = [](json& e) { e["signatures"][0]["keyid"] = ""; };
       }},
  };
}

std::vector<MintCase> StatementCases() {
  return {
      {"statement-v0.1", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.statement.type = "https://in-toto.io/Statement/v0.1"; }},
      {"statement-of-unknown-type", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.statement.type = "https://example.com/Statement/v9"; }},
      // For the policy to refuse: an attestation by the right signer is no signature (§4.1 step 8).
      {"statement-with-another-predicate-type", "4.1", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.statement.predicate_type = "https://slsa.dev/provenance/v1"; }},
      {"statement-without-predicate", "1.4", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.statement.predicate_json.clear(); }},
      {"statement-without-subject", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.statement = [](json& s) { s["subject"] = json::array(); };
       }},
      {"statement-of-another-digest", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.statement.subjects = {{"", {{"sha256", kOtherDigest}}, {}}};
       }},
      {"statement-matching-in-a-later-subject", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.statement.subjects = {{"first", {{"sha256", kOtherDigest}}, {}},
                                         {"second", {{"sha256", ArtifactHex(d)}}, {}}};
       }},
      {"statement-with-upper-case-hex", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.statement.subjects = {{"", {{"sha256", UpperCase(ArtifactHex(d))}}, {}}};
       }},
      {"statement-with-digest-under-another-algorithm", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.statement.subjects = {{"", {{"gitCommit", ArtifactHex(d)}}, {}}};
       }},
      {"statement-with-1025-subjects", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.statement.subjects.assign(1025, {"", {{"sha256", ArtifactHex(d)}}, {}});
       }},
      {"statement-with-33-digests", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         SubjectSpec subject = {"", {{"sha256", ArtifactHex(d)}}, {}};
         for (int i = 0; i < 32; ++i) subject.digests["alg" + std::to_string(i)] = kOtherDigest;
         d.request.statement.subjects = {subject};
       }},
      {"statement-with-duplicate-key", "0", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.payload = [](std::string& payload) {
           payload.insert(1, "\"predicateType\":\"https://slsa.dev/provenance/v1\",");
         };
       }},
      {"statement-is-not-json", "4.11", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.payload = [](std::string& payload) { payload = "{not json"; };
       }},
      {"statement-with-odd-white-space", "0", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.payload = [](std::string& payload) { payload = " " + payload + "\n"; };
       }},
  };
}

std::vector<MintCase> MessageCases() {
  return {
      {"message-signature-wrong", "4.11", false, Shape::kV1Message,
       [](CaseDraft& d) { d.request.content_hooks.signed_bytes = [](std::string& bytes) { bytes += "x"; }; }},
      {"message-digest-of-another-artifact", "4.11", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.content_hooks.message_signature = [](json& m) {
           m["messageDigest"]["digest"] = Base64Encode(Sha256("another artifact"));
         };
       }},
      {"message-digest-under-another-algorithm", "4.11", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.content_hooks.message_signature = [](json& m) {
           m["messageDigest"]["algorithm"] = "SHA2_384";
         };
       }},
      {"message-without-signature", "2.3", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.content_hooks.message_signature = [](json& m) { m.erase("signature"); };
       }},
      {"rekor2-message-signature-wrong", "4.11", false, Shape::kV2Message,
       [](CaseDraft& d) { d.request.content_hooks.signed_bytes = [](std::string& bytes) { bytes += "x"; }; }},
  };
}

std::vector<MintCase> KeyTypeCases() {
  return {
      {"key-p384", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.key_type = KeyType::kEcdsaP384; }},
      {"key-p521", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.key_type = KeyType::kEcdsaP521; }},
      {"key-rsa-2048", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.key_type = KeyType::kRsa2048; }},
      {"key-rsa-3072", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.key_type = KeyType::kRsa3072; }},
      {"key-ed25519", "4.11", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.key_type = KeyType::kEd25519; }},
      {"key-p384-message", "4.11", true, Shape::kV1Message,
       [](CaseDraft& d) { d.request.key_type = KeyType::kEcdsaP384; }},
      {"key-p521-rekor2-message", "4.11", true, Shape::kV2Message,
       [](CaseDraft& d) { d.request.key_type = KeyType::kEcdsaP521; }},
      {"key-p384-rekor2", "4.11", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.key_type = KeyType::kEcdsaP384; }},
      {"key-rsa-2048-rekor2", "4.11", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.key_type = KeyType::kRsa2048; }},
      {"rekor2-with-ecdsa-key", "3.2", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         RekorV2Options options;
         options.host = "rekor2-ecdsa.sandbox.test";
         auto* log = d.Keep<RekorV2>(Key::Generate(KeyType::kEcdsaP256), options);
         d.request.logs[0].rekor_v2 = log;
         d.trust.extra_rekor_v2 = {log};
       }},
  };
}

}  // namespace

std::vector<MintCase> ContentCases() {
  std::vector<MintCase> all;
  for (const auto& part : {EnvelopeCases(), StatementCases(), MessageCases(), KeyTypeCases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace chartseal::sandbox
