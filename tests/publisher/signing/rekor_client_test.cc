#include "tests/publisher/signing/signing_fixture.h"
#include "verifier/base/encoding.h"
#include "verifier/base/strict_json.h"
#include "verifier/crypto/digest.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kMessage = "what is signed";

class RekorClientTest : public SigningTest {
 protected:
  RekorService V1() const { return {services_->urls().rekor_v1, 1}; }
  RekorService V2() const { return {services_->urls().rekor_v2, 2}; }
  LogVerifier Verifier() const { return {key_.public_key().spki_der(), false, key_.public_key().type()}; }
  auto Log(const RekorService& rekor) {
    return LogSignature(caller_, rekor, crypto::Sha256(kMessage), signature_, Verifier(), Deadline());
  }
  std::string signature_ = key_.Sign(kMessage).value();
};

TEST_F(RekorClientTest, ASignatureIsLoggedInV1) {
  const auto entry = Log(V1());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->FindPath({"kindVersion", "version"})->string_value(), "0.0.1") << WriteJson(*entry);
}

TEST_F(RekorClientTest, ASignatureIsLoggedInV2) {
  const auto entry = Log(V2());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->FindPath({"kindVersion", "version"})->string_value(), "0.0.2") << WriteJson(*entry);
}

TEST_F(RekorClientTest, AnEquivalentEntryInV1IsTakenFromTheLog) {
  const auto first = Log(V1());
  const auto second = Log(V1());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(WriteJson(*first), WriteJson(*second));
}

TEST_F(RekorClientTest, AnEnvelopeIsLoggedInV1) {
  const std::string type = "application/vnd.in-toto+json";
  const std::string payload = "{}";
  const std::string signature = key_.Sign(sandbox::Pae(type, payload)).value();
  Node envelope = Node::MakeMap();
  envelope.Set("payload", Base64Encode(payload)).Set("payloadType", type);
  envelope.Set("signatures",
               Node::MakeList().Append(Node::MakeMap().Set("sig", Base64Encode(signature)).Set("keyid", "")));
  const auto entry = LogEnvelope(caller_, V1(), WriteJson(envelope), Verifier(), Deadline());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->FindPath({"kindVersion", "kind"})->string_value(), "dsse");
}

}  // namespace
}  // namespace chartseal::publisher
