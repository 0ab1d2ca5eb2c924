#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/command.h"
#include "tests/verification/chart_record.h"
#include "tests/verification/recorded.h"
#include "tests/verification/release_record.h"
#include "verifier/base/strict_json.h"

namespace chartseal::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using verification::DecisionRecord;
using verification::PolicyYaml;

constexpr char kOther[] = "https://other.test/workflow";

class ExplainTest : public testing::Test {
 protected:
  DecisionRecord Good() { return image_.Record(PolicyYaml("release", verification::kIdentity)); }
  DecisionRecord Bad() { return image_.Record(PolicyYaml("release", kOther)); }

  Ended Explain(const DecisionRecord& record, std::vector<std::string> more = {}) {
    return ExplainText(WriteDecisionRecord(record), std::move(more));
  }
  Ended ExplainText(const std::string& text, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"explain", command_.File("r.json", text), "--trusted-root", root_};
    words.insert(words.end(), more.begin(), more.end());
    return command_.Run(words);
  }

  Command command_;
  verification::RecordedImageSource image_;
  const std::string root_ =
      command_.File("root.json", sandbox::TrustedRootJson(verification::TestSigstore()));
};

TEST_F(ExplainTest, ADenialIsExplainedAndJudgedAgain) {
  const Ended ended = Explain(Bad());
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  for (const char* text : {"DENIED  CREATE Deployment shop/web",
                           "identity-mismatch: signed by another identity", "registry.test/acme/app:v1",
                           "spec.template.spec.containers[app].image", "policy release (enforce): no",
                           "expected", kOther, "judged again no, identity-mismatch", "AGREES", "next"}) {
    EXPECT_THAT(ended.out, HasSubstr(text));
  }
  EXPECT_EQ(ended.err, "");
}

TEST_F(ExplainTest, AnAdmissionSaysWhoSigned) {
  const Ended ended = Explain(Good());
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(std::string(verification::kIdentity)));
  EXPECT_THAT(ended.out, HasSubstr("AGREES: judged again from the evidence in this record, it is admitted"));
}

TEST_F(ExplainTest, ARecordThatSaysAnotherThingThanItsEvidenceIsTold) {
  DecisionRecord record = Bad();
  record.verdict = "allowed";
  record.reason = Reason::kNone;
  record.images[0].rulings[0].answer = "yes";
  record.images[0].rulings[0].reason = Reason::kNone;
  const Ended ended = Explain(record);
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, HasSubstr("NOT WHAT THE RECORD SAYS"));
  EXPECT_THAT(ended.out, HasSubstr("DISAGREES"));
}

TEST_F(ExplainTest, WithoutEvidenceItSaysSo) {
  DecisionRecord record = Good();
  record.images[0].evidence = nullptr;
  const Ended ended = Explain(record);
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, HasSubstr("not judged: the record holds no evidence"));
  EXPECT_THAT(ended.out, HasSubstr("COULD NOT TELL"));
}

TEST_F(ExplainTest, WhatNeedsNoEvidenceStands) {
  DecisionRecord record = Bad();
  record.reason = Reason::kNoPolicyMatches;
  record.images[0].rulings = {{"", "enforce", "no", Reason::kNoPolicyMatches}};
  EXPECT_THAT(Explain(record).out, HasSubstr("STANDS: denied because of what was asked"));
  record.reason = Reason::kKindNotCovered;
  record.images.clear();
  const Ended ended = Explain(record);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("STANDS: denied because of what was asked"));
}

TEST_F(ExplainTest, AReleaseIsExplainedDocumentByDocument) {
  const Ended ended = Explain(OfRelease(Good()));
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  for (const char* text :
       {"ADMITTED  CREATE Secret shop/web", "release of chart app 1.2.3",
        "registry.test/acme/charts/app:1.2.3", "policy release (enforce): yes", "stated by the signer",
        "1 bound to it, 1 not", "apps/v1 Deployment web from app/templates/web.yaml: template",
        "v1 Service db from app/charts/db/templates/db.yaml, a hook: template", "AGREES"}) {
    EXPECT_THAT(ended.out, HasSubstr(text));
  }
}

TEST_F(ExplainTest, WhatOfAReleaseCannotBeJudgedAgainIsSaid) {
  DecisionRecord record = OfRelease(Good());
  record.verdict = "denied";
  record.reason = Reason::kSubchartUnbound;
  auto& ruling = record.release->places[0].chart.rulings[0];
  ruling.answer = "no";
  ruling.reason = Reason::kSubchartUnbound;
  const Ended ended = Explain(record);
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, HasSubstr("not judged: it is about what the release holds"));
  EXPECT_EQ(Explain(OfNoPlace(OfRelease(Good()))).code, 1);
}

