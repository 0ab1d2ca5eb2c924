#include <gtest/gtest.h>

#include <array>
#include <string>

#include "verifier/base/limits.h"
#include "verifier/base/semver.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

constexpr std::array kVersions = {"0.0.0",   "0.0.3",      "0.2.0",      "0.2.7",    "1.0.0-0", "1.0.0-rc.1",
                                  "1.0.0",   "1.2.3-rc.1", "1.2.3",      "1.2.3+b1", "1.2.4-0", "1.9.0",
                                  "2.0.0-0", "2.0.0",      "2.1.5-rc.1", "10.0.0"};

struct Row {
  std::string_view range;
  std::string_view old_rules;        // "1" for each of kVersions that is in it
  std::string_view new_rules = "=";  // the same as the old ones; "" for both: no range
};

// What Masterminds' semver v3.3.1 and v3.4.0 answered, version by version.
constexpr Row kObserved[] = {
    // clang-format off
      {"*", "1111001011010101"},
      {"x", "1111001011010101"},
      {"v*", "1111001011010101"},
      {">=*", "1111001011010101"},
      {"=*", "1111001011010101"},
      {"~*", "1111001011010101"},
      {"^*", "1000000000000000"},
      {">*", "0111001011010101"},
      {"<*", "0000000000000000"},
      {"<=*", "1100000000000000"},
      {"!=*", "0111001011010101"},
      {"*-0", "1111111111111111"},
      {">=0-0", "1111111111111111"},
      {"1", "0000001011010000"},
      {"1.x", "0000001011010000"},
      {"v1.2", "0000000011000000"},
      {"1.2.x", "0000000011000000"},
      {"1.2.3", "0000000011000000"},
      {"=1.2.3", "0000000011000000"},
      {"1.2.3+other", "0000000011000000"},
      {"1.2.3-rc.1", "0000000100000000"},
      {"1.2-rc.1", "0000000111100000"},
      {"1.x.9", "0000001011010000"},
      {"!=1", "1111000000000101"},
      {"!=1.2", "1111001000010101"},
      {"!=1.2.3", "1111111100111111", "1111001000010101"},
      {"!=1.2-rc.1", "1111111011111111"},
      {"!=1.2.3-rc.1", "1111111011111111"},
      {">1", "0000000000000101"},
      {">1.2", "0000000000010101"},
      {">1.2.3", "0000000000010101"},
      {">1.2.3-rc.1", "0000000011111111"},
      {"<1", "1111000000000000"},
      {"<1.2", "1111001000000000"},
      {"<1.2.4", "1111001011000000"},
      {"<1.2.4-1", "1111111111100000"},
      {">=1.2", "0000000011010101"},
      {">=1.2.3-0", "0000000111111111"},
      {"=>1.2.3", "0000000011010101"},
      {"<=1", "1111001011010000"},
      {"<=1.2", "1111001011000000"},
      {"<=1.2.3", "1111001011000000"},
      {"=<2-0", "1111111111111110"},
      {"<2-0", "1111111111110000"},
      {"~1", "0000001011010000"},
      {"~1.2", "0000000011000000"},
      {"~1.2.3", "0000000011000000"},
      {"~>1.2.3", "0000000011000000"},
      {"~1.2.3-rc.1", "0000000111100000"},
      {"~0", "1111000000000000"},
      {"~0.0", "1100000000000000"},
      {"~0.0.0", "1111001011010101"},
      {"~0.2.3", "0001000000000000"},
      {"^1", "0000001011010000"},
      {"^1.2", "0000000011010000"},
      {"^1.2.3", "0000000011010000"},
      {"^1.2.3-0", "0000000111110000"},
      {"^0", "1111000000000000"},
      {"^0.0", "1100000000000000"},
      {"^0.0.0", "1000000000000000"},
      {"^0.0.3", "0100000000000000"},
      {"^0.2", "0011000000000000"},
      {"^0.2.1", "0001000000000000"},
      {"1 - 2", "0000001011010100"},
      {"0.2 - 1.2", "0011001011000000"},
      {"1.0.0-0 - 2.0.0", "0000001011010100", "0000111111111100"},
      {"1 - 2 <1.9", "0000001011000000"},
      {"1 - 2<1.9", "0000001011000000"},
      {"0 - 0 1 - 2", "0000000000000000"},
      {">=1 <2", "0000001011010000"},
      {">=1,<2", "0000001011010000"},
      {">=1 , <2", "0000001011010000"},
      {">=1-0 <2", "0000001011010000", "0000111111111000"},
      {">=1-0 <2-0", "0000111111110000"},
      {">=1 <2 !=1.9.0", "0000001011000000"},
      {">1.0.0 !=1.2.4-0", "0000000011010101", "0000000111011111"},
      {"1.2.3 || 2", "0000000011000100"},
      {"1.2.3||2", "0000000011000100"},
      {"~0.2 || ^1.2.3 || >=10", "0011000011010001"},
      {"<1-0 || >2-0", "1111000000000001"},
      {"1 2", "0000000000000000"},
      {"1|| 2 - 10", "0000001011010101"},
      {"0||v1 - 2", "1111001011010100"},
      {">=01.2", "", "0000000011010101"},
    // clang-format on
};

std::string Taken(std::string_view range, RangeRules rules) {
  const auto parsed = VersionRange::Parse(range, rules);
  if (!parsed.ok()) return "";
  std::string out;
  for (const char* text : kVersions) out += parsed->Contains(SemVer::Parse(text).value()) ? '1' : '0';
  return out;
}

