#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/crypto/real_data.h"
#include "verifier/base/status.h"

namespace chartseal::crypto {
namespace {

using testing::ElementsAre;
using testing::Optional;

constexpr char kGitHubBundle[] = "sigstore/happy-path-v0.3-new-mediaType/bundle.sigstore.json";

TEST(RealCertificates, EveryCpythonSignerChainsToFulcioAtItsOwnTime) {
  const AuthorityChain fulcio = PublicGoodFulcio();
  const auto names = CpythonBundles();
  ASSERT_GE(names.size(), 20u);
  for (const std::string& name : names) {
    const Certificate leaf = LeafOf(name);
    for (const absl::Time at : {leaf.not_before(), leaf.not_before() + absl::Minutes(5), leaf.not_after()}) {
      const auto path = fulcio.Verify(leaf, {}, at, oid::kCodeSigning);
      ASSERT_TRUE(path.ok()) << name << ": " << path.rejection().ToString();
      EXPECT_EQ(path->size(), 3u);
      EXPECT_EQ((*path)[1].subject_text(), "CN=sigstore-intermediate,O=sigstore.dev");
    }
    for (const absl::Time at :
         {leaf.not_before() - absl::Nanoseconds(1), leaf.not_after() + absl::Nanoseconds(1)}) {
      const auto path = fulcio.Verify(leaf, {}, at, oid::kCodeSigning);
      ASSERT_FALSE(path.ok()) << name;
      EXPECT_EQ(path.rejection().reason, Reason::kCertificateNotValid);
    }
  }
}

TEST(RealCertificates, FieldsOfAWorkflowCertificateAreRead) {
  const Certificate leaf = LeafOf(kGitHubBundle);
  EXPECT_EQ(leaf.not_after() - leaf.not_before(), absl::Minutes(10));
  EXPECT_EQ(leaf.public_key().type(), KeyType::kEcdsaP256);
  EXPECT_EQ(leaf.subject_text(), "");
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_FALSE(leaf.is_self_signed());
  EXPECT_TRUE(leaf.allows_digital_signature());
  EXPECT_THAT(leaf.extended_key_usage(), Optional(ElementsAre(std::string(oid::kCodeSigning))));
  EXPECT_FALSE(leaf.extended_key_usage_is_critical());
  ASSERT_EQ(leaf.subject_alt_names().size(), 1u);
  EXPECT_EQ(leaf.subject_alt_names()[0].kind, SubjectAltName::Kind::kUri);
  EXPECT_EQ(
      leaf.subject_alt_names()[0].value,
      "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
      "extremely-dangerous-oidc-beacon.yml@refs/heads/main");
  ASSERT_NE(leaf.FindExtension("1.3.6.1.4.1.57264.1.1"), nullptr);
  EXPECT_EQ(leaf.FindExtension("1.3.6.1.4.1.57264.1.1")->value,
            "https://token.actions.githubusercontent.com");
}

TEST(RealCertificates, TheRootIsSelfSignedAndTheIntermediateIsNot) {
  const AuthorityChain fulcio = PublicGoodFulcio();
  EXPECT_TRUE(fulcio.anchor().is_self_signed());
  EXPECT_TRUE(fulcio.anchor().is_ca());
  EXPECT_FALSE(fulcio.certificates()[0].is_self_signed());
}

TEST(RealCertificates, AChainInTheWrongOrderIsRefused) {
  const AuthorityChain fulcio = PublicGoodFulcio();
  const auto chain = AuthorityChain::Create({fulcio.anchor(), fulcio.certificates()[0]});
  EXPECT_EQ(ReasonOf(chain.status()), Reason::kTrustedRootMalformed);
  EXPECT_THAT(Message(chain.status()), testing::HasSubstr("is not signed by"));
}

}  // namespace
}  // namespace chartseal::crypto
