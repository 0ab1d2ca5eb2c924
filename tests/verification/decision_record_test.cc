#include "verifier/verification/decision_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/base/why.h"
#include "tests/verification/recorded.h"
#include "verifier/base/limits.h"

namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class DecisionRecordTest : public ::testing::Test {
 protected:
  DecisionRecord Good() { return image_.Record(PolicyYaml("release", kIdentity)); }
  DecisionRecord Bad() { return image_.Record(PolicyYaml("release", "https://other.test/workflow")); }

  // Reads `record` after `change` was made to its document.
  std::string WhyAfter(const std::function<void(Node&)>& change) {
    Node document = ParseJson(WriteDecisionRecord(Good()), "record").value();
    change(document);
    return Why(ReadDecisionRecord(WriteJson(document), "r.json"));
  }
  static Node& At(Node& node, std::string_view key) {
    for (auto& [name, value] : node.map()) {
      if (name == key) return value;
    }
    ADD_FAILURE() << "no " << key;
    return node;
  }
  static DecisionRecord Again(const DecisionRecord& record) {
    auto read = ReadDecisionRecord(WriteDecisionRecord(record), "r.json");
    EXPECT_EQ(Why(read), "ok");
    return read.ok() ? *std::move(read) : DecisionRecord();
  }
  static Replay Replayed(const DecisionRecord& record) {
    auto replay = ReplayRecord(record, TestRoot(), false);
    EXPECT_EQ(Why(replay), "ok");
    return replay.ok() ? *std::move(replay) : Replay();
  }

  RecordedImageSource image_;
};

TEST_F(DecisionRecordTest, WhatIsWrittenIsReadAsItWas) {
  const DecisionRecord written = Good();
  const std::string text = WriteDecisionRecord(written);
  const auto read = ReadDecisionRecord(text, "r.json");
  ASSERT_EQ(Why(read), "ok");
  EXPECT_EQ(WriteDecisionRecord(*read), text);
  EXPECT_EQ(read->at, written.at);
  EXPECT_EQ(read->took, written.took);
  EXPECT_EQ(read->images[0].rulings[0].signed_at, written.images[0].rulings[0].signed_at);
  EXPECT_EQ(read->images[0].evidence->candidates[0].raw->bytes,
            written.images[0].evidence->candidates[0].raw->bytes);
}

TEST_F(DecisionRecordTest, ATimeOfAnyYearIsWrittenAsItCanBeRead) {
  DecisionRecord record = Good();
  for (int year : {0, 7, 954, 9999}) {
    record.images[0].rulings[0].signed_at =
        absl::FromCivil(absl::CivilDay(year, 11, 24), absl::UTCTimeZone());
    EXPECT_EQ(Again(record).images[0].rulings[0].signed_at, record.images[0].rulings[0].signed_at) << year;
  }
}

TEST_F(DecisionRecordTest, ImagesOfOneDigestShareOneCopyOfTheEvidence) {
  DecisionRecord record = Good();
  record.images.push_back(record.images[0]);
  const std::string text = WriteDecisionRecord(record);
  EXPECT_LT(text.size(), WriteDecisionRecord(Good()).size() + 3000);
  const DecisionRecord read = Again(record);
  EXPECT_NE(read.images[0].evidence, nullptr);
  EXPECT_EQ(read.images[0].evidence, read.images[1].evidence);
}

TEST_F(DecisionRecordTest, EvidenceThatLostItsBytesIsLeftOut) {
  DecisionRecord record = Good();
  auto evidence = std::make_shared<Evidence>(*record.images[0].evidence);
  evidence->candidates[0].raw = nullptr;
  record.images[0].evidence = evidence;
  EXPECT_EQ(Again(record).images[0].evidence, nullptr);
}

