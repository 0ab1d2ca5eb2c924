#include "tests/verification/release_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/base/why.h"

namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;

class ReleaseRecordTest : public testing::Test {
 protected:
  DecisionRecord Good() { return OfRelease(chart_.Record(PolicyText(kIdentity))); }
  DecisionRecord Bad() { return OfRelease(chart_.Record(PolicyText("https://other.test/workflow"))); }
  static std::string PolicyText(std::string_view subject) {
    std::string text = PolicyYaml("release", subject);
    const std::string images = "images:";
    return text.replace(text.find(images), images.size(), "charts:");
  }
  // A yes about who signed, and a no about what is in it.
  DecisionRecord Tampered() {
    DecisionRecord record = Good();
    record.release->fingerprint = std::string(64, 'd');
    RecordedRuling& ruling = record.release->places[0].chart.rulings[0];
    ruling.answer = kAnswerNo;
    ruling.reason = record.reason = Reason::kChartContentMismatch;
    record.verdict = kVerdictDenied;
    return record;
  }

  static Replay Replayed(const DecisionRecord& record) {
    auto replay = ReplayRecord(record, TestRoot(), false);
    EXPECT_EQ(Why(replay), "ok");
    return replay.ok() ? *std::move(replay) : Replay();
  }
  // Why it is not read back after `change`.
  std::string WhyAfter(const std::function<void(DecisionRecord&)>& change) {
    DecisionRecord record = Good();
    change(record);
    return Why(ReadDecisionRecord(WriteDecisionRecord(record), "r.json"));
  }

  RecordedImageSource chart_;
};

TEST_F(ReleaseRecordTest, WhatIsWrittenIsReadAsItWas) {
  for (const DecisionRecord& record : {Good(), Tampered(), OfNoPlace(Good())}) {
    const std::string text = WriteDecisionRecord(record);
    const auto read = ReadDecisionRecord(text, "r.json");
    ASSERT_EQ(Why(read), "ok");
    EXPECT_EQ(WriteDecisionRecord(*read), text);
    ASSERT_TRUE(read->release.has_value());
    EXPECT_EQ(read->release->decisive, record.release->decisive);
    EXPECT_EQ(read->release->places.size(), record.release->places.size());
  }
  const auto read = ReadDecisionRecord(WriteDecisionRecord(Good()), "r.json");
  const RecordedPlace& place = read->release->places.at(0);
  ASSERT_EQ(place.documents.size(), 2u);
  EXPECT_EQ(place.documents[0].object, "apps/v1 Deployment web");
  EXPECT_TRUE(place.documents[0].bound);
  EXPECT_TRUE(place.documents[1].hook && place.documents[1].subchart && !place.documents[1].bound);
  EXPECT_TRUE(place.stated);
  EXPECT_NE(place.chart.evidence, nullptr);
}

TEST_F(ReleaseRecordTest, WhatDoesNotFitTogetherIsRefused) {
  EXPECT_THAT(WhyAfter([](DecisionRecord& record) { record.release->decisive = 1; }),
              HasSubstr("there is no place 1"));
  EXPECT_THAT(WhyAfter([](DecisionRecord& record) { record.release->decisive.reset(); }),
              HasSubstr("either these decided or a place"));
  EXPECT_THAT(WhyAfter([](DecisionRecord& record) {
                record.release->rulings = {{"", "enforce", "no", Reason::kNoPolicyMatches}};
              }),
              HasSubstr("either these decided or a place"));
  EXPECT_THAT(WhyAfter([](DecisionRecord& record) { record.release->places[0].chart.rulings.clear(); }),
              HasSubstr("at least one is needed"));
  EXPECT_THAT(
      WhyAfter([](DecisionRecord& record) { record.release->places[0].chart.rulings[0].policy = "forged"; }),
      HasSubstr("has no \"forged\", which judged registry.test/acme/charts/app:1.2.3"));
  EXPECT_THAT(WhyAfter([](DecisionRecord& record) {
                record.release->places[0].warnings = {{"forged", "warn", "no", Reason::kSubchartUnbound}};
              }),
              HasSubstr("has no \"forged\""));
}

