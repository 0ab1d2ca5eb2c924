#include "verifier/crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <cstdlib>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/der_reader.h"
#include "verifier/crypto/public_key_impl.h"

// Keys are taken apart with our own strict reader and handed to OpenSSL as numbers: its decoder framework
// (d2i_PUBKEY) costs about 100 µs a key, this way 17 µs, and a leaf's key is new with every signature.
namespace chartseal::crypto {
namespace {

constexpr std::string_view kOidEcPublicKey = "1.2.840.10045.2.1";
constexpr std::string_view kOidRsaEncryption = "1.2.840.113549.1.1.1";
constexpr std::string_view kOidEd25519 = "1.3.101.112";
constexpr size_t kEd25519KeyBytes = 32;

struct Curve {
  std::string_view oid;
  KeyType type;
  const char* group;  // OpenSSL's name
  int bits;
};
constexpr Curve kCurves[] = {
    {"1.2.840.10045.3.1.7", KeyType::kEcdsaP256, "prime256v1", 256},
    {"1.3.132.0.34", KeyType::kEcdsaP384, "secp384r1", 384},
    {"1.3.132.0.35", KeyType::kEcdsaP521, "secp521r1", 521},
};

using ParamBuilder = OpenSslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = OpenSslPtr<OSSL_PARAM, OSSL_PARAM_free>;
using BigNumber = OpenSslPtr<BIGNUM, BN_free>;

absl::Status Bad(std::string_view what) { return Malformed(Reason::kKeyMalformed, "public key", what); }

const unsigned char* Octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

EvpPkeyPtr FromParams(const char* algorithm, OSSL_PARAM* params) {
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  EVP_PKEY* key = nullptr;
  if (context && EVP_PKEY_fromdata_init(context.get()) == 1) {
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params);
  }
  ERR_clear_error();  // the caller says what is wrong; the queue belongs to the whole thread
  return EvpPkeyPtr(key);
}

absl::StatusOr<PublicKey::Impl> EcKey(const Curve& curve, std::string_view point) {
  // RFC 5480 §2.2 also has a compressed form; Go refuses it in certificates and no Sigstore service writes
  // it.
  const size_t coordinate = static_cast<size_t>(curve.bits + 7) / 8;
  if (point.size() != 1 + 2 * coordinate || point[0] != 4)
    return Bad("not an uncompressed point of its curve");
  std::string group(curve.group);
  std::string copy(point);
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
      OSSL_PARAM_construct_end(),
  };
  EvpPkeyPtr key = FromParams("EC", params);  // checks that the point is on the curve
  if (!key) return Bad("the point is not on its curve");
  return PublicKey::Impl{curve.type, curve.bits, "", "", "", std::move(key)};
}

absl::StatusOr<PublicKey::Impl> RsaKey(std::string_view pkcs1) {
  DerReader outer(pkcs1);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  ASSIGN_OR_RETURN(const std::string_view modulus, fields.Integer());
  ASSIGN_OR_RETURN(const std::string_view exponent, fields.Integer());
  RETURN_IF_ERROR(fields.End());
  RETURN_IF_ERROR(outer.End());
  if ((modulus[0] & 0x80) != 0 || (modulus.back() & 1) == 0) return Bad("the RSA modulus is not odd");
  if (modulus.size() > limits::kMaxRsaBits / 8 + 1) return Bad("the RSA modulus is too large");
  const BigNumber n(BN_bin2bn(Octets(modulus), static_cast<int>(modulus.size()), nullptr));
  const int bits = n ? BN_num_bits(n.get()) : 0;
  if (bits < limits::kMinRsaBits || bits > limits::kMaxRsaBits) {
    return Bad(Cat("RSA of ", bits, " bits; expected ", limits::kMinRsaBits, " to ", limits::kMaxRsaBits));
  }
  const bool small = exponent.size() <= limits::kMaxRsaExponentBytes;
  if (!small || (exponent[0] & 0x80) != 0 || (exponent.back() & 1) == 0 || exponent == "\x01") {
    return Bad("the RSA exponent is not an odd number of at least 3 and at most 31 bits");
  }
  const BigNumber e(BN_bin2bn(Octets(exponent), static_cast<int>(exponent.size()), nullptr));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return Bad("the RSA key could not be set up");
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  EvpPkeyPtr key = params ? FromParams("RSA", params.get()) : nullptr;
  if (!key) return Bad("OpenSSL refuses the RSA key");
  return PublicKey::Impl{KeyType::kRsa, bits, "", "", "", std::move(key)};
}

absl::StatusOr<PublicKey::Impl> Ed25519Key(std::string_view raw) {
  if (raw.size() != kEd25519KeyBytes) return Bad(Cat("an Ed25519 key has 32 bytes, found ", raw.size()));
  EvpPkeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Octets(raw), raw.size()));
  if (!key) return Bad("OpenSSL refuses the Ed25519 key");
  return PublicKey::Impl{KeyType::kEd25519, 256, "", "", std::string(raw), std::move(key)};
}

// The parameters of an AlgorithmIdentifier, which must be the last thing in it.
struct SpkiParts {
  std::string algorithm;
  std::string curve;  // namedCurve; empty when the parameters are something else
  bool parameters_null = false;
  bool parameters_absent = false;
  std::string_view key;  // the BIT STRING's octets
};

