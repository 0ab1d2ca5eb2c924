// Releases for those who only look at decisions: log, metrics, Events, decision records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/verification/minted.h"
#include "tests/webhook/decided.h"
#include "tests/webhook/release_world.h"
#include "verifier/verification/replay.h"
#include "webhook/decision_log.h"
#include "webhook/decision_records.h"
#include "webhook/events.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using verification::PlaceReport;
using verification::ReleaseReport;

constexpr char kChart[] = "registry.test/charts/app";

PlaceReport PlaceOf(std::vector<Ruling> rulings) {
  PlaceReport place;
  place.repository = kChart;
  place.tag = "1.2.3";
  place.signers = "issuer https://issuer.test";
  place.digest = crypto::Digest::Sha256Of("chart");
  place.rulings = std::move(rulings);
  place.fingerprint = std::string(64, 'c');
  chart::DocumentBinding own;
  own.source = "app/templates/a.yaml";
  own.object = "v1 Service a";
  own.binding = chart::Binding::kTemplate;
  chart::DocumentBinding foreign = own;
  foreign.subchart = true;
  place.documents = {own, own, foreign};
  return place;
}

ReleaseReport ReportBy(std::vector<Ruling> rulings) {
  ReleaseReport report;
  report.chart = "app";
  report.version = "1.2.3";
  report.fingerprint = std::string(64, 'c');
  report.places = {PlaceOf(rulings)};
  report.decisive = 0;
  report.rulings = std::move(rulings);
  return report;
}

Decided DecidedOn(ReleaseReport report, std::vector<ImageReport> images = {}) {
  Decided decided(
      ReviewText{.kind = "Secret", .resource = "secrets", .object = R"({"metadata":{}})"}.Parsed(),
      std::vector<ImageReport>{});
  decided.decision = Conclude(decided.request, {.images = std::move(images), .release = std::move(report)});
  decided.snapshot = SnapshotOf({"strict", "soft"});
  return decided;
}

TEST(ReleaseLog, SaysWhichChartAndHowMuchOfItIsBound) {
  const Decided decided = DecidedOn(ReportBy({YesBy("strict")}));
  const Node line = DescribeDecision(decided.View());
  const Node& release = *line.Find("release");
  EXPECT_EQ(release.StringOr("chart"), "registry.test/charts/app:1.2.3");
  EXPECT_EQ(release.StringOr("digest"), crypto::Digest::Sha256Of("chart").ToString());
  EXPECT_EQ(release.StringOr("fingerprint"), std::string(64, 'c'));
  EXPECT_EQ(release.Find("documents")->integer_value(), 3);
  EXPECT_EQ(release.Find("bound")->integer_value(), 2);
  EXPECT_EQ(line.Find("answers"), nullptr);
  EXPECT_EQ(LevelOf(decided.decision), log::Level::kDebug);
}

TEST(ReleaseLog, NamesTheChartThatWasRefused) {
  const Decided decided = DecidedOn(ReportBy({NoBy("strict", Effect::kDeny, Reason::kChartContentMismatch)}));
  EXPECT_EQ(LevelOf(decided.decision), log::Level::kWarning);
  const Node line = DescribeDecision(decided.View());
  const Node& answer = line.Find("answers")->list().at(0);
  EXPECT_EQ(answer.StringOr("chart"), "registry.test/charts/app:1.2.3");
  EXPECT_EQ(answer.StringOr("reason"), "chart-content-mismatch");
  EXPECT_EQ(line.StringOr("detail"), decided.decision.response.message);
}

TEST(ReleaseLog, WhatCouldNotBeToldAndWasAdmittedIsInformation) {
  EXPECT_EQ(LevelOf(DecidedOn(ReportBy({UnknownBy("strict", Effect::kAllow)})).decision), log::Level::kInfo);
}