TEST_F(DecisionRecordTest, AChangedRecordIsRefusedWithTheField) {
  const std::vector<std::pair<std::function<void(Node&)>, std::string>> cases = {
      {[](Node& r) { r.Set("surprise", "x"); }, "surprise"},
      {[](Node& r) { r.Set("kind", "Record"); }, "kind: expected DecisionRecord, found \"Record\""},
      {[](Node& r) { r.Set("verdict", "maybe"); }, "verdict: expected one of allowed, warned, denied"},
      {[](Node& r) { r.Set("reason", "because"); }, "reason: \"because\" is no reason code"},
      {[](Node& r) { r.Set("microseconds", Node::Integer(-1)); }, "microseconds: is negative"},
      {[](Node& r) { r.Set("at", "yesterday"); }, "at: "},
      {[](Node& r) { r.Set("at", Node()); }, "at: missing"},
      {[](Node& r) { At(r, "request").Set("endpoint", "/validate"); }, "request.endpoint: expected one of"},
      {[](Node& r) { At(r, "request").Set("uid", Node::Integer(1)); }, "request.uid: expected a string"},
      {[](Node& r) { r.Set("policies", Node::MakeList()); }, "policies: has no \"release\", which judged"},
      {[](Node& r) { At(At(r, "images").list()[0], "rulings") = Node::MakeList(); },
       "images[0].rulings: at least one is needed"},
      {[](Node& r) { At(r, "images").list()[0].Set("digest", "sha256:12"); }, "images[0].digest: "},
      {[](Node& r) { At(r, "images").list()[0].Set("evidence", Node::Integer(1)); },
       "images[0].evidence: there is no evidence 1"},
      {[](Node& r) { At(r, "images").list()[0].Set("evidence", Node::Integer(-1)); },
       "images[0].evidence: there is no evidence -1"},
      {[](Node& r) { At(At(r, "images").list()[0], "rulings").list()[0].Set("answer", "no"); },
       "reason: does not go with the answer no"},
      {[](Node& r) { At(At(r, "images").list()[0], "rulings").list()[0].Set("answer", "YES"); },
       "answer: expected one of yes, no, could-not-tell"},
      {[](Node& r) { At(r, "evidence").list()[0].Set("sha256", Node::MakeList()); },
       "sha256: has fewer entries than there is evidence"},
      {[](Node& r) { At(At(r, "evidence").list()[0], "sha256").Append(Node::String("00")); },
       "sha256: has more entries than there is evidence"},
      {[](Node& r) { At(At(r, "evidence").list()[0], "sha256").list()[0] = Node::String("00"); },
       "sha256: evidence 0 was changed: expected 00"},
      {[](Node& r) { At(r, "evidence").list()[0].Set("attached", Node()); }, "attached: missing"},
      {[](Node& r) { At(At(r, "evidence").list()[0], "attached").Set("more", "x"); }, "more"},
  };
  for (const auto& [change, why] : cases) {
    const std::string found = WhyAfter(change);
    EXPECT_THAT(found, StartsWith("record-malformed: r.json: "));
    EXPECT_THAT(found, HasSubstr(why));
  }
}

TEST_F(DecisionRecordTest, ChangedEvidenceIsFoundByItsDigest) {
  const std::string found = WhyAfter([](Node& r) {
    Node& candidate = At(At(At(r, "evidence").list()[0], "attached"), "candidates").list()[0];
    candidate.Set("content", "e30=");
  });
  EXPECT_THAT(found, HasSubstr("evidence 0 was changed"));
}

TEST_F(DecisionRecordTest, WhatIsNoJsonOrTooLargeIsRefused) {
  EXPECT_THAT(Why(ReadDecisionRecord("", "r.json")), StartsWith("json-malformed: r.json"));
  EXPECT_THAT(Why(ReadDecisionRecord("[]", "r.json")), StartsWith("record-malformed: r.json"));
  EXPECT_THAT(Why(ReadDecisionRecord(std::string(limits::kMaxRecordBytes + 1, ' '), "r.json")),
              StartsWith("limit-exceeded: r.json"));
}

// -- Judging again.

TEST_F(DecisionRecordTest, ARecordedYesIsJudgedAYesAgain) {
  const DecisionRecord record = Again(Good());
  const Replay replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kAdmitted);
  EXPECT_TRUE(replay.images[0].rulings[0].verdict->accepted);
}

TEST_F(DecisionRecordTest, ARecordedNoIsJudgedANoAgainWithTheSameReason) {
  const DecisionRecord record = Again(Bad());
  const Replay replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kDenied);
  EXPECT_EQ(replay.images[0].rulings[0].reason, Reason::kIdentityMismatch);
}

TEST_F(DecisionRecordTest, NothingAttachedIsANoThatCanBeJudgedAgain) {
  DecisionRecord record =
      RecordOf(image_.digest, std::make_shared<const Evidence>(), PolicyYaml("release", kIdentity));
  EXPECT_EQ(Replayed(record = Again(record)).result, ReplayResult::kDenied);
  EXPECT_EQ(record.images[0].rulings[0].reason, Reason::kNoSignature);
}

TEST_F(DecisionRecordTest, AYesThatWasWrittenOverANoDisagrees) {
  DecisionRecord record = Bad();
  record.verdict = kVerdictAllowed;
  record.reason = Reason::kNone;
  record.images[0].rulings[0].answer = kAnswerYes;
  record.images[0].rulings[0].reason = Reason::kNone;
  record = Again(record);
  const Replay replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kDisagrees);
  EXPECT_FALSE(replay.images[0].rulings[0].Agrees());
}

TEST_F(DecisionRecordTest, AVerdictThatItsRulingsDoNotGiveDisagrees) {
  DecisionRecord record = Bad();
  record.verdict = kVerdictAllowed;
  EXPECT_EQ(Replayed(record).result, ReplayResult::kDisagrees);
  record = Good();
  record.verdict = kVerdictDenied;
  EXPECT_EQ(Replayed(record).result, ReplayResult::kDisagrees);
}

