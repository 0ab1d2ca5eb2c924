#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/keys.h"
#include "tests/sandbox/signed_note.h"

// What a transparency log says about one entry, and the bodies it can hold (spec/sigstore.md §4.5 to §4.8).
namespace chartseal::sandbox {

struct InclusionProof {
  int64_t log_index = 0;  // inside the tree, not the global index
  std::string root_hash;
  int64_t tree_size = 0;
  std::vector<std::string> hashes;
};

struct LogEntry {
  std::string kind;
  std::string version;
  std::string body;  // canonical JSON
  std::string log_id;
  int64_t log_index = 0;
  int64_t integrated_time = 0;         // Unix seconds; 0 for Rekor v2
  std::string signed_entry_timestamp;  // empty = no promise
  bool with_proof = true;
  InclusionProof proof;
  std::string checkpoint;  // empty = none
};

// Where a test may reach into the logging of an entry, in this order. Later values are computed from what a
// hook left.
struct LogHooks {
  std::function<void(nlohmann::json&)> body;      // before canonicalisation and inclusion
  std::function<void(std::string&)> body_text;    // the bytes that become the leaf
  std::function<void(LogEntry&)> before_promise;  // integrated_time, log_index, log_id: the SET covers them
  std::function<void(nlohmann::json&)> promise_payload;  // what the SET signs
  std::function<void(std::string&)> promise;             // the SET itself
  std::function<void(InclusionProof&)> proof;            // the checkpoint still tells the truth
  CheckpointHooks checkpoint;
  std::function<void(LogEntry&)> entry;             // the finished entry
  std::function<void(nlohmann::json&)> tlog_entry;  // its form in the bundle
};

// The material that log bodies are made of.
struct LoggedSignature {
  std::string signature;     // raw
  std::string verifier_der;  // certificate or public key info
  bool verifier_is_certificate = true;
  KeyType key_type = KeyType::kEcdsaP256;
  std::string key_details;
  std::string digest;        // of the artifact, or of the PAE in a Rekor v2 entry of an envelope
  std::string payload_type;  // envelopes only
  std::string payload;
  std::string envelope_json;  // as it was uploaded

  std::string VerifierPem() const;
};

nlohmann::json HashedRekordV1Body(const LoggedSignature& logged);
nlohmann::json DsseV1Body(const LoggedSignature& logged);
nlohmann::json IntotoV1Body(const LoggedSignature& logged);  // intoto 0.0.2, a Rekor v1 kind
nlohmann::json HashedRekordV2Body(const LoggedSignature& logged);

// The TransparencyLogEntry of a bundle, in protojson.
nlohmann::json TlogEntryJson(const LogEntry& entry);

}  // namespace chartseal::sandbox
