#include "verifier/sigstore/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sandbox/der_writer.h"
#include "tests/sigstore/minted_case.h"

// spec/sigstore.md §4.12: who a Fulcio certificate is about.
namespace chartseal::sigstore {
namespace {

namespace der = sandbox::der;
using sandbox::FulcioExtension;
using sandbox::FulcioOid;
using sandbox::Identity;
using sandbox::SanKind;
using testing::HasSubstr;

constexpr char kIssuer[] = "https://issuer.example";

using Edit = std::function<void(sandbox::CertificateSpec&)>;

Checked<Claims> ClaimsOf(const Identity& identity, const Edit& edit = {}) {
  sandbox::MintRequest request;
  request.identity = identity;
  request.certificate_hooks.certificate = edit;
  const std::string leaf = SharedSandbox().MintDetailed(request).certificate;
  return ReadClaims(crypto::Certificate::FromDer(leaf).value());
}

void ExpectRejected(const Checked<Claims>& claims, Reason reason, std::string_view detail) {
  ASSERT_FALSE(claims.ok());
  EXPECT_EQ(Name(claims.rejection().reason), Name(reason));
  EXPECT_THAT(claims.rejection().ToString(), HasSubstr(std::string(detail)));
}

TEST(Claims, AWorkflowsIdentityAndClaimsAreRead) {
  const auto claims = ClaimsOf(sandbox::GitHubWorkflow("acme/app", "release.yml", "refs/tags/v1.2.3"));
  ASSERT_TRUE(claims.ok()) << claims.rejection().ToString();
  EXPECT_EQ(claims->identity_kind, Claims::IdentityKind::kUri);
  EXPECT_EQ(claims->identity, "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3");
  EXPECT_EQ(claims->issuer, "https://token.actions.githubusercontent.com");
  EXPECT_EQ(claims->Get("sourceRepositoryURI"), "https://github.com/acme/app");
  EXPECT_EQ(claims->Get("sourceRepositoryRef"), "refs/tags/v1.2.3");
  EXPECT_EQ(claims->Get("githubWorkflowRepository"), "acme/app");
  for (int number = 2; number <= 22; ++number) {
    if (number == 7) continue;
    EXPECT_NE(claims->extensions[static_cast<size_t>(number)], "") << number;
  }
  EXPECT_EQ(claims->extensions[7], "");
  EXPECT_EQ(claims->Get("deploymentEnvironment"), "");
  EXPECT_EQ(claims->Get("noSuchClaim"), "");
  EXPECT_EQ(claims->Get(""), "");
}

TEST(Claims, AnEmailIsAnIdentity) {
  const auto claims = ClaimsOf(sandbox::Email("dev@example.com", kIssuer));
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->identity_kind, Claims::IdentityKind::kEmail);
  EXPECT_EQ(claims->identity, "dev@example.com");
  EXPECT_EQ(claims->issuer, kIssuer);
}

TEST(Claims, AUsernameIsReadFromItsOtherName) {
  const auto claims = ClaimsOf(sandbox::Username("dev!example.com", kIssuer));
  ASSERT_TRUE(claims.ok()) << claims.rejection().ToString();
  EXPECT_EQ(claims->identity_kind, Claims::IdentityKind::kUsername);
  EXPECT_EQ(claims->identity, "dev!example.com");
}

TEST(Claims, EitherIssuerExtensionSuffices) {
  Identity identity = sandbox::Email("dev@example.com", kIssuer);
  identity.with_issuer_v1 = false;
  EXPECT_EQ(ClaimsOf(identity)->issuer, kIssuer);
  identity.with_issuer_v1 = true;
  identity.with_issuer_v2 = false;
  EXPECT_EQ(ClaimsOf(identity)->issuer, kIssuer);
}

TEST(Claims, TwoDifferentIssuersAreRefused) {
  Identity identity = sandbox::Email("dev@example.com", kIssuer);
  identity.claims[1] = "https://another.example";
  ExpectRejected(ClaimsOf(identity), Reason::kIssuerAmbiguous, "two issuer extensions differ");
}

TEST(Claims, NoIssuerIsRefused) {
  Identity identity = sandbox::Email("dev@example.com", kIssuer);
  identity.with_issuer_v1 = identity.with_issuer_v2 = false;
  ExpectRejected(ClaimsOf(identity), Reason::kClaimsMalformed, "names no issuer");
}

TEST(Claims, AnIssuerV2WrittenWithoutItsDerWrapperIsRefused) {
  const auto claims = ClaimsOf(sandbox::Email("dev@example.com", kIssuer),
                               [](auto& spec) { spec.Find(FulcioOid(8))->value = kIssuer; });
  ExpectRejected(claims, Reason::kClaimsMalformed, "1.3.6.1.4.1.57264.1.8 could not be read");
}

TEST(Claims, TrailingBytesAfterAUtf8StringAreRefused) {
  const auto claims = ClaimsOf(sandbox::Email("dev@example.com", kIssuer),
                               [](auto& spec) { spec.Find(FulcioOid(8))->value += "x"; });
  ExpectRejected(claims, Reason::kClaimsMalformed, "could not be read");
}

TEST(Claims, AnotherStringTypeIsRefused) {
  const auto claims = ClaimsOf(sandbox::Email("dev@example.com", kIssuer), [](auto& spec) {
    spec.extensions.push_back({FulcioOid(12), false, der::PrintableString("text")});
  });
  ExpectRejected(claims, Reason::kClaimsMalformed, "1.3.6.1.4.1.57264.1.12 could not be read");
}

TEST(Claims, InvalidUtf8IsRefusedInRawAndWrappedExtensions) {
  for (const std::string bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    ExpectRejected(ClaimsOf(sandbox::Email("dev@example.com", kIssuer),
                            [&](auto& spec) {
                              spec.extensions.push_back({FulcioOid(2), false, bad});
                            }),
                   Reason::kClaimsMalformed, "57264.1.2 is not UTF-8");
    ExpectRejected(ClaimsOf(sandbox::Email("dev@example.com", kIssuer),
                            [&](auto& spec) {
                              spec.extensions.push_back({FulcioOid(9), false, der::Utf8String(bad)});
                            }),
                   Reason::kClaimsMalformed, "57264.1.9 is not UTF-8");
  }
}

TEST(Claims, TextOutsideAsciiIsKept) {
  Identity identity = sandbox::Email("dev@example.com", kIssuer);
  identity.claims[4] = "Veröffentlichung \xF0\x9F\x9A\x80";
  EXPECT_EQ(ClaimsOf(identity)->Get("githubWorkflowName"), "Veröffentlichung \xF0\x9F\x9A\x80");
}

TEST(Claims, UnknownNumbersAndDeeperArcsAreIgnored) {
  const auto claims = ClaimsOf(sandbox::Email("dev@example.com", kIssuer), [](auto& spec) {
    spec.extensions.push_back({FulcioOid(99), false, "\xff"});
    spec.extensions.push_back({FulcioOid(25), false, "\xff"});
    spec.extensions.push_back({FulcioOid(7), false, "\xff"});
    spec.extensions.push_back({FulcioOid(12) + ".1", false, "\xff"});
    spec.extensions.push_back({"1.3.6.1.4.1.57264.11", false, "\xff"});
    spec.extensions.push_back({"1.3.6.1.4.1.57264.1", false, "\xff"});
  });
  ASSERT_TRUE(claims.ok()) << claims.rejection().ToString();
  for (int number = 2; number <= Claims::kHighestNumber; ++number) {
    if (number == 8) continue;
    EXPECT_EQ(claims->extensions[static_cast<size_t>(number)], "") << number;
  }
}

TEST(Claims, NotExactlyOneNameIsRefused) {
  Identity identity = sandbox::Email("dev@example.com", kIssuer);
  identity.sans.push_back({SanKind::kEmail, "other@example.com"});
  ExpectRejected(ClaimsOf(identity), Reason::kIdentityAmbiguous, "found 2 names");
  identity.sans.clear();
  ExpectRejected(ClaimsOf(identity), Reason::kIdentityAmbiguous, "found 0 names");
}

TEST(Claims, AHostNameIsNoIdentity) {
  Identity identity = sandbox::Email("dev@example.com", kIssuer);
  identity.sans[0] = {SanKind::kDns, "github.com"};
  ExpectRejected(ClaimsOf(identity), Reason::kIdentityAmbiguous, "found a DNS name");
}

// The SAN extension around one GeneralName.
Edit SanOf(std::string general_name) {
  return [san = der::Sequence({std::move(general_name)})](sandbox::CertificateSpec& spec) {
    spec.Set({sandbox::kOidSubjectAltName, true, san});
  };
}

std::string OtherName(std::string_view oid, std::string_view value) {
  return der::ImplicitConstructed(0, der::Oid(oid) + der::Explicit(0, value));
}

TEST(Claims, AnIpAddressIsNoIdentity) {
  ExpectRejected(ClaimsOf(sandbox::Email("", kIssuer), SanOf(der::ImplicitPrimitive(7, "\x7f\x01\x01\x01"))),
                 Reason::kIdentityAmbiguous, "found an IP address");
}

TEST(Claims, AnOtherNameOfAnotherTypeIsNoIdentity) {
  ExpectRejected(ClaimsOf(sandbox::Email("", kIssuer),
                          SanOf(OtherName("1.3.6.1.4.1.311.20.2.3", der::Utf8String("dev@example.com")))),
                 Reason::kIdentityAmbiguous, "found an otherName");
}

TEST(Claims, AUsernameThatIsNoUtf8StringIsRefused) {
  for (const std::string& value :
       {der::PrintableString("dev"), der::Utf8String("dev") + der::Null(), der::Utf8String("")}) {
    ExpectRejected(ClaimsOf(sandbox::Email("", kIssuer), SanOf(OtherName(FulcioOid(7), value))),
                   Reason::kClaimsMalformed, "identity is empty or not plain text");
  }
}

TEST(Claims, ControlCharactersInAnIdentityAreRefused) {
  using std::string_literals::operator""s;
  for (const std::string& uri :
       {"https://a.example\n/b"s, "https://a.example\0.evil.example"s, ""s, "a\x7f"s}) {
    ExpectRejected(ClaimsOf(sandbox::Email("", kIssuer), SanOf(der::ImplicitPrimitive(6, uri))),
                   Reason::kClaimsMalformed, "identity is empty or not plain text");
  }
}

TEST(Claims, EveryNameHasItsNumberAndBack) {
  EXPECT_EQ(ClaimNumber("buildSignerURI"), 9);
  EXPECT_EQ(ClaimNumber("runnerEnvironment"), 11);
  EXPECT_EQ(ClaimNumber("sourceRepositoryVisibilityAtSigning"), 22);
  EXPECT_EQ(ClaimNumber("tokenSubject"), 24);
  int named = 0;
  for (int number = -1; number <= Claims::kHighestNumber + 1; ++number) {
    if (ClaimName(number).empty()) continue;
    EXPECT_EQ(ClaimNumber(ClaimName(number)), number);
    ++named;
  }
  EXPECT_EQ(named, 21);  // 2 to 24 without 7 and 8
  for (const char* unknown : {"", "issuer", "BuildSignerURI", "buildSignerURI ", "7"}) {
    EXPECT_EQ(ClaimNumber(unknown), 0) << unknown;
  }
}

}  // namespace
}  // namespace chartseal::sigstore
