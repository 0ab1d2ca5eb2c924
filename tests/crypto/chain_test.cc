#include "verifier/crypto/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "tests/sandbox/certificate_spec.h"
#include "tests/sandbox/der_writer.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

// Every rule of spec/sigstore.md §4.9 broken on its own: what is changed is signed anew, so that nothing but
// the rule can refuse it.
namespace chartseal::crypto {
namespace {

using sandbox::CaConstraintsExtension;
using sandbox::CertificateSpec;
using sandbox::ExtendedKeyUsageExtension;
using sandbox::Key;
using sandbox::KeyUsageExtension;
using testing::HasSubstr;
namespace der = sandbox::der;

using Edit = std::function<void(CertificateSpec&)>;

const absl::Time kStart = absl::FromUnixSeconds(1'767'225'600);
const absl::Time kEnd = kStart + absl::Hours(24);
const absl::Time kNow = kStart + absl::Hours(1);

Key KeyNamed(const std::string& name) {
  static auto* keys = new std::map<std::string, Key>;
  return keys->try_emplace(name, Key::Generate(sandbox::KeyType::kEcdsaP256)).first->second;
}

CertificateSpec SpecOf(const std::string& name, const std::string& issuer) {
  CertificateSpec spec;
  spec.serial = "\x11";
  spec.issuer = sandbox::EncodeName("test", issuer);
  spec.subject = sandbox::EncodeName("test", name);
  spec.not_before = kStart;
  spec.not_after = kEnd;
  spec.spki = KeyNamed(name).Spki();
  return spec;
}

Certificate Sign(const CertificateSpec& spec, const std::string& signer) {
  return Certificate::FromDer(sandbox::SignCertificate(spec, KeyNamed(signer))).value();
}

Certificate Ca(const std::string& name, const std::string& issuer, const Edit& edit = {}) {
  CertificateSpec spec = SpecOf(name, issuer);
  spec.extensions = {KeyUsageExtension({5, 6}), CaConstraintsExtension(-1)};
  if (edit) edit(spec);
  return Sign(spec, issuer);
}

Certificate Leaf(const std::string& issuer, const Edit& edit = {}) {
  CertificateSpec spec = SpecOf("leaf", issuer);
  spec.extensions = {KeyUsageExtension({0}),
                     ExtendedKeyUsageExtension({sandbox::kPurposeCodeSigning}, false)};
  if (edit) edit(spec);
  return Sign(spec, issuer);
}

AuthorityChain Chain(std::vector<Certificate> certificates) {
  return AuthorityChain::Create(std::move(certificates)).value();
}

Checked<std::vector<Certificate>> Verify(const AuthorityChain& chain, const Certificate& leaf,
                                         absl::Time at = kNow,
                                         const std::vector<Certificate>& untrusted = {}) {
  return chain.Verify(leaf, untrusted, at, oid::kCodeSigning);
}

void ExpectRejected(const Checked<std::vector<Certificate>>& path, Reason reason, std::string_view detail) {
  ASSERT_FALSE(path.ok());
  EXPECT_EQ(Name(path.rejection().reason), Name(reason)) << path.rejection().ToString();
  EXPECT_THAT(path.rejection().ToString(), HasSubstr(std::string(detail)));
}

// Root, intermediate and leaf, each with its change; refused for this reason.
void ExpectBroken(const Edit& root, const Edit& intermediate, const Edit& leaf, Reason reason,
                  std::string_view detail) {
  const AuthorityChain chain = Chain({Ca("middle", "root", intermediate), Ca("root", "root", root)});
  ExpectRejected(Verify(chain, Leaf("middle", leaf)), reason, detail);
}

TEST(Chain, ThePathIsLeafFirstAnchorLast) {
  const Certificate leaf = Leaf("middle"), middle = Ca("middle", "root"), root = Ca("root", "root");
  const auto path = Verify(Chain({middle, root}), leaf);
  ASSERT_TRUE(path.ok()) << path.rejection().ToString();
  EXPECT_THAT(*path, testing::ElementsAre(leaf, middle, root));
}

TEST(Chain, TheAnchorMayIssueTheLeafItself) {
  const Certificate leaf = Leaf("root"), root = Ca("root", "root");
  EXPECT_THAT(*Verify(Chain({Ca("middle", "root"), root}), leaf), testing::ElementsAre(leaf, root));
}

TEST(Chain, TheAnchorMayBeAnIntermediate) {
  EXPECT_TRUE(Verify(Chain({Ca("middle", "root")}), Leaf("middle")).ok());
}

TEST(Chain, ValidityIsClosedOnBothEndsForEveryCertificate) {
  const absl::Time narrow_start = kStart + absl::Minutes(1), narrow_end = kEnd - absl::Minutes(1);
  const Edit narrow = [&](CertificateSpec& spec) {
    spec.not_before = narrow_start;
    spec.not_after = narrow_end;
  };
  for (int which = 0; which < 3; ++which) {
    const AuthorityChain chain = Chain({Ca("middle", "root", which == 1 ? narrow : Edit()),
                                        Ca("root", "root", which == 2 ? narrow : Edit())});
    const Certificate leaf = Leaf("middle", which == 0 ? narrow : Edit());
    EXPECT_TRUE(Verify(chain, leaf, narrow_start).ok()) << which;
    EXPECT_TRUE(Verify(chain, leaf, narrow_end).ok()) << which;
    for (const absl::Time at : {narrow_start - absl::Nanoseconds(1), narrow_end + absl::Nanoseconds(1)}) {
      ExpectRejected(Verify(chain, leaf, at), Reason::kCertificateNotValid,
                     "was not valid at the signed time");
    }
  }
}

TEST(Chain, ALeafThatIsACaIsRefused) {
  ExpectBroken(
      {}, {}, [](auto& spec) { spec.Set(CaConstraintsExtension(-1)); }, Reason::kCertificateIsCa,
      "is a certificate authority");
}

TEST(Chain, ALeafNeedsTheRequiredPurposeByName) {
  const char kDetail[] = "lacks an extended key usage";
  ExpectBroken(
      {}, {}, [](auto& spec) { spec.Remove(sandbox::kOidExtendedKeyUsage); }, Reason::kCertificateUsage,
      kDetail);
  ExpectBroken(
      {}, {}, [](auto& spec) { spec.Set(ExtendedKeyUsageExtension({sandbox::kPurposeServerAuth}, false)); },
      Reason::kCertificateUsage, kDetail);
  ExpectBroken(
      {}, {}, [](auto& spec) { spec.Set(ExtendedKeyUsageExtension({"2.5.29.37.0"}, false)); },
      Reason::kCertificateUsage, kDetail);
}

TEST(Chain, ALeafWhoseKeyMayNotSignIsRefused) {
  ExpectBroken(
      {}, {}, [](auto& spec) { spec.Set(KeyUsageExtension({2})); }, Reason::kCertificateUsage,
      "has no digitalSignature");
}

TEST(Chain, ALeafWithoutKeyUsageMaySign) {
  const Certificate leaf = Leaf("root", [](auto& spec) { spec.Remove(sandbox::kOidKeyUsage); });
  EXPECT_TRUE(Verify(Chain({Ca("root", "root")}), leaf).ok());
}

TEST(Chain, UnknownCriticalExtensionsAreRefusedAnywhere) {
  const Edit add = [](auto& spec) { spec.extensions.push_back({"1.2.3.4.5", true, der::Null()}); };
  ExpectBroken({}, {}, add, Reason::kCertificateCriticalExtension, "1.2.3.4.5");
  ExpectBroken({}, add, {}, Reason::kCertificateCriticalExtension, "1.2.3.4.5");
  ExpectBroken(add, {}, {}, Reason::kCertificateCriticalExtension, "1.2.3.4.5");
}

TEST(Chain, UnknownExtensionsThatAreNotCriticalAreIgnored) {
  const Edit add = [](auto& spec) { spec.extensions.push_back({"1.2.3.4.5", false, "anything"}); };
  EXPECT_TRUE(Verify(Chain({Ca("middle", "root", add), Ca("root", "root", add)}), Leaf("middle", add)).ok());
}

TEST(Chain, NameConstraintsInAnIssuerAreRefusedWhateverTheirCriticality) {
  for (const bool critical : {false, true}) {
    const Edit add = [=](auto& spec) {
      spec.extensions.push_back({sandbox::kOidNameConstraints, critical, der::Sequence({})});
    };
    ExpectBroken({}, add, {}, Reason::kChainConstraint, "has name constraints");
    ExpectBroken(add, {}, {}, Reason::kChainConstraint, "has name constraints");
  }
}

TEST(Chain, AnIssuerThatIsNoCaIsRefused) {
  const Edit no_ca = [](auto& spec) { spec.Remove(sandbox::kOidBasicConstraints); };
  ExpectBroken({}, no_ca, {}, Reason::kChainConstraint, "'CN=middle,O=test' issued a certificate but is no");
  ExpectBroken(no_ca, {}, {}, Reason::kChainConstraint, "'CN=root,O=test' issued a certificate but is no");
}

TEST(Chain, AnIssuerWhoseKeyMayNotSignCertificatesIsRefused) {
  const Edit no_sign = [](auto& spec) { spec.Set(KeyUsageExtension({0, 6})); };
  ExpectBroken({}, no_sign, {}, Reason::kChainConstraint, "without keyCertSign");
  ExpectBroken(no_sign, {}, {}, Reason::kChainConstraint, "without keyCertSign");
}

TEST(Chain, AnIssuerForOtherPurposesIsRefused) {
  const Edit other = [](auto& spec) {
    spec.Set(ExtendedKeyUsageExtension({sandbox::kPurposeTimeStamping}, false));
  };
  ExpectBroken({}, other, {}, Reason::kCertificateUsage, "may not issue for this extended key usage");
  ExpectBroken(other, {}, {}, Reason::kCertificateUsage, "may not issue for this extended key usage");
}

TEST(Chain, AnIssuerForAnyPurposeMayIssue) {
  const Edit any = [](auto& spec) { spec.Set(ExtendedKeyUsageExtension({"2.5.29.37.0"}, false)); };
  EXPECT_TRUE(Verify(Chain({Ca("middle", "root", any), Ca("root", "root")}), Leaf("middle")).ok());
}

TEST(Chain, PathLengthCountsTheIntermediatesBelow) {
  const Edit none = [](auto& spec) { spec.Set(CaConstraintsExtension(0)); };
  const Edit one = [](auto& spec) { spec.Set(CaConstraintsExtension(1)); };
  ExpectBroken(none, {}, {}, Reason::kChainConstraint, "allows 0 intermediates below it, found 1");
  EXPECT_TRUE(Verify(Chain({Ca("middle", "root", none), Ca("root", "root", one)}), Leaf("middle")).ok());
  const AuthorityChain long_chain =
      Chain({Ca("lower", "middle"), Ca("middle", "root"), Ca("root", "root", one)});
  ExpectRejected(Verify(long_chain, Leaf("lower")), Reason::kChainConstraint,
                 "allows 1 intermediates below it, found 2");
}

TEST(Chain, SelfIssuedIntermediatesDoNotCountForThePathLength) {
  const Edit none = [](auto& spec) { spec.Set(CaConstraintsExtension(0)); };
  // The same name with another key, as when a root is renewed.
  CertificateSpec renewed = SpecOf("root", "root");
  renewed.spki = KeyNamed("root-2").Spki();
  renewed.extensions = {KeyUsageExtension({5, 6}), CaConstraintsExtension(0)};
  CertificateSpec leaf = SpecOf("leaf", "root");
  leaf.extensions = {ExtendedKeyUsageExtension({sandbox::kPurposeCodeSigning}, false)};
  const AuthorityChain chain = Chain({Sign(renewed, "root"), Ca("root", "root", none)});
  EXPECT_TRUE(Verify(chain, Sign(leaf, "root-2")).ok());
}

TEST(Chain, ALeafOfAStrangerIsUntrustedWhateverElseIsWrongWithIt) {
  const AuthorityChain chain = Chain({Ca("root", "root")});
  ExpectRejected(Verify(chain, Leaf("stranger")), Reason::kChainUntrusted, "expected 'CN=root,O=test'");
  ExpectRejected(Verify(chain, Leaf("stranger", [](auto& spec) { spec.Set(CaConstraintsExtension(-1)); })),
                 Reason::kChainUntrusted, "not issued by a trusted authority");
}

TEST(Chain, TheIssuersNameWithoutItsSignatureIsUntrusted) {
  CertificateSpec spec = SpecOf("leaf", "root");
  spec.extensions = {ExtendedKeyUsageExtension({sandbox::kPurposeCodeSigning}, false)};
  ExpectRejected(Verify(Chain({Ca("root", "root")}), Sign(spec, "impostor")), Reason::kChainUntrusted,
                 "not issued by a trusted authority");
}

TEST(Chain, TheIssuersSignatureWithoutItsNameIsUntrusted) {
  const Certificate leaf =
      Leaf("root", [](auto& spec) { spec.issuer = sandbox::EncodeName("test", "other"); });
  ExpectRejected(Verify(Chain({Ca("root", "root")}), leaf), Reason::kChainUntrusted, "not issued");
}

TEST(Chain, UntrustedIntermediatesConnectButNeverAnchor) {
  const AuthorityChain chain = Chain({Ca("root", "root")});
  const Certificate leaf = Leaf("middle"), middle = Ca("middle", "root");
  EXPECT_FALSE(Verify(chain, leaf).ok());
  EXPECT_TRUE(Verify(chain, leaf, kNow, {Ca("stranger", "stranger"), middle}).ok());
  ExpectRejected(Verify(chain, Leaf("stranger"), kNow, {Ca("stranger", "stranger")}), Reason::kChainUntrusted,
                 "not issued by a trusted authority");
  const Certificate no_ca =
      Ca("middle", "root", [](auto& spec) { spec.Remove(sandbox::kOidBasicConstraints); });
  ExpectRejected(Verify(chain, leaf, kNow, {no_ca}), Reason::kChainConstraint, "no certificate authority");
}

TEST(Chain, OfSeveralIntermediatesWithOneNameAllAreTried) {
  CertificateSpec other_key = SpecOf("middle", "root");
  other_key.spki = KeyNamed("middle-2").Spki();
  other_key.extensions = {CaConstraintsExtension(0)};
  const Certificate expired =
      Ca("middle", "root", [](auto& spec) { spec.not_after = kStart + absl::Minutes(1); });
  const auto path = Verify(Chain({Ca("root", "root")}), Leaf("middle"), kNow,
                           {Sign(other_key, "root"), expired, Ca("middle", "root")});
  EXPECT_TRUE(path.ok()) << path.rejection().ToString();
}

TEST(Chain, ALoopOfIntermediatesEnds) {
  const std::vector<Certificate> loop = {Ca("a", "b"), Ca("b", "a"), Ca("a", "a"), Ca("b", "b")};
  ExpectRejected(Verify(Chain({Ca("root", "root")}), Leaf("a"), kNow, loop), Reason::kChainUntrusted,
                 "not issued");
}

TEST(Chain, ACrowdOfSameNamedIntermediatesEndsTheSearchEarly) {
  std::vector<Certificate> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(Ca("a", "a", [i](auto& spec) { spec.serial = Cat("s", i); }));
  }
  ExpectRejected(Verify(Chain({Ca("root", "root")}), Leaf("a"), kNow, crowd), Reason::kChainUntrusted,
                 "not issued");
}

TEST(Chain, CreationRefusesWhatIsNoChain) {
  const auto expect = [](std::vector<Certificate> certificates, const char* message) {
    const absl::Status status = AuthorityChain::Create(std::move(certificates)).status();
    EXPECT_EQ(ReasonOf(status), Reason::kTrustedRootMalformed);
    EXPECT_THAT(Message(status), HasSubstr(message));
  };
  expect({}, "is empty");
  expect({Ca("root", "root"), Ca("middle", "root")}, "'CN=root,O=test' is not signed by 'CN=middle,O=test'");
  expect({Ca("middle", "root"), Ca("stranger", "stranger")}, "is not signed by");
  expect(std::vector<Certificate>(limits::kMaxChainLength + 1, Ca("root", "root")), "has more than 8");
}

TEST(Chain, APinnedLeafMustBeOfTheChainAndStillObeysEveryRule) {
  const AuthorityChain chain = Chain({Ca("middle", "root"), Ca("root", "root")});
  EXPECT_THAT(Message(chain.WithPinnedLeaf(Leaf("stranger")).status()),
              HasSubstr("not signed by any certificate"));
  const Certificate leaf = Leaf("middle");
  const AuthorityChain pinned = chain.WithPinnedLeaf(leaf).value();
  EXPECT_EQ(Verify(pinned, leaf)->size(), 3u);
  ExpectRejected(Verify(pinned, leaf, kEnd + absl::Seconds(1)), Reason::kCertificateNotValid, "not valid");
  ExpectRejected(pinned.Verify(leaf, {}, kNow, oid::kTimeStamping), Reason::kCertificateUsage, "lacks");
  // Another certificate is checked as ever.
  CertificateSpec forged = SpecOf("leaf", "middle");
  forged.extensions = {ExtendedKeyUsageExtension({sandbox::kPurposeCodeSigning}, false)};
  ExpectRejected(Verify(pinned, Sign(forged, "impostor")), Reason::kChainUntrusted, "not issued");
}

TEST(Chain, APathIsCheckedAgainAtAnotherTime) {
  const auto path = Verify(Chain({Ca("root", "root")}), Leaf("root"));
  EXPECT_TRUE(CheckPathAt(*path, kEnd, oid::kCodeSigning).ok());
  EXPECT_EQ(CheckPathAt(*path, kEnd + absl::Seconds(1), oid::kCodeSigning).rejection().reason,
            Reason::kCertificateNotValid);
  EXPECT_EQ(CheckPathAt(*path, kNow, oid::kTimeStamping).rejection().reason, Reason::kCertificateUsage);
}

}  // namespace
}  // namespace chartseal::crypto
