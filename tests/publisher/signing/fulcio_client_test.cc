#include "tests/publisher/signing/signing_fixture.h"

namespace chartseal::publisher {
namespace {

class FulcioClientTest : public SigningTest {
 protected:
  auto Request() { return RequestCertificate(caller_, services_->urls().fulcio, Token(), key_, Deadline()); }
};

TEST_F(FulcioClientTest, ACertificateForTheKeyComesWithItsIssuers) {
  const auto chain = Request();
  ASSERT_TRUE(chain.ok()) << chain.status();
  ASSERT_GE(chain->size(), 2u);
  EXPECT_EQ(chain->front().public_key(), key_.public_key());
  EXPECT_EQ(chain->front().subject_alt_names().at(0).value,
            "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3");
}

}  // namespace
}  // namespace chartseal::publisher