TEST(ReleaseMetrics, ReleasesAreCountedByPolicyAndReason) {
  Metrics metrics;
  metrics.Decided(DecidedOn(ReportBy({YesBy("strict")})).View());
  metrics.Decided(DecidedOn(ReportBy({NoBy("soft", Effect::kWarn, Reason::kChartContentMismatch)})).View());
  ReleaseReport remembered = ReportBy({YesBy("strict")});
  remembered.places[0].remembered = true;
  metrics.Decided(DecidedOn(remembered).View());
  const std::string text = metrics.Text();
  EXPECT_THAT(text,
              HasSubstr("chartseal_release_verdicts_total{mode=\"enforce\",policy=\"strict\",reason=\"none\","
                        "verdict=\"yes\"} 2"));
  EXPECT_THAT(
      text, HasSubstr("chartseal_release_verdicts_total{mode=\"warn\",policy=\"soft\",reason=\"chart-content-"
                      "mismatch\",verdict=\"no\"} 1"));
  EXPECT_THAT(text, HasSubstr("duration_seconds_count{endpoint=\"validate\",source=\"registry\"} 2"));
  EXPECT_THAT(text, HasSubstr("duration_seconds_count{endpoint=\"validate\",source=\"cache\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("chartseal_image_verdicts_total{")));
}

TEST(ReleaseEvents, SayWhichChartAndWhy) {
  const std::string text =
      EventText(DecidedOn(ReportBy({NoBy("strict", Effect::kDeny, Reason::kChartContentMismatch)})).View());
  EXPECT_THAT(text,
              AllOf(HasSubstr("not admitted: Secret"),
                    HasSubstr("chart registry.test/charts/app:1.2.3: chart-content-mismatch"),
                    HasSubstr(crypto::Digest::Sha256Of("chart").ToString()), HasSubstr("policy strict")));
}

TEST(ReleaseEvents, SayWhichImageOfIt) {
  const std::string text =
      EventText(DecidedOn(ReportBy({YesBy("strict")}), {ReportOf({NoBy("strict")})}).View());
  EXPECT_THAT(text, HasSubstr("registry.test/acme/app:1: identity-mismatch"));
}

TEST(ReleaseEvents, WarnOfSubcharts) {
  ReleaseReport report = ReportBy({YesBy("strict")});
  report.warnings = {NoBy("strict", Effect::kWarn, Reason::kSubchartUnbound)};
  const std::string text = EventText(DecidedOn(report).View());
  EXPECT_THAT(text, AllOf(HasSubstr("admitted with a warning"), HasSubstr("subchart-unbound")));
}

TEST(ReleaseRecords, HoldEveryPlaceAndDocumentAndReadBack) {
  Decided decided = DecidedOn(ReportBy({YesBy("strict")}));
  ReleaseReport report = *decided.decision.release;
  report.places.push_back(PlaceOf({NoBy("soft", Effect::kWarn)}));
  report.warnings = report.places[0].warnings = {NoBy("strict", Effect::kWarn, Reason::kSubchartUnbound)};
  decided = DecidedOn(report);
  const auto record = MakeDecisionRecord(decided.View(), "1.2.3");
  ASSERT_TRUE(record.release.has_value());
  EXPECT_EQ(record.policies.size(), 2u) << "also that of a place that did not decide";
  const auto read = verification::ReadDecisionRecord(WriteDecisionRecord(record), "r.json");
  ASSERT_EQ(Why(read), "ok");
  ASSERT_EQ(read->release->places.size(), 2u);
  const auto& place = read->release->places[0];
  EXPECT_EQ(place.chart.image, "registry.test/charts/app:1.2.3");
  EXPECT_EQ(place.warnings.at(0).reason, Reason::kSubchartUnbound);
  ASSERT_EQ(place.documents.size(), 3u);
  EXPECT_TRUE(place.documents[0].bound);
  EXPECT_FALSE(place.documents[2].bound);
  EXPECT_EQ(place.documents[2].binding, "template");
}

TEST(ReleaseRecords, OfWhatNoPolicyCoversHoldWhatDecided) {
  ReleaseReport report = ReportBy({NoBy("", Effect::kDeny, Reason::kNoPolicyMatches)});
  report.places.clear();
  report.decisive.reset();
  const auto record = MakeDecisionRecord(DecidedOn(report).View(), "1.2.3");
  const auto read = verification::ReadDecisionRecord(WriteDecisionRecord(record), "r.json");
  ASSERT_EQ(Why(read), "ok");
  EXPECT_EQ(read->release->rulings.at(0).reason, Reason::kNoPolicyMatches);
}

// From the request to the judgement of its record, without anything made up in between.
class ReplayedReleaseTest : public ReleaseWorld {
 protected:
  verification::Replay Replayed(const Decision& decision) {
    Decided decided{std::vector<ImageReport>{}};
    decided.decision = decision;
    decided.snapshot = policies_->Current();
    record_ = verification::ReadDecisionRecord(
                  WriteDecisionRecord(MakeDecisionRecord(decided.View(), "1.2.3")), "r.json")
                  .value();
    return verification::ReplayRecord(record_, verification::TestRoot(), false).value();
  }
  verification::DecisionRecord record_;
};

TEST_F(ReplayedReleaseTest, AnAdmissionAgrees) {
  Publish();
  const auto replay = Replayed(Create(RecordedSecrets().front().secret));
  EXPECT_EQ(replay.result, verification::ReplayResult::kAdmitted);
  EXPECT_EQ(record_.release->places.at(0).chart.rulings.at(0).signer, verification::kIdentity);
}

TEST_F(ReplayedReleaseTest, ATamperedReleaseAgrees) {
  Publish();
  const auto replay = Replayed(CreateChanged(
      [](nlohmann::ordered_json& record) { record["chart"]["metadata"]["description"] = "another"; }));
  EXPECT_EQ(replay.result, verification::ReplayResult::kDenied);
  EXPECT_EQ(replay.release->places.at(0).rulings.at(0).reason, Reason::kChartContentMismatch);
}

TEST_F(ReplayedReleaseTest, AnotherSignerAgrees) {
  const std::string digest = PushTracecore();
  registry_->Tag(kTracecore, kTracecoreVersion, digest);
  SignBy(verification::OtherWorkflow(), kTracecore, digest);
  const auto replay = Replayed(Create(RecordedSecrets().front().secret));
  EXPECT_EQ(replay.result, verification::ReplayResult::kDenied);
  EXPECT_EQ(replay.release->places.at(0).rulings.at(0).reason, Reason::kIdentityMismatch);
}

}  // namespace
}  // namespace chartseal::webhook
