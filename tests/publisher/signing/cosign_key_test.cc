#include "publisher/signing/cosign_key.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/base/why.h"
#include "tests/crypto/private_keys.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/encoding.h"

namespace chartseal::publisher {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Made for this test by cosign 3.1.2 generate-key-pair; it protects nothing.
constexpr char kPassPhrase[] = "correct horse";
constexpr char kCosignKey[] = R"(-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJ1dHR3UW1CaTgwNFNIS3BDcW9jWUw4SjlXN3ZaTlBT
bjBxT0F1TXh3MzVvPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJUUi91bjNzQlpTR2hRRWdubGRqRjlrcDJkL044MnBZcSJ9LCJj
aXBoZXJ0ZXh0IjoiWE1rV3p1MXZkK3V1bUZWZFV0dW1DUXZMNFgzL2gxcG5PQmEv
YVdCKy9XUG1xNEp0czM4UmVFbVpZM1VUcGJnY1E4WGFUT2xzUFJLWkRlUWxIWkkx
QldSaGhZUTh1aG5vakNydDVvMjRUWjdQdlJObzNrVmxHeit1cnhIWmlURzNzM1JH
TlQrRUU3OUZpcTF6VElnM2xPQUJsZXVpVGtaRWdzR0FhK2Z0VzNRdzYwNll2Nisv
NU0xcVRZY1NVc1NuTmxXcGZzWENJTXh5NlE9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
)";
constexpr char kCosignPublicKey[] = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBAksl1XpdKlzTdXuyY7BB4YGXxgC
pWufCQRdZROnaRp0QZZpJdwyWcwuNlgUTs+siMxcoV28GfnE2Z3aBHaaUw==
-----END PUBLIC KEY-----
)";
constexpr char kLabel[] = "ENCRYPTED SIGSTORE PRIVATE KEY";
constexpr char kPlainKey[] = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAh6grzEAipzY6j2AWhnsIZqNdVqPUe3V8fDGUMwGKGZ
-----END PRIVATE KEY-----
)";

std::string WhyNot(std::string_view pem, std::string_view pass_phrase = kPassPhrase) {
  return Why(DecryptCosignKey(pem, pass_phrase));
}

// The fixture with its JSON changed.
std::string Changed(const std::function<void(nlohmann::json&)>& change) {
  nlohmann::json json = nlohmann::json::parse(PemDecode(kCosignKey, kLabel).value());
  change(json);
  return PemEncode(kLabel, json.dump());
}

TEST(CosignKeyTest, AKeyThatCosignMadeIsDecrypted) {
  const auto key = DecryptCosignKey(kCosignKey, kPassPhrase);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key_pem(), kCosignPublicKey);
}

TEST(CosignKeyTest, TheOlderLabelIsReadToo) {
  const std::string older = PemEncode("ENCRYPTED COSIGN PRIVATE KEY", PemDecode(kCosignKey, kLabel).value());
  EXPECT_TRUE(IsCosignKey(older));
  EXPECT_EQ(DecryptCosignKey(older, kPassPhrase)->public_key_pem(), kCosignPublicKey);
}

TEST(CosignKeyTest, OtherPemIsNoCosignKey) {
  EXPECT_FALSE(IsCosignKey(kPlainKey));
  EXPECT_THAT(WhyNot(kPlainKey), HasSubstr("no PEM block 'ENCRYPTED SIGSTORE PRIVATE KEY'"));
}

TEST(CosignKeyTest, WrongPassPhraseIsRefusedAndNotShown) {
  const std::string why = WhyNot(kCosignKey, "wrong donkey");
  EXPECT_EQ(why,
            "private-key-unusable: cosign key: the pass phrase (COSIGN_PASSWORD) is wrong, or the file was "
            "changed");
  EXPECT_THAT(WhyNot(kCosignKey, ""), HasSubstr("is wrong"));
}

TEST(CosignKeyTest, AChangedCiphertextIsRefused) {
  const std::string changed = Changed([](nlohmann::json& json) {
    std::string text = json["ciphertext"];
    text[20] = text[20] == 'A' ? 'B' : 'A';
    json["ciphertext"] = text;
  });
  EXPECT_THAT(WhyNot(changed), HasSubstr("or the file was changed"));
}

TEST(CosignKeyTest, CostlyScryptParametersAreRefusedBeforeTheyAreRun) {
  const std::pair<const char*, int64_t> costly[] = {
      {"N", int64_t{1} << 40}, {"N", 1 << 19}, {"r", 1 << 20}, {"p", 1 << 20}};
  for (const auto& entry : costly) {
    const char* name = entry.first;
    const int64_t value = entry.second;
    const std::string changed = Changed([&](nlohmann::json& json) { json["kdf"]["params"][name] = value; });
    EXPECT_THAT(WhyNot(changed), HasSubstr("costs more than any key of cosign; at most N=262144 r=8 p=4"));
  }
}

TEST(CosignKeyTest, ImpossibleScryptParametersAreRefused) {
  const std::pair<const char*, int64_t> impossible[] = {{"N", 65535}, {"N", 1}, {"N", 0},  {"N", -65536},
                                                        {"r", 0},     {"p", 0}, {"p", -1}, {"r", -8}};
  for (const auto& entry : impossible) {
    const char* name = entry.first;
    const int64_t value = entry.second;
    const std::string changed = Changed([&](nlohmann::json& json) { json["kdf"]["params"][name] = value; });
    EXPECT_THAT(WhyNot(changed), HasSubstr("no parameters of scrypt")) << name << value;
  }
}

