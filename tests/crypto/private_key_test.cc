#include "verifier/crypto/private_key.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::crypto {
namespace {

TEST(PrivateKeyTest, AnEphemeralKeySignsWhatItsPublicHalfVerifies) {
  for (const KeyType type : {KeyType::kEcdsaP256, KeyType::kEcdsaP384, KeyType::kEd25519}) {
    const auto key = PrivateKey::Generate(type);
    ASSERT_TRUE(key.ok()) << key.status();
    const PublicKey& half = key->public_key();
    EXPECT_EQ(half.type(), type);
    const std::string signature = key->Sign("message").value();
    EXPECT_EQ(half.Verify(half.default_scheme(), "message", signature), SignatureCheck::kValid);
    EXPECT_EQ(half.Verify(half.default_scheme(), "messagf", signature), SignatureCheck::kInvalid);
  }
}

}  // namespace
}  // namespace chartseal::crypto
