#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/certificate_authority.h"
#include "tests/sandbox/rekor_v1.h"
#include "tests/sandbox/rekor_v2.h"
#include "tests/sandbox/timestamp_authority.h"

// What is to be minted, and where a test reaches into the making (spec/sigstore.md §2, §4). Every pointer is
// borrowed for the call and nullptr means "the Sigstore's own". A default request is a cosign v3 signature
// with a Rekor v1 entry.
namespace chartseal::sandbox {

enum class ContentKind { kMessageSignature, kDsse };

// kV03Old is the "…bundle+json;version=0.3" spelling. Versions 0.1 and 0.2 carry a chain, 0.3 a single
// certificate.
enum class BundleVersion { kV01, kV02, kV03Old, kV03 };

enum class LogKind { kAutomatic, kHashedRekordV1, kDsseV1, kIntotoV1, kHashedRekordV2 };

struct SubjectSpec {
  std::string name;                            // empty = no member
  std::map<std::string, std::string> digests;  // algorithm → hex
  std::map<std::string, std::string> annotations;
};

struct StatementSpec {
  std::string type = "https://in-toto.io/Statement/v1";
  std::string predicate_type = "https://sigstore.dev/cosign/sign/v1";
  std::string predicate_json = "{}";  // empty = no member
  std::vector<SubjectSpec> subjects;  // empty = one subject with the artifact's SHA-256
};

struct ContentHooks {
  std::function<void(nlohmann::json&)> statement;  // before it becomes the payload
  std::function<void(std::string&)> payload;       // the payload bytes before PAE
  std::function<void(std::string&)> signed_bytes;  // PAE or artifact: what the key signs
  std::function<void(std::string&)> signature;     // before logging and stamping
  std::function<void(LoggedSignature&)> logged;    // what the log is told
  std::function<void(std::string&)> stamped;       // what the timestamp authorities are told
  std::function<void(nlohmann::json&)> envelope;   // dsseEnvelope in the bundle
  std::function<void(nlohmann::json&)> message_signature;
};

struct LogRequest {
  LogKind kind = LogKind::kAutomatic;  // by content: hashedrekord 0.0.1 or dsse 0.0.1
  bool with_promise = true;            // Rekor v1 only
  bool with_proof = true;
  bool with_checkpoint = true;
  absl::Duration delay = absl::Seconds(2);  // integratedTime is the signing time plus this
  RekorV1* rekor_v1 = nullptr;
  RekorV2* rekor_v2 = nullptr;
  LogHooks hooks;

  static LogRequest V1() { return {}; }
  static LogRequest V2() {
    LogRequest request;
    request.kind = LogKind::kHashedRekordV2;
    return request;
  }
};

struct TimestampRequest {
  absl::Duration delay = absl::Seconds(1);  // genTime is the signing time plus this
  const TimestampAuthority* tsa = nullptr;
  TimestampHooks hooks;
};

struct MintRequest {
  std::string artifact = "hello, sandbox\n";
  // Replaces the SHA-256 of `artifact` where only a digest is known (an OCI manifest): 64 hex digits.
  std::string artifact_sha256;

  ContentKind content = ContentKind::kDsse;
  std::string payload_type = "application/vnd.in-toto+json";
  StatementSpec statement;

  Identity identity = GitHubWorkflow("acme/app", "release.yml", "refs/tags/v1.2.3");
  KeyType key_type = KeyType::kEcdsaP256;
  std::optional<Key> key;  // else a fresh one
  // A managed key: no certificate. An empty hint means base64(SHA-256(public key info)).
  bool managed_key = false;
  std::string key_hint;

  BundleVersion version = BundleVersion::kV03;
  absl::Time signing_time;  // zero = 30 days after the Sigstore's start; the certificate begins here
  absl::Duration certificate_lifetime = absl::Minutes(10);
  const CertificateAuthority* ca = nullptr;
  bool with_sct = true;
  std::vector<const CtLog*> ct_logs;  // empty = the Sigstore's own

  std::vector<LogRequest> logs = {LogRequest()};
  std::vector<TimestampRequest> timestamps;

  CertificateHooks certificate_hooks;
  ContentHooks content_hooks;
  std::function<void(std::vector<std::string>& chain)> chain;  // DER, leaf first, as it goes into the bundle
  std::function<void(nlohmann::json&)> bundle;                 // the finished bundle
  std::function<void(std::string&)> bundle_text;               // its text
};

}  // namespace chartseal::sandbox