TEST(CosignKeyTest, OtherAlgorithmsAndShapesAreRefused) {
  const std::pair<std::function<void(nlohmann::json&)>, const char*> cases[] = {
      {[](auto& json) { json["kdf"]["name"] = "argon2"; }, "kdf.name: expected scrypt, found 'argon2'"},
      {[](auto& json) { json["cipher"]["name"] = "aes"; }, "cipher.name: expected nacl/secretbox"},
      {[](auto& json) { json["cipher"]["nonce"] = "AAAA"; }, "cipher.nonce: expected 24 bytes"},
      {[](auto& json) { json["ciphertext"] = "AAAA"; }, "ciphertext: too short to hold a key"},
      {[](auto& json) { json.erase("kdf"); }, "kdf: missing"},
      {[](auto& json) { json["more"] = 1; }, "more"},
  };
  for (const auto& [change, expected] : cases) {
    const std::string why = WhyNot(Changed(change));
    EXPECT_THAT(why, StartsWith("private-key-unusable: cosign key: "));
    EXPECT_THAT(why, HasSubstr(expected));
  }
  EXPECT_THAT(WhyNot(PemEncode(kLabel, "no JSON")), StartsWith("private-key-unusable: cosign key: "));
}

class LoadPrivateKeyTest : public testing::Test {
 protected:
  std::string File(const std::string& content) {
    const std::string path = directory_.path() + "/key.pem";
    std::ofstream(path) << content;
    return path;
  }
  auto Load(const std::string& reference) {
    return LoadPrivateKey(reference, [this](const char* name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    });
  }
  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("key").value();
  std::map<std::string, std::string> environment_;
};

TEST_F(LoadPrivateKeyTest, CosignsFileOpensWithThePassPhraseOfTheEnvironment) {
  environment_["COSIGN_PASSWORD"] = kPassPhrase;
  const auto key = Load(File(kCosignKey));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key_pem(), kCosignPublicKey);
}

TEST_F(LoadPrivateKeyTest, APlainKeyNeedsNoPassPhrase) {
  const auto key = Load(File(kPlainKey));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key().type(), crypto::KeyType::kEd25519);
}

TEST_F(LoadPrivateKeyTest, AnEncryptedPlainKeyTakesTheSamePassPhrase) {
  const std::string path = File(crypto::test_keys::kEncryptedPkcs8);
  EXPECT_THAT(Why(Load(path)), HasSubstr("it is encrypted and no pass phrase was given"));
  environment_["COSIGN_PASSWORD"] = "not this one";
  EXPECT_THAT(Why(Load(path)), testing::AllOf(HasSubstr(path + ": private key: the pass phrase is wrong"),
                                              Not(HasSubstr("not this one"))));
  environment_["COSIGN_PASSWORD"] = crypto::test_keys::kPassPhrase;
  EXPECT_EQ(Load(path)->public_key_pem(), crypto::test_keys::kP256Public);
}

TEST_F(LoadPrivateKeyTest, AKeyIsTakenFromAVariable) {
  environment_["SIGNING_KEY"] = kCosignKey;
  environment_["COSIGN_PASSWORD"] = kPassPhrase;
  const auto key = Load("env://SIGNING_KEY");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key_pem(), kCosignPublicKey);
}

TEST_F(LoadPrivateKeyTest, CosignsFileWithoutPassPhraseNamesTheVariable) {
  EXPECT_THAT(Why(Load(File(kCosignKey))), HasSubstr("put its pass phrase into COSIGN_PASSWORD"));
}

TEST_F(LoadPrivateKeyTest, AVariableThatIsNotSetIsNamed) {
  constexpr char kWhy[] = "private-key-unusable: env://SIGNING_KEY: the environment variable is not set";
  EXPECT_EQ(Why(Load("env://SIGNING_KEY")), kWhy);
  environment_["SIGNING_KEY"] = "";
  EXPECT_EQ(Why(Load("env://SIGNING_KEY")), kWhy);
}

TEST_F(LoadPrivateKeyTest, KeysInServicesAndHardwareAreRefusedByName) {
  for (const char* scheme : {"awskms", "gcpkms", "azurekms", "hashivault", "k8s", "gitlab"}) {
    const std::string why = Load(std::string(scheme) + "://secret-name/key").status().ToString();
    EXPECT_THAT(why, HasSubstr(std::string(scheme) + "://…: keys in a key management service"));
    EXPECT_THAT(why, Not(HasSubstr("secret-name")));
  }
  const std::string hardware = Why(Load("pkcs11:token=t;pin-value=1234"));
  EXPECT_THAT(hardware, HasSubstr("keys in hardware are not supported"));
  EXPECT_THAT(hardware, Not(HasSubstr("1234")));
}

TEST_F(LoadPrivateKeyTest, AKeyInPlaceOfAFileNameIsNotShown) {
  const std::string why = Why(Load(kPlainKey));
  EXPECT_THAT(why, HasSubstr("the key itself stands where a file name or env://NAME is expected"));
  EXPECT_THAT(why, Not(HasSubstr("MC4CAQ")));
}

TEST_F(LoadPrivateKeyTest, AFileThatIsNotThereIsNamed) {
  EXPECT_THAT(Why(Load(directory_.path() + "/none.pem")),
              testing::AllOf(StartsWith("private-key-unusable: "), HasSubstr("none.pem")));
}

}  // namespace
}  // namespace chartseal::publisher
