#include "verifier/crypto/private_key.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/der_reader.h"
#include "verifier/crypto/message_digest.h"
#include "verifier/crypto/openssl_ptr.h"

// OpenSSL's own functions for whole PEM files are not used: without a pass phrase they ask on the terminal,
// and what they decode on the way is freed without being wiped. Here each step's memory is wiped by its
// owner.
namespace chartseal::crypto {

struct PrivateKey::Impl {
  EvpPkeyPtr key;  // EVP_PKEY_free wipes its secret numbers; only read after construction
  PublicKey public_key;
};

namespace {

constexpr std::string_view kWhat = "private key";

absl::Status Unusable(std::string_view what) { return Malformed(Reason::kPrivateKeyUnusable, kWhat, what); }

const unsigned char* Octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

using Pkcs8Ptr = OpenSslPtr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EncryptedPkcs8Ptr = OpenSslPtr<X509_SIG, X509_SIG_free>;

// A PEM block as PEM_read_bio_ex hands it out; wiped when it goes.
struct PemBlock {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  PemBlock() = default;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  ~PemBlock() {
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, capacity);
  }

  size_t capacity = 0;  // `size` before decryption made it smaller
  std::string_view bytes() const { return {reinterpret_cast<const char*>(data), static_cast<size_t>(size)}; }
};

// Answers OpenSSL's question for a pass phrase from memory. Without this it would ask on the terminal.
int GivePassPhrase(char* buffer, int size, int /*for_writing*/, void* user) {
  const auto* pass_phrase = static_cast<const std::string_view*>(user);
  if (pass_phrase->empty() || pass_phrase->size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buffer, pass_phrase->data(), pass_phrase->size());
  return static_cast<int>(pass_phrase->size());
}

absl::Status NotDecrypted(std::string_view pass_phrase) {
  return pass_phrase.empty() ? Unusable("it is encrypted and no pass phrase was given")
                             : Unusable("the pass phrase is wrong, or its encryption is not supported");
}

// The two halves of a file need not belong together, and a signature by such a key would verify nowhere.
bool HalvesBelongTogether(const PrivateKey& key) {
  constexpr std::string_view kProbe = "chartseal: does this key verify what it signs";
  const auto signature = key.Sign(kProbe);
  if (!signature.ok()) return false;
  const PublicKey& half = key.public_key();
  return half.Verify(half.default_scheme(), kProbe, *signature) == SignatureCheck::kValid;
}

absl::StatusOr<PublicKey> PublicHalf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return Unusable("its public half cannot be computed");
  const std::string spki(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  auto half = PublicKey::FromSpkiDer(spki);
  if (!half.ok()) return Unusable(Cat("of no supported kind: ", Message(half.status())));
  return half;
}

EvpPkeyPtr FromPkcs8Bytes(std::string_view der) {
  const unsigned char* cursor = Octets(der);
  const Pkcs8Ptr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(der.size())));
  if (!info || cursor != Octets(der) + der.size()) return nullptr;
  return EvpPkeyPtr(EVP_PKCS82PKEY(info.get()));
}

EvpPkeyPtr FromTraditional(int type, std::string_view der) {
  const unsigned char* cursor = Octets(der);
  EvpPkeyPtr key(d2i_PrivateKey(type, nullptr, &cursor, static_cast<long>(der.size())));
  return cursor == Octets(der) + der.size() ? std::move(key) : nullptr;
}