TEST_F(ExplainTest, AReleaseInJsonHasItsDocuments) {
  const Ended ended = Explain(OfRelease(Good()), {"--output", "json"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  const Node json = ParseJson(ended.out, "output").value();
  const Node& place = json.FindPath({"release", "places"})->list().at(0);
  EXPECT_EQ(place.StringOr("chart"), "registry.test/acme/charts/app:1.2.3");
  EXPECT_EQ(place.Find("documents")->list().size(), 2u);
  EXPECT_FALSE(place.Find("documents")->list().at(1).Find("bound")->bool_value());
}

TEST_F(ExplainTest, AChartIsExplainedAndJudgedAgain) {
  const Ended ended = Explain(OfChart(Bad()));
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  for (const char* text :
       {"DENIED  CREATE OCIRepository shop/web", "registry.test/acme/charts/app:1.2.3", "spec.url",
        "policy release (enforce): no", "judged again no, identity-mismatch", "AGREES"}) {
    EXPECT_THAT(ended.out, HasSubstr(text));
  }
  const Ended unpinned = Explain(WithNo(OfChart(Good()), Reason::kChartNotPinned));
  EXPECT_EQ(unpinned.code, 1) << unpinned.out;
  EXPECT_THAT(unpinned.out, HasSubstr("not judged: it is about what the object says"));
  EXPECT_EQ(Explain(WithNo(OfChart(Good()), Reason::kDefinitionNotInChart)).code, 3);
}

TEST_F(ExplainTest, AChartInJsonStandsBesideTheImages) {
  const Ended ended = Explain(OfChart(Good()), {"--output", "json"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  const Node json = ParseJson(ended.out, "output").value();
  EXPECT_EQ(json.Find("images")->list().size(), 0u);
  const Node& chart = json.Find("charts")->list().at(0);
  EXPECT_EQ(chart.StringOr("chart"), "registry.test/acme/charts/app:1.2.3");
  EXPECT_EQ(chart.StringOr("digest"), image_.digest.ToString());
  EXPECT_TRUE(chart.Find("rulings")->list().at(0).Find("agrees")->bool_value());
  EXPECT_EQ(ParseJson(Explain(Good(), {"--output", "json"}).out, "output").value().Find("charts"), nullptr);
}

TEST_F(ExplainTest, WithoutTheRootOfTheRecordNothingIsJudged) {
  const Ended ended = command_.Run({"explain", command_.File("r.json", WriteDecisionRecord(Good()))});
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, HasSubstr("give that one with --trusted-root"));
}

TEST_F(ExplainTest, AnotherPolicyCanBeTried) {
  const std::string good = command_.File("good.yaml", PolicyYaml("candidate", verification::kIdentity));
  const std::string bad = command_.File("bad.yaml", PolicyYaml("candidate", kOther));
  Ended ended = Explain(Bad(), {"--policy", good});
  EXPECT_EQ(ended.code, 0) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("these policies would have admitted this"));
  ended = Explain(Good(), {"--policy", bad});
  EXPECT_EQ(ended.code, 1) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("these policies would have denied this"));
}

TEST_F(ExplainTest, JsonHasEveryAnswerTwice) {
  const Ended ended = Explain(Bad(), {"--output", "json"});
  EXPECT_EQ(ended.code, 1);
  const Node json = ended.Json();
  EXPECT_EQ(json.StringOr("result"), "denied");
  EXPECT_EQ(json.StringOr("verdict"), "denied");
  const Node& ruling = json.Find("images")->list().at(0).Find("rulings")->list().at(0);
  EXPECT_EQ(ruling.StringOr("recordedAnswer"), "no");
  EXPECT_EQ(ruling.StringOr("reason"), "identity-mismatch");
  EXPECT_TRUE(ruling.Find("agrees")->bool_value());
}

TEST_F(ExplainTest, WhatIsNoRecordIsNotExplained) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "json-malformed"}, {"{}", "record-malformed"}, {"{\"kind\":\"Pod\"}", "record-malformed"}}) {
    const Ended ended = ExplainText(text);
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, HasSubstr(why));
    EXPECT_EQ(ended.out, "");
  }
}

TEST_F(ExplainTest, AChangedPieceOfEvidenceIsFound) {
  std::string text = WriteDecisionRecord(Good());
  const size_t at = text.find("\"content\": \"") + 40;
  text[at] = text[at] == 'A' ? 'B' : 'A';
  const Ended ended = ExplainText(text);
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("evidence 0 was changed"));
}

TEST_F(ExplainTest, WrongUsageIsTwoAndAMissingFileThree) {
  EXPECT_EQ(command_.Run({"explain"}).code, 2);
  EXPECT_EQ(command_.Run({"explain", "a", "b"}).code, 2);
  EXPECT_EQ(command_.Run({"explain", "missing.json"}).code, 3);
}

TEST_F(ExplainTest, TextOfARecordCannotSteerTheTerminal) {
  DecisionRecord record = Bad();
  record.request.name = "web\x1b[2J\nVERIFIED";
  record.images[0].image = "registry.test/app\x1b[31m";
  record.images[0].rulings[0].found = "x\r\nAGREES\x1b]0;title\x07";
  const Ended ended = Explain(record);
  EXPECT_THAT(ended.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ended.out, Not(HasSubstr("\nVERIFIED")));
  EXPECT_THAT(ended.out, Not(HasSubstr("\r")));
}

TEST_F(ExplainTest, CompletionKnowsIt) {
  EXPECT_THAT(command_.Run({"completion", "bash"}).out, HasSubstr("explain) words=\""));
}

}  // namespace
}  // namespace chartseal::cli
