#include "verifier/crypto/private_key.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "tests/base/why.h"
#include "tests/crypto/private_keys.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/crypto/der_reader.h"

namespace chartseal::crypto {
namespace {

using test_keys::kPassPhrase;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The key signs what its public half verifies, and nothing else.
void ExpectSigns(const PrivateKey& key) {
  const PublicKey& half = key.public_key();
  const std::string signature = key.Sign("message").value();
  EXPECT_EQ(half.Verify(half.default_scheme(), "message", signature), SignatureCheck::kValid);
  EXPECT_EQ(half.Verify(half.default_scheme(), "messagf", signature), SignatureCheck::kInvalid);
}

std::string WhyNot(std::string_view pem, std::string_view pass_phrase = "") {
  return Why(PrivateKey::FromPem(pem, pass_phrase));
}

TEST(PrivateKeyTest, AnEphemeralKeySignsWhatItsPublicHalfVerifies) {
  for (const KeyType type : {KeyType::kEcdsaP256, KeyType::kEcdsaP384, KeyType::kEd25519}) {
    const auto key = PrivateKey::Generate(type);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->public_key().type(), type);
    ExpectSigns(*key);
  }
}

TEST(PrivateKeyTest, TwoEphemeralKeysDiffer) {
  const auto one = PrivateKey::Generate(KeyType::kEcdsaP256).value();
  const auto other = PrivateKey::Generate(KeyType::kEcdsaP256).value();
  EXPECT_FALSE(one.public_key() == other.public_key());
}

TEST(PrivateKeyTest, NoEphemeralKeyOfAnotherTypeIsMade) {
  EXPECT_EQ(Why(PrivateKey::Generate(KeyType::kRsa)),
            "private-key-unusable: private key: an ephemeral key of type rsa cannot be made");
}

TEST(PrivateKeyTest, EachPlainFormIsRead) {
  const std::pair<const char*, KeyType> forms[] = {{test_keys::kP256Pkcs8, KeyType::kEcdsaP256},
                                                   {test_keys::kP256Sec1, KeyType::kEcdsaP256},
                                                   {test_keys::kSec1WithParameters, KeyType::kEcdsaP256},
                                                   {test_keys::kP384Pkcs8, KeyType::kEcdsaP384},
                                                   {test_keys::kEd25519Pkcs8, KeyType::kEd25519},
                                                   {test_keys::kRsaPkcs8, KeyType::kRsa},
                                                   {test_keys::kRsaPkcs1, KeyType::kRsa}};
  for (const auto& [pem, type] : forms) {
    const auto key = PrivateKey::FromPem(pem, "");
    ASSERT_TRUE(key.ok()) << key.status() << pem;
    EXPECT_EQ(key->public_key().type(), type);
    ExpectSigns(*key);
  }
}

TEST(PrivateKeyTest, EachEncryptedFormIsReadWithItsPassPhrase) {
  for (const char* pem : {test_keys::kEncryptedPkcs8, test_keys::kScryptPkcs8, test_keys::kEncryptedSec1}) {
    const auto key = PrivateKey::FromPem(pem, kPassPhrase);
    ASSERT_TRUE(key.ok()) << key.status() << pem;
    EXPECT_EQ(key->public_key_pem(), test_keys::kP256Public);
  }
}

TEST(PrivateKeyTest, PublicHalfInPemIsTheOneOpensslWrites) {
  EXPECT_EQ(PrivateKey::FromPem(test_keys::kP256Pkcs8, "")->public_key_pem(), test_keys::kP256Public);
}

TEST(PrivateKeyTest, Pkcs8IsReadInDer) {
  const std::string der = PemDecode(test_keys::kP256Pkcs8, "PRIVATE KEY").value();
  const auto key = PrivateKey::FromPkcs8Der(der);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key_pem(), test_keys::kP256Public);
}

TEST(PrivateKeyTest, EncryptedKeyWithoutPassPhraseIsRefusedWithoutAsking) {
  // Asking would block on a terminal; the message is what a script sees.
  for (const char* pem : {test_keys::kEncryptedPkcs8, test_keys::kScryptPkcs8, test_keys::kEncryptedSec1}) {
    EXPECT_EQ(WhyNot(pem), "private-key-unusable: private key: it is encrypted and no pass phrase was given");
  }
}

TEST(PrivateKeyTest, WrongPassPhraseIsRefusedAndNotShown) {
  for (const char* pem : {test_keys::kEncryptedPkcs8, test_keys::kScryptPkcs8, test_keys::kEncryptedSec1}) {
    const std::string why = WhyNot(pem, "open barley");
    EXPECT_THAT(why, HasSubstr("the pass phrase is wrong"));
    EXPECT_THAT(why, Not(HasSubstr("barley")));
  }
}

// An EncryptedPrivateKeyInfo whose key comes from `derivation` with these parameters.
std::string EncryptedWith(std::string_view derivation_oid, std::string_view parameters) {
  constexpr std::string_view kPbes2("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d", 9);
  const auto sequence = [](std::string_view contents) { return DerEncode(der::kSequence, contents); };
  const std::string derivation =
      sequence(DerEncode(der::kOid, derivation_oid) +
               sequence(DerEncode(der::kOctetString, "salt") + std::string(parameters)));
  const std::string algorithm = sequence(DerEncode(der::kOid, kPbes2) + sequence(derivation));
  return PemEncode("ENCRYPTED PRIVATE KEY", sequence(algorithm + DerEncode(der::kOctetString, "ciphertext")));
}

