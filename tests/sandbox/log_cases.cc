#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint_case.h"

// Promise, inclusion proof and body of log entries, spec/sigstore.md §4.4 to §4.8.
namespace chartseal::sandbox {
namespace {

using nlohmann::json;

// A finished entry of an unrelated signature in the same log.
LogEntry UnrelatedEntry(CaseDraft& d) {
  MintRequest other = d.request;
  other.artifact = "another artifact\n";
  return d.sigstore.MintDetailed(other).log_entries[0];
}

std::string UnrelatedCertificate(CaseDraft& d) { return d.sigstore.MintDetailed(d.request).certificate; }

std::vector<MintCase> PromiseCases() {
  return {
      {"set-signed-by-another-key", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().promise_payload = [&d](json& payload) {
           const std::string forged = Key::Generate(KeyType::kEcdsaP256).Sign(payload.dump());
           d.log().promise = [forged](std::string& promise) { promise = forged; };
         };
       }},
      {"set-over-another-index", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().promise_payload = [](json& payload) {
           payload["logIndex"] = payload["logIndex"].get<int64_t>() + 1;
         };
       }},
      {"set-over-the-shard-index", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().promise_payload = [](json& payload) {
           payload["logIndex"] = payload["logIndex"].get<int64_t>() - RekorV1Options().shard_offset;
         };
       }},
      {"set-over-another-body", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().promise_payload = [](json& payload) { payload["body"] = Base64Encode("{}"); };
       }},
      {"set-over-another-log-id", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().promise_payload = [](json& payload) { payload["logID"] = std::string(64, 'a'); };
       }},
      {"set-is-not-a-signature", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().promise = [](std::string& promise) { promise = "no signature"; }; }},
      {"integrated-time-not-signed", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().entry = [](LogEntry& entry) { entry.integrated_time += 1; }; }},
      {"integrated-time-before-certificate", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].delay = -absl::Seconds(1); }},
      {"integrated-time-at-certificate-start", "4.5", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].delay = absl::ZeroDuration(); }},
      {"integrated-time-at-certificate-end", "4.5", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].delay = absl::Minutes(10); }},
      {"integrated-time-after-certificate", "4.5", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].delay = absl::Minutes(10) + absl::Seconds(1); }},
      {"integrated-time-without-promise", "4.2", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].with_promise = false; }},
      {"log-key-not-yet-valid", "3.1", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) {
           root["tlogs"][0]["publicKey"]["validFor"]["start"] = "2030-01-01T00:00:00Z";
         };
       }},
      {"log-key-without-validity-start", "3.1", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) { root["tlogs"][0]["publicKey"]["validFor"].erase("start"); };
       }},
      {"log-key-unknown", "4.4", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.trust.mutate = [](json& root) { root["tlogs"].erase(root["tlogs"].begin()); }; }},
  };
}

std::vector<MintCase> ProofCases() {
  return {
      {"proof-hash-corrupted", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.hashes[0][0] ^= 1; }; }},
      {"proof-too-long", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().proof = [](InclusionProof& p) { p.hashes.push_back(std::string(32, 'x')); };
       }},
      {"proof-too-short", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.hashes.pop_back(); }; }},
      {"proof-hash-of-wrong-length", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.hashes[0].pop_back(); }; }},
      {"proof-index-out-of-range", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.log_index = p.tree_size; }; }},
      {"proof-index-of-neighbour", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.log_index ^= 1; }; }},
      {"proof-root-differs-from-checkpoint", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.root_hash[5] ^= 1; }; }},
      {"proof-size-differs-from-checkpoint", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.tree_size += 1; }; }},
      {"proof-with-global-index", "4.6", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().entry = [](LogEntry& e) { e.proof.log_index = e.log_index; }; }},
      {"rekor2-proof-hash-corrupted", "4.6", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.hashes[0][0] ^= 1; }; }},
      {"rekor2-proof-too-short", "4.6", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.log().proof = [](InclusionProof& p) { p.hashes.pop_back(); }; }},
      {"rekor2-index-of-neighbour", "4.6", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.log().entry = [](LogEntry& e) { e.log_index ^= 1, e.proof.log_index ^= 1; }; }},
      {"rekor2-without-proof", "2.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.logs[0].with_proof = false; }},
  };
}

