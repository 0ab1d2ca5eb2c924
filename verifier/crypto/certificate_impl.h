#pragma once

// Internal to verifier/crypto: a decoded certificate. Only .cc files include it.

#include <optional>
#include <string>
#include <vector>

#include "verifier/crypto/certificate.h"

namespace chartseal::crypto {

// Object identifiers of RFC 5280 extensions, dotted.
namespace oid {
inline constexpr std::string_view kKeyUsage = "2.5.29.15";
inline constexpr std::string_view kSubjectAltName = "2.5.29.17";
inline constexpr std::string_view kBasicConstraints = "2.5.29.19";
inline constexpr std::string_view kNameConstraints = "2.5.29.30";
inline constexpr std::string_view kExtendedKeyUsage = "2.5.29.37";
inline constexpr std::string_view kAnyExtendedKeyUsage = "2.5.29.37.0";
}  // namespace oid

// Views point into `der`. An Impl is made once, behind a shared_ptr, and never moved after it is filled.
struct Certificate::Impl {
  std::string der;
  std::string_view tbs;  // the signed bytes
  std::string_view tbs_before_extensions;
  std::optional<SignatureScheme> scheme;  // nullopt: an algorithm that is not supported
  std::string signature_algorithm;        // dotted OID, for messages
  std::string_view signature;

  std::string serial;
  std::string issuer_der;
  std::string subject_der;
  absl::Time not_before;
  absl::Time not_after;
  std::optional<PublicKey> public_key;  // always set once decoding has succeeded

  std::vector<Extension> extensions;
  std::vector<std::string_view> encoded_extensions;  // the same, as encoded
  bool is_ca = false;
  std::optional<int64_t> path_length;  // basicConstraints' pathLenConstraint
  bool has_key_usage = false;
  bool digital_signature = false;
  bool key_cert_sign = false;
  std::optional<std::vector<std::string>> extended_key_usage;
  std::vector<SubjectAltName> subject_alt_names;
};

// Fills `impl` from impl.der. InvalidArgument without a reason or location.
absl::Status DecodeCertificate(Certificate::Impl& impl);
// Fills in what the known extensions (RFC 5280 §4.2.1) say.
absl::Status DecodeKnownExtensions(Certificate::Impl& impl);

// The signature on `certificate` verifies with `key`, under the algorithm that the certificate names.
bool IsSignedBy(const Certificate& certificate, const PublicKey& key);

}  // namespace chartseal::crypto
