#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "tests/conformance/cosign_registries.h"
#include "tests/sandbox/keys.h"

// Every repository that real cosign signed, through the real client, out of registries of every kind.
namespace chartseal::conformance {
namespace {

using policy::TextMatcher;
using verification::Verdict;

// Why each no of a recording that gives no reasons is one.
std::string ReasonByName(const std::string& name) {
  static const auto* const reasons =
      new std::map<std::string, std::string>{{"image-unsigned", "no-signature"},
                                             {"image-attested-only", "no-signature"},
                                             {"image-moved-tag", "no-signature"},
                                             {"image-other-workflow", "identity-mismatch"},
                                             {"legacy-other-workflow", "identity-mismatch"}};
  const auto found = reasons->find(name);
  return found == reasons->end() ? "" : found->second;
}

// "yes", "no: REASON", "could not tell: REASON: TEXT".
std::string Describe(const absl::StatusOr<Verdict>& verdict) {
  if (!verdict.ok()) {
    return Cat("could not tell: ", Name(ReasonOf(verdict.status())), ": ", Message(verdict.status()));
  }
  return verdict->accepted ? "yes" : Cat("no: ", Name(verdict->reason));
}

class CosignTest : public ::testing::TestWithParam<std::tuple<std::string, Flavour>> {
 protected:
  // Pushed once and shared by the tests about it.
  struct Shared {
    std::optional<CosignCollection> collection;
    std::unique_ptr<RecordedRegistry> registry;
  };

  void SetUp() override {
    static std::map<std::tuple<std::string, Flavour>, Shared> all;
    const auto [known, is_new] = all.try_emplace(GetParam());
    if (is_new) {
      const auto& [directory, flavour] = GetParam();
      known->second.collection = LoadCases(directory);
      if (known->second.collection) {
        known->second.registry = std::make_unique<RecordedRegistry>(*known->second.collection, flavour);
      }
    }
    shared_ = &known->second;
    if (shared_->registry) {
      ASSERT_TRUE(shared_->registry->ready());
    }
  }

  const CosignCollection& collection() const { return *shared_->collection; }
  // None when the data is absent.
  std::vector<CosignCase> cases() const {
    return shared_->registry ? collection().cases : std::vector<CosignCase>();
  }
  std::vector<CosignCase> SignedCases() const {
    std::vector<CosignCase> out = cases();
    std::erase_if(out, [](const CosignCase& one) { return !one.yes; });
    return out;
  }

  std::string Ask(const CosignCase& one, const policy::Requirement& requirement) const {
    return Describe(shared_->registry->Verify(one.name, "@" + one.digest, requirement));
  }
  std::string identity_regexp() const { return shared_->collection ? collection().identity_regexp : "x"; }
  absl::StatusOr<Verdict> VerifyUnderPublicGoodRoot(const CosignCase& one) const {
    return shared_->registry->VerifyUnder(sigstore::PublicGoodRoot(), one.name, "@" + one.digest,
                                          RequirementOf(collection(), one));
  }
  absl::StatusOr<Verdict> Verify(const std::string& name, const std::string& suffix,
                                 const policy::Requirement& requirement) const {
    return shared_->registry->Verify(name, suffix, requirement);
  }

 private:
  Shared* shared_ = nullptr;
};

TEST_P(CosignTest, EveryCaseIsAnsweredAsRecorded) {
  for (const CosignCase& one : cases()) {
    const std::string reason = one.reason.empty() ? ReasonByName(one.name) : one.reason;
    const std::string found = Ask(one, RequirementOf(collection(), one));
    if (one.yes) {
      EXPECT_EQ(found, "yes") << one.name;
    } else {
      EXPECT_THAT(found, ::testing::StartsWith("no: " + reason)) << one.name;
    }
  }
}

TEST_P(CosignTest, ExpressionThatMatchesTheWholeIdentityIsAnsweredAlike) {
  const auto regexp = policy::Regexp::Compile(identity_regexp());
  ASSERT_TRUE(regexp.ok()) << regexp.status();
  for (const CosignCase& one : SignedCases()) {
    if (!one.key.empty()) continue;
    EXPECT_EQ(Ask(one, SignedBy(KeylessAuthority(TextMatcher::Matching(*regexp), collection().issuer))),
              "yes")
        << one.name;
  }
}

TEST_P(CosignTest, ExpressionThatMatchesAPartOfTheIdentityIsANo) {
  const auto part = policy::Regexp::Compile("acme/app");
  ASSERT_TRUE(part.ok());
  for (const CosignCase& one : SignedCases()) {
    if (!one.key.empty()) continue;
    EXPECT_EQ(Ask(one, SignedBy(KeylessAuthority(TextMatcher::Matching(*part), collection().issuer))),
              "no: identity-mismatch")
        << one.name;
  }
}

TEST_P(CosignTest, SameSignatureUnderAnotherIdentityIsANo) {
  for (const CosignCase& one : SignedCases()) {
    if (!one.key.empty()) continue;
    const auto identity = TextMatcher::Exactly(collection().identity + "x");
    EXPECT_EQ(Ask(one, SignedBy(KeylessAuthority(identity, collection().issuer))), "no: identity-mismatch")
        << one.name;
  }
}

TEST_P(CosignTest, SameSignatureUnderAnotherIssuerIsANo) {
  for (const CosignCase& one : SignedCases()) {
    if (!one.key.empty()) continue;
    const auto identity = TextMatcher::Exactly(collection().identity);
    EXPECT_EQ(Ask(one, SignedBy(KeylessAuthority(identity, collection().issuer + "/"))),
              "no: issuer-mismatch")
        << one.name;
  }
}

TEST_P(CosignTest, CertificateDoesNotSatisfyAKey) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).SpkiPem();
  for (const CosignCase& one : SignedCases()) {
    if (!one.key.empty()) continue;
    EXPECT_EQ(Ask(one, SignedBy(KeyAuthority(key))), "no: certificate-unexpected") << one.name;
  }
}

