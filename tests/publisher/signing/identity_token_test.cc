#include "publisher/signing/identity_token.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/base/why.h"
#include "tests/publisher/signing/test_token.h"
#include "verifier/base/limits.h"

namespace chartseal::publisher {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'780'000'000);  // 2026-05-28T20:26:40Z
constexpr int64_t kSeconds = 1'780'000'000;

absl::StatusOr<IdentityToken> Parse(const json& changes) {
  return IdentityToken::Parse(TokenWith(kNow, changes), kNow);
}

// The reason, which never holds any part of the token.
std::string WhyNot(const std::string& jwt) {
  const std::string why = Why(IdentityToken::Parse(jwt, kNow));
  size_t from = 0;
  for (size_t dot = 0; dot != std::string::npos; from = dot + 1) {
    dot = jwt.find('.', from);
    const std::string part = jwt.substr(from, dot == std::string::npos ? dot : dot - from);
    EXPECT_TRUE(part.size() < 8 || why.find(part) == std::string::npos) << why;
  }
  return why;
}
std::string WhyNot(const json& changes) { return WhyNot(TokenWith(kNow, changes)); }

TEST(IdentityTokenTest, GithubsTokenSaysWhoseItIs) {
  const auto token = Parse({});
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->issuer(), "https://token.actions.githubusercontent.com");
  EXPECT_EQ(token->subject(), "repo:acme/app:ref:refs/tags/v1");
  EXPECT_EQ(token->expires(), kNow + absl::Minutes(10));
  EXPECT_EQ(token->expected_identity(),
            "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1");
  EXPECT_EQ(token->text().Reveal(), TokenWith(kNow));
}

TEST(IdentityTokenTest, AStreamedTokenIsHidden) {
  std::ostringstream out;
  out << Parse({})->text();
  EXPECT_EQ(out.str(), "[redacted]");
}

TEST(IdentityTokenTest, BlanksAroundATokenAreDropped) {
  const auto token = IdentityToken::Parse("\n " + TokenWith(kNow) + " \r\n", kNow);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->text().Reveal(), TokenWith(kNow));
}

TEST(IdentityTokenTest, AnEnterpriseServersWorkflowsLiveOnItsHost) {
  EXPECT_EQ(Parse({{"iss", "https://git.acme.example/_services/token"}})->expected_identity(),
            "https://git.acme.example/acme/app/.github/workflows/release.yml@refs/tags/v1");
  EXPECT_EQ(Parse({{"iss", "https://token.actions.githubusercontent.com/acme"}})->expected_identity(),
            "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1");
}

TEST(IdentityTokenTest, AVerifiedAddressIsSubjectAndIdentity) {
  for (const json& verified : {json(true), json("true")}) {
    const auto token = Parse({{"email", "dev@acme.example"}, {"email_verified", verified}});
    ASSERT_TRUE(token.ok()) << token.status();
    EXPECT_EQ(token->subject(), "dev@acme.example");
    EXPECT_EQ(token->expected_identity(), "dev@acme.example");
  }
}

TEST(IdentityTokenTest, OtherTokensHaveNoIdentityThatIsKnownBeforehand) {
  const auto token = Parse({{"job_workflow_ref", nullptr}, {"sub", "system:serviceaccount:a:b"}});
  EXPECT_EQ(token->subject(), "system:serviceaccount:a:b");
  EXPECT_EQ(token->expected_identity(), std::nullopt);
}

TEST(IdentityTokenTest, AnAddressThatIsNotVerifiedIsRefused) {
  for (const json& verified : {json(false), json("false"), json("TRUE"), json(1), json(nullptr)}) {
    EXPECT_EQ(WhyNot({{"email", "dev@acme.example"}, {"email_verified", verified}}),
              "identity-token-unusable: identity token: its issuer does not say that the e-mail address "
              "'dev@acme.example' is verified (email_verified)");
  }
}

TEST(IdentityTokenTest, TheAudienceMayStandInAList) {
  EXPECT_TRUE(Parse({{"aud", {"other", "sigstore"}}}).ok());
}

TEST(IdentityTokenTest, AnotherAudienceIsRefusedAndNamed) {
  EXPECT_EQ(WhyNot({{"aud", "https://github.com/acme"}}),
            "identity-token-unusable: identity token: its audience is 'https://github.com/acme'; expected "
            "'sigstore': ask its issuer for a token with that audience (aud)");
  EXPECT_THAT(WhyNot({{"aud", {"a", "b"}}}), HasSubstr("its audience is 'a, b'; expected"));
  EXPECT_THAT(WhyNot({{"aud", "sigstore.dev"}}), HasSubstr("its audience is 'sigstore.dev'"));
  for (const json& none : {json(nullptr), json(7), json::array(), json{{"sigstore", true}}, json{7}}) {
    EXPECT_THAT(WhyNot({{"aud", none}}), HasSubstr("its audience is none; expected")) << none;
  }
}

