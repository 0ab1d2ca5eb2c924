#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/vectors.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/verify.h"
#include "verifier/verification/blob_verifier.h"

// Releases of CPython, signed by people over several years: bundles v0.1 to v0.3 against the embedded root.
namespace chartseal::conformance {
namespace {

using sigstore::Artifact;
using sigstore::Bundle;
using sigstore::PublicGoodRoot;

Artifact DigestOnly(std::string_view hex) {
  return {crypto::Digest::Parse(Cat("sha256:", hex)).value(), std::nullopt};
}

TEST(CpythonTest, EveryReleaseVerifiesAndNamesItsSigner) {
  if (!HaveVectors()) return;
  const Node manifest = ReadJsonVector("cpython/manifest.json");
  ASSERT_TRUE(manifest.is_list());
  EXPECT_GE(manifest.list().size(), 20u);
  for (const Node& release : manifest.list()) {
    const std::string name(release.StringOr("bundle"));
    SCOPED_TRACE(name);
    const auto bundle = Bundle::ParseJson(ReadVector("cpython/" + name), name);
    ASSERT_TRUE(bundle.ok()) << bundle.status();
    const auto verified = VerifyBundle(*bundle, DigestOnly(release.StringOr("sha256")), PublicGoodRoot(), {});
    ASSERT_TRUE(verified.ok()) << verified.rejection().ToString();
    ASSERT_TRUE(verified->claims.has_value());
    EXPECT_EQ(verified->claims->identity, release.StringOr("identity"));
    EXPECT_EQ(verified->claims->issuer, release.StringOr("issuer"));
    EXPECT_FALSE(verified->signed_times.empty());
    EXPECT_FALSE(verified->log_entries.empty());
  }
}

TEST(CpythonTest, NoReleaseVerifiesForTheDigestOfAnother) {
  if (!HaveVectors()) return;
  const Node manifest = ReadJsonVector("cpython/manifest.json");
  const std::string other = HexEncode(crypto::Sha256("another release"));
  for (const Node& release : manifest.list()) {
    const std::string name(release.StringOr("bundle"));
    SCOPED_TRACE(name);
    const auto bundle = Bundle::ParseJson(ReadVector("cpython/" + name), name);
    ASSERT_TRUE(bundle.ok()) << bundle.status();
    const auto verified = VerifyBundle(*bundle, DigestOnly(other), PublicGoodRoot(), {});
    ASSERT_FALSE(verified.ok());
    EXPECT_EQ(Name(verified.rejection().reason), Name(Reason::kMessageDigestMismatch))
        << verified.rejection().ToString();
    EXPECT_EQ(verified.rejection().expected, "sha256:" + other);
    EXPECT_EQ(verified.rejection().found, Cat("sha256:", release.StringOr("sha256")));
  }
}

// What `verify-blob` answers when asked for this signer: the reason, or kNone for a yes.
Reason AskedFor(const Node& release, const std::string& identity, const std::string& issuer) {
  const std::string name(release.StringOr("bundle"));
  policy::Requirement requirement;
  requirement.authorities.push_back(
      {.name = "asked",
       .identities = {{{policy::TextMatcher::Exactly(identity)}, {policy::TextMatcher::Exactly(issuer)}, {}}},
       .key = std::nullopt,
       .thresholds = {}});
  const auto verdict =
      verification::VerifyBlob(DigestOnly(release.StringOr("sha256")), ReadVector("cpython/" + name), name,
                               requirement, PublicGoodRoot());
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  return verdict.ok() ? verdict->reason : Reason::kBundleMalformed;
}

TEST(CpythonTest, ReleasesAreAcceptedForTheirOwnSignerOnly) {
  if (!HaveVectors()) return;
  const Node manifest = ReadJsonVector("cpython/manifest.json");
  for (const Node& release : manifest.list()) {
    const std::string identity(release.StringOr("identity")), issuer(release.StringOr("issuer"));
    SCOPED_TRACE(release.StringOr("bundle"));
    EXPECT_EQ(Name(AskedFor(release, identity, issuer)), Name(Reason::kNone));
    EXPECT_EQ(Name(AskedFor(release, "x" + identity, issuer)), Name(Reason::kIdentityMismatch));
    EXPECT_EQ(Name(AskedFor(release, identity, issuer + "/")), Name(Reason::kIssuerMismatch));
  }
}

TEST(CpythonTest, NoReleaseVerifiesWithAKeyInsteadOfItsCertificate) {
  if (!HaveVectors()) return;
  sigstore::VerifyOptions options;
  options.key = sigstore::ManagedKey{PublicGoodRoot().tlogs().front().key, std::nullopt, std::nullopt};
  const Node manifest = ReadJsonVector("cpython/manifest.json");
  for (const Node& release : manifest.list()) {
    const std::string name(release.StringOr("bundle"));
    const auto bundle = Bundle::ParseJson(ReadVector("cpython/" + name), name);
    ASSERT_TRUE(bundle.ok()) << bundle.status();
    const auto verified =
        VerifyBundle(*bundle, DigestOnly(release.StringOr("sha256")), PublicGoodRoot(), options);
    ASSERT_FALSE(verified.ok()) << name;
    EXPECT_EQ(Name(verified.rejection().reason), Name(Reason::kCertificateUnexpected)) << name;
  }
}

}  // namespace
}  // namespace chartseal::conformance
