#include "verifier/sigstore/set.h"

#include <gtest/gtest.h>

#include "tests/sandbox/keys.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

SetContent Content() { return {"{}", 1700000000, 42, std::string_view("\x00\xAB", 2)}; }

TEST(SetTest, MessageIsCanonicalJsonWithSortedKeys) {
  EXPECT_EQ(SetMessage(Content()),
            R"({"body":"e30=","integratedTime":1700000000,"logID":"00ab","logIndex":42})");
}

TEST(SetTest, EveryFieldIsCovered) {
  const sandbox::Key key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const TransparencyLog log{"https://log.example",
                            "log.example",
                            "id",
                            "hint",
                            crypto::PublicKey::FromSpkiDer(key.Spki()).value(),
                            crypto::SignatureScheme::kEcdsaSha256,
                            {}};
  const std::string set = key.Sign(SetMessage(Content()));
  ASSERT_TRUE(VerifySet(set, Content(), log).ok());

  SetContent changed[] = {Content(), Content(), Content(), Content()};
  changed[0].body = "{ }";
  changed[1].integrated_time += 1;
  changed[2].log_index += 1;
  changed[3].log_id = "other";
  for (const SetContent& content : changed) {
    const auto outcome = VerifySet(set, content, log);
    ASSERT_FALSE(outcome.ok()) << SetMessage(content);
    EXPECT_EQ(outcome.rejection().ToString(),
              Cat("set-invalid: the signed entry timestamp of log index ", content.log_index,
                  " by https://log.example does not verify with the log's key"));
  }
}

}  // namespace
}  // namespace chartseal::sigstore
