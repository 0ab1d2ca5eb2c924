#include "verifier/oci/auth_challenge.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;

// "scheme(name=value,name=value) scheme()" for one or several field values.
std::string Parsed(const std::vector<std::string_view>& values) {
  const auto challenges = ParseAuthChallenges(values);
  if (!challenges.ok()) return "error: " + Message(challenges.status());
  std::string text;
  for (const AuthChallenge& challenge : *challenges) {
    text += (text.empty() ? "" : " ") + challenge.scheme + "(";
    for (const auto& [name, value] : challenge.parameters) text += name + "=" + value + ";";
    text += ")";
  }
  return text;
}

TEST(AuthChallengeTest, ReadsWhatRegistriesSend) {
  EXPECT_EQ(
      Parsed({"Bearer realm=\"https://ghcr.io/token\",service=\"ghcr.io\",scope=\"repository:a/b:pull\""}),
      "bearer(realm=https://ghcr.io/token;service=ghcr.io;scope=repository:a/b:pull;)");
  EXPECT_EQ(Parsed({"Basic realm=\"basic-realm\""}), "basic(realm=basic-realm;)");
  EXPECT_EQ(Parsed({"BASIC"}), "basic()");
}

TEST(AuthChallengeTest, KeepsCommasInsideQuotes) {
  EXPECT_EQ(Parsed({"Bearer realm=\"x\",scope=\"repository:a:pull,push\", service=\"y\""}),
            "bearer(realm=x;scope=repository:a:pull,push;service=y;)");
}

TEST(AuthChallengeTest, UndoesEscapesInQuotedStrings) {
  EXPECT_EQ(Parsed({R"(Basic realm="a \"quoted\" \\ realm")"}), R"(basic(realm=a "quoted" \ realm;))");
}

TEST(AuthChallengeTest, ReadsSeveralChallengesOfOneValue) {
  EXPECT_EQ(Parsed({"Negotiate, Basic realm=\"x\", Bearer realm=y, service=z"}),
            "negotiate() basic(realm=x;) bearer(realm=y;service=z;)");
  EXPECT_EQ(Parsed({"Negotiate YII+/9==, Basic realm=x"}), "negotiate() basic(realm=x;)");
}

TEST(AuthChallengeTest, ReadsSeveralValues) {
  EXPECT_EQ(Parsed({"Negotiate", "Bearer realm=y"}), "negotiate() bearer(realm=y;)");
}

TEST(AuthChallengeTest, AllowsBlanksAndEmptyElements) {
  EXPECT_EQ(Parsed({" , ,\tBearer   realm = \"x\" ,, service\t=y , "}), "bearer(realm=x;service=y;)");
}

TEST(AuthChallengeTest, PassesOverAValueThatItCannotRead) {
  EXPECT_EQ(Parsed({"Bearer realm=\"unterminated", "Basic realm=x"}), "basic(realm=x;)");
}

class BadChallengeTest : public testing::TestWithParam<const char*> {};

TEST_P(BadChallengeTest, IsNotRead) {
  EXPECT_THAT(Parsed({GetParam()}), HasSubstr("no challenge that follows RFC 7235")) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(All, BadChallengeTest,
                         testing::Values("", ",,", "\"Bearer\"", "Bearer realm=\"x", "Bearer realm=\"x\\",
                                         "Bearer realm=@", "Bearer realm=\"a\" service=\"b\"",
                                         "Bearer realm=\"a\",realm=\"b\"", "Bearer realm=\"a\",REALM=\"b\"",
                                         "Bearer realm=\"a\x01\"", "Bearer/realm=x", "Bearer =x",
                                         "Bearer @"));

TEST(AuthChallengeTest, RefusesMoreThanAnAnswerHolds) {
  const std::string huge(20'000, 'a');
  EXPECT_THAT(Parsed({huge}), HasSubstr("too long"));
  std::string many = "a";
  for (int i = 0; i < 20; ++i) many += ", a";
  EXPECT_THAT(Parsed({many}), HasSubstr("no challenge"));
}

TEST(AuthChallengeTest, GivesParametersByName) {
  const std::vector<std::string_view> values = {"Bearer Realm=x"};
  const auto challenges = *ParseAuthChallenges(values);
  EXPECT_EQ(challenges[0].Get("realm"), "x");
  EXPECT_EQ(challenges[0].Get("service"), "");
}

}  // namespace
}  // namespace chartseal::oci
