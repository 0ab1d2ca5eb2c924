#include "tests/sandbox/log_entry.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

json HexHash(std::string_view bytes) {
  const char* algorithm = bytes.size() == 48 ? "sha384" : bytes.size() == 64 ? "sha512" : "sha256";
  return {{"algorithm", algorithm}, {"value", HexEncode(bytes)}};
}

json Body(const char* kind, const char* version, json spec) {
  return {{"apiVersion", version}, {"kind", kind}, {"spec", std::move(spec)}};
}

const char* ProtoHashName(size_t size) {
  return size == 48 ? "SHA2_384" : size == 64 ? "SHA2_512" : "SHA2_256";
}

}  // namespace

std::string LoggedSignature::VerifierPem() const {
  return PemEncode(verifier_is_certificate ? "CERTIFICATE" : "PUBLIC KEY", verifier_der);
}

json HashedRekordV1Body(const LoggedSignature& logged) {
  return Body("hashedrekord", "0.0.1",
              {{"data", {{"hash", HexHash(logged.digest)}}},
               {"signature",
                {{"content", Base64Encode(logged.signature)},
                 {"publicKey", {{"content", Base64Encode(logged.VerifierPem())}}}}}});
}

json DsseV1Body(const LoggedSignature& logged) {
  return Body("dsse", "0.0.1",
              {{"envelopeHash", HexHash(Sha256(logged.envelope_json))},
               {"payloadHash", HexHash(Sha256(logged.payload))},
               {"signatures", json::array({{{"signature", Base64Encode(logged.signature)},
                                            {"verifier", Base64Encode(logged.VerifierPem())}}})}});
}

json IntotoV1Body(const LoggedSignature& logged) {
  const json signature = {{"sig", Base64Encode(Base64Encode(logged.signature))},
                          {"publicKey", Base64Encode(logged.VerifierPem())}};
  return Body(
      "intoto", "0.0.2",
      {{"content",
        {{"envelope", {{"payloadType", logged.payload_type}, {"signatures", json::array({signature})}}},
         {"hash", HexHash(Sha256(logged.envelope_json))},
         {"payloadHash", HexHash(Sha256(logged.payload))}}}});
}

json HashedRekordV2Body(const LoggedSignature& logged) {
  json verifier = {{"keyDetails", logged.key_details}};
  verifier[logged.verifier_is_certificate ? "x509Certificate" : "publicKey"] = {
      {"rawBytes", Base64Encode(logged.verifier_der)}};
  return Body(
      "hashedrekord", "0.0.2",
      {{"hashedRekordV002",
        {{"data",
          {{"algorithm", ProtoHashName(logged.digest.size())}, {"digest", Base64Encode(logged.digest)}}},
         {"signature", {{"content", Base64Encode(logged.signature)}, {"verifier", verifier}}}}}});
}

json TlogEntryJson(const LogEntry& entry) {
  json result = {{"logIndex", std::to_string(entry.log_index)},
                 {"logId", {{"keyId", Base64Encode(entry.log_id)}}},
                 {"kindVersion", {{"kind", entry.kind}, {"version", entry.version}}},
                 {"canonicalizedBody", Base64Encode(entry.body)}};
  if (entry.integrated_time != 0) result["integratedTime"] = std::to_string(entry.integrated_time);
  if (!entry.signed_entry_timestamp.empty()) {
    result["inclusionPromise"] = {{"signedEntryTimestamp", Base64Encode(entry.signed_entry_timestamp)}};
  }
  if (!entry.with_proof) return result;
  json hashes = json::array();
  for (const std::string& hash : entry.proof.hashes) hashes.push_back(Base64Encode(hash));
  result["inclusionProof"] = {{"logIndex", std::to_string(entry.proof.log_index)},
                              {"rootHash", Base64Encode(entry.proof.root_hash)},
                              {"treeSize", std::to_string(entry.proof.tree_size)},
                              {"hashes", std::move(hashes)}};
  if (!entry.checkpoint.empty()) result["inclusionProof"]["checkpoint"] = {{"envelope", entry.checkpoint}};
  return result;
}

}  // namespace chartseal::sandbox
