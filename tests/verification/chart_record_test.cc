// What decision records keep of the charts that an object names, and how they are judged again.
#include "tests/verification/chart_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"

namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;

constexpr char kOther[] = "https://other.test/workflow";

class ChartRecordTest : public ::testing::Test {
 protected:
  DecisionRecord Good() { return OfChart(image_.Record(PolicyYaml("release", kIdentity))); }
  DecisionRecord Bad() { return OfChart(image_.Record(PolicyYaml("release", kOther))); }
  // Of `record`, written and read.
  Replay Replayed(const DecisionRecord& record) {
    auto read = ReadDecisionRecord(WriteDecisionRecord(record), "r.json");
    EXPECT_EQ(Why(read), "ok");
    if (read.ok()) read_ = *std::move(read);
    auto replay = ReplayRecord(read_, TestRoot(), false);
    EXPECT_EQ(Why(replay), "ok");
    return replay.ok() ? *std::move(replay) : Replay();
  }
  static policy::PolicySet ChartPolicy(std::string_view subject) {
    std::string yaml = PolicyYaml("candidate", subject);
    yaml.replace(yaml.find("images:"), 7, "charts:");
    return policy::ParsePolicyFile(yaml, "policy.yaml").value();
  }
  static std::string WhyWith(const DecisionRecord& record, std::string_view from, std::string_view to) {
    std::string text = WriteDecisionRecord(record);
    const size_t charts = text.find("\"charts\"");
    text.replace(text.find(from, charts), from.size(), to);
    return Why(ReadDecisionRecord(text, "r.json"));
  }

  RecordedImageSource image_;
  DecisionRecord read_;
};

TEST_F(ChartRecordTest, WhatIsWrittenIsReadAsItWas) {
  const std::string text = WriteDecisionRecord(Good());
  const auto read = ReadDecisionRecord(text, "r.json");
  ASSERT_EQ(Why(read), "ok");
  EXPECT_EQ(WriteDecisionRecord(*read), text);
  ASSERT_EQ(read->charts.size(), 1u);
  EXPECT_EQ(read->charts[0].image, "registry.test/acme/charts/app:1.2.3");
  EXPECT_EQ(read->charts[0].digest, image_.digest);
  EXPECT_NE(read->charts[0].evidence, nullptr);
}

TEST_F(ChartRecordTest, WithoutChartsARecordDoesNotSpeakOfThem) {
  EXPECT_THAT(WriteDecisionRecord(image_.Record(PolicyYaml("release", kIdentity))),
              testing::Not(HasSubstr("\"charts\"")));
}

TEST_F(ChartRecordTest, AChangedRecordIsRefusedWithTheField) {
  EXPECT_THAT(WhyWith(Good(), "\"evidence\": 0", "\"evidence\": 1"),
              HasSubstr("record-malformed: r.json: charts[0].evidence: there is no evidence 1"));
  EXPECT_THAT(WhyWith(Good(), "\"policy\": \"release\"", "\"policy\": \"other\""),
              HasSubstr("record-malformed: r.json: policies: has no \"other\", which judged registry.test/"));
  EXPECT_THAT(WhyWith(Good(), "\"paths\"", "\"surprise\": 1, \"paths\""),
              HasSubstr("record-malformed: r.json: "));
  DecisionRecord silent = Good();
  silent.charts[0].rulings.clear();
  EXPECT_THAT(Why(ReadDecisionRecord(WriteDecisionRecord(silent), "r.json")),
              HasSubstr("record-malformed: r.json: charts[0].rulings: at least one is needed"));
}

TEST_F(ChartRecordTest, WhoSignedItIsJudgedAgain) {
  const Replay good = Replayed(Good());
  EXPECT_EQ(good.result, ReplayResult::kAdmitted);
  ASSERT_EQ(good.charts.size(), 1u);
  EXPECT_TRUE(good.charts[0].rulings[0].verdict->accepted);
  const Replay bad = Replayed(Bad());
  EXPECT_EQ(bad.result, ReplayResult::kDenied);
  EXPECT_EQ(bad.charts[0].rulings[0].reason, Reason::kIdentityMismatch);
}

TEST_F(ChartRecordTest, ARecordThatSaysAnotherThingThanItsEvidenceDisagrees) {
  DecisionRecord record = Bad();
  record.verdict = kVerdictAllowed;
  record.reason = Reason::kNone;
  record.charts[0].rulings[0].answer = kAnswerYes;
  record.charts[0].rulings[0].reason = Reason::kNone;
  EXPECT_EQ(Replayed(record).result, ReplayResult::kDisagrees);
}

// The digest was signed as it should be: that says nothing of how the object names it.
TEST_F(ChartRecordTest, ANoForWantOfAPinStands) {
  const Replay replay = Replayed(WithNo(Good(), Reason::kChartNotPinned));
  EXPECT_EQ(replay.result, ReplayResult::kDenied);
  EXPECT_THAT(replay.charts[0].rulings[1].not_replayed, HasSubstr("it is about what the object says"));
  EXPECT_EQ(replay.charts[0].rulings[1].answer, kAnswerNo);
}

TEST_F(ChartRecordTest, WhatTheRecordDoesNotHoldIsNotJudgedAgain) {
  for (const Reason reason :
       {Reason::kDefinitionNotInChart, Reason::kChartContentMismatch, Reason::kChartSourceUnresolved}) {
    const Replay replay = Replayed(WithNo(Good(), reason));
    EXPECT_EQ(replay.result, ReplayResult::kUnknown) << Name(reason);
    EXPECT_THAT(replay.charts[0].rulings[1].not_replayed, HasSubstr("it is about what the object says"));
  }
}

TEST_F(ChartRecordTest, AChartFromElsewhereIsDeniedForWhatItIs) {
  DecisionRecord record = WithNo(Good(), Reason::kChartSourceUnverifiable, "");
  record.charts[0].rulings.erase(record.charts[0].rulings.begin());
  record.charts[0].image = "https://charts.acme.dev/app";
  record.charts[0].digest.reset();
  record.charts[0].evidence = nullptr;
  record.policies.clear();
  EXPECT_EQ(Replayed(record).result, ReplayResult::kDenied);
}

TEST_F(ChartRecordTest, OtherPoliciesAreTriedOnTheChart) {
  const DecisionRecord record = Good();
  EXPECT_EQ(ReplayUnder(record, ChartPolicy(kIdentity), TestRoot()).result, ReplayResult::kAdmitted);
  const Replay denied = ReplayUnder(record, ChartPolicy(kOther), TestRoot());
  EXPECT_EQ(denied.result, ReplayResult::kDenied);
  EXPECT_EQ(denied.charts.at(0).rulings.at(0).reason, Reason::kIdentityMismatch);
  const auto images = policy::ParsePolicyFile(PolicyYaml("candidate", kIdentity), "policy.yaml").value();
  EXPECT_EQ(ReplayUnder(record, images, TestRoot()).charts.at(0).rulings.at(0).reason,
            Reason::kNoPolicyMatches)
      << "it is about images";
}

}  // namespace
}  // namespace chartseal::verification
