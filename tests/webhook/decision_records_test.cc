#include "webhook/decision_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/base/why.h"
#include "tests/sandbox/temporary_directory.h"
#include "tests/webhook/decided.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DecisionRecordsTest : public testing::Test {
 protected:
  std::unique_ptr<DecisionRecords> Start(bool all = false) {
    auto records = DecisionRecords::Start({directory_.path(), all, "1.2.3"});
    EXPECT_EQ(Why(records), "ok");
    return records.ok() ? *std::move(records) : nullptr;
  }
  RecordDirectory Open(RecordDirectory::Limits limits) {
    return RecordDirectory::Open(directory_.path(), limits).value();
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  void Make(const std::string& name, std::string_view text = "x") const {
    std::ofstream(directory_.path() + "/" + name) << text;
  }
  static std::string Name(int i) { return Cat("20270115T08000", i, ".000000Z-u-validate.json"); }

  const sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("records").value();
};

TEST_F(DecisionRecordsTest, ADenialIsWrittenAndReadBack) {
  Decided decided({ReportOf({YesBy("watch"), NoBy("strict")})});
  decided.snapshot = SnapshotOf({"strict", "watch", "unconcerned"});
  auto records = Start();
  records->Decided(decided.View());
  records->Drain();
  ASSERT_THAT(Files(), ElementsAre("20270115T080000.000000Z-u-1-validate.json"));
  const std::string file = directory_.path() + "/" + Files()[0];
  const auto read = verification::ReadDecisionRecord(*ReadFile(file, limits::kMaxRecordBytes), file);
  ASSERT_EQ(Why(read), "ok");
  EXPECT_EQ(read->verdict, "denied");
  EXPECT_EQ(read->reason, Reason::kIdentityMismatch);
  EXPECT_EQ(read->chartseal_version, "1.2.3");
  EXPECT_EQ(read->request.kind, "Pod");
  EXPECT_EQ(read->request.namespace_name, "shop");
  EXPECT_EQ(read->images[0].digest, decided.decision.reports[0].digest);
  EXPECT_EQ(read->images[0].rulings[1].found, "https://evil.test/release");
  ASSERT_EQ(read->policies.size(), 2) << "only those that judged";
  struct stat info;
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
}

TEST_F(DecisionRecordsTest, ChartsAreWrittenWithWhatPoliciesSayOfThem) {
  Decided decided({});
  ChartReport chart = {.chart = "registry.test/charts/app", .path = "spec.url", .version = "1.2.0"};
  chart.digest = crypto::Digest::Sha256Of("chart");
  chart.lookup.remembered = true;
  chart.rulings = {YesBy("strict"), NoBy("strict", Effect::kDeny, Reason::kChartNotPinned)};
  ChartReport elsewhere = {.chart = "app", .path = "spec.chartRef"};  // nothing is said of it
  decided.decision = Conclude(decided.request, {.charts = {chart, elsewhere}});
  decided.snapshot = SnapshotOf({"strict", "unconcerned"});
  Start()->Decided(decided.View());
  ASSERT_EQ(Files().size(), 1);
  const auto read = verification::ReadDecisionRecord(
      *ReadFile(directory_.path() + "/" + Files()[0], limits::kMaxRecordBytes), "r.json");
  ASSERT_EQ(Why(read), "ok");
  EXPECT_EQ(read->verdict, "denied");
  EXPECT_EQ(read->reason, Reason::kChartNotPinned);
  ASSERT_EQ(read->charts.size(), 1u);
  EXPECT_EQ(read->charts[0].image, "registry.test/charts/app:1.2.0");
  EXPECT_THAT(read->charts[0].paths, ElementsAre("spec.url"));
  EXPECT_EQ(read->charts[0].digest, chart.digest);
  EXPECT_TRUE(read->charts[0].remembered);
  ASSERT_EQ(read->charts[0].rulings.size(), 2u);
  EXPECT_EQ(read->charts[0].rulings[1].reason, Reason::kChartNotPinned);
  ASSERT_EQ(read->policies.size(), 1u);
  EXPECT_EQ(read->policies[0].name, "strict");
}

TEST_F(DecisionRecordsTest, OnlyWhatWasNotAYesIsWrittenUnlessAllIsAskedFor) {
  const Decided yes({ReportOf({YesBy("strict")})});
  const Decided uncovered({ReportOf({NoBy("", Effect::kAllow, Reason::kNoPolicyMatches)})});
  Decided unknown({ReportOf({UnknownBy("", Effect::kAllow)})});
  {
    auto records = Start();
    records->Decided(yes.View());
    records->Decided(uncovered.View());
  }
  EXPECT_THAT(Files(), IsEmpty());
  Start()->Decided(unknown.View());
  EXPECT_EQ(Files().size(), 1);
  unknown.at += absl::Seconds(1);
  Decided later = yes;
  later.at += absl::Seconds(2);
  Start(/*all=*/true)->Decided(later.View());
  EXPECT_EQ(Files().size(), 2);
}