// What deriving the key of an EncryptedPrivateKeyInfo (RFC 5958 §3) costs: iterations, or N·r·p of scrypt.
absl::StatusOr<int64_t> DerivationCost(std::string_view der) {
  constexpr std::string_view kPbes2 = "1.2.840.113549.1.5.13";
  constexpr std::string_view kScrypt = "1.3.6.1.4.1.11591.4.11";
  DerReader outer(der);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  ASSIGN_OR_RETURN(DerReader algorithm, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(std::string oid, algorithm.Oid());
  ASSIGN_OR_RETURN(DerReader parameters, algorithm.Enter(der::kSequence));
  if (oid == kPbes2) {  // its parameters begin with an AlgorithmIdentifier of the derivation (RFC 8018 §A.4)
    ASSIGN_OR_RETURN(DerReader derivation, parameters.Enter(der::kSequence));
    ASSIGN_OR_RETURN(oid, derivation.Oid());
    ASSIGN_OR_RETURN(parameters, derivation.Enter(der::kSequence));
  }
  RETURN_IF_ERROR(parameters.Expect(der::kOctetString).status());  // salt
  ASSIGN_OR_RETURN(const int64_t iterations, parameters.SmallInteger());
  if (oid != kScrypt) return iterations;
  ASSIGN_OR_RETURN(const int64_t block_size, parameters.SmallInteger());
  ASSIGN_OR_RETURN(const int64_t parallel, parameters.SmallInteger());
  int64_t cost = 0;
  const bool overflows =
      __builtin_mul_overflow(iterations, block_size, &cost) || __builtin_mul_overflow(cost, parallel, &cost);
  return overflows ? std::numeric_limits<int64_t>::max() : cost;
}

// Some seconds of work; openssl writes 2048 iterations, careful people a million.
constexpr int64_t kDearestDerivation = 10'000'000;

absl::StatusOr<EvpPkeyPtr> FromEncryptedPkcs8(std::string_view der, std::string_view pass_phrase) {
  if (pass_phrase.empty()) return NotDecrypted(pass_phrase);
  const auto cost = DerivationCost(der);
  if (!cost.ok()) return Unusable("the encrypted PKCS#8 is malformed");
  if (*cost > kDearestDerivation) return Unusable("decrypting it would take longer than any real key");
  const unsigned char* cursor = Octets(der);
  const EncryptedPkcs8Ptr encrypted(d2i_X509_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  if (!encrypted || cursor != Octets(der) + der.size()) return Unusable("the encrypted PKCS#8 is malformed");
  const Pkcs8Ptr info(
      PKCS8_decrypt(encrypted.get(), pass_phrase.data(), static_cast<int>(pass_phrase.size())));
  if (!info) return NotDecrypted(pass_phrase);
  return EvpPkeyPtr(EVP_PKCS82PKEY(info.get()));
}

// What stands in the file instead of a key that can be used, and what to do about it.
absl::Status WrongBlock(std::string_view name) {
  if (name == "OPENSSH PRIVATE KEY") {
    return Unusable("an OpenSSH key; ssh-keygen -p -m PKCS8 -f FILE turns it into PKCS#8");
  }
  if (name == "ENCRYPTED SIGSTORE PRIVATE KEY" || name == "ENCRYPTED COSIGN PRIVATE KEY") {
    return Unusable("a key file of cosign stands where a plain PEM key is expected");
  }
  const std::string_view hint = name == "PUBLIC KEY" ? "; give the private key that belongs to it" : "";
  return Unusable(Cat("a PEM block '", Printable(name, 64), "'", hint));
}

absl::StatusOr<EvpPkeyPtr> FromBlock(PemBlock& block, std::string_view pass_phrase) {
  const std::string_view name = block.name;
  if (name == "PRIVATE KEY") return FromPkcs8Bytes(block.bytes());
  if (name == "ENCRYPTED PRIVATE KEY") return FromEncryptedPkcs8(block.bytes(), pass_phrase);
  if (name != "EC PRIVATE KEY" && name != "RSA PRIVATE KEY") return WrongBlock(name);
  EVP_CIPHER_INFO cipher;  // "Proc-Type: 4,ENCRYPTED" of old OpenSSL files
  if (PEM_get_EVP_CIPHER_INFO(block.header, &cipher) != 1) return Unusable("its PEM header is malformed");
  if (PEM_do_header(&cipher, block.data, &block.size, GivePassPhrase, &pass_phrase) != 1) {
    return NotDecrypted(pass_phrase);
  }
  return FromTraditional(name == "EC PRIVATE KEY" ? EVP_PKEY_EC : EVP_PKEY_RSA, block.bytes());
}

absl::StatusOr<EvpPkeyPtr> ReadPem(std::string_view pem, std::string_view pass_phrase) {
  // Reads from the caller's memory: no copy to wipe.
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (bio) {
    PemBlock block;
    if (PEM_read_bio_ex(bio.get(), &block.name, &block.header, &block.data, &block.size,
                        PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1) {
      break;
    }
    block.capacity = static_cast<size_t>(block.size);
    // openssl ecparam -genkey writes the curve's name in front of the key.
    if (std::string_view(block.name) != "EC PARAMETERS") return FromBlock(block, pass_phrase);
  }
  return Unusable("no complete PEM block of a private key");
}

EvpPkeyPtr GenerateOf(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP256:
      return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    case KeyType::kEcdsaP384:
      return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
    case KeyType::kEd25519:
      return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    default:
      return nullptr;
  }
}

}  // namespace

absl::StatusOr<PrivateKey> PrivateKey::Probed(std::unique_ptr<Impl> impl) {
  PrivateKey key(std::move(impl));
  const bool sound = HalvesBelongTogether(key);
  ERR_clear_error();
  if (!sound) return Unusable("it does not verify what it signs: private and public half do not match");
  return key;
}

absl::StatusOr<PrivateKey> PrivateKey::Generate(KeyType type) {
  EvpPkeyPtr key = GenerateOf(type);
  ERR_clear_error();
  if (!key) return Unusable(Cat("an ephemeral key of type ", Name(type), " cannot be made"));
  ASSIGN_OR_RETURN(PublicKey half, PublicHalf(key.get()));
  return PrivateKey(std::make_unique<Impl>(Impl{std::move(key), std::move(half)}));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(std::string_view pem, std::string_view pass_phrase) {
  if (pem.size() > limits::kMaxPrivateKeyBytes) return Unusable("larger than any private key");
  auto key = ReadPem(pem, pass_phrase);
  ERR_clear_error();
  RETURN_IF_ERROR(key.status());
  if (*key == nullptr) return Unusable("its PEM block holds no private key that can be read");
  ASSIGN_OR_RETURN(PublicKey half, PublicHalf(key->get()));
  return Probed(std::make_unique<Impl>(Impl{*std::move(key), std::move(half)}));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPkcs8Der(std::string_view der) {
  if (der.size() > limits::kMaxPrivateKeyBytes) return Unusable("larger than any private key");
  EvpPkeyPtr key = FromPkcs8Bytes(der);
  ERR_clear_error();
  if (!key) return Unusable("not a private key in PKCS#8");
  ASSIGN_OR_RETURN(PublicKey half, PublicHalf(key.get()));
  return Probed(std::make_unique<Impl>(Impl{std::move(key), std::move(half)}));
}

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

const PublicKey& PrivateKey::public_key() const { return impl_->public_key; }

std::string PrivateKey::public_key_pem() const {
  return PemEncode("PUBLIC KEY", impl_->public_key.spki_der());
}

absl::StatusOr<std::string> PrivateKey::Sign(std::string_view message) const {
  const PublicKey& half = impl_->public_key;
  const EVP_MD* hash =
      half.type() == KeyType::kEd25519 ? nullptr : MessageDigest(HashOf(half.default_scheme()));
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  size_t size = 0;
  std::string signature;
  bool made = context && EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, impl_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, Octets(message), message.size()) == 1;
  if (made) {
    signature.resize(size);
    made = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          Octets(message), message.size()) == 1;
  }
  ERR_clear_error();
  if (!made)
    return WithReason(absl::InternalError("private key: signing failed"), Reason::kPrivateKeyUnusable);
  signature.resize(size);  // ECDSA's DER is often shorter than its longest
  return signature;
}

void Wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace chartseal::crypto
