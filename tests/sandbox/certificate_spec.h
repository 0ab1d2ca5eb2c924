#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/keys.h"

// An X.509 v3 certificate as fields that a test may change before it is signed (RFC 5280 §4.1).
namespace chartseal::sandbox {

inline constexpr char kOidKeyUsage[] = "2.5.29.15";
inline constexpr char kOidExtendedKeyUsage[] = "2.5.29.37";
inline constexpr char kOidBasicConstraints[] = "2.5.29.19";
inline constexpr char kOidSubjectKeyId[] = "2.5.29.14";
inline constexpr char kOidAuthorityKeyId[] = "2.5.29.35";
inline constexpr char kOidSubjectAltName[] = "2.5.29.17";
inline constexpr char kOidNameConstraints[] = "2.5.29.30";
inline constexpr char kOidSctList[] = "1.3.6.1.4.1.11129.2.4.2";
inline constexpr char kOidPoison[] = "1.3.6.1.4.1.11129.2.4.3";
inline constexpr char kPurposeCodeSigning[] = "1.3.6.1.5.5.7.3.3";
inline constexpr char kPurposeTimeStamping[] = "1.3.6.1.5.5.7.3.8";
inline constexpr char kPurposeServerAuth[] = "1.3.6.1.5.5.7.3.1";

struct Extension {
  std::string oid;  // dotted
  bool critical = false;
  std::string value;  // content of the extnValue OCTET STRING
};

struct CertificateSpec {
  std::string serial;               // big-endian magnitude
  std::string signature_algorithm;  // DER AlgorithmIdentifier inside the TBS; empty = the signer's own
  std::string issuer;               // DER Name
  absl::Time not_before;
  absl::Time not_after;
  std::string subject;  // DER Name
  std::string spki;     // DER
  std::vector<Extension> extensions;

  // The first extension with that OID, or nullptr. Owned by this object.
  Extension* Find(std::string_view oid);
  const Extension* Find(std::string_view oid) const;
  void Remove(std::string_view oid);  // every one with that OID
  // Replaces the first one with that OID in its place, or appends.
  void Set(Extension extension);
};

// Name with O and CN; an empty text leaves the attribute out, two empty ones give the empty Name.
std::string EncodeName(std::string_view organization, std::string_view common_name);

Extension KeyUsageExtension(const std::vector<int>& bits);  // 0 digitalSignature, 5 keyCertSign, 6 cRLSign
Extension ExtendedKeyUsageExtension(const std::vector<std::string>& purposes, bool critical);
Extension CaConstraintsExtension(int path_length);  // negative = no pathLenConstraint
Extension SubjectKeyIdExtension(std::string_view spki);
Extension AuthorityKeyIdExtension(std::string_view issuer_spki);
// The key identifier both of them carry: SHA-1 of the DER public key info.
std::string KeyIdOf(std::string_view spki);

// DER TBSCertificate. The signer only fills in an empty signature_algorithm.
std::string EncodeTbs(const CertificateSpec& spec, const Key& signer);
// DER Certificate: TBS, algorithm and signature by the signer's default hash.
std::string SignCertificate(const CertificateSpec& spec, const Key& signer);

}  // namespace chartseal::sandbox