TEST(VersionRangeTest, TakesWhatTheLibraryOfHelmAndFluxTakes) {
  for (const Row& row : kObserved) {
    EXPECT_EQ(Taken(row.range, RangeRules::kUpTo33), row.old_rules) << row.range;
    EXPECT_EQ(Taken(row.range, RangeRules::kSince34), row.new_rules == "=" ? row.old_rules : row.new_rules)
        << row.range;
  }
}

bool Contains(std::string_view range, std::string_view version, RangeRules rules = RangeRules::kUpTo33) {
  return VersionRange::Parse(range, rules).value().Contains(SemVer::Parse(version).value());
}

TEST(VersionRangeTest, StarIsEveryStableVersionAndNoOther) {
  EXPECT_TRUE(Contains("*", "3.2.1"));
  EXPECT_FALSE(Contains("*", "3.2.1-rc.1"));
  EXPECT_FALSE(Contains("*", "3.2.1-rc.1", RangeRules::kSince34));
}

TEST(VersionRangeTest, NewRulesLetAPrereleaseIntoAWholeGroupButNotIntoTheNextOne) {
  EXPECT_FALSE(Contains(">=1.0.0-0 <2.0.0", "1.5.0-rc.1"));
  EXPECT_TRUE(Contains(">=1.0.0-0 <2.0.0", "1.5.0-rc.1", RangeRules::kSince34));
  EXPECT_FALSE(Contains(">=3.0.0-0 || >=1.0.0", "1.5.0-rc.1", RangeRules::kSince34));
}

TEST(VersionRangeTest, BuildMetadataNeverDecides) {
  EXPECT_TRUE(Contains("=1.2.3+a", "1.2.3+b"));
  EXPECT_FALSE(Contains(">1.2.3+a", "1.2.3+b"));
}

TEST(VersionRangeTest, WhatStandsBehindAnOpenNumberDoesNotCount) {
  EXPECT_TRUE(Contains("1.x.99999999999999999999", "1.7.0"));
  EXPECT_TRUE(Contains("x.x1", "7.0.0"));
}

TEST(VersionRangeTest, RefusesWhatTheLibraryRefuses) {
  for (const char* text : {"",
                           " ",
                           "||",
                           "1||",
                           "|| 1",
                           ",1",
                           "1,",
                           "1,,2",
                           "1 ,, 2",
                           "latest",
                           "V1",
                           "v",
                           "1.2.3.4",
                           "1.",
                           "1..2",
                           ".1",
                           "1x",
                           "1.2.3-",
                           "1.2.3+",
                           "1.2.3-01",
                           "1.2.3-a..b",
                           "1.2.3+a+b",
                           "==1",
                           "<>1",
                           "> =1",
                           ">>1",
                           "1<2",
                           ">1<2",
                           "~1 - 2",
                           "=1 - 2",
                           "1 - =2",
                           "1 - 2 - 3",
                           "1 1 - 2",
                           "1 -2",
                           "1- 2",
                           "1|2",
                           "99999999999999999999",
                           "\u00a01",
                           ">0\v<2"}) {
    for (const RangeRules rules : {RangeRules::kUpTo33, RangeRules::kSince34}) {
      const auto range = VersionRange::Parse(text, rules);
      EXPECT_EQ(ReasonOf(range.status()), Reason::kChartSourceMalformed) << text;
    }
  }
}

// The library takes these, and reads "||" or "|" as part of a number.
TEST(VersionRangeTest, RefusesWhereTheLibraryMisreadsAnOr) {
  for (const char* text : {"1||2 - 3", "1 || 2||3 - 4", "x.|", "*.2|000"}) {
    EXPECT_EQ(ReasonOf(VersionRange::Parse(text).status()), Reason::kChartSourceMalformed) << text;
  }
  EXPECT_TRUE(VersionRange::Parse("1|| 2 - 3").ok());
  EXPECT_TRUE(VersionRange::Parse("1||v2 - 3").ok());
}

TEST(VersionRangeTest, AnErrorCarriesTheReasonThatItsReaderNames) {
  const auto range = VersionRange::Parse("latest", RangeRules::kUpTo33, Reason::kPolicyMalformed);
  EXPECT_EQ(ReasonOf(range.status()), Reason::kPolicyMalformed);
  EXPECT_NE(Message(range.status()).find("range of versions \"latest\""), std::string::npos)
      << range.status();
}

TEST(VersionRangeTest, LongRangesAndMuchToCompareAreRefused) {
  const std::string long_text(limits::kMaxRangeBytes + 1, ' ');
  EXPECT_EQ(ReasonOf(VersionRange::Parse(long_text + "1").status()), Reason::kChartSourceMalformed);
  std::string terms = "1";
  for (size_t i = 1; i < limits::kMaxRangeTerms; ++i) terms += i % 2 == 0 ? " 1" : "||1";
  EXPECT_TRUE(VersionRange::Parse(terms).ok());
  EXPECT_EQ(ReasonOf(VersionRange::Parse(terms + "||1").status()), Reason::kChartSourceMalformed);
  EXPECT_EQ(ReasonOf(VersionRange::Parse(terms + " 1").status()), Reason::kChartSourceMalformed);
}

}  // namespace
}  // namespace chartseal
