#include "verifier/policy/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/policy/policy.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kIssuer[] = "https://token.actions.githubusercontent.com";
constexpr char kWorkflow[] = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";

sigstore::Claims SomeClaims() {
  sigstore::Claims claims;
  claims.identity = kWorkflow;
  claims.issuer = kIssuer;
  claims.extensions[static_cast<size_t>(sigstore::ClaimNumber("sourceRepositoryURI"))] =
      "https://github.com/acme/app";
  return claims;
}

TextMatcher Pattern(std::string_view text) { return TextMatcher::Matching(Regexp::Compile(text).value()); }

Identity Exact() { return {{TextMatcher::Exactly(kWorkflow)}, {TextMatcher::Exactly(kIssuer)}, {}}; }

TEST(IdentityTest, AcceptsWhenEverythingNamedHolds) {
  Identity identity = Exact();
  identity.claims["sourceRepositoryURI"] = "https://github.com/acme/app";
  EXPECT_TRUE(identity.Check(SomeClaims()).ok());
}

TEST(IdentityTest, AnotherIssuerIsNamedFirstWithExpectedAndFound) {
  sigstore::Claims claims = SomeClaims();
  claims.issuer = "https://accounts.google.com";
  claims.identity = "somebody@example.com";
  const auto checked = Exact().Check(claims);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kIssuerMismatch);
  EXPECT_EQ(checked.rejection().expected, kIssuer);
  EXPECT_EQ(checked.rejection().found, "https://accounts.google.com");
}

TEST(IdentityTest, AnotherSubjectIsAnIdentityMismatch) {
  sigstore::Claims claims = SomeClaims();
  claims.identity += "-evil";
  const auto checked = Exact().Check(claims);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kIdentityMismatch);
}

TEST(IdentityTest, ASearchPatternIsRefusedWithThePatternThatWouldMatch) {
  Identity identity = Exact();
  identity.subjects = {Pattern("github.com/acme")};
  const auto checked = identity.Check(SomeClaims());
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kIdentityMismatch);
  EXPECT_THAT(checked.rejection().detail, HasSubstr(".*github.com/acme.*"));
}

TEST(IdentityTest, AnUnanchoredIssuerCannotBeSmuggledIntoALongerOne) {
  Identity identity = Exact();
  identity.issuers = {Pattern("https://token\\.actions\\.githubusercontent\\.com")};
  sigstore::Claims claims = SomeClaims();
  claims.issuer = "https://evil.example/?https://token.actions.githubusercontent.com";
  const auto checked = identity.Check(claims);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kIssuerMismatch);
}

TEST(IdentityTest, ExactAndPatternTogetherMustBothHold) {
  Identity identity = Exact();
  identity.subjects.push_back(Pattern(".*@refs/heads/main"));
  const auto checked = identity.Check(SomeClaims());
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kIdentityMismatch);
}

TEST(IdentityTest, AMissingOrDifferentClaimIsAClaimMismatch) {
  Identity identity = Exact();
  identity.claims["runnerEnvironment"] = "github-hosted";
  const auto checked = identity.Check(SomeClaims());
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kClaimMismatch);
  EXPECT_THAT(checked.rejection().detail, HasSubstr("runnerEnvironment"));
  EXPECT_EQ(checked.rejection().found, "no such claim");
}

TEST(AuthorityTest, ExplainsTheClosestOfSeveralIdentities) {
  Identity far = Exact();
  far.issuers = {TextMatcher::Exactly("https://gitlab.com")};
  Identity near = Exact();
  near.claims["runnerEnvironment"] = "github-hosted";
  sigstore::VerifiedSignature signature;
  signature.claims = SomeClaims();
  const auto checked = Authority{"a", {near, far}, std::nullopt, {}}.Accepts(signature);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kClaimMismatch);
  EXPECT_TRUE((Authority{"a", {far, Exact()}, std::nullopt, {}}.Accepts(signature).ok()));
}

TEST(AuthorityTest, AnIdentityIsNotSatisfiedByAKeySignature) {
  const auto checked = Authority{"a", {Exact()}, std::nullopt, {}}.Accepts(sigstore::VerifiedSignature{});
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.rejection().reason, Reason::kKeyRequired);
}

}  // namespace
}  // namespace chartseal::policy