TEST(PrivateKeyTest, ADerivationThatWouldTakeMinutesIsRefusedBeforeItIsRun) {
  constexpr std::string_view kPbkdf2("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", 9);
  constexpr std::string_view kScrypt("\x2b\x06\x01\x04\x01\xda\x47\x04\x0b", 9);
  const std::string most = DerEncode(der::kInteger, "\x7f\xff\xff\xff");
  const std::string small = DerEncode(der::kInteger, "\x08");
  for (const std::string& pem : {EncryptedWith(kPbkdf2, most), EncryptedWith(kScrypt, most + small + small),
                                 EncryptedWith(kScrypt, most + most + most)}) {
    EXPECT_THAT(WhyNot(pem, kPassPhrase), HasSubstr("decrypting it would take longer than any real key"));
  }
  EXPECT_THAT(WhyNot(EncryptedWith(kPbkdf2, small), kPassPhrase), HasSubstr("the pass phrase is wrong"));
  EXPECT_THAT(WhyNot(EncryptedWith(kScrypt, small), kPassPhrase),
              HasSubstr("the encrypted PKCS#8 is malformed"));
}

TEST(PrivateKeyTest, HalvesThatDoNotBelongTogetherAreRefused) {
  EXPECT_EQ(WhyNot(test_keys::kMismatched),
            "private-key-unusable: private key: it does not verify what it signs: private and public half do "
            "not match");
}

TEST(PrivateKeyTest, KeysOfUnsupportedKindsAreRefusedByName) {
  EXPECT_THAT(WhyNot(test_keys::kRsa1024), HasSubstr("of no supported kind: public key: RSA of 1024 bits"));
  EXPECT_THAT(WhyNot(test_keys::kSecp256k1), HasSubstr("of no supported kind: public key: elliptic curve"));
  EXPECT_THAT(WhyNot(test_keys::kX25519),
              StartsWith("private-key-unusable: private key: of no supported kind"));
}

TEST(PrivateKeyTest, OtherPemBlocksAreRefusedByName) {
  EXPECT_EQ(
      WhyNot(test_keys::kP256Public),
      "private-key-unusable: private key: a PEM block 'PUBLIC KEY'; give the private key that belongs to "
      "it");
  const auto block = [](std::string_view name) { return PemEncode(name, "0123456789"); };
  EXPECT_THAT(WhyNot(block("OPENSSH PRIVATE KEY")), HasSubstr("ssh-keygen -p -m PKCS8"));
  EXPECT_THAT(WhyNot(block("ENCRYPTED SIGSTORE PRIVATE KEY")), HasSubstr("a key file of cosign"));
  EXPECT_THAT(WhyNot(block("CERTIFICATE")), HasSubstr("a PEM block 'CERTIFICATE'"));
}

TEST(PrivateKeyTest, WhatIsNoPemIsRefused) {
  constexpr char kNoBlock[] = "private-key-unusable: private key: no complete PEM block of a private key";
  EXPECT_EQ(WhyNot(""), kNoBlock);
  EXPECT_EQ(WhyNot("hello"), kNoBlock);
  const std::string_view whole = test_keys::kP256Pkcs8;
  EXPECT_EQ(WhyNot(whole.substr(0, whole.size() / 2)), kNoBlock);
}

TEST(PrivateKeyTest, BlocksThatHoldNoKeyAreRefused) {
  constexpr char kNoKey[] =
      "private-key-unusable: private key: its PEM block holds no private key that can be read";
  EXPECT_EQ(WhyNot(PemEncode("PRIVATE KEY", "not DER")), kNoKey);
  EXPECT_EQ(WhyNot(PemEncode("EC PRIVATE KEY", "not DER")), kNoKey);
  EXPECT_EQ(WhyNot(PemEncode("RSA PRIVATE KEY", "not DER")), kNoKey);
  EXPECT_THAT(WhyNot(PemEncode("ENCRYPTED PRIVATE KEY", "not DER"), kPassPhrase),
              HasSubstr("the encrypted PKCS#8 is malformed"));
}

TEST(PrivateKeyTest, BytesBehindAKeyAreRefused) {
  const std::string der = PemDecode(test_keys::kP256Pkcs8, "PRIVATE KEY").value();
  EXPECT_EQ(Why(PrivateKey::FromPkcs8Der(der + "x")),
            "private-key-unusable: private key: not a private key in PKCS#8");
  EXPECT_THAT(WhyNot(PemEncode("PRIVATE KEY", der + "x")),
              HasSubstr("holds no private key that can be read"));
}

TEST(PrivateKeyTest, FilesAndDerBeyondTheLimitAreRefused) {
  const std::string large(limits::kMaxPrivateKeyBytes + 1, 'x');
  EXPECT_THAT(WhyNot(large), HasSubstr("larger than any private key"));
  EXPECT_THAT(Why(PrivateKey::FromPkcs8Der(large)), HasSubstr("larger than any private key"));
}

TEST(PrivateKeyTest, OneKeySignsInSeveralThreads) {
  const auto key = PrivateKey::FromPem(test_keys::kRsaPkcs8, "").value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&key] { ExpectSigns(key); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(PrivateKeyTest, WipeLeavesNothing) {
  std::string secret = "a secret that is longer than a short string keeps inside";
  const char* memory = secret.data();
  const size_t size = secret.size();
  Wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(std::string_view(memory + 1, size - 1), std::string(size - 1, '\0'));  // capacity is still ours
}

}  // namespace
}  // namespace chartseal::crypto