TEST_F(DecisionRecordTest, AnotherReasonDisagrees) {
  DecisionRecord record = Bad();
  record.images[0].rulings[0].reason = Reason::kNoSignature;
  EXPECT_EQ(Replayed(record).result, ReplayResult::kDisagrees);
}

TEST_F(DecisionRecordTest, WithoutEvidenceNothingIsClaimed) {
  DecisionRecord record = Good();
  record.images[0].evidence = nullptr;
  Replay replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kUnknown);
  EXPECT_THAT(replay.images[0].rulings[0].not_replayed, HasSubstr("holds no evidence"));
  record = Bad();
  record.images[0].digest.reset();
  replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kUnknown);
  EXPECT_EQ(replay.images[0].rulings[0].not_replayed, "the digest was never known");
}

TEST_F(DecisionRecordTest, EvidenceThatCouldNotBeFetchedIsStillUnknown) {
  auto evidence = std::make_shared<Evidence>();
  evidence->gaps.push_back(WithReason(absl::UnavailableError("down"), Reason::kUnreachable));
  const DecisionRecord record = Again(RecordOf(image_.digest, evidence, PolicyYaml("release", kIdentity)));
  const Replay replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kUnknown);
  EXPECT_TRUE(replay.images[0].rulings[0].Agrees());
  EXPECT_EQ(replay.images[0].rulings[0].reason, Reason::kUnreachable);
}

TEST_F(DecisionRecordTest, AWarningPolicyDeniesNothing) {
  const DecisionRecord record = image_.Record(PolicyYaml("watch", "https://other.test/workflow", "warn"));
  EXPECT_EQ(Replayed(record).result, ReplayResult::kAdmitted);
}

TEST_F(DecisionRecordTest, AChangedPolicyIsFoundByItsFingerprint) {
  DecisionRecord record = Good();
  std::string source = *record.policies[0].source;
  source.replace(source.find("enforce"), 7, "warn");
  record.policies[0].source = std::make_shared<const std::string>(source);
  EXPECT_THAT(Why(ReplayRecord(record, TestRoot(), false)),
              StartsWith("record-malformed: policy release: its document was changed"));
}

TEST_F(DecisionRecordTest, APolicyThatNoRecordCanHoldIsNotJudgedAgain) {
  DecisionRecord record = Good();
  record.policies[0].source = nullptr;
  const Replay replay = Replayed(record);
  EXPECT_EQ(replay.result, ReplayResult::kUnknown);
  EXPECT_THAT(replay.images[0].rulings[0].not_replayed, HasSubstr("came from an object"));
}

TEST_F(DecisionRecordTest, UnderAnotherRootNothingIsJudgedUnlessItWasAskedFor) {
  const DecisionRecord record = Good();
  const auto unasked = ReplayRecord(record, sigstore::PublicGoodRoot(), false);
  EXPECT_EQ(unasked->result, ReplayResult::kUnknown);
  EXPECT_THAT(unasked->images[0].rulings[0].not_replayed, HasSubstr("--trusted-root"));
  const auto asked = ReplayRecord(record, sigstore::PublicGoodRoot(), true);
  EXPECT_FALSE(asked->same_root);
  EXPECT_EQ(asked->result, ReplayResult::kDisagrees);
}

TEST_F(DecisionRecordTest, WhatNoPolicyCoveredStands) {
  DecisionRecord record = Good();
  record.verdict = kVerdictDenied;
  record.reason = Reason::kNoPolicyMatches;
  record.images[0].rulings = {{"", "enforce", "no", Reason::kNoPolicyMatches}};
  EXPECT_EQ(Replayed(record).result, ReplayResult::kDenied);
  record.images[0].rulings[0].answer = kAnswerCouldNotTell;
  EXPECT_EQ(Replayed(record).result, ReplayResult::kUnknown);
}

TEST_F(DecisionRecordTest, AnotherPolicyIsAskedWithTheSameEvidence) {
  const DecisionRecord record = Again(Bad());
  const auto under = [&](const std::string& yaml) {
    return ReplayUnder(record, policy::ParsePolicyFile(yaml, "p.yaml").value(), TestRoot());
  };
  EXPECT_EQ(under(PolicyYaml("other", kIdentity)).result, ReplayResult::kAdmitted);
  EXPECT_EQ(under(PolicyYaml("other", "https://third.test/w")).result, ReplayResult::kDenied);
  std::string elsewhere = PolicyYaml("other", kIdentity);
  elsewhere.replace(elsewhere.find("registry.test/**"), 16, "elsewhere.test/*");
  const Replay uncovered = under(elsewhere);
  EXPECT_EQ(uncovered.result, ReplayResult::kDenied);
  EXPECT_EQ(uncovered.images[0].rulings[0].reason, Reason::kNoPolicyMatches);
}

}  // namespace
}  // namespace chartseal::verification
