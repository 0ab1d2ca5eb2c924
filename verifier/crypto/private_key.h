#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/crypto/public_key.h"

namespace chartseal::crypto {

// A private key, in memory only; its memory is wiped when the last owner goes. Move-only; const access is
// thread-safe. Nothing prints or copies it out.
class PrivateKey {
 public:
  // An ephemeral key: kEcdsaP256, kEcdsaP384 or kEd25519.
  static absl::StatusOr<PrivateKey> Generate(KeyType type);
  // A PEM "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY" or "RSA PRIVATE KEY" of a supported type.
  // InvalidArgument (Reason::kPrivateKeyUnusable) when it is none, when the pass phrase is wrong or missing;
  // the message never holds key or pass phrase.
  static absl::StatusOr<PrivateKey> FromPem(std::string_view pem, std::string_view pass_phrase);
  // DER of PKCS#8, as it stands inside other containers.
  static absl::StatusOr<PrivateKey> FromPkcs8Der(std::string_view der);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  const PublicKey& public_key() const;
  // "-----BEGIN PUBLIC KEY-----…", with a final newline.
  std::string public_key_pem() const;
  // The raw signature over `message` by the key type's default scheme (PublicKey::default_scheme()); ECDSA in
  // DER.
  absl::StatusOr<std::string> Sign(std::string_view message) const;

 private:
  struct Impl;
  explicit PrivateKey(std::unique_ptr<Impl> impl);
  // The key, when it verifies what it signs.
  static absl::StatusOr<PrivateKey> Probed(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Overwrites the text, in a way that the compiler does not leave out, and empties it.
void Wipe(std::string& secret);

}  // namespace chartseal::crypto
