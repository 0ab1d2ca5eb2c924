#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/certificate_spec.h"

// RFC 3161 tokens (spec/sigstore.md §4.3).
namespace chartseal::sandbox {

inline constexpr char kOidTstInfo[] = "1.2.840.113549.1.9.16.1.4";
inline constexpr char kOidSignedData[] = "1.2.840.113549.1.7.2";

struct TstInfoSpec {
  int version = 1;
  std::string policy = "1.3.6.1.4.1.57264.2";
  HashAlgorithm hash = HashAlgorithm::kSha256;
  std::string imprint;
  std::string serial;  // big-endian magnitude
  absl::Time gen_time;
  std::string nonce;  // big-endian magnitude; empty = none
};

// The response around a TSTInfo, as far as the signer is concerned.
struct TimestampSpec {
  int status = 0;
  std::string content_info_type = kOidSignedData;
  std::string content_type = kOidTstInfo;
  std::string tst_info;                           // DER
  HashAlgorithm digest = HashAlgorithm::kSha256;  // of the content and of the signature
  bool with_signed_attributes = true;
  std::string attribute_content_type = kOidTstInfo;
  std::string message_digest;
  std::vector<std::string> extra_attributes;  // DER Attribute
  std::vector<std::string> certificates;      // the CMS bag
  std::string signer_issuer;                  // DER Name
  std::string signer_serial;
  int signer_info_copies = 1;
};

struct TimestampHooks {
  std::function<void(TstInfoSpec&)> tst_info;
  std::function<void(TimestampSpec&)> token;    // before signing
  std::function<void(std::string&)> signature;  // the CMS signature
  std::function<void(std::string&)> response;   // the DER TimeStampResp
};

struct TimestampAuthorityOptions {
  std::string organization = "sandbox.test";
  std::string common_name = "sandbox-tsa";
  absl::Time not_before;
  absl::Time not_after;
  bool embed_certificate = false;  // the leaf in each token
  bool with_intermediate = false;
  std::function<void(CertificateSpec&)> root;
  std::function<void(CertificateSpec&)> intermediate;
  std::function<void(CertificateSpec&)> leaf;
};

// What a timestamp authority is made of; enough to make it again.
struct TimestampIdentity {
  Key leaf_key;
  std::vector<std::string> chain;  // DER, leaf first, root last
  std::string leaf_issuer;         // DER Name
  std::string leaf_serial;
  bool embed_certificate = false;
};

// Immutable.
class TimestampAuthority {
 public:
  explicit TimestampAuthority(const TimestampAuthorityOptions& options);
  explicit TimestampAuthority(TimestampIdentity identity) : identity_(std::move(identity)) {}

  // A response over the message, hashed with SHA-256.
  std::string Stamp(std::string_view message, absl::Time time, const TimestampHooks& hooks = {}) const;
  // A response over a TSTInfo that the caller filled in.
  std::string Respond(TstInfoSpec info, bool embed_certificate, const TimestampHooks& hooks = {}) const;

  const TimestampIdentity& identity() const { return identity_; }
  const std::vector<std::string>& Chain() const { return identity_.chain; }
  const std::string& leaf() const { return identity_.chain.front(); }
  const Key& leaf_key() const { return identity_.leaf_key; }

 private:
  TimestampIdentity identity_;
};

}  // namespace chartseal::sandbox
