#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/crypto/public_key.h"

namespace chartseal::crypto {

// Object identifiers in dotted form.
namespace oid {
inline constexpr std::string_view kCodeSigning = "1.3.6.1.5.5.7.3.3";
inline constexpr std::string_view kTimeStamping = "1.3.6.1.5.5.7.3.8";
inline constexpr std::string_view kSctList = "1.3.6.1.4.1.11129.2.4.2";
inline constexpr std::string_view kCtPoison = "1.3.6.1.4.1.11129.2.4.3";
inline constexpr std::string_view kFulcioArc = "1.3.6.1.4.1.57264.1";
inline constexpr std::string_view kFulcioOtherName = "1.3.6.1.4.1.57264.1.7";
}  // namespace oid

struct Extension {
  std::string oid;  // dotted
  bool critical = false;
  std::string value;  // the octets inside extnValue's OCTET STRING
};

struct SubjectAltName {
  enum class Kind { kUri, kEmail, kOtherName, kDns, kIp, kOther };
  Kind kind = Kind::kOther;
  std::string type_oid;  // otherName only
  std::string value;     // text; for otherName the DER inside [0]; for kIp and kOther the raw octets
};

// An X.509 v3 certificate. Cheap to copy (shared, immutable), thread-safe. Existence means that it decodes,
// that no extension stands twice and that its public key is of a supported type; nothing has been verified.
class Certificate {
 public:
  // InvalidArgument (Reason::kCertificateMalformed) on trailing bytes, or when larger than
  // limits::kMaxCertificateBytes.
  static absl::StatusOr<Certificate> FromDer(std::string_view der);
  // Every "CERTIFICATE" block, in order; at most limits::kMaxChainLength; none is an error.
  static absl::StatusOr<std::vector<Certificate>> ListFromPem(std::string_view pem);

  const std::string& der() const;
  absl::Time not_before() const;
  absl::Time not_after() const;
  const PublicKey& public_key() const;
  // DER Name.
  const std::string& subject_der() const;
  const std::string& issuer_der() const;
  // The serial number's INTEGER contents.
  const std::string& serial() const;
  // "CN=sigstore-intermediate,O=sigstore.dev", for messages.
  std::string subject_text() const;
  // basicConstraints says CA.
  bool is_ca() const;
  // Subject equals issuer and the certificate's own key verifies its signature.
  bool is_self_signed() const;
  bool allows_digital_signature() const;  // keyUsage absent or has the bit
  // Extended key usages as dotted OIDs; nullopt when there is no such extension.
  const std::optional<std::vector<std::string>>& extended_key_usage() const;
  bool extended_key_usage_is_critical() const;
  const std::vector<SubjectAltName>& subject_alt_names() const;
  const std::vector<Extension>& extensions() const;
  // nullptr when absent; borrowed from this certificate.
  const Extension* FindExtension(std::string_view oid) const;
  // The DER TBSCertificate without the extension `oid`, every enclosing length rebuilt and all else byte for
  // byte (RFC 6962 §3.2; spec/sigstore.md §4.10).
  absl::StatusOr<std::string> TbsWithoutExtension(std::string_view oid) const;

  // The same bytes.
  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der() == b.der(); }

  struct Impl;  // internal to verifier/crypto
  const Impl& impl() const { return *impl_; }
  explicit Certificate(std::shared_ptr<const Impl> impl)
      : impl_(std::move(impl)) {}  // internal: use a factory

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace chartseal::crypto