// RFC 5280 §4.1: SubjectPublicKeyInfo ::= SEQUENCE { algorithm, subjectPublicKey BIT STRING }.
absl::StatusOr<SpkiParts> ReadSpki(std::string_view der) {
  SpkiParts parts;
  DerReader outer(der);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  RETURN_IF_ERROR(outer.End());
  ASSIGN_OR_RETURN(DerReader algorithm, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(parts.algorithm, algorithm.Oid());
  parts.parameters_absent = algorithm.AtEnd();
  if (algorithm.PeekTag() == der::kOid) {
    ASSIGN_OR_RETURN(parts.curve, algorithm.Oid());
  } else if (algorithm.PeekTag() == der::kNull) {
    ASSIGN_OR_RETURN(const DerElement null, algorithm.Next());
    parts.parameters_null = null.contents.empty();
  }
  RETURN_IF_ERROR(algorithm.End());
  ASSIGN_OR_RETURN(const DerElement bits, fields.Expect(der::kBitString));
  RETURN_IF_ERROR(fields.End());
  if (bits.contents.empty() || bits.contents[0] != 0) return Bad("the key is not a whole number of octets");
  parts.key = bits.contents.substr(1);
  return parts;
}

absl::StatusOr<PublicKey::Impl> DecodeKey(const SpkiParts& parts) {
  if (parts.algorithm == kOidEcPublicKey) {
    for (const Curve& curve : kCurves) {
      if (parts.curve == curve.oid) return EcKey(curve, parts.key);
    }
    return Bad(Cat("elliptic curve '", parts.curve, "'; expected P-256, P-384 or P-521"));
  }
  if (parts.algorithm == kOidRsaEncryption) {
    if (!parts.parameters_null) return Bad("RSA parameters must be NULL (RFC 3279 §2.3.1)");
    return RsaKey(parts.key);
  }
  if (parts.algorithm == kOidEd25519) {
    if (!parts.parameters_absent) return Bad("Ed25519 takes no parameters (RFC 8410 §3)");
    return Ed25519Key(parts.key);
  }
  return Bad(Cat("algorithm ", parts.algorithm, "; expected ECDSA, RSA or Ed25519"));
}

// The SubjectPublicKeyInfo around a PKCS#1 key (RFC 3279 §2.3.1).
std::string SpkiOfPkcs1(std::string_view pkcs1) {
  using std::string_literals::operator""s;
  const std::string algorithm =
      DerEncode(der::kSequence, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"s);
  return DerEncode(der::kSequence, algorithm + DerEncode(der::kBitString, "\0"s.append(pkcs1)));
}

}  // namespace

std::string_view Name(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP256:
      return "ecdsa-p256";
    case KeyType::kEcdsaP384:
      return "ecdsa-p384";
    case KeyType::kEcdsaP521:
      return "ecdsa-p521";
    case KeyType::kRsa:
      return "rsa";
    case KeyType::kEd25519:
      return "ed25519";
  }
  std::abort();
}

absl::StatusOr<PublicKey> PublicKey::FromSpkiDer(std::string_view der) {
  if (der.size() > limits::kMaxPublicKeyBytes) return Bad("larger than any supported key");
  const auto parts = ReadSpki(der);
  if (!parts.ok()) return WithReason(Annotate(parts.status(), "public key"), Reason::kKeyMalformed);
  auto impl = DecodeKey(*parts);
  if (!impl.ok()) return WithReason(impl.status(), Reason::kKeyMalformed);
  impl->spki_der = std::string(der);
  impl->spki_sha256 = Sha256(der);
  return PublicKey(std::make_shared<const Impl>(*std::move(impl)));
}

absl::StatusOr<PublicKey> PublicKey::FromPkcs1Der(std::string_view der) {
  if (der.size() > limits::kMaxPublicKeyBytes) return Bad("larger than any supported key");
  return FromSpkiDer(SpkiOfPkcs1(der));
}

absl::StatusOr<PublicKey> PublicKey::FromPem(std::string_view pem) {
  if (pem.size() > limits::kMaxPemBytes) return Bad("PEM file is too large");
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos) {
    return Bad("this is a private key; give the public key that belongs to it, and keep this one secret");
  }
  auto spki = PemDecode(pem, "PUBLIC KEY");
  if (spki.ok()) return FromSpkiDer(*spki);
  if (!absl::IsNotFound(spki.status())) return Bad(Message(spki.status()));
  auto pkcs1 = PemDecode(pem, "RSA PUBLIC KEY");
  if (pkcs1.ok()) return FromPkcs1Der(*pkcs1);
  if (!absl::IsNotFound(pkcs1.status())) return Bad(Message(pkcs1.status()));
  return Bad("no PEM block 'PUBLIC KEY' or 'RSA PUBLIC KEY'");
}

KeyType PublicKey::type() const { return impl_->type; }
int PublicKey::bits() const { return impl_->bits; }
const std::string& PublicKey::spki_der() const { return impl_->spki_der; }
const std::string& PublicKey::spki_sha256() const { return impl_->spki_sha256; }
std::string PublicKey::ed25519_raw() const { return impl_->ed25519_raw; }

SignatureScheme PublicKey::default_scheme() const {
  switch (impl_->type) {
    case KeyType::kEcdsaP256:
      return SignatureScheme::kEcdsaSha256;
    case KeyType::kEcdsaP384:
      return SignatureScheme::kEcdsaSha384;
    case KeyType::kEcdsaP521:
      return SignatureScheme::kEcdsaSha512;
    case KeyType::kRsa:
      return SignatureScheme::kRsaPkcs1Sha256;
    case KeyType::kEd25519:
      return SignatureScheme::kEd25519;
  }
  std::abort();
}

}  // namespace chartseal::crypto
