#include "helm_plugin/chart_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "tests/helm_plugin/charts.h"
#include "tests/sandbox/temporary_directory.h"
#include "tests/verification/release_fixture.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/archive.h"
#include "verifier/verification/conclusion.h"

namespace chartseal::helm_plugin {
namespace {

using ::testing::HasSubstr;
using Signer = Charts::Signer;
using verification::Answer;

class ChartCheckTest : public ::testing::Test {
 protected:
  absl::StatusOr<CheckedChart> Check(const std::string& chart, const std::string& version = "",
                                     const std::string& namespace_name = "") {
    policies_ = policy::ParsePolicyFile(yaml_, "policy.yaml").value();
    return CheckChart(
        {chart, version, false},
        {policies_, namespace_name, charts_.client(), {&verification::TestRoot(), [](const auto*) {}}},
        absl::Now() + absl::Seconds(20));
  }
  // Requires that it may not pass.
  verification::Ruling Denial(const std::string& chart, const std::string& version = "") {
    const auto checked = Check(chart, version);
    EXPECT_TRUE(checked.ok()) << checked.status();
    if (!checked.ok()) return {};
    EXPECT_FALSE(checked->MayPass());
    return checked->MayPass() ? verification::Ruling{} : checked->Denial();
  }
  std::string File(const std::string& name, const std::string& bytes) const {
    const std::string path = directory_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  const sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("charts").value();
  Charts charts_;
  std::string yaml_ = charts_.PolicyYaml();
  policy::PolicySet policies_;
};

TEST_F(ChartCheckTest, ASignedChartMayPassByDigest) {
  const crypto::Digest digest = charts_.Put("1", "1.2.3");
  const auto checked = Check(charts_.uri(), "1.2.3");
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_TRUE(checked->MayPass());
  EXPECT_EQ(checked->reference->digest(), digest);
  EXPECT_EQ(checked->rulings.at(0).conclusion->signer, verification::kIdentity);
  EXPECT_EQ(*ArchiveOf(*checked, charts_.client(), absl::Now() + absl::Seconds(20)), "1");
}

TEST_F(ChartCheckTest, AnUnsignedChartIsNoSignature) {
  charts_.Put("1", "1.2.3", Signer::kNobody);
  EXPECT_EQ(Denial(charts_.uri(), "1.2.3").reason, Reason::kNoSignature);
}

TEST_F(ChartCheckTest, AChartByAnotherWorkflowIsIdentityMismatch) {
  charts_.Put("1", "1.2.3", Signer::kOther);
  EXPECT_EQ(Denial(charts_.uri(), "1.2.3").reason, Reason::kIdentityMismatch);
}

TEST_F(ChartCheckTest, AMovedTagIsJudgedByWhatItPointsToNow) {
  charts_.Put("1", "1.2.3");
  charts_.Put("evil", "1.2.3", Signer::kNobody);
  EXPECT_EQ(Denial(charts_.uri(), "1.2.3").reason, Reason::kNoSignature);
}

TEST_F(ChartCheckTest, AChartThatNoPolicyCoversFollowsNoMatch) {
  charts_.Put("1", "1.2.3");
  yaml_ =
      "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: p}\nspec:\n"
      "  noMatch: NOMATCH\n  match: {charts: [\"x.test/*\"]}\n"
      "  authorities:\n  - keyless: {identities: [{issuer: \"https://x.test\", subject: "
      "\"https://x.test/y\"}]}\n";
  const std::string yaml = yaml_;
  yaml_.replace(yaml_.find("NOMATCH"), 7, "deny");
  EXPECT_EQ(Denial(charts_.uri(), "1.2.3").reason, Reason::kNoPolicyMatches);
  yaml_ = yaml;
  yaml_.replace(yaml_.find("NOMATCH"), 7, "warn");
  const auto warned = Check(charts_.uri(), "1.2.3");
  ASSERT_TRUE(warned.ok());
  EXPECT_TRUE(warned->MayPass());
  EXPECT_EQ(warned->rulings.at(0).reason, Reason::kNoPolicyMatches);
}

TEST_F(ChartCheckTest, APolicyForImagesDoesNotCoverACharts) {
  charts_.Put("1", "1.2.3");
  yaml_.replace(yaml_.find("charts:"), 7, "images:");
  EXPECT_EQ(Denial(charts_.uri(), "1.2.3").reason, Reason::kNoPolicyMatches);
}

TEST_F(ChartCheckTest, PoliciesOfOtherNamespacesDoNotCount) {
  charts_.Put("1", "1.2.3");
  yaml_.insert(yaml_.find("charts:"), "namespaces: [prod], ");
  EXPECT_TRUE(Check(charts_.uri(), "1.2.3", "prod")->MayPass());
  EXPECT_EQ(Check(charts_.uri(), "1.2.3", "shop")->Denial().reason, Reason::kNoPolicyMatches);
}

TEST_F(ChartCheckTest, APolicyThatOnlyWarnsLetsItPass) {
  charts_.Put("1", "1.2.3", Signer::kNobody);
  yaml_ = charts_.PolicyYaml("  mode: warn\n");
  const auto checked = Check(charts_.uri(), "1.2.3");
  ASSERT_TRUE(checked.ok());
  EXPECT_TRUE(checked->MayPass());
  EXPECT_EQ(checked->rulings.at(0).reason, Reason::kNoSignature);
}

TEST_F(ChartCheckTest, WhatIsNoOciReferenceAndNoFileIsUnverifiable) {
  for (const char* chart : {"bitnami/nginx", "https://charts.example.com/app-1.2.3.tgz", "./no-such.tgz"}) {
    EXPECT_EQ(Denial(chart).reason, Reason::kChartSourceUnverifiable) << chart;
  }
  std::filesystem::create_directory(directory_.path() + "/app");
  const auto denial = Denial(directory_.path() + "/app");
  EXPECT_EQ(denial.reason, Reason::kChartSourceUnverifiable);
  EXPECT_THAT(denial.detail, HasSubstr("directory"));
}

TEST_F(ChartCheckTest, ARegistryThatRefusesCouldNotBeTold) {
  charts_.registry().AddFault({.times = -1, .respond = sandbox::HttpResponse{.status = 403}});
  EXPECT_EQ(ReasonOf(Check(charts_.uri(), "1.2.3").status()), Reason::kUnauthorized);
}

TEST_F(ChartCheckTest, EvidenceThatCannotBeReadCouldNotBeTold) {
  charts_.Put("1", "1.2.3");
  charts_.registry().AddFault(
      {.path_glob = "*/referrers/*", .times = -1, .respond = sandbox::HttpResponse{.status = 401}});
  const auto denial = Denial(charts_.uri(), "1.2.3");
  EXPECT_EQ(denial.answer, Answer::kCouldNotTell);
  EXPECT_EQ(denial.reason, Reason::kUnauthorized);
}

TEST_F(ChartCheckTest, AFileIsHeldAgainstEveryPlaceThatPoliciesName) {
  const auto archive = [](const std::string& values) {
    return verification::TgzOf(
        "app", {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"}, {"values.yaml", values}});
  };
  const std::string place = Cat(charts_.registry().host(), "/acme/charts/*");
  yaml_.replace(yaml_.find(place), place.size(),
                Cat(charts_.registry().host(), "/aaa/charts/*\", \"", place, "\", \"",
                    charts_.registry().host(), "/zzz/charts/*"));
  const std::string file = File("app.tgz", archive("a: 1\n"));
  EXPECT_EQ(Denial(file).reason, Reason::kNotFound);
  EXPECT_EQ(Denial(file).answer, Answer::kCouldNotTell);
  charts_.Put(archive("a: 2\n"), "1.2.3");
  EXPECT_EQ(Denial(file).reason, Reason::kChartContentMismatch);
  charts_.Put(archive("a: 1\n"), "1.2.3", Signer::kNobody);
  EXPECT_EQ(Denial(file).reason, Reason::kNoSignature);
  charts_.Put(archive("a: 1\n"), "1.2.3");
  const auto checked = Check(file);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_TRUE(checked->MayPass());
  EXPECT_EQ(checked->archive, archive("a: 1\n"));
}

// Archives of "app" 1.2.3, and policies for two places of it: one enforces, one only warns.
class TwoPlacesTest : public ChartCheckTest {
 protected:
  static std::string Archive(const std::string& values, const std::string& more = "") {
    return verification::TgzOf("app", {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n" + more},
                                       {"values.yaml", values}});
  }
  std::string PolicyAt(const std::string& place, const std::string& mode) const {
    std::string yaml = charts_.PolicyYaml(Cat("  mode: ", mode, "\n"));
    const std::string all = "/acme/charts/*";
    yaml.replace(yaml.find(all), all.size(), Cat("/", place, "/*"));
    return yaml.replace(yaml.find("name: release"), 13, Cat("name: ", mode));
  }
  // Where charts are put is "acme/charts". Places are looked at in the order of their names.
  void Policies(const std::string& enforcing, const std::string& warning) {
    yaml_ = Cat(PolicyAt(enforcing, "enforce"), "---\n", PolicyAt(warning, "warn"));
  }
};

TEST_F(TwoPlacesTest, OtherContentWhereOnlyWarnedDoesNotHideTheDenialOfAnother) {
  charts_.Put(Archive("a: 1\n"), "1.2.3");
  const std::string tampered = File("app.tgz", Archive("evil: 1\n"));
  for (const char* other : {"aaa", "zzz"}) {
    Policies(other, "acme/charts");
    EXPECT_EQ(Denial(tampered).reason, Reason::kNotFound) << other;
    Policies("acme/charts", other);
    EXPECT_EQ(Denial(tampered).reason, Reason::kChartContentMismatch) << other;
  }
}

TEST_F(TwoPlacesTest, ThePlaceThatTheChartNamesDoesNotDecideBecauseItOnlyWarns) {
  charts_.Put(Archive("a: 1\n"), "1.2.3");
  const std::string annotation = Cat("annotations: {\"", verification::kRepositoryAnnotation, "\": \"oci://",
                                     charts_.registry().host(), "/zzz\"}\n");
  Policies("acme/charts", "zzz");
  EXPECT_EQ(Denial(File("app.tgz", Archive("evil: 1\n", annotation))).reason, Reason::kChartContentMismatch);
}

TEST_F(TwoPlacesTest, ThisVeryArchiveWhereOnlyWarnedPassesWithAWarning) {
  charts_.Put(Archive("a: 1\n"), "1.2.3", Signer::kNobody);
  const std::string file = File("app.tgz", Archive("a: 1\n"));
  for (const char* other : {"aaa", "zzz"}) {
    Policies(other, "acme/charts");
    const auto checked = Check(file);
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_TRUE(checked->MayPass()) << other;
    EXPECT_EQ(checked->rulings.at(0).reason, Reason::kNoSignature);
    Policies("acme/charts", other);
    EXPECT_EQ(Denial(file).reason, Reason::kNoSignature) << other;
  }
}

TEST_F(TwoPlacesTest, AYesGoesBeforeWhatOnlyWarns) {
  charts_.Put(Archive("a: 1\n"), "1.2.3");
  const std::string file = File("app.tgz", Archive("a: 1\n"));
  for (const char* other : {"aaa", "zzz"}) {
    Policies("acme/charts", other);
    EXPECT_TRUE(Check(file)->IsSatisfied()) << other;
  }
}

TEST_F(TwoPlacesTest, WhereNothingEnforcesTheNearestWarns) {
  charts_.Put(Archive("a: 1\n"), "1.2.3");
  yaml_ = Cat(PolicyAt("aaa", "warn"), "---\n", PolicyAt("acme/charts", "warn"));
  yaml_.replace(yaml_.find("name: warn"), 10, "name: other");
  const auto checked = Check(File("app.tgz", Archive("evil: 1\n")));
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_TRUE(checked->MayPass());
  EXPECT_FALSE(checked->IsSatisfied());
  EXPECT_EQ(checked->rulings.at(0).reason, Reason::kChartContentMismatch);
}

TEST_F(TwoPlacesTest, WhatCouldNotBeToldWhereEnforcedGoesBeforeANo) {
  charts_.Put(Archive("a: 1\n"), "1.2.3");
  charts_.registry().AddFault(
      {.path_glob = "/v2/zzz/*", .times = -1, .respond = sandbox::HttpResponse{.status = 403}});
  Policies("zzz", "acme/charts");
  const auto denial = Denial(File("app.tgz", Archive("evil: 1\n")));
  EXPECT_EQ(denial.answer, Answer::kCouldNotTell);
  EXPECT_EQ(denial.reason, Reason::kUnauthorized);
}

TEST_F(TwoPlacesTest, MorePlacesThanAreLookedAtCouldNotBeTold) {
  charts_.Put(Archive("a: 1\n"), "1.2.3");
  std::string globs;
  for (size_t i = 0; i < limits::kMaxChartPlaces; ++i) {
    globs += Cat("\"", charts_.registry().host(), "/aaa/", i, "/*\", ");
  }
  yaml_ = charts_.PolicyYaml();
  yaml_.insert(yaml_.find("charts: [") + 9, globs);
  const auto denial = Denial(File("app.tgz", Archive("a: 1\n")));
  EXPECT_EQ(denial.answer, Answer::kCouldNotTell);
  EXPECT_EQ(denial.reason, Reason::kLimitExceeded);
}

TEST_F(ChartCheckTest, AFileThatIsNoChartIsArchiveMalformed) {
  EXPECT_EQ(ReasonOf(Check(File("app-1.2.3.tgz", "not gzip")).status()), Reason::kArchiveMalformed);
}

}  // namespace
}  // namespace chartseal::helm_plugin
