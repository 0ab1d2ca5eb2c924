#include "verifier/chart/version_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "verifier/base/status.h"

namespace chartseal::chart {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

const std::vector<std::string> kTags = {"latest", "1.0.0", "1.10.0",       "1.2.0", "v3.0.0",  "2.0.0-rc.1",
                                        "2.0",    "1.2",   "1.10.0-beta1", "main",  "sha256-0"};

std::vector<std::string> Newest(const std::vector<std::string>& tags, std::string_view range,
                                const TagRule& rule = {}) {
  return NewestTags(tags, range, rule).value_or(std::vector<std::string>{"none"});
}

TEST(VersionTagsTest, OrdersByPrecedenceAndLeavesOutWhatIsNoVersion) {
  std::vector<std::string> tags;
  for (const VersionTag& one : VersionTags(kTags)) tags.push_back(one.tag);
  EXPECT_THAT(tags, ElementsAre("2.0.0-rc.1", "1.10.0", "1.10.0-beta1", "1.2.0", "1.0.0"));
}

TEST(VersionTagsTest, UnderscoresArePlusesForCharts) {
  const std::vector<std::string> tags = {"1.0.0_b.1"};
  ASSERT_EQ(VersionTags(tags).size(), 1u);
  EXPECT_EQ(VersionTags(tags)[0].version.ToString(), "1.0.0+b.1");
  EXPECT_EQ(VersionTags(tags)[0].tag, "1.0.0_b.1");
  EXPECT_TRUE(VersionTags(tags, {.underscore_is_plus = false}).empty());
  EXPECT_EQ(TagOfVersion("1.0.0+b.1"), "1.0.0_b.1");
}

TEST(VersionTagsTest, EachProgramReadsTagsInItsOwnWay) {
  EXPECT_THAT(Newest(kTags, ">=2"), ElementsAre("none"));
  EXPECT_THAT(Newest(kTags, ">=2", {TagReading::kOptionalV, false}), ElementsAre("v3.0.0"));
  EXPECT_THAT(Newest(kTags, ">=2 <3", {TagReading::kOptionalV, false}), ElementsAre("none"));
  EXPECT_THAT(Newest(kTags, ">=2 <3", {TagReading::kLoose}), ElementsAre("2.0"));
}

TEST(NewestTagsTest, WithoutAVersionTheNewestStableOneIsMeant) {
  EXPECT_THAT(Newest(kTags, ""), ElementsAre("1.10.0"));
  EXPECT_THAT(Newest(kTags, "*"), ElementsAre("1.10.0"));
  EXPECT_THAT(Newest(kTags, ">=0-0"), ElementsAre("2.0.0-rc.1"));
  EXPECT_THAT(Newest(kTags, "~1.2"), ElementsAre("1.2.0"));
}

TEST(NewestTagsTest, ATagThatIsNamedComesBeforeWhatItCouldMeanAsARange) {
  EXPECT_THAT(Newest({"1.2", "1.2.9"}, "1.2"), ElementsAre("1.2"));
  EXPECT_THAT(Newest({"1.2.9"}, "1.2"), ElementsAre("1.2.9"));
  EXPECT_THAT(Newest({"1.0.0_b", "1.0.0_c"}, "1.0.0+b"), ElementsAre("1.0.0_b"));
}

TEST(NewestTagsTest, BuildsOfOneVersionAreAllNamed) {
  EXPECT_THAT(Newest({"1.0.0_a", "1.0.0_b", "0.9.0"}, "*"), UnorderedElementsAre("1.0.0_a", "1.0.0_b"));
  EXPECT_THAT(Newest({"1.0.0", "v1.0.0"}, "*", {TagReading::kOptionalV, false}),
              UnorderedElementsAre("1.0.0", "v1.0.0"));
}

TEST(NewestTagsTest, WhereLibrariesDifferBothChoicesAreNamed) {
  EXPECT_THAT(Newest({"1.0.0", "1.5.0-rc.1"}, ">=1.0.0-0 <2.0.0"),
              UnorderedElementsAre("1.0.0", "1.5.0-rc.1"));
  EXPECT_THAT(Newest({"1.0.0", "02.0.0"}, "*", {TagReading::kLoose}),
              UnorderedElementsAre("1.0.0", "02.0.0"));
}

TEST(NewestTagsTest, ARangeThatNothingIsInIsSaidSo) {
  const auto newest = NewestTags(kTags, ">=9");
  EXPECT_EQ(ReasonOf(newest.status()), Reason::kVersionUnknown);
  EXPECT_TRUE(absl::IsNotFound(newest.status()));
  EXPECT_EQ(ReasonOf(NewestTags({}, "").status()), Reason::kVersionUnknown);
  EXPECT_EQ(ReasonOf(NewestTags({"1.0.0-rc.1"}, "").status()), Reason::kVersionUnknown);
}

TEST(NewestTagsTest, WhatIsNoRangeIsSaidSo) {
  EXPECT_EQ(ReasonOf(NewestTags(kTags, "stable").status()), Reason::kChartSourceMalformed);
  // A tag, and no version.
  EXPECT_EQ(ReasonOf(NewestTags(kTags, "latest").status()), Reason::kChartSourceMalformed);
  EXPECT_EQ(ReasonOf(TagsInRange(kTags, "").status()), Reason::kChartSourceMalformed);
}

TEST(IsExactVersionTest, IsWhatHelmAsksForWithoutAList) {
  for (const char* text : {"1.2.3", "v1.2.3", "1.2", "1", "1.2.3+b", "01.2.3"}) {
    EXPECT_TRUE(IsExactVersion(text)) << text;
  }
  for (const char* text : {"", "*", "1.x", "=1.2.3", "^1.2.3", ">=1", "1.2.3 || 1.2.4", "latest"}) {
    EXPECT_FALSE(IsExactVersion(text)) << text;
  }
}

}  // namespace
}  // namespace chartseal::chart
