#include "tests/publisher/signing/signing_fixture.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/sigstore/timestamp.h"

namespace chartseal::publisher {
namespace {

class TimestampClientTest : public SigningTest {
 protected:
  auto Request() { return RequestTimestamp(caller_, services_->urls().tsa, "signature", Deadline()); }
};

TEST_F(TimestampClientTest, ATimestampOverTheSignatureVerifiesUnderTheTrustedRoot) {
  const auto timestamp = Request();
  ASSERT_TRUE(timestamp.ok()) << timestamp.status();
  const auto root = sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(sigstore_), "root").value();
  const auto verified = sigstore::VerifyTimestamp(*timestamp, "signature", root);
  EXPECT_TRUE(verified.ok()) << verified.rejection().ToString();
}

}  // namespace
}  // namespace chartseal::publisher
