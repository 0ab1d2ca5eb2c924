#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/signing_services.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

HttpResponse Error(int code, const std::string& message) {
  return MakeResponse(code, "application/json", json{{"code", code}, {"message", message}}.dump());
}

std::string At(const json& document, const char* pointer) {
  return document.value(json::json_pointer(pointer), std::string());
}

std::string Decoded(const std::string& base64) {
  std::string bytes;
  return Base64Decode(base64, &bytes) ? bytes : "";
}

// Fills in the verifier from base64 PEM; false when it is neither certificate nor key.
bool SetVerifier(const std::string& pem_base64, LoggedSignature* logged, std::string* spki) {
  const std::string pem = Decoded(pem_base64);
  *spki = SpkiOfPem(pem);
  logged->verifier_der = PemDecode("CERTIFICATE", pem);
  logged->verifier_is_certificate = !logged->verifier_der.empty();
  if (!logged->verifier_is_certificate) logged->verifier_der = *spki;
  return !spki->empty();
}

// The canonical body of a proposed hashedrekord, or null with the reason.
json HashedRekordBody(const json& spec, std::string* error) {
  LoggedSignature logged;
  std::string spki;
  const std::string hex = At(spec, "/data/hash/value");
  if (!SetVerifier(At(spec, "/signature/publicKey/content"), &logged, &spki)) {
    *error = "invalid public key or certificate";
  } else if (hex.size() < 64 || hex.size() % 2 != 0 ||
             hex.find_first_not_of("0123456789abcdefABCDEF") != hex.npos) {
    *error = "invalid value for hash";
  } else {
    logged.signature = Decoded(At(spec, "/signature/content"));
    logged.digest = HexDecode(hex);
    if (VerifyDigestWithSpki(spki, logged.digest, logged.signature)) return HashedRekordV1Body(logged);
    *error = "verifying signature: invalid signature when validating ASN.1 encoded signature";
  }
  return nullptr;
}

// The same of a dsse entry.
json DsseBody(const json& spec, std::string* error) {
  LoggedSignature logged;
  std::string spki;
  logged.envelope_json = At(spec, "/proposedContent/envelope");
  const json envelope = json::parse(logged.envelope_json, nullptr, false);
  if (!envelope.is_object()) {
    *error = "proposed content is not an envelope";
  } else if (!SetVerifier(At(spec, "/proposedContent/verifiers/0"), &logged, &spki)) {
    *error = "invalid verifier";
  } else {
    logged.payload_type = At(envelope, "/payloadType");
    logged.payload = Decoded(At(envelope, "/payload"));
    logged.signature = Decoded(At(envelope, "/signatures/0/sig"));
    if (VerifyWithSpki(spki, Pae(logged.payload_type, logged.payload), logged.signature))
      return DsseV1Body(logged);
    *error = "could not verify envelope: accepted signatures do not match threshold";
  }
  return nullptr;
}

json CanonicalBody(const json& proposed, std::string* error) {
  const std::string kind = proposed.value("kind", "") + " " + proposed.value("apiVersion", "");
  if (!proposed.contains("spec")) {
    *error = "entry without spec";
  } else if (kind == "hashedrekord 0.0.1") {
    return HashedRekordBody(proposed["spec"], error);
  } else if (kind == "dsse 0.0.1") {
    return DsseBody(proposed["spec"], error);
  } else {
    *error = "entry kind is not supported: " + kind;
  }
  return nullptr;
}

json ResponseEntry(const LogEntry& entry) {
  json hashes = json::array();
  for (const std::string& hash : entry.proof.hashes) hashes.push_back(HexEncode(hash));
  return {{"body", Base64Encode(entry.body)},
          {"integratedTime", entry.integrated_time},
          {"logID", HexEncode(entry.log_id)},
          {"logIndex", entry.log_index},
          {"verification",
           {{"signedEntryTimestamp", Base64Encode(entry.signed_entry_timestamp)},
            {"inclusionProof",
             {{"checkpoint", entry.checkpoint},
              {"hashes", hashes},
              {"logIndex", entry.proof.log_index},
              {"rootHash", HexEncode(entry.proof.root_hash)},
              {"treeSize", entry.proof.tree_size}}}}}};
}

}  // namespace

HttpResponse RekorV1Service::Create(const HttpRequest& request, absl::Time now) {
  const json proposed = json::parse(request.body, nullptr, false);
  std::string error = "the request is not a JSON object";
  json body = proposed.is_object() ? CanonicalBody(proposed, &error) : json();
  if (body.is_null()) return Error(400, "error processing entry: " + error);
  const std::string text = body.dump();
  const auto known = uuid_by_body_.find(text);
  if (known != uuid_by_body_.end()) {
    HttpResponse conflict =
        Error(409, "an equivalent entry already exists in the transparency log with UUID " + known->second);
    conflict.SetHeader("Location", "/api/v1/log/entries/" + known->second);
    return conflict;
  }
  const LogEntry entry = log_.Append(std::move(body), now);
  const std::string uuid = HexEncode(BigEndian(static_cast<uint64_t>(log_.options().tree_id), 8)) +
                           HexEncode(MerkleTree::LeafHash(entry.body));
  uuid_by_body_[text] = uuid;
  uuid_by_index_[entry.log_index] = uuid;
  entries_by_uuid_[uuid] = json{{uuid, ResponseEntry(entry)}}.dump();
  HttpResponse created = MakeResponse(201, "application/json", entries_by_uuid_[uuid]);
  created.SetHeader("Location", "/api/v1/log/entries/" + uuid);
  created.SetHeader("ETag", uuid);
  return created;
}

HttpResponse RekorV1Service::Find(const std::string& uuid) const {
  for (const auto& [full, body] : entries_by_uuid_) {
    if (full == uuid || (uuid.size() == 64 && full.ends_with(uuid))) {
      return MakeResponse(200, "application/json", body);
    }
  }
  return Error(404, "entry not found");
}

HttpResponse RekorV1Service::Handle(const HttpRequest& request, absl::Time now) {
  constexpr std::string_view kEntries = "/api/v1/log/entries";
  if (request.path == kEntries && request.method == "POST") return Create(request, now);
  if (request.path == kEntries) {
    const std::string index = request.Parameter("logIndex").value_or("");
    const auto found = uuid_by_index_.find(std::strtoll(index.c_str(), nullptr, 10));
    return found == uuid_by_index_.end() ? Error(404, "entry not found") : Find(found->second);
  }
  if (request.path.starts_with(std::string(kEntries) + "/"))
    return Find(request.path.substr(kEntries.size() + 1));
  if (request.path == "/api/v1/log/publicKey") {
    return MakeResponse(200, "application/x-pem-file", log_.key().SpkiPem());
  }
  if (request.path == "/api/v1/log") {
    return MakeResponse(200, "application/json",
                        json{{"rootHash", HexEncode(log_.tree().Root())},
                             {"treeSize", log_.tree().size()},
                             {"treeID", std::to_string(log_.options().tree_id)}}
                            .dump());
  }
  return Error(404, "path " + request.path + " was not found");
}

}  // namespace chartseal::sandbox
