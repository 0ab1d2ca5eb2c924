#include "tests/sandbox/keys.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <map>
#include <mutex>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {

struct Key::Handle {
  explicit Handle(EVP_PKEY* key) : pkey(key) {}
  ~Handle() { EVP_PKEY_free(pkey); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  EVP_PKEY* pkey;
};

namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// What the macro EVP_EC_gen() does, without its cast: clang sees through that one since OpenSSL 3.0.20.
EVP_PKEY* GenerateEcKey(const char* curve) { return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve); }

EVP_PKEY* GenerateKey(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP256:
      return GenerateEcKey("P-256");
    case KeyType::kEcdsaP384:
      return GenerateEcKey("P-384");
    case KeyType::kEcdsaP521:
      return GenerateEcKey("P-521");
    case KeyType::kRsa2048:
      return EVP_RSA_gen(2048);
    case KeyType::kRsa3072:
      return EVP_RSA_gen(3072);
    case KeyType::kRsa4096:
      return EVP_RSA_gen(4096);
    case KeyType::kEd25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  return nullptr;
}

KeyType TypeOf(EVP_PKEY* pkey) {
  const int bits = EVP_PKEY_get_bits(pkey);
  if (EVP_PKEY_is_a(pkey, "ED25519") == 1) return KeyType::kEd25519;
  if (EVP_PKEY_is_a(pkey, "EC") == 1) {
    return bits == 256 ? KeyType::kEcdsaP256 : bits == 384 ? KeyType::kEcdsaP384 : KeyType::kEcdsaP521;
  }
  Require(EVP_PKEY_is_a(pkey, "RSA") == 1, "a key of a type that the sandbox does not know");
  return bits <= 2048 ? KeyType::kRsa2048 : bits <= 3072 ? KeyType::kRsa3072 : KeyType::kRsa4096;
}

const EVP_MD* Md(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kNone:
      return nullptr;
    case HashAlgorithm::kSha1:
      return EVP_sha1();
    case HashAlgorithm::kSha256:
      return EVP_sha256();
    case HashAlgorithm::kSha384:
      return EVP_sha384();
    case HashAlgorithm::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

HashAlgorithm DefaultHashOf(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP384:
      return HashAlgorithm::kSha384;
    case KeyType::kEcdsaP521:
      return HashAlgorithm::kSha512;
    case KeyType::kEd25519:
      return HashAlgorithm::kNone;
    default:
      return HashAlgorithm::kSha256;
  }
}

const char* DetailsOf(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP256:
      return "PKIX_ECDSA_P256_SHA_256";
    case KeyType::kEcdsaP384:
      return "PKIX_ECDSA_P384_SHA_384";
    case KeyType::kEcdsaP521:
      return "PKIX_ECDSA_P521_SHA_512";
    case KeyType::kRsa2048:
      return "PKIX_RSA_PKCS1V15_2048_SHA256";
    case KeyType::kRsa3072:
      return "PKIX_RSA_PKCS1V15_3072_SHA256";
    case KeyType::kRsa4096:
      return "PKIX_RSA_PKCS1V15_4096_SHA256";
    case KeyType::kEd25519:
      return "PKIX_ED25519";
  }
  return "";
}

bool IsRsa(KeyType type) {
  return type == KeyType::kRsa2048 || type == KeyType::kRsa3072 || type == KeyType::kRsa4096;
}

}  // namespace

Key Key::Generate(KeyType type) {
  EVP_PKEY* pkey = GenerateKey(type);
  Require(pkey != nullptr, "key generation failed");
  return Key(type, std::make_shared<Handle>(pkey));
}

Key Key::ForLeaf(KeyType type) {
  if (!IsRsa(type)) return Generate(type);
  static std::mutex mutex;
  static auto* keys = new std::map<KeyType, Key>;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = keys->find(type);
  return found != keys->end() ? found->second : keys->emplace(type, Generate(type)).first->second;
}

Key Key::FromPem(std::string_view pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* pkey = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  Require(pkey != nullptr, "not a private key in PEM");
  return Key(TypeOf(pkey), std::make_shared<Handle>(pkey));
}

