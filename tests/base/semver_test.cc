#include "verifier/base/semver.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"

namespace chartseal {
namespace {

SemVer Of(std::string_view text) { return SemVer::Parse(text).value(); }

TEST(SemVerTest, ReadsAllItsParts) {
  const SemVer version = Of("1.22.333-rc.1.x-y+build.01.sha-5");
  EXPECT_EQ(version.major_number(), 1u);
  EXPECT_EQ(version.minor_number(), 22u);
  EXPECT_EQ(version.patch_number(), 333u);
  EXPECT_EQ(version.prerelease(), "rc.1.x-y");
  EXPECT_EQ(version.build(), "build.01.sha-5");
  EXPECT_FALSE(version.is_stable());
  EXPECT_TRUE(Of("1.0.0+only.build").is_stable());
}

TEST(SemVerTest, ADashBehindThePlusBelongsToTheBuild) {
  EXPECT_EQ(Of("1.0.0+a-b").build(), "a-b");
  EXPECT_TRUE(Of("1.0.0+a-b").is_stable());
}

TEST(SemVerTest, IsWrittenAsItWasRead) {
  for (const char* text : {"0.0.0", "1.2.3", "1.2.3-0", "1.2.3-0a", "1.2.3--", "1.2.3+01", "1.2.3-a.b.c+d.e",
                           "18446744073709551615.0.0", "1.2.3-99999999999999999999999"}) {
    EXPECT_EQ(Of(text).ToString(), text);
  }
}

TEST(SemVerTest, StrictReadingRefusesEverythingElse) {
  for (const char* text : {"",           "1",          "1.2",        "1.2.3.4",   "v1.2.3",
                           "V1.2.3",     "01.2.3",     "1.02.3",     "1.2.03",    "00.0.0",
                           "1.2.x",      "1.2.*",      "1.2.3-",     "1.2.3+",    "1.2.3-+b",
                           "1.2.3-01",   "1.2.3-a.01", "1.2.3-a..b", "1.2.3-.a",  "1.2.3-a.",
                           "1.2.3+a..b", "1.2.3+a.",   "1.2.3+a+b",  "1.2.3-a_b", "1.2.3-\u00e9",
                           " 1.2.3",     "1.2.3 ",     "1.2.3\n",    "1..3",      ".2.3",
                           "1.2.",       "-1.2.3",     "+1.2.3",     "1.-2.3",    "18446744073709551616.0.0",
                           "0x1.0.0",    "1e1.0.0",    "latest"}) {
    EXPECT_EQ(ReasonOf(SemVer::Parse(text).status()), Reason::kChartVersionInvalid) << text;
  }
  EXPECT_EQ(ReasonOf(SemVer::Parse(std::string_view("1.2.3\0", 6)).status()), Reason::kChartVersionInvalid);
}

TEST(SemVerTest, LengthIsBounded) {
  const std::string longest = "1.2.3-" + std::string(limits::kMaxVersionBytes - 6, 'a');
  EXPECT_TRUE(SemVer::Parse(longest).ok());
  EXPECT_EQ(ReasonOf(SemVer::Parse(longest + "a").status()), Reason::kChartVersionInvalid);
  EXPECT_EQ(ReasonOf(SemVer::ParseLoose(longest + "a", RangeRules::kUpTo33).status()),
            Reason::kChartVersionInvalid);
}

TEST(SemVerTest, LooseReadingFillsInWhatIsMissing) {
  const auto loose = [](std::string_view text) {
    return SemVer::ParseLoose(text, RangeRules::kUpTo33).value().ToString();
  };
  EXPECT_EQ(loose("1"), "1.0.0");
  EXPECT_EQ(loose("v1.2"), "1.2.0");
  EXPECT_EQ(loose("1-a"), "1.0.0-a");
  EXPECT_EQ(loose("1.2-a+b"), "1.2.0-a+b");
  EXPECT_EQ(loose("v1.2.3"), "1.2.3");
}

TEST(SemVerTest, LooseReadingIsNotEverything) {
  for (const char* text : {"", "v", "V1", "vv1", "1.x", "*", "1.2.3.4", "1.2.3-01", "1.2.3-", "1.2.3+", " 1",
                           "1 ", ">1", "latest", "1..2", "18446744073709551616"}) {
    for (const RangeRules rules : {RangeRules::kUpTo33, RangeRules::kSince34}) {
      EXPECT_EQ(ReasonOf(SemVer::ParseLoose(text, rules).status()), Reason::kChartVersionInvalid) << text;
    }
  }
}

TEST(SemVerTest, ZerosInFrontAreTakenByTheNewRulesAlone) {
  EXPECT_EQ(SemVer::ParseLoose("01.02", RangeRules::kSince34).value().ToString(), "1.2.0");
  EXPECT_EQ(ReasonOf(SemVer::ParseLoose("01.02", RangeRules::kUpTo33).status()),
            Reason::kChartVersionInvalid);
}

TEST(SemVerTest, PrecedenceIsThatOfTheSpecification) {
  const std::vector<const char*> ascending = {"0.0.0",       "0.0.1",         "0.1.0",
                                              "0.10.0",      "1.0.0-0",       "1.0.0-2",
                                              "1.0.0-10",    "1.0.0-10.0",    "1.0.0--",
                                              "1.0.0-0a",    "1.0.0-A",       "1.0.0-a",
                                              "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                              "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                                              "1.0.0-rc.1",  "1.0.0",         "1.0.1-0",
                                              "2.0.0",       "10.0.0",        "18446744073709551615.0.0"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(Of(ascending[i]).Compare(Of(ascending[j])), i < j   ? -1
                                                            : i > j ? 1
                                                                    : 0)
          << ascending[i] << " and " << ascending[j];
    }
  }
}

TEST(SemVerTest, BuildsOfOneVersionHaveOnePrecedenceAndAreNotTheSame) {
  EXPECT_EQ(Of("1.0.0+a").Compare(Of("1.0.0+b")), 0);
  EXPECT_EQ(Of("1.0.0+a").Compare(Of("1.0.0")), 0);
  EXPECT_FALSE(Of("1.0.0+a") == Of("1.0.0+b"));
}

// As Masterminds' semver orders them; by the specification they would be numbers.
TEST(SemVerTest, NumbersThatDoNotFitAreTextInAPrerelease) {
  EXPECT_LT(Of("1.0.0-18446744073709551615").Compare(Of("1.0.0-18446744073709551616")), 0);
  EXPECT_GT(Of("1.0.0-99999999999999999999").Compare(Of("1.0.0-100000000000000000000")), 0);
  EXPECT_GT(Of("1.0.0-99999999999999999999").Compare(Of("1.0.0--")), 0);
}

}  // namespace
}  // namespace chartseal