TEST_P(CosignTest, KeyDoesNotSatisfyAnotherKeyOrAnIdentity) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256).SpkiPem();
  for (const CosignCase& one : SignedCases()) {
    if (one.key.empty()) continue;
    EXPECT_THAT(Ask(one, SignedBy(KeyAuthority(key))),
                ::testing::AnyOf("no: key-mismatch", "no: entry-key-mismatch", "no: signature-invalid"))
        << one.name;
    const auto identity = TextMatcher::Exactly(collection().identity);
    EXPECT_EQ(Ask(one, SignedBy(KeylessAuthority(identity, collection().issuer))), "no: key-required")
        << one.name;
  }
}

TEST_P(CosignTest, AttestationCountsForItsOwnTypeOnly) {
  for (const CosignCase& one : cases()) {
    if (one.attestation.empty()) continue;
    policy::Requirement requirement = RequirementOf(collection(), one);
    requirement.signature = false;
    requirement.attestation_types = {one.attestation};
    EXPECT_EQ(Ask(one, requirement), "yes") << one.name;
    requirement.attestation_types = {one.attestation + "x"};
    EXPECT_EQ(Ask(one, requirement), "no: no-attestation") << one.name;
  }
}

TEST_P(CosignTest, TagGivesTheVerdictOfTheDigestItPointsTo) {
  for (const CosignCase& one : cases()) {
    if (one.tag.empty()) continue;
    const auto verdict = Verify(one.name, ":" + one.tag, RequirementOf(collection(), one));
    ASSERT_TRUE(verdict.ok()) << one.name << ": " << verdict.status();
    EXPECT_EQ(verdict->accepted, one.yes) << one.name;
    EXPECT_EQ(verdict->digest.ToString(), one.digest) << one.name;
  }
}

TEST_P(CosignTest, TheDigestThatIsReallySignedIsAYes) {
  for (const CosignCase& one : cases()) {
    if (one.signed_digest.empty()) continue;
    const auto found = Describe(Verify(one.name, "@" + one.signed_digest, RequirementOf(collection(), one)));
    EXPECT_EQ(found, "yes") << one.name;
  }
}

TEST_P(CosignTest, OtherTrustedRootIsANo) {
  for (const CosignCase& one : SignedCases()) {
    if (!one.key.empty()) continue;
    EXPECT_THAT(Describe(VerifyUnderPublicGoodRoot(one)),
                ::testing::AnyOf("no: log-unknown", "no: no-signed-time", "no: chain-untrusted"))
        << one.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Recorded, CosignTest,
    ::testing::Combine(::testing::Values(RecordedDirectory()),
                       ::testing::Values(Flavour::kDebian, Flavour::kApi, Flavour::kApiConfigType,
                                         Flavour::kApiWithoutType, Flavour::kApiSmallPages,
                                         Flavour::kFallback400)),
    [](const auto& one) { return NameOf(std::get<1>(one.param)); });

INSTANTIATE_TEST_SUITE_P(Vectors, CosignTest,
                         ::testing::Combine(::testing::Values(VectorsDirectory()),
                                            ::testing::Values(Flavour::kDebian, Flavour::kApi,
                                                              Flavour::kApiConfigType,
                                                              Flavour::kApiWithoutType)),
                         [](const auto& one) { return NameOf(std::get<1>(one.param)); });

}  // namespace
}  // namespace chartseal::conformance
