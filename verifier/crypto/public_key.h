#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/crypto/digest.h"

namespace chartseal::crypto {

enum class KeyType { kEcdsaP256, kEcdsaP384, kEcdsaP521, kRsa, kEd25519 };

// How a signature was made. ECDSA signatures are DER (spec/sigstore.md §4.11); RSA-PSS uses a salt as long as
// the digest. Ed25519ph is named so that it can be refused: OpenSSL 3.0 ignores a request for it silently
// (design §4).
enum class SignatureScheme {
  kEcdsaSha256,
  kEcdsaSha384,
  kEcdsaSha512,
  kRsaPkcs1Sha256,
  kRsaPkcs1Sha384,
  kRsaPkcs1Sha512,
  kRsaPssSha256,
  kRsaPssSha384,
  kRsaPssSha512,
  kEd25519,
  kEd25519ph,
};

// "ecdsa-sha256", "rsa-pss-sha256", "ed25519ph", ... Static lifetime.
std::string_view Name(SignatureScheme scheme);
std::string_view Name(KeyType type);

// The hash a scheme applies to the message; SHA-512 for the Ed25519 ones (pure Ed25519 takes no digest).
HashAlgorithm HashOf(SignatureScheme scheme);

enum class SignatureCheck {
  kValid,
  kInvalid,      // the signature does not verify, or is not well-formed DER (trailing bytes, r or s zero or
                 // negative)
  kUnsupported,  // the scheme is not for this key, or is Ed25519ph, or a digest was given to pure Ed25519
};

// A public key of a supported type: P-256, P-384, P-521, RSA of 2048 to limits::kMaxRsaBits bits, Ed25519.
// Cheap to copy (shared, immutable), thread-safe. Decoding costs about as much as a verification: decode
// trust keys once.
class PublicKey {
 public:
  // DER SubjectPublicKeyInfo. InvalidArgument (Reason::kKeyMalformed) on trailing bytes or an unsupported
  // key.
  static absl::StatusOr<PublicKey> FromSpkiDer(std::string_view der);
  // A "PUBLIC KEY" or "RSA PUBLIC KEY" PEM block; private keys are refused by name.
  static absl::StatusOr<PublicKey> FromPem(std::string_view pem);
  // PKCS#1 RSAPublicKey DER (legacy trusted-root entries, spec/sigstore.md §3.1).
  static absl::StatusOr<PublicKey> FromPkcs1Der(std::string_view der);

  KeyType type() const;
  int bits() const;
  // The SubjectPublicKeyInfo in DER; for FromPkcs1Der, the equivalent one.
  const std::string& spki_der() const;
  // SHA-256 of spki_der(), raw; the log id of Rekor v1 and CT logs.
  const std::string& spki_sha256() const;
  // The raw 32 bytes of an Ed25519 key; empty for other types.
  std::string ed25519_raw() const;
  // The scheme that Sigstore uses for this type of key (spec/sigstore.md §0, §4.11): the curve's own hash,
  // PKCS#1 v1.5 with SHA-256, pure Ed25519.
  SignatureScheme default_scheme() const;

  SignatureCheck Verify(SignatureScheme scheme, std::string_view message, std::string_view signature) const;
  // `digest` is the raw digest by HashOf(scheme); wrong length is kInvalid.
  SignatureCheck VerifyDigest(SignatureScheme scheme, std::string_view digest,
                              std::string_view signature) const;

  // The same key, compared by SPKI.
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.spki_der() == b.spki_der(); }

  struct Impl;  // internal to verifier/crypto
  const Impl& impl() const { return *impl_; }
  explicit PublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}  // internal: use a factory

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace chartseal::crypto
