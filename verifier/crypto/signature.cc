// Signature verification: the half of public_key.h that computes.

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <cstdlib>

#include "verifier/crypto/der_reader.h"
#include "verifier/crypto/message_digest.h"
#include "verifier/crypto/public_key_impl.h"

namespace chartseal::crypto {
namespace {

enum class Family { kEcdsa, kRsaPkcs1, kRsaPss, kEd25519, kEd25519ph };

struct SchemeInfo {
  SignatureScheme scheme;
  std::string_view name;
  Family family;
  HashAlgorithm hash;
};

constexpr SchemeInfo kSchemes[] = {
    {SignatureScheme::kEcdsaSha256, "ecdsa-sha256", Family::kEcdsa, HashAlgorithm::kSha256},
    {SignatureScheme::kEcdsaSha384, "ecdsa-sha384", Family::kEcdsa, HashAlgorithm::kSha384},
    {SignatureScheme::kEcdsaSha512, "ecdsa-sha512", Family::kEcdsa, HashAlgorithm::kSha512},
    {SignatureScheme::kRsaPkcs1Sha256, "rsa-pkcs1-sha256", Family::kRsaPkcs1, HashAlgorithm::kSha256},
    {SignatureScheme::kRsaPkcs1Sha384, "rsa-pkcs1-sha384", Family::kRsaPkcs1, HashAlgorithm::kSha384},
    {SignatureScheme::kRsaPkcs1Sha512, "rsa-pkcs1-sha512", Family::kRsaPkcs1, HashAlgorithm::kSha512},
    {SignatureScheme::kRsaPssSha256, "rsa-pss-sha256", Family::kRsaPss, HashAlgorithm::kSha256},
    {SignatureScheme::kRsaPssSha384, "rsa-pss-sha384", Family::kRsaPss, HashAlgorithm::kSha384},
    {SignatureScheme::kRsaPssSha512, "rsa-pss-sha512", Family::kRsaPss, HashAlgorithm::kSha512},
    {SignatureScheme::kEd25519, "ed25519", Family::kEd25519, HashAlgorithm::kSha512},
    {SignatureScheme::kEd25519ph, "ed25519ph", Family::kEd25519ph, HashAlgorithm::kSha512},
};

const SchemeInfo& InfoOf(SignatureScheme scheme) {
  for (const SchemeInfo& info : kSchemes) {
    if (info.scheme == scheme) return info;
  }
  std::abort();
}

const unsigned char* Octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// A failed verification leaves entries in the thread's error queue, where a later caller would read them as
// its own.
SignatureCheck Outcome(int openssl_result) {
  if (openssl_result == 1) return SignatureCheck::kValid;
  ERR_clear_error();
  return SignatureCheck::kInvalid;
}

bool IsPositive(const absl::StatusOr<std::string_view>& integer) {
  return integer.ok() && ((*integer)[0] & 0x80) == 0 && *integer != std::string_view("\0", 1);
}

// Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER } in strict DER, so that a signature has one encoding
// only; OpenSSL's decoder is laxer.
bool IsWellFormedEcdsa(std::string_view signature) {
  DerReader outer(signature);
  auto fields = outer.Enter(der::kSequence);
  if (!fields.ok() || !outer.AtEnd()) return false;
  if (!IsPositive(fields->Integer())) return false;
  return IsPositive(fields->Integer()) && fields->AtEnd();
}

bool Suits(Family family, KeyType type) {
  switch (family) {
    case Family::kEcdsa:
      return type == KeyType::kEcdsaP256 || type == KeyType::kEcdsaP384 || type == KeyType::kEcdsaP521;
    case Family::kRsaPkcs1:
    case Family::kRsaPss:
      return type == KeyType::kRsa;
    case Family::kEd25519:
      return type == KeyType::kEd25519;
    case Family::kEd25519ph:  // OpenSSL 3.0 would verify it as pure Ed25519 without a word
      return false;
  }
  return false;
}

bool SetRsaPadding(EVP_PKEY_CTX* context, const SchemeInfo& info) {
  const bool pss = info.family == Family::kRsaPss;
  if (EVP_PKEY_CTX_set_rsa_padding(context, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context, MessageDigest(info.hash)) != 1) {
    return false;
  }
  return !pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

SignatureCheck VerifyEd25519(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) != 1) {
    return Outcome(0);
  }
  return Outcome(
      EVP_DigestVerify(context.get(), Octets(signature), signature.size(), Octets(message), message.size()));
}

}  // namespace

std::string_view Name(SignatureScheme scheme) { return InfoOf(scheme).name; }

HashAlgorithm HashOf(SignatureScheme scheme) { return InfoOf(scheme).hash; }

SignatureCheck PublicKey::VerifyDigest(SignatureScheme scheme, std::string_view digest,
                                       std::string_view signature) const {
  const SchemeInfo& info = InfoOf(scheme);
  if (!Suits(info.family, impl_->type) || info.family == Family::kEd25519)
    return SignatureCheck::kUnsupported;
  if (digest.size() != DigestSize(info.hash)) return SignatureCheck::kInvalid;
  if (info.family == Family::kEcdsa && !IsWellFormedEcdsa(signature)) return SignatureCheck::kInvalid;
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, impl_->key.get(), nullptr));
  if (!context || EVP_PKEY_verify_init(context.get()) != 1) return Outcome(0);
  if (info.family != Family::kEcdsa && !SetRsaPadding(context.get(), info)) return Outcome(0);
  return Outcome(
      EVP_PKEY_verify(context.get(), Octets(signature), signature.size(), Octets(digest), digest.size()));
}

SignatureCheck PublicKey::Verify(SignatureScheme scheme, std::string_view message,
                                 std::string_view signature) const {
  const SchemeInfo& info = InfoOf(scheme);
  if (!Suits(info.family, impl_->type)) return SignatureCheck::kUnsupported;
  if (info.family == Family::kEd25519) return VerifyEd25519(impl_->key.get(), message, signature);
  return VerifyDigest(scheme, Hash(info.hash, message), signature);
}

}  // namespace chartseal::crypto
