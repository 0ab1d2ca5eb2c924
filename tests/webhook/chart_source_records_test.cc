// Decision records of objects that name charts: what was decided can be judged again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/webhook/chart_source_fixture.h"
#include "verifier/verification/replay.h"
#include "webhook/decision_records.h"

namespace chartseal::webhook {
namespace {

constexpr char kOther[] = "https://github.com/other/app/.github/workflows/release.yml@refs/tags/v1";

class ChartSourceRecordsTest : public ChartSourceGateTest {
 protected:
  // The record of what becomes of it, written and read.
  verification::DecisionRecord RecordOf(const ReviewText& text) {
    const Decision decision = Review(text);
    const AdmissionRequest request = text.Parsed();
    const std::string written = verification::WriteDecisionRecord(MakeDecisionRecord(
        {request, decision, Endpoint::kValidate, policies_->Current(), now_, absl::Milliseconds(1)},
        "1.2.3"));
    const auto record = verification::ReadDecisionRecord(written, "r.json");
    EXPECT_EQ(Why(record), "ok");
    return record.ok() ? *record : verification::DecisionRecord();
  }
  static verification::ReplayResult Replayed(const verification::DecisionRecord& record) {
    const auto replay = verification::ReplayRecord(record, verification::TestRoot(), true);
    EXPECT_EQ(Why(replay), "ok");
    return replay.ok() ? replay->result : verification::ReplayResult::kUnknown;
  }
};

TEST_F(ChartSourceRecordsTest, AYesAndANoAreJudgedAgainFromTheRecord) {
  const auto good = RecordOf(ByRef(R"({"tag":"1.2.0"})"));
  ASSERT_EQ(good.charts.size(), 1u);
  EXPECT_EQ(good.charts[0].image, Cat(kCharts, ":1.2.0"));
  EXPECT_NE(good.charts[0].evidence, nullptr);
  EXPECT_EQ(Replayed(good), verification::ReplayResult::kAdmitted);
  Set(ChartPolicy("strict", "", kOther));
  const auto bad = RecordOf(ByRef(R"({"tag":"1.2.0"})"));
  EXPECT_EQ(bad.reason, Reason::kIdentityMismatch);
  EXPECT_EQ(Replayed(bad), verification::ReplayResult::kDenied);
}

TEST_F(ChartSourceRecordsTest, SoIsAChartInTheObject) {
  const std::string tgz = AppTgz();
  PublishChart("1.2.0", tgz);
  const auto record = RecordOf(ReviewOf(
      "helm.cattle.io", "HelmChart", Cat(R"({"spec":{"chartContent":")", absl::Base64Escape(tgz), "\"}}")));
  EXPECT_EQ(record.verdict, "allowed") << record.message;
  ASSERT_EQ(record.charts.size(), 1u);
  EXPECT_NE(record.charts[0].evidence, nullptr);
  EXPECT_EQ(Replayed(record), verification::ReplayResult::kAdmitted);
}

TEST_F(ChartSourceRecordsTest, ANoWithoutAnyRegistryStands) {
  const auto record = RecordOf(ReviewOf("source.toolkit.fluxcd.io", "HelmRepository",
                                        R"({"spec":{"url":"https://charts.acme.dev"}})"));
  EXPECT_EQ(record.reason, Reason::kChartSourceUnverifiable);
  EXPECT_EQ(Replayed(record), verification::ReplayResult::kDenied);
}

}  // namespace
}  // namespace chartseal::webhook
