#include "verifier/policy/trust_root_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "tests/policy/image_policy_fixture.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TrustRootObject Read(std::string_view spec) {
  return ReadTrustRoot(TrustRootObjectNode("private", spec), "TrustRoot private").value();
}

// The reason why it cannot be used; fails the test when it can.
std::string ProblemOf(std::string_view spec) {
  const TrustRootObject read = Read(spec);
  EXPECT_EQ(read.root, nullptr) << spec;
  return read.problem;
}

TEST(TrustRootObjectTest, KeysAndCertificatesBecomeARootOfTrust) {
  const TrustRootObject read = Read(SigstoreKeys(TestSigstore()));
  ASSERT_NE(read.root, nullptr) << read.problem;
  EXPECT_EQ(read.name, "private");
  EXPECT_THAT(read.root->certificate_authorities(), SizeIs(1));
  EXPECT_THAT(read.root->timestamp_authorities(), SizeIs(1));
  EXPECT_TRUE(read.root->timestamp_authorities()[0].leaf.has_value());
  EXPECT_THAT(read.root->FindCtlogs(TestSigstore().ct_log().LogId()), SizeIs(1));
  EXPECT_THAT(read.root->FindTlogs(TestSigstore().rekor_v1().LogId()), SizeIs(1));
  EXPECT_THAT(read.root->FindTlogs(TestSigstore().rekor_v2().LogId()), SizeIs(1));
}

TEST(TrustRootObjectTest, VersionFollowsTheContent) {
  EXPECT_EQ(Read(SigstoreKeys(TestSigstore())).root->version(),
            TestTrustRoots().at("private").root->version());
  EXPECT_NE(TestTrustRoots().at("other").root->version(), TestTrustRoots().at("private").root->version());
}

TEST(TrustRootObjectTest, TufRepositoriesCannotBeUsedAndSaySo) {
  EXPECT_THAT(ProblemOf("remote: { mirror: https://tuf-repo.github.com, root: e30= }\n"),
              HasSubstr("TrustRoot private:5: spec.remote: TUF repositories are not read yet"));
  EXPECT_THAT(ProblemOf("repository: { root: e30=, mirrorFS: e30=, targets: targets }\n"),
              HasSubstr("spec.repository: TUF repositories are not read yet"));
}

TEST(TrustRootObjectTest, TufBesideKeysIsNotIgnored) {
  EXPECT_THAT(ProblemOf(Cat("remote: { mirror: https://tuf.test }\n", SigstoreKeys(TestSigstore()))),
              HasSubstr("spec.remote: TUF"));
}

TEST(TrustRootObjectTest, WhatIsWrongIsNamedWithItsField) {
  const std::string good = SigstoreKeys(TestSigstore());
  const auto edited = [&good](std::string_view from, std::string_view to) {
    const std::string text =
        absl::StrReplaceAll(good, {{absl::string_view(from.data(), from.size()), ToAbsl(to)}});
    EXPECT_NE(text, good) << from;
    return text;
  };
  const std::string chain = sandbox::Base64Encode(PemChain(TestSigstore().ca().Chain()));
  const std::string key = sandbox::Base64Encode(TestSigstore().ct_log().key().SpkiPem());
  const std::string weak =
      sandbox::Base64Encode("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  const std::string tsa_chain = sandbox::Base64Encode(PemChain(TestSigstore().tsa().Chain()));
  const std::string leaf = sandbox::Base64Encode(PemChain({TestSigstore().tsa().Chain()[0]}));
  const std::pair<std::string, std::string> cases[] = {
      {"{}\n", "spec.sigstoreKeys: missing"},
      {"sigstoreKeys: {}\n", "spec.sigstoreKeys: names no authority and no log"},
      {"sigstoreKeys: [1]\n", "spec.sigstoreKeys: expected an object, found a list"},
      {Cat(good, "extra: 1\n"), "spec.extra: unknown field"},
      {edited("baseURL", "baseUrl"), "spec.sigstoreKeys.tLogs[0].baseURL: missing"},
      {edited("sha-256", "sha-512"), "tLogs[0].hashAlgorithm: expected sha-256, found \"sha-512\""},
      {edited(key, weak), "spec.sigstoreKeys.ctLogs[0].publicKey: "},
      {edited(key, "'not base64'"), "spec.sigstoreKeys.ctLogs[0].publicKey: "},
      {edited(key, sandbox::Base64Encode(sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).PrivatePem())),
       "ctLogs[0].publicKey: public key: this is a private key"},
      {edited(chain, key), "spec.sigstoreKeys.certificateAuthorities[0].certChain: "},
      {edited(tsa_chain, leaf), "timestampAuthorities[0]: the only certificate is the signer's"},
      {edited("certChain", "chain"), "certificateAuthorities[0].certChain: missing"},
      {edited("organization", "org"), "certificateAuthorities[0].subject.org: unknown field"},
      {edited("timestampAuthorities", "tsas"), "spec.sigstoreKeys.tsas: unknown field"},
  };
  for (const auto& [spec, wanted] : cases) EXPECT_THAT(ProblemOf(spec), HasSubstr(wanted));
}

TEST(TrustRootObjectTest, WhatIsNoTrustRootIsAnError) {
  for (const auto& [text, wanted] :
       {std::pair{"[]", "expected an object"},
        std::pair{"{ apiVersion: policy.sigstore.dev/v1, kind: TrustRoot, metadata: { name: x } }",
                  "apiVersion: expected policy.sigstore.dev/v1alpha1"},
        std::pair{"{ apiVersion: policy.sigstore.dev/v1alpha1, kind: Trust, metadata: { name: x } }",
                  "kind: expected TrustRoot, found \"Trust\""},
        std::pair{"{ apiVersion: policy.sigstore.dev/v1alpha1, kind: TrustRoot, metadata: { name: \"\" } }",
                  "metadata.name: is empty"}}) {
    const absl::Status status = ReadTrustRoot(YamlObject(text), "TrustRoot x").status();
    EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed);
    EXPECT_THAT(Message(status), HasSubstr(wanted));
  }
}

TEST(TrustRootObjectTest, MissingSpecIsAProblemAndNoError) {
  const auto read = ReadTrustRoot(
      YamlObject("{ apiVersion: policy.sigstore.dev/v1alpha1, kind: TrustRoot, metadata: { name: x } }"),
      "TrustRoot x");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->problem, "TrustRoot x:1: spec: missing");
}

TEST(TrustRootObjectTest, PartsOfSeveralRootsAreTakenFromThose) {
  const sigstore::TrustedRoot& a = *TestTrustRoots().at("private").root;
  const sigstore::TrustedRoot& b = *TestTrustRoots().at("other").root;
  const auto mixed = sigstore::TrustedRoot::Combine(a, b, a);
  EXPECT_THAT(mixed.FindCtlogs(TestSigstore().ct_log().LogId()), SizeIs(1));
  EXPECT_THAT(mixed.FindTlogs(TestSigstore().rekor_v1().LogId()), IsEmpty());
  EXPECT_EQ(mixed.tlogs().size(), b.tlogs().size());
  EXPECT_EQ(mixed.certificate_authorities()[0].uri, "https://fulcio.acme.test");
  EXPECT_NE(mixed.version(), sigstore::TrustedRoot::Combine(a, a, b).version());
  EXPECT_EQ(mixed.version(), sigstore::TrustedRoot::Combine(a, b, a).version());
}

}  // namespace
}  // namespace chartseal::policy
