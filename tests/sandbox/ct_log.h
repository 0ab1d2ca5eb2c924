#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sandbox/keys.h"

namespace chartseal::sandbox {

// Everything that goes into an SCT and its signature (RFC 6962 §3.2, spec/sigstore.md §4.10); a test may
// change any of it.
struct SctSpec {
  int version = 0;
  std::string log_id;  // 32 bytes
  uint64_t timestamp_ms = 0;
  std::string extensions;
  int entry_type = 1;           // precert_entry
  std::string issuer_key_hash;  // SHA-256 of the issuer's public key info
  std::string tbs;              // TBSCertificate without the SCT list
  int hash_id = 4;              // SHA-256
  int signature_id = 3;         // ECDSA
};

// A certificate transparency log that only hands out promises: no tree stands behind it, since no client
// looks at one.
class CtLog {
 public:
  explicit CtLog(Key key) : key_(std::move(key)) {}
  static CtLog Generate() { return CtLog(Key::Generate(KeyType::kEcdsaP256)); }

  const Key& key() const { return key_; }
  std::string LogId() const;  // SHA-256 of the public key info

  // A valid spec of this log for a certificate to be issued.
  SctSpec Prepare(std::string_view issuer_spki, std::string_view tbs, uint64_t timestamp_ms) const;
  // Signs and serialises the SCT.
  std::string Issue(const SctSpec& spec) const;

 private:
  Key key_;
};

// The leaf_index extension of static CT logs.
std::string LeafIndexExtension(uint64_t index);

}  // namespace chartseal::sandbox