TEST_F(ReleaseRecordTest, UnknownMembersAreRefused) {
  Node document = ParseJson(WriteDecisionRecord(Good()), "record").value();
  for (auto& [name, value] : document.map()) {
    if (name == "release") value.Set("manifest", "secret");
  }
  EXPECT_THAT(Why(ReadDecisionRecord(WriteJson(document), "r.json")), HasSubstr("manifest"));
}

TEST_F(ReleaseRecordTest, WhoSignedTheChartIsJudgedAgain) {
  EXPECT_EQ(Replayed(Good()).result, ReplayResult::kAdmitted);
  const Replay denied = Replayed(Bad());
  EXPECT_EQ(denied.result, ReplayResult::kDenied);
  EXPECT_EQ(denied.release->places.at(0).rulings.at(0).reason, Reason::kIdentityMismatch);
}

TEST_F(ReleaseRecordTest, AYesForAChartThatSomebodyElseSignedDisagrees) {
  DecisionRecord record = Bad();
  RecordedRuling& ruling = record.release->places[0].chart.rulings[0];
  ruling.answer = kAnswerYes;
  ruling.reason = record.reason = Reason::kNone;
  record.verdict = kVerdictAllowed;
  EXPECT_EQ(Replayed(record).result, ReplayResult::kDisagrees);
}

TEST_F(ReleaseRecordTest, ContentIsJudgedAgainByItsFingerprints) {
  EXPECT_EQ(Replayed(Tampered()).result, ReplayResult::kDenied);
  DecisionRecord same = Tampered();
  same.release->fingerprint = kContent;
  EXPECT_EQ(Replayed(same).result, ReplayResult::kDisagrees);
  DecisionRecord other = Good();
  other.release->fingerprint = std::string(64, 'd');
  EXPECT_EQ(Replayed(other).result, ReplayResult::kDisagrees) << "a yes for another content";
  DecisionRecord unknown = Tampered();
  unknown.release->places[0].fingerprint.clear();
  EXPECT_EQ(Replayed(unknown).result, ReplayResult::kUnknown);
}

TEST_F(ReleaseRecordTest, WhatSubchartsRenderedIsNotInTheRecord) {
  DecisionRecord record = Tampered();
  record.release->places[0].chart.rulings[0].reason = record.reason = Reason::kSubchartUnbound;
  const Replay replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kUnknown);
  EXPECT_THAT(replay.release->places[0].rulings[0].not_replayed, HasSubstr("what the release holds"));
}

TEST_F(ReleaseRecordTest, OnlyTheDecisivePlaceDecides) {
  DecisionRecord record = Good();
  RecordedPlace other = Bad().release->places[0];
  other.chart.rulings[0].policy = "release";
  record.release->places.insert(record.release->places.begin(), other);
  record.release->decisive = 1;
  EXPECT_EQ(Replayed(record).result, ReplayResult::kAdmitted);
}

TEST_F(ReleaseRecordTest, WithoutAnyPlaceTheAnswerStands) {
  EXPECT_EQ(Replayed(OfNoPlace(Good())).result, ReplayResult::kDenied);
}

TEST_F(ReleaseRecordTest, OtherPoliciesAreAskedAboutTheSameChart) {
  const auto judged = [](const DecisionRecord& record, const std::string& text) {
    return ReplayUnder(record, policy::ParsePolicyFile(text, "p.yaml").value(), TestRoot()).result;
  };
  EXPECT_EQ(judged(Good(), PolicyText(kIdentity)), ReplayResult::kAdmitted);
  EXPECT_EQ(judged(Good(), PolicyText("https://other.test/workflow")), ReplayResult::kDenied);
  EXPECT_EQ(judged(Tampered(), PolicyText(kIdentity)), ReplayResult::kDenied);
  std::string elsewhere = PolicyText(kIdentity);
  elsewhere.replace(elsewhere.find("registry.test/**"), 16, "elsewhere.test/*");
  EXPECT_EQ(judged(Good(), elsewhere), ReplayResult::kDenied) << "no policy covers it";
}

}  // namespace
}  // namespace chartseal::verification
