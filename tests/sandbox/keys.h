#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace chartseal::sandbox {

enum class KeyType { kEcdsaP256, kEcdsaP384, kEcdsaP521, kRsa2048, kRsa3072, kRsa4096, kEd25519 };

// kNone is pure Ed25519.
enum class HashAlgorithm { kNone, kSha1, kSha256, kSha384, kSha512 };

// A private key. Copies share the key; all methods may run concurrently.
class Key {
 public:
  static Key Generate(KeyType type);
  // Fresh for elliptic curves; RSA keys are made once per process and size, because making them takes
  // seconds.
  static Key ForLeaf(KeyType type);
  // Private key as PKCS#8 PEM; ends the process when it is not one of the known types.
  static Key FromPem(std::string_view pem);

  KeyType type() const { return type_; }
  std::string PrivatePem() const;
  std::string Spki() const;          // DER SubjectPublicKeyInfo
  std::string SpkiPem() const;       // "PUBLIC KEY"
  std::string RawPublicKey() const;  // the 32 bytes of an Ed25519 key only

  // The hash that Sigstore pairs with the key type (spec/sigstore.md §0).
  HashAlgorithm DefaultHash() const;
  // ECDSA as DER, RSA as PKCS#1 v1.5, Ed25519 pure.
  std::string Sign(std::string_view message) const;
  std::string SignWith(HashAlgorithm hash, std::string_view message) const;
  // Signs a digest that somebody else computed with DefaultHash(); not for Ed25519.
  std::string SignDigest(std::string_view digest) const;

  // DER AlgorithmIdentifier of SignWith(hash, …), as X.509 and CMS write it.
  std::string SignatureAlgorithm(HashAlgorithm hash) const;
  std::string SignatureAlgorithm() const { return SignatureAlgorithm(DefaultHash()); }
  // keyDetails of protobuf-specs, e.g. "PKIX_ECDSA_P256_SHA_256"; Ed25519 gives "PKIX_ED25519".
  std::string KeyDetails() const;

 private:
  struct Handle;
  Key(KeyType type, std::shared_ptr<Handle> handle) : type_(type), handle_(std::move(handle)) {}

  KeyType type_;
  std::shared_ptr<Handle> handle_;
};

// True when the signature over the message verifies with the DER public key and the key type's own hash; for
// the services, which have to check what clients send.
bool VerifyWithSpki(std::string_view spki, std::string_view message, std::string_view signature);
// The same for a digest that was computed elsewhere; always false for Ed25519.
bool VerifyDigestWithSpki(std::string_view spki, std::string_view digest, std::string_view signature);
// The DER public key info inside a PEM certificate, public key or signing request; "" for anything else. A
// signing request's own signature must verify.
std::string SpkiOfPem(std::string_view pem);
// keyDetails of a DER public key info, "" for a type that the sandbox does not know.
std::string KeyDetailsOfSpki(std::string_view spki);

std::string HashWith(HashAlgorithm hash, std::string_view message);
// OID of the hash alone, dotted.
std::string HashOid(HashAlgorithm hash);

}  // namespace chartseal::sandbox
