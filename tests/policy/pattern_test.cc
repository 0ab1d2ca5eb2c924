#include "verifier/policy/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;

TEST(GlobTest, AStarStaysWithinOneComponent) {
  const Glob glob = Glob::Parse("ghcr.io/acme/charts/*").value();
  EXPECT_TRUE(glob.Matches("ghcr.io/acme/charts/app"));
  EXPECT_FALSE(glob.Matches("ghcr.io/acme/charts/team/app"));
  EXPECT_FALSE(glob.Matches("ghcr.io/acme/charts"));
  EXPECT_FALSE(glob.Matches("evil.example/ghcr.io/acme/charts/app"));
}

TEST(GlobTest, TwoStarsMatchAnythingButOnlyWhereTheyStand) {
  const Glob glob = Glob::Parse("ghcr.io/acme/**").value();
  EXPECT_TRUE(glob.Matches("ghcr.io/acme/a/b/c"));
  EXPECT_FALSE(glob.Matches("ghcr.io/acmeevil/a"));
  EXPECT_FALSE(glob.Matches("x/ghcr.io/acme/a"));
}

TEST(GlobTest, StarsBacktrackThroughEachOther) {
  EXPECT_TRUE(Glob::Parse("**/a*b").value().Matches("x/ac/y/a1b"));
  EXPECT_FALSE(Glob::Parse("**/a*b").value().Matches("x/ac/y/a/b"));
  EXPECT_TRUE(Glob::Parse("a**b*c").value().Matches("a/b/x/bbc"));
  EXPECT_FALSE(Glob::Parse("a*c").value().Matches("ab/c"));
  EXPECT_TRUE(Glob::Parse("*").value().Matches("default"));
  EXPECT_FALSE(Glob::Parse("*").value().Matches("a/b"));
}

TEST(GlobTest, OtherCharactersStandForThemselves) {
  EXPECT_FALSE(Glob::Parse("ghcr.io/a").value().Matches("ghcrxio/a"));
  EXPECT_FALSE(Glob::Parse("a?").value().Matches("ab"));
  EXPECT_FALSE(Glob::Parse("[ab]").value().Matches("a"));
}

TEST(GlobTest, EmptyTripleStarAndOversizePatternsAreRefused) {
  EXPECT_THAT(Message(Glob::Parse("").status()), HasSubstr("empty"));
  EXPECT_THAT(Message(Glob::Parse("a***").status()), HasSubstr("***"));
  EXPECT_THAT(Message(Glob::Parse(std::string(limits::kMaxPatternBytes + 1, 'a')).status()),
              HasSubstr("limit"));
}

TEST(GlobTest, ManyStarsCostNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a**";
  EXPECT_FALSE(Glob::Parse(pattern + "b").value().Matches(std::string(4000, 'a')));
}

TEST(RegexpTest, MustMatchTheWholeText) {
  const Regexp regexp = Regexp::Compile("https://github\\.com/acme/.*").value();
  EXPECT_TRUE(regexp.Matches("https://github.com/acme/app"));
  EXPECT_FALSE(regexp.Matches("https://evil.example/https://github.com/acme/app"));
  EXPECT_TRUE(regexp.MatchesPart("https://evil.example/https://github.com/acme/app"));
}

TEST(RegexpTest, WidenedPatternMatchesWhatOnlyPartlyMatched) {
  const std::pair<const char*, const char*> cases[] = {{"github.com/acme", "https://github.com/acme/x"},
                                                       {"a|b", "xby"},
                                                       {"^a|b", "xby"},
                                                       {"^x", "xy"},
                                                       {"x$", "yx"},
                                                       {"x\\$", "yx$y"}};
  for (const auto& [pattern, text] : cases) {
    const Regexp regexp = Regexp::Compile(pattern).value();
    ASSERT_TRUE(regexp.MatchesPart(text)) << pattern;
    EXPECT_TRUE(Regexp::Compile(regexp.Widened()).value().Matches(text)) << regexp.Widened();
  }
}

TEST(RegexpTest, BadEmptyAndHugeExpressionsAreRefused) {
  EXPECT_THAT(Message(Regexp::Compile("a(").status()), HasSubstr("RE2"));
  EXPECT_THAT(Message(Regexp::Compile("").status()), HasSubstr("empty"));
  EXPECT_THAT(Message(Regexp::Compile("((a{100}){100}){100}").status()), HasSubstr("regular expression"));
}

}  // namespace
}  // namespace chartseal::policy