TEST(IdentityTokenTest, AnExpiredTokenIsRefused) {
  EXPECT_EQ(WhyNot({{"exp", kSeconds}}),
            "identity-token-unusable: identity token: it expired at 2026-05-28T20:26:40Z; get a new one");
  EXPECT_THAT(WhyNot({{"exp", -5}}), HasSubstr("it expired at 1969-12-31T23:59:55Z"));
}

TEST(IdentityTokenTest, ATokenThatEndsInAMomentIsRefused) {
  EXPECT_THAT(WhyNot({{"exp", kSeconds + 9}}), HasSubstr("which is too soon to use it"));
  EXPECT_TRUE(Parse({{"exp", kSeconds + 10}}).ok());
}

TEST(IdentityTokenTest, ATokenWithoutExpiryIsRefused) {
  EXPECT_THAT(WhyNot({{"exp", nullptr}}), EndsWith("it has no time of expiry (exp)"));
  EXPECT_THAT(WhyNot({{"exp", "tomorrow"}}), EndsWith("its claim 'exp' is no number of seconds"));
}

TEST(IdentityTokenTest, TimesMayBeFractions) { EXPECT_TRUE(Parse({{"exp", kSeconds + 600.5}}).ok()); }

TEST(IdentityTokenTest, AnIssuersClockMayBeAheadALittle) {
  for (const char* claim : {"nbf", "iat"}) {
    EXPECT_TRUE(Parse({{claim, kSeconds + 300}}).ok()) << claim;
    EXPECT_EQ(
        WhyNot({{claim, kSeconds + 301}}),
        std::string("identity-token-unusable: identity token: its claim '") + claim +
            "' is 2026-05-28T20:31:41Z and here it is 2026-05-28T20:26:40Z; is the machine's clock right?");
    EXPECT_TRUE(Parse({{claim, nullptr}}).ok()) << claim;
  }
}

TEST(IdentityTokenTest, ATokenWithoutIssuerOrSubjectIsRefused) {
  EXPECT_THAT(WhyNot({{"iss", nullptr}}), EndsWith("it names no issuer (iss)"));
  EXPECT_THAT(WhyNot({{"iss", 5}}), EndsWith("it names no issuer (iss)"));
  EXPECT_THAT(WhyNot({{"sub", nullptr}}), EndsWith("it has neither an e-mail address nor a subject (sub)"));
  EXPECT_THAT(WhyNot({{"sub", ""}}), EndsWith("it has neither an e-mail address nor a subject (sub)"));
}

TEST(IdentityTokenTest, WhatIsNoJwtIsRefused) {
  EXPECT_EQ(WhyNot(std::string()), "identity-token-unusable: identity token: empty");
  const std::string whole = TokenWith(kNow);
  const std::string cases[] = {"ghs_0123456789abcdef0123456789abcdef",
                               "a.b",
                               whole + ".",
                               whole + ".e30",
                               whole.substr(0, whole.rfind('.') + 1),
                               whole + "=",
                               "." + whole,
                               whole.substr(0, 30) + " " + whole.substr(30)};
  for (const std::string& text : cases) {
    EXPECT_EQ(
        WhyNot(text),
        "identity-token-unusable: identity token: not a JWT (three parts in base64url with points between "
        "them)")
        << text;
  }
}

TEST(IdentityTokenTest, ClaimsThatAreNoStrictObjectAreRefused) {
  for (const char* claims :
       {"[]", "null", "{\"aud\":\"sigstore\"", "{\"aud\":\"x\",\"aud\":\"sigstore\"}", "{} {}"}) {
    EXPECT_EQ(WhyNot(UnsignedToken(claims)),
              "identity-token-unusable: identity token: its claims are no strict JSON object")
        << claims;
  }
}

TEST(IdentityTokenTest, ATokenBeyondTheLimitIsRefused) {
  EXPECT_THAT(WhyNot({{"more", std::string(limits::kMaxIdentityTokenBytes, 'x')}}),
              HasSubstr("at most 32768 are taken"));
}

TEST(IdentityTokenTest, ClaimsAreShownOnOneLine) {
  const std::string why = WhyNot({{"aud", "a\nb\x1b[31m"}});
  EXPECT_THAT(why, HasSubstr("'a\\nb\\x1b[31m'"));
  EXPECT_THAT(why, StartsWith("identity-token-unusable"));
}

}  // namespace
}  // namespace chartseal::publisher