std::vector<MintCase> BodyCases() {
  return {
      {"entry-of-another-signature", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().entry = [other = UnrelatedEntry(d)](LogEntry& entry) { entry = other; }; }},
      {"message-entry-of-another-signature", "4.8", false, Shape::kV1Message,
       [](CaseDraft& d) { d.log().entry = [other = UnrelatedEntry(d)](LogEntry& entry) { entry = other; }; }},
      {"rekor2-entry-of-another-signature", "4.8", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.log().entry = [other = UnrelatedEntry(d)](LogEntry& entry) { entry = other; }; }},
      {"body-with-another-signature", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.logged = [](LoggedSignature& l) { l.signature.back() ^= 1; };
       }},
      {"body-with-another-certificate", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.logged = [other = UnrelatedCertificate(d)](LoggedSignature& l) {
           l.verifier_der = other;
         };
       }},
      {"body-with-another-payload-hash", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.content_hooks.logged = [](LoggedSignature& l) { l.payload += " "; }; }},
      {"intoto-entry", "4.8", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].kind = LogKind::kIntotoV1; }},
      {"intoto-body-with-another-signature", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.logs[0].kind = LogKind::kIntotoV1;
         d.request.content_hooks.logged = [](LoggedSignature& l) { l.signature.back() ^= 1; };
       }},
      {"intoto-body-with-another-payload-hash", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.logs[0].kind = LogKind::kIntotoV1;
         d.request.content_hooks.logged = [](LoggedSignature& l) { l.payload += " "; };
       }},
      {"message-body-with-another-signature", "4.8", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.content_hooks.logged = [](LoggedSignature& l) { l.signature.back() ^= 1; };
       }},
      {"message-body-with-another-certificate", "4.8", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.content_hooks.logged = [other = UnrelatedCertificate(d)](LoggedSignature& l) {
           l.verifier_der = other;
         };
       }},
      {"message-body-with-another-digest", "4.8", false, Shape::kV1Message,
       [](CaseDraft& d) { d.request.content_hooks.logged = [](LoggedSignature& l) { l.digest[0] ^= 1; }; }},
      {"rekor2-body-with-another-signature", "4.8", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.logged = [](LoggedSignature& l) { l.signature.back() ^= 1; };
       }},
      {"rekor2-body-with-another-certificate", "4.8", false, Shape::kV2Message,
       [](CaseDraft& d) {
         d.request.content_hooks.logged = [other = UnrelatedCertificate(d)](LoggedSignature& l) {
           l.verifier_der = other;
         };
       }},
      {"rekor2-body-with-another-digest", "4.8", false, Shape::kV2Message,
       [](CaseDraft& d) { d.request.content_hooks.logged = [](LoggedSignature& l) { l.digest[0] ^= 1; }; }},
      {"rekor2-body-with-another-key-type", "4.8", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.logged = [](LoggedSignature& l) {
           l.key_details = "PKIX_ECDSA_P384_SHA_384";
         };
       }},
      {"hashedrekord-entry-for-an-envelope", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].kind = LogKind::kHashedRekordV1; }},
      {"dsse-entry-for-a-message", "4.8", false, Shape::kV1Message,
       [](CaseDraft& d) { d.request.logs[0].kind = LogKind::kDsseV1; }},
      {"kind-version-differs-from-body", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().entry = [](LogEntry& entry) { entry.kind = "hashedrekord"; }; }},
      {"body-of-unknown-kind", "4.4", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().body = [](json& body) { body["kind"] = "alpine"; }; }},
      {"body-of-unknown-version", "4.4", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().body = [](json& body) { body["apiVersion"] = "9.9.9"; }; }},
      {"body-is-not-json", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().body_text = [](std::string& text) { text = "not json"; }; }},
      {"body-with-two-signatures", "4.8", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().body = [](json& body) {
           json& signatures = body["spec"]["signatures"];
           signatures.push_back(signatures[0]);
         };
       }},
      {"body-in-the-wrong-log", "4.4", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         auto* log = d.Keep<RekorV1>(Key::Generate(KeyType::kEcdsaP256), RekorV1Options());
         d.request.logs[0].rekor_v1 = log;
       }},
      {"second-trusted-log", "4.4", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         RekorV1Options options;
         options.host = "rekor-two.sandbox.test";
         auto* log = d.Keep<RekorV1>(Key::Generate(KeyType::kEcdsaP256), options);
         d.request.logs[0].rekor_v1 = log;
         d.trust.extra_rekor_v1 = {log};
       }},
  };
}

}  // namespace

std::vector<MintCase> LogCases() {
  std::vector<MintCase> all;
  for (const auto& part : {PromiseCases(), ProofCases(), BodyCases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace chartseal::sandbox