TEST_F(DecisionRecordsTest, NothingOfTheObjectIsWritten) {
  AdmissionRequest request =
      ReviewText{.object =
                     PodWith(R"({"containers":[{"name":"a","image":"i","env":[{"value":"hunter2"}]}]})")}
          .Parsed();
  Start()->Decided(Decided(request, {ReportOf({NoBy("strict")})}).View());
  ASSERT_EQ(Files().size(), 1);
  EXPECT_THAT(*ReadFile(directory_.path() + "/" + Files()[0], limits::kMaxRecordBytes),
              Not(HasSubstr("hunter2")));
}

TEST_F(DecisionRecordsTest, AUidCannotLeaveTheDirectory) {
  verification::DecisionRecord record;
  record.at = kDecidedAt;
  record.request.endpoint = "validate";
  record.request.uid = "../../etc/passwd\n" + std::string(1000, 'x');
  const std::string name = RecordFileName(record);
  EXPECT_THAT(name, Not(HasSubstr("/")));
  EXPECT_THAT(name, testing::StartsWith("20270115T080000.000000Z-______etc_passwd_xxx"));
  EXPECT_LT(name.size(), 120);
}

TEST_F(DecisionRecordsTest, BeyondTheNumberOfFilesTheOldestGo) {
  RecordDirectory directory = Open({3, 1'000'000});
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(directory.Put(Name(i), "text").ok());
  EXPECT_THAT(Files(), ElementsAre(Name(3), Name(4), Name(5)));
}

TEST_F(DecisionRecordsTest, BeyondTheBytesTheOldestGo) {
  RecordDirectory directory = Open({100, 10});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(directory.Put(Name(i), "1234").ok());
  EXPECT_THAT(Files(), ElementsAre(Name(2), Name(3)));
  EXPECT_EQ(directory.bytes(), 8);
  EXPECT_THAT(Message(directory.Put(Name(4), "12345678901")), HasSubstr("does not fit"));
  EXPECT_EQ(Files().size(), 2) << "nothing goes for what does not fit anyway";
}

TEST_F(DecisionRecordsTest, WhatAnEarlierProcessWroteCounts) {
  for (int i = 0; i < 5; ++i) Make(Name(i));
  RecordDirectory directory = Open({3, 1'000'000});
  EXPECT_TRUE(directory.Put(Name(6), "x").ok());
  EXPECT_THAT(Files(), ElementsAre(Name(3), Name(4), Name(6)));
}

TEST_F(DecisionRecordsTest, FilesOfOthersAreNotTouched) {
  const std::vector<std::string> others = {"20270115T080000.000000Z-u.txt", "2027.json", "keys.json",
                                           "20270115X080000.000000Z-u.json"};
  for (const std::string& name : others) Make(name);
  std::filesystem::create_directory(directory_.path() + "/" + Name(1));
  Make(".half-written-" + Name(2));
  RecordDirectory directory = Open({1, 1});
  EXPECT_EQ(directory.files(), 0);
  EXPECT_TRUE(directory.Put(Name(3), "x").ok());
  for (const std::string& name : others) EXPECT_THAT(Files(), testing::Contains(name));
  EXPECT_THAT(Files(), testing::Contains(Name(1)));
  EXPECT_THAT(Files(), Not(testing::Contains(".half-written-" + Name(2))));
}

TEST_F(DecisionRecordsTest, ALinkIsNotFollowed) {
  const std::string target = directory_.path() + "/target";
  std::filesystem::create_symlink(target, directory_.path() + "/.half-written-" + Name(1));
  RecordDirectory directory = Open({3, 100});
  EXPECT_THAT(Message(directory.Put(Name(1), "x")), HasSubstr("cannot create"));
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(DecisionRecordsTest, ADirectoryThatIsNotThereIsAnErrorAtTheStart) {
  EXPECT_THAT(Why(DecisionRecords::Start({directory_.path() + "/missing", false, ""})),
              HasSubstr("cannot list"));
  Make("file");
  EXPECT_THAT(Why(DecisionRecords::Start({directory_.path() + "/file", false, ""})),
              HasSubstr("cannot list"));
}

TEST_F(DecisionRecordsTest, ADiskThatFailsIsCountedAndLoggedOnceAMinute) {
  auto records = Start();
  std::filesystem::remove_all(directory_.path());
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) records->Decided(Decided({ReportOf({NoBy("strict")})}).View());
  records->Drain();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(records->counts().failed, 3);
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  EXPECT_THAT(log, HasSubstr("a decision record could not be written"));
  Metrics metrics;
  records->AddTo(metrics);
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_decision_records_total{outcome=\"failed\"} 3"));
}

}  // namespace
}  // namespace chartseal::webhook
