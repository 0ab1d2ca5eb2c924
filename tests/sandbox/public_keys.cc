// What the services do with other people's keys: keys.h, second half.
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/keys.h"

namespace chartseal::sandbox {
namespace {

struct PkeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PkeyPointer = std::unique_ptr<EVP_PKEY, PkeyDeleter>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

PkeyPointer ParseSpki(std::string_view spki) {
  const unsigned char* cursor = Bytes(spki);
  return PkeyPointer(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(spki.size())));
}

// nullptr for pure Ed25519.
const EVP_MD* DigestOf(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return nullptr;
  if (EVP_PKEY_is_a(key, "EC") != 1) return EVP_sha256();
  const int bits = EVP_PKEY_get_bits(key);
  return bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512();
}

std::string EncodeSpki(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return "";
  std::string spki(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return spki;
}

std::string SpkiOfCertificate(std::string_view der) {
  const unsigned char* cursor = Bytes(der);
  X509* certificate = d2i_X509(nullptr, &cursor, static_cast<long>(der.size()));
  if (certificate == nullptr) return "";
  std::string spki = EncodeSpki(X509_get0_pubkey(certificate));
  X509_free(certificate);
  return spki;
}

std::string SpkiOfRequest(std::string_view der) {
  const unsigned char* cursor = Bytes(der);
  X509_REQ* request = d2i_X509_REQ(nullptr, &cursor, static_cast<long>(der.size()));
  if (request == nullptr) return "";
  EVP_PKEY* key = X509_REQ_get0_pubkey(request);
  std::string spki = key != nullptr && X509_REQ_verify(request, key) == 1 ? EncodeSpki(key) : "";
  X509_REQ_free(request);
  return spki;
}

}  // namespace

bool VerifyWithSpki(std::string_view spki, std::string_view message, std::string_view signature) {
  const PkeyPointer key = ParseSpki(spki);
  if (key == nullptr) return false;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool verified =
      EVP_DigestVerifyInit(context, nullptr, DigestOf(key.get()), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context, Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
  EVP_MD_CTX_free(context);
  return verified;
}

bool VerifyDigestWithSpki(std::string_view spki, std::string_view digest, std::string_view signature) {
  const PkeyPointer key = ParseSpki(spki);
  if (key == nullptr || DigestOf(key.get()) == nullptr) return false;
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key.get(), nullptr);
  const bool rsa = EVP_PKEY_is_a(key.get(), "RSA") == 1;
  const bool verified =
      EVP_PKEY_verify_init(context) == 1 &&
      (!rsa || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
      EVP_PKEY_CTX_set_signature_md(context, DigestOf(key.get())) == 1 &&
      EVP_PKEY_verify(context, Bytes(signature), signature.size(), Bytes(digest), digest.size()) == 1;
  EVP_PKEY_CTX_free(context);
  return verified;
}

std::string SpkiOfPem(std::string_view pem) {
  if (const std::string der = PemDecode("CERTIFICATE", pem); !der.empty()) return SpkiOfCertificate(der);
  if (const std::string der = PemDecode("CERTIFICATE REQUEST", pem); !der.empty()) return SpkiOfRequest(der);
  const std::string der = PemDecode("PUBLIC KEY", pem);
  return ParseSpki(der) == nullptr ? "" : der;
}

std::string KeyDetailsOfSpki(std::string_view spki) {
  const PkeyPointer key = ParseSpki(spki);
  if (key == nullptr) return "";
  const int bits = EVP_PKEY_get_bits(key.get());
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) return "PKIX_ED25519";
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) return "PKIX_RSA_PKCS1V15_" + std::to_string(bits) + "_SHA256";
  if (EVP_PKEY_is_a(key.get(), "EC") != 1) return "";
  return bits == 256   ? "PKIX_ECDSA_P256_SHA_256"
         : bits == 384 ? "PKIX_ECDSA_P384_SHA_384"
                       : "PKIX_ECDSA_P521_SHA_512";
}

}  // namespace chartseal::sandbox
