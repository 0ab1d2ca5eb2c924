#include "verifier/crypto/public_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/keys.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"

namespace chartseal::crypto {
namespace {

namespace der = sandbox::der;
using sandbox::Key;
using std::string_literals::operator""s;
using testing::HasSubstr;
using SandboxType = sandbox::KeyType;
using SandboxHash = sandbox::HashAlgorithm;

constexpr char kOidEc[] = "1.2.840.10045.2.1";
constexpr char kOidP256[] = "1.2.840.10045.3.1.7";
constexpr char kOidRsa[] = "1.2.840.113549.1.1.1";
constexpr char kMessage[] = "the message";

PublicKey PublicOf(const Key& key) { return PublicKey::FromSpkiDer(key.Spki()).value(); }

std::string SpkiOf(const std::string& algorithm, std::string_view key) {
  return der::Sequence({algorithm, der::BitString(key)});
}

std::string RsaSpki(std::string_view modulus, std::string_view exponent) {
  return SpkiOf(der::AlgorithmWithNull(kOidRsa),
                der::Sequence({der::UnsignedInteger(modulus), der::UnsignedInteger(exponent)}));
}

void ExpectRefused(const absl::StatusOr<PublicKey>& key, const char* message) {
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(ReasonOf(key.status()), Reason::kKeyMalformed);
  EXPECT_THAT(Message(key.status()), HasSubstr(message));
}

struct KeyCase {
  SandboxType sandbox_type;
  KeyType type;
  int bits;
  SignatureScheme scheme;
  SandboxHash hash;
};

class EveryKeyType : public testing::TestWithParam<KeyCase> {};

TEST_P(EveryKeyType, VerifiesItsDefaultSchemeAndNothingElse) {
  const Key key = Key::ForLeaf(GetParam().sandbox_type);
  const PublicKey public_key = PublicOf(key);
  EXPECT_EQ(public_key.type(), GetParam().type);
  EXPECT_EQ(public_key.bits(), GetParam().bits);
  EXPECT_EQ(public_key.default_scheme(), GetParam().scheme);
  EXPECT_EQ(public_key.spki_der(), key.Spki());
  EXPECT_EQ(public_key.spki_sha256(), Sha256(key.Spki()));
  EXPECT_EQ(PublicKey::FromPem(key.SpkiPem()).value(), public_key);
  const std::string signature = key.SignWith(GetParam().hash, kMessage);
  EXPECT_EQ(public_key.Verify(GetParam().scheme, kMessage, signature), SignatureCheck::kValid);
  EXPECT_EQ(public_key.Verify(GetParam().scheme, "another message", signature), SignatureCheck::kInvalid);
  EXPECT_EQ(public_key.Verify(GetParam().scheme, kMessage, signature + "x"), SignatureCheck::kInvalid);
  EXPECT_EQ(public_key.Verify(GetParam().scheme, kMessage, ""), SignatureCheck::kInvalid);
  EXPECT_EQ(ERR_peek_error(), 0u) << "an error stays in the queue";
}

TEST_P(EveryKeyType, RefusesSchemesOfOtherKeys) {
  const PublicKey key = PublicOf(Key::ForLeaf(GetParam().sandbox_type));
  const bool ec = key.type() != KeyType::kRsa && key.type() != KeyType::kEd25519;
  EXPECT_EQ(key.Verify(SignatureScheme::kEcdsaSha256, "", "") == SignatureCheck::kUnsupported, !ec);
  EXPECT_EQ(key.Verify(SignatureScheme::kRsaPkcs1Sha256, "", "") == SignatureCheck::kUnsupported,
            key.type() != KeyType::kRsa);
  EXPECT_EQ(key.Verify(SignatureScheme::kEd25519, "", "") == SignatureCheck::kUnsupported,
            key.type() != KeyType::kEd25519);
  EXPECT_EQ(key.Verify(SignatureScheme::kEd25519ph, kMessage, ""), SignatureCheck::kUnsupported);
  EXPECT_EQ(key.VerifyDigest(SignatureScheme::kEd25519ph, std::string(64, 'x'), ""),
            SignatureCheck::kUnsupported);
}

TEST_P(EveryKeyType, RefusesTrailingBytesAndTruncation) {
  const std::string spki = Key::ForLeaf(GetParam().sandbox_type).Spki();
  ExpectRefused(PublicKey::FromSpkiDer(spki + "x"), "1 trailing bytes");
  for (size_t size = 0; size < spki.size(); ++size) {
    EXPECT_FALSE(PublicKey::FromSpkiDer(spki.substr(0, size)).ok()) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(, EveryKeyType,
                         testing::Values(KeyCase{SandboxType::kEcdsaP256, KeyType::kEcdsaP256, 256,
                                                 SignatureScheme::kEcdsaSha256, SandboxHash::kSha256},
                                         KeyCase{SandboxType::kEcdsaP384, KeyType::kEcdsaP384, 384,
                                                 SignatureScheme::kEcdsaSha384, SandboxHash::kSha384},
                                         KeyCase{SandboxType::kEcdsaP521, KeyType::kEcdsaP521, 521,
                                                 SignatureScheme::kEcdsaSha512, SandboxHash::kSha512},
                                         KeyCase{SandboxType::kRsa2048, KeyType::kRsa, 2048,
                                                 SignatureScheme::kRsaPkcs1Sha256, SandboxHash::kSha256},
                                         KeyCase{SandboxType::kRsa3072, KeyType::kRsa, 3072,
                                                 SignatureScheme::kRsaPkcs1Sha256, SandboxHash::kSha256},
                                         KeyCase{SandboxType::kEd25519, KeyType::kEd25519, 256,
                                                 SignatureScheme::kEd25519, SandboxHash::kNone}));

TEST(PublicKey, AnEd25519KeyShowsItsRawBytesAndTakesNoDigest) {
  const Key key = Key::Generate(SandboxType::kEd25519);
  const PublicKey public_key = PublicOf(key);
  EXPECT_EQ(public_key.ed25519_raw(), key.RawPublicKey());
  EXPECT_EQ(PublicOf(Key::Generate(SandboxType::kEcdsaP256)).ed25519_raw(), "");
  EXPECT_EQ(public_key.VerifyDigest(SignatureScheme::kEd25519, std::string(64, 'x'), key.Sign("x")),
            SignatureCheck::kUnsupported);
  // A pure signature offered as a prehashed one is not let through.
  EXPECT_EQ(public_key.Verify(SignatureScheme::kEd25519ph, kMessage, key.Sign(kMessage)),
            SignatureCheck::kUnsupported);
}

TEST(PublicKey, ACurveTakesTheHashesOfOtherCurves) {
  const Key key = Key::Generate(SandboxType::kEcdsaP384);
  EXPECT_EQ(PublicOf(key).Verify(SignatureScheme::kEcdsaSha256, kMessage,
                                 key.SignWith(SandboxHash::kSha256, kMessage)),
            SignatureCheck::kValid);
}

TEST(PublicKey, ADigestVerifiesLikeItsMessageAndMustHaveTheRightLength) {
  const Key key = Key::Generate(SandboxType::kEcdsaP256);
  const std::string signature = key.Sign(kMessage);
  const PublicKey public_key = PublicOf(key);
  EXPECT_EQ(public_key.VerifyDigest(SignatureScheme::kEcdsaSha256, Sha256(kMessage), signature),
            SignatureCheck::kValid);
  for (const std::string& digest : {""s, Sha256(kMessage).substr(1), Sha256(kMessage) + "x"}) {
    EXPECT_EQ(public_key.VerifyDigest(SignatureScheme::kEcdsaSha256, digest, signature),
              SignatureCheck::kInvalid);
  }
}

// The same numbers as a valid signature in an encoding that is not DER.
TEST(PublicKey, AnEcdsaSignatureHasOneEncodingOnly) {
  const Key key = Key::Generate(SandboxType::kEcdsaP256);
  const PublicKey public_key = PublicOf(key);
  std::string valid;
  do {  // until both numbers fill 32 bytes or more, so that lengths can be rewritten by hand
    valid = key.Sign(kMessage);
  } while (static_cast<uint8_t>(valid[3]) < 32 || valid.size() < 70);
  const auto check = [&](const std::string& signature) {
    return public_key.Verify(SignatureScheme::kEcdsaSha256, kMessage, signature);
  };
  ASSERT_EQ(check(valid), SignatureCheck::kValid);
  const std::string r = valid.substr(2, 2 + static_cast<uint8_t>(valid[3]));
  const std::string s = valid.substr(2 + r.size());
  const auto padded = [](const std::string& integer) { return der::Element(2, "\0"s + integer.substr(2)); };
  EXPECT_EQ(check(der::Sequence({r, s})), SignatureCheck::kValid);
  EXPECT_EQ(check(der::Sequence({padded(r), s})), SignatureCheck::kInvalid);
  EXPECT_EQ(check(der::Sequence({r, padded(s)})), SignatureCheck::kInvalid);
  EXPECT_EQ(check("\x30\x81"s + valid.substr(1)), SignatureCheck::kInvalid);
  EXPECT_EQ(check(valid + "\0"s), SignatureCheck::kInvalid);
  EXPECT_EQ(check(der::Sequence({r, s, der::Null()})), SignatureCheck::kInvalid);
  EXPECT_EQ(check(der::Sequence({r})), SignatureCheck::kInvalid);
}

TEST(PublicKey, ZeroAndNegativeNumbersInAnEcdsaSignatureAreInvalid) {
  const PublicKey key = PublicOf(Key::Generate(SandboxType::kEcdsaP256));
  for (const int64_t r : {0, -1, 1}) {
    for (const int64_t s : {0, -1, 1}) {
      EXPECT_EQ(key.Verify(SignatureScheme::kEcdsaSha256, kMessage,
                           der::Sequence({der::Integer(r), der::Integer(s)})),
                SignatureCheck::kInvalid);
    }
  }
}

std::string PssSignature(const std::string& private_pem, const EVP_MD* hash, int salt) {
  BIO* bio = BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  EVP_DigestSignInit(context, &parameters, hash, nullptr, key);
  EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
  EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt);
  std::string signature(1024, '\0');
  size_t size = signature.size();
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(kMessage), sizeof(kMessage) - 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return signature;
}

TEST(PublicKey, RsaPssWantsASaltAsLongAsTheDigest) {
  const Key key = Key::ForLeaf(SandboxType::kRsa2048);
  const PublicKey public_key = PublicOf(key);
  const std::string pss = PssSignature(key.PrivatePem(), EVP_sha256(), 32);
  EXPECT_EQ(public_key.Verify(SignatureScheme::kRsaPssSha256, kMessage, pss), SignatureCheck::kValid);
  EXPECT_EQ(public_key.Verify(SignatureScheme::kRsaPssSha512, kMessage, pss), SignatureCheck::kInvalid);
  EXPECT_EQ(public_key.Verify(SignatureScheme::kRsaPkcs1Sha256, kMessage, pss), SignatureCheck::kInvalid);
  EXPECT_EQ(public_key.Verify(SignatureScheme::kRsaPssSha256, kMessage, key.Sign(kMessage)),
            SignatureCheck::kInvalid);
  const std::string short_salt = PssSignature(key.PrivatePem(), EVP_sha256(), 20);
  EXPECT_EQ(public_key.Verify(SignatureScheme::kRsaPssSha256, kMessage, short_salt),
            SignatureCheck::kInvalid);
}

TEST(PublicKey, Pkcs1KeysAreTheSameAsTheirSpki) {
  const Key key = Key::ForLeaf(SandboxType::kRsa2048);
  const std::string pkcs1 = key.Spki().substr(24);  // after SEQUENCE, AlgorithmIdentifier and BIT STRING
  const auto read = PublicKey::FromPkcs1Der(pkcs1);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->spki_der(), key.Spki());
  const std::string pem =
      "-----BEGIN RSA PUBLIC KEY-----\n" + Base64Encode(pkcs1) + "\n-----END RSA PUBLIC KEY-----\n";
  EXPECT_EQ(PublicKey::FromPem(pem).value(), *read);
  ExpectRefused(PublicKey::FromPkcs1Der(pkcs1 + "x"), "trailing bytes");
}

TEST(PublicKey, PrivateKeysAreRefusedByName) {
  ExpectRefused(PublicKey::FromPem(Key::Generate(SandboxType::kEcdsaP256).PrivatePem()),
                "this is a private key");
}

TEST(PublicKey, TextWithoutAKeyIsRefused) {
  ExpectRefused(PublicKey::FromPem(""), "no PEM block 'PUBLIC KEY'");
  ExpectRefused(PublicKey::FromPem("-----BEGIN PUBLIC KEY-----\nMFk"), "has no end line");
  ExpectRefused(PublicKey::FromPem("-----BEGIN PUBLIC KEY-----\n****\n-----END PUBLIC KEY-----\n"), "base64");
  ExpectRefused(PublicKey::FromPem("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
                "expected tag 0x30");
}

TEST(PublicKey, OtherCurvesAndAlgorithmsAreRefusedByOid) {
  const std::string point = "\x04"s + std::string(64, 'x');
  ExpectRefused(
      PublicKey::FromSpkiDer(SpkiOf(der::Sequence({der::Oid(kOidEc), der::Oid("1.3.132.0.10")}), point)),
      "elliptic curve '1.3.132.0.10'");
  ExpectRefused(PublicKey::FromSpkiDer(SpkiOf(der::Algorithm(kOidEc), point)), "elliptic curve ''");
  ExpectRefused(PublicKey::FromSpkiDer(SpkiOf(der::Algorithm("1.3.101.113"), std::string(57, 'x'))),
                "algorithm 1.3.101.113");
}

TEST(PublicKey, PointsThatAreNotUncompressedOnTheCurveAreRefused) {
  const std::string algorithm = der::Sequence({der::Oid(kOidEc), der::Oid(kOidP256)});
  const std::string spki = Key::Generate(SandboxType::kEcdsaP256).Spki();
  const std::string point = spki.substr(spki.size() - 65);
  EXPECT_TRUE(PublicKey::FromSpkiDer(SpkiOf(algorithm, point)).ok());
  std::string off_curve = point;
  off_curve.back() ^= 1;
  ExpectRefused(PublicKey::FromSpkiDer(SpkiOf(algorithm, off_curve)), "not on its curve");
  for (const std::string& bad : {""s, "\0"s, point.substr(0, 64), point + "x", "\x02"s + point.substr(1, 32),
                                 "\x06"s + point.substr(1)}) {
    ExpectRefused(PublicKey::FromSpkiDer(SpkiOf(algorithm, bad)), "not an uncompressed point");
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(PublicKey, Ed25519KeysHave32BytesAndNoParameters) {
  ExpectRefused(PublicKey::FromSpkiDer(SpkiOf(der::Algorithm("1.3.101.112"), std::string(31, 'x'))),
                "has 32 bytes");
  ExpectRefused(PublicKey::FromSpkiDer(SpkiOf(der::AlgorithmWithNull("1.3.101.112"), std::string(32, 'x'))),
                "takes no parameters");
}

TEST(PublicKey, RsaKeysOutsideTheAllowedSizesAreRefused) {
  const std::string e = "\x01\x00\x01"s;
  ExpectRefused(PublicKey::FromSpkiDer(RsaSpki("\x80"s + std::string(126, 'x') + "\x01", e)),
                "RSA of 1024 bits");
  ExpectRefused(PublicKey::FromSpkiDer(RsaSpki("\x7f"s + std::string(254, 'x') + "\x01", e)),
                "RSA of 2047 bits");
  ExpectRefused(PublicKey::FromSpkiDer(RsaSpki("\x01"s + std::string(1023, 'x') + "\x01", e)),
                "RSA of 8193 bits");
  ExpectRefused(PublicKey::FromSpkiDer(RsaSpki("\x01"s + std::string(2000, 'x') + "\x01", e)),
                "modulus is too large");
  ExpectRefused(PublicKey::FromSpkiDer(RsaSpki("\x80"s + std::string(254, 'x') + "\x02", e)),
                "modulus is not odd");
  ExpectRefused(PublicKey::FromSpkiDer(std::string(5000, 'x')), "larger than any supported key");
}

TEST(PublicKey, RsaExponentsThatNobodyUsesAreRefused) {
  const std::string n = "\x80"s + std::string(254, 'x') + "\x01";
  for (const std::string& e : {"\x01"s, "\x02"s, "\x01\x00\x00\x00\x01"s, "\x80\x00\x00\x01"s}) {
    ExpectRefused(PublicKey::FromSpkiDer(RsaSpki(n, e)), "exponent is not an odd number");
  }
  EXPECT_TRUE(PublicKey::FromSpkiDer(RsaSpki(n, "\x03")).ok());
}

TEST(PublicKey, RsaWithoutNullParametersIsRefused) {
  const std::string spki = SpkiOf(der::Algorithm(kOidRsa), der::Sequence({der::Integer(1), der::Integer(3)}));
  ExpectRefused(PublicKey::FromSpkiDer(spki), "parameters must be NULL");
}

TEST(PublicKey, EveryNameIsItsOwn) {
  EXPECT_EQ(Name(SignatureScheme::kEcdsaSha256), "ecdsa-sha256");
  EXPECT_EQ(Name(SignatureScheme::kRsaPssSha512), "rsa-pss-sha512");
  EXPECT_EQ(Name(SignatureScheme::kEd25519ph), "ed25519ph");
  EXPECT_EQ(Name(KeyType::kEcdsaP521), "ecdsa-p521");
  EXPECT_EQ(HashOf(SignatureScheme::kRsaPkcs1Sha384), HashAlgorithm::kSha384);
}

}  // namespace
}  // namespace chartseal::crypto
