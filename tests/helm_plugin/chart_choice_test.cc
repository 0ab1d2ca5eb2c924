#include "helm_plugin/chart_choice.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/helm_plugin/charts.h"
#include "verifier/base/status.h"

namespace chartseal::helm_plugin {
namespace {

class ChartChoiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<oci::Reference> Choose(const std::string& suffix, const std::string& version = "",
                                        bool devel = false) {
    return ChooseChart(charts_.client(), {charts_.uri() + suffix, version, devel},
                       absl::Now() + absl::Seconds(20));
  }
  std::string Digest(const std::string& suffix, const std::string& version = "", bool devel = false) {
    const auto chosen = Choose(suffix, version, devel);
    return chosen.ok() ? chosen->digest()->ToString() : chosen.status().ToString();
  }
  Reason Why(const std::string& suffix, const std::string& version = "") {
    const auto chosen = Choose(suffix, version);
    EXPECT_FALSE(chosen.ok()) << chosen->ToString();
    return ReasonOf(chosen.status());
  }
  std::string Put(const std::string& archive, const std::string& tag) {
    return charts_.Put(archive, tag, Charts::Signer::kNobody).ToString();
  }
  Charts charts_;
};

TEST_F(ChartChoiceTest, ExactVersionsAreTagsWithUnderscoresForPlus) {
  const std::string one = Put("1", "1.2.3");
  const std::string build = Put("2", "1.2.3_build.7");
  EXPECT_EQ(Digest("", "1.2.3"), one);
  EXPECT_EQ(Digest("", "1.2.3+build.7"), build);
  EXPECT_EQ(Digest(":1.2.3"), one);
  EXPECT_EQ(Digest("@" + one), one);
  EXPECT_EQ(Digest("@" + one, "1.2.3"), one);
}

TEST_F(ChartChoiceTest, WithoutAVersionItIsTheNewestStableOne) {
  Put("1", "1.2.3");
  const std::string newest = Put("2", "1.10.0");
  const std::string next = Put("3", "2.0.0-rc.1");
  Put("4", "latest");
  EXPECT_EQ(Digest(""), newest);
  EXPECT_EQ(Digest("", "^1.2"), newest);
  EXPECT_EQ(Digest("", "", true), next);
  EXPECT_EQ(Digest("", "<1.10"), Digest("", "1.2.3"));
}

TEST_F(ChartChoiceTest, WhatIsNotThereIsVersionUnknownOrNotFound) {
  Put("1", "1.2.3");
  EXPECT_EQ(Why("", "9.9.9"), Reason::kNotFound);
  EXPECT_EQ(Why("", "^9"), Reason::kVersionUnknown);
}

TEST_F(ChartChoiceTest, ReferencesThatContradictTheVersionAreRefused) {
  const std::string one = Put("1", "1.2.3");
  Put("2", "2.0.0");
  EXPECT_EQ(Why(":1.2.3", "2.0.0"), Reason::kChartSourceMalformed);
  EXPECT_EQ(Why(":1.2.3", "^2"), Reason::kChartSourceMalformed);
  EXPECT_EQ(Why("@" + one, "2.0.0"), Reason::kChartSourceMalformed);
  EXPECT_EQ(Why("@" + one, "^1"), Reason::kChartSourceMalformed);
  EXPECT_EQ(Why("", "not a range"), Reason::kChartSourceMalformed);
  EXPECT_EQ(Why("/UPPER"), Reason::kReferenceMalformed);
}

TEST_F(ChartChoiceTest, TagsThatMayEachBeTheNewestMustBeOneChart) {
  const std::string one = Put("1", "1.2.3_a");
  EXPECT_EQ(Digest("", "^1"), one);
  Put("1", "1.2.3_b");  // the same content
  EXPECT_EQ(Digest("", "^1"), one);
  Put("2", "1.2.3_c");
  EXPECT_EQ(Why("", "^1"), Reason::kChartSourceUnresolved);
}

}  // namespace
}  // namespace chartseal::helm_plugin