std::string Key::PrivatePem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  Require(PEM_write_bio_PKCS8PrivateKey(bio, handle_->pkey, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string Key::Spki() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(handle_->pkey, &der);
  Require(size > 0, "i2d_PUBKEY");
  std::string spki(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return spki;
}

std::string Key::SpkiPem() const { return PemEncode("PUBLIC KEY", Spki()); }

std::string Key::RawPublicKey() const {
  std::string raw(32, '\0');
  size_t size = raw.size();
  Require(
      EVP_PKEY_get_raw_public_key(handle_->pkey, reinterpret_cast<unsigned char*>(raw.data()), &size) == 1,
      "a raw public key exists for Ed25519 only");
  return raw;
}

HashAlgorithm Key::DefaultHash() const { return DefaultHashOf(type_); }

std::string Key::Sign(std::string_view message) const { return SignWith(DefaultHash(), message); }

std::string Key::SignWith(HashAlgorithm hash, std::string_view message) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Require(EVP_DigestSignInit(context, nullptr, Md(hash), nullptr, handle_->pkey) == 1, "EVP_DigestSignInit");
  size_t size = 0;
  Require(EVP_DigestSign(context, nullptr, &size, Bytes(message), message.size()) == 1, "signature size");
  std::string signature(size, '\0');
  Require(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, Bytes(message),
                         message.size()) == 1,
          "EVP_DigestSign");
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return signature;
}

std::string Key::SignDigest(std::string_view digest) const {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(handle_->pkey, nullptr);
  Require(EVP_PKEY_sign_init(context) == 1, "this key type cannot sign a digest");
  if (IsRsa(type_)) Require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1, "padding");
  Require(EVP_PKEY_CTX_set_signature_md(context, Md(DefaultHash())) == 1, "signature digest");
  size_t size = 0;
  Require(EVP_PKEY_sign(context, nullptr, &size, Bytes(digest), digest.size()) == 1, "signature size");
  std::string signature(size, '\0');
  Require(EVP_PKEY_sign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, Bytes(digest),
                        digest.size()) == 1,
          "EVP_PKEY_sign");
  EVP_PKEY_CTX_free(context);
  signature.resize(size);
  return signature;
}

std::string Key::SignatureAlgorithm(HashAlgorithm hash) const {
  if (type_ == KeyType::kEd25519) return der::Algorithm("1.3.101.112");
  const bool rsa = IsRsa(type_);
  switch (hash) {
    case HashAlgorithm::kSha1:
      return rsa ? der::AlgorithmWithNull("1.2.840.113549.1.1.5") : der::Algorithm("1.2.840.10045.4.1");
    case HashAlgorithm::kSha384:
      return rsa ? der::AlgorithmWithNull("1.2.840.113549.1.1.12") : der::Algorithm("1.2.840.10045.4.3.3");
    case HashAlgorithm::kSha512:
      return rsa ? der::AlgorithmWithNull("1.2.840.113549.1.1.13") : der::Algorithm("1.2.840.10045.4.3.4");
    default:
      return rsa ? der::AlgorithmWithNull("1.2.840.113549.1.1.11") : der::Algorithm("1.2.840.10045.4.3.2");
  }
}

std::string Key::KeyDetails() const { return DetailsOf(type_); }

std::string HashWith(HashAlgorithm hash, std::string_view message) {
  switch (hash) {
    case HashAlgorithm::kNone:
      return std::string(message);
    case HashAlgorithm::kSha1:
      return Sha1(message);
    case HashAlgorithm::kSha256:
      return Sha256(message);
    case HashAlgorithm::kSha384:
      return Sha384(message);
    case HashAlgorithm::kSha512:
      return Sha512(message);
  }
  return "";
}

std::string HashOid(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha1:
      return "1.3.14.3.2.26";
    case HashAlgorithm::kSha384:
      return "2.16.840.1.101.3.4.2.2";
    case HashAlgorithm::kSha512:
      return "2.16.840.1.101.3.4.2.3";
    default:
      return "2.16.840.1.101.3.4.2.1";
  }
}

}  // namespace chartseal::sandbox
