#include "audit/policy_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using verification::Answer;
using verification::Effect;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Result Image(const std::string& namespace_name, const std::string& name,
             std::vector<verification::Ruling> rulings) {
  Result result;
  result.object = {{"apps", "v1", "Deployment"}, "deployments", namespace_name, name, "uid-" + name};
  result.subject = "ghcr.io/acme/app:1";
  result.path = "spec.template.spec.containers[web].image";
  result.digest = crypto::Digest::Sha256Of("app");
  result.rulings = std::move(rulings);
  return result;
}

verification::Ruling Ruling(Answer answer, Effect effect = Effect::kDeny) {
  verification::Ruling ruling{.policy = "release", .effect = effect, .answer = answer};
  if (answer == Answer::kYes) {
    auto conclusion = std::make_shared<verification::Conclusion>();
    conclusion->accepted = true;
    conclusion->signer = "https://github.com/acme/app";
    ruling.conclusion = conclusion;
    return ruling;
  }
  ruling.reason = answer == Answer::kNo ? Reason::kIdentityMismatch : Reason::kUnreachable;
  ruling.detail = "a detail";
  ruling.expected = "this one";
  ruling.found = "that one";
  return ruling;
}

const Node::List& ResultsOf(const PolicyReport& report) { return report.object.Find("results")->list(); }

std::string OutcomeOf(const verification::Ruling& ruling) {
  const auto reports = MakePolicyReports({.results = {Image("shop", "web", {ruling})}}, "", kNow);
  return std::string(ResultsOf(reports.at(0)).at(0).StringOr("result"));
}

TEST(PolicyReportsTest, OutcomesFollowAnswerAndEffect) {
  EXPECT_EQ(OutcomeOf(Ruling(Answer::kYes)), "pass");
  EXPECT_EQ(OutcomeOf(Ruling(Answer::kNo)), "fail");
  EXPECT_EQ(OutcomeOf(Ruling(Answer::kNo, Effect::kWarn)), "warn");
  EXPECT_EQ(OutcomeOf(Ruling(Answer::kNo, Effect::kAllow)), "skip");
  EXPECT_EQ(OutcomeOf(Ruling(Answer::kCouldNotTell)), "error");
  EXPECT_EQ(OutcomeOf(Ruling(Answer::kCouldNotTell, Effect::kWarn)), "error");
}

TEST(PolicyReportsTest, AReportHasWhatDashboardsRead) {
  const auto reports =
      MakePolicyReports({.results = {Image("shop", "web", {Ruling(Answer::kNo)})}}, "", kNow);
  ASSERT_THAT(reports, SizeIs(1));
  const Node& object = reports[0].object;
  EXPECT_EQ(object.StringOr("apiVersion"), "wgpolicyk8s.io/v1alpha2");
  EXPECT_EQ(object.StringOr("kind"), "PolicyReport");
  EXPECT_EQ(object.FindPath({"metadata", "name"})->string_value(), "chartseal-audit-1");
  EXPECT_EQ(object.FindPath({"metadata", "namespace"})->string_value(), "shop");
  EXPECT_EQ(object.FindPath({"metadata", "labels", "app.kubernetes.io/managed-by"})->string_value(),
            "chartseal");
  EXPECT_EQ(object.FindPath({"summary", "fail"})->integer_value(), 1);
  EXPECT_EQ(object.FindPath({"summary", "pass"})->integer_value(), 0);
  const Node& result = ResultsOf(reports[0]).at(0);
  EXPECT_EQ(result.StringOr("policy"), "release");
  EXPECT_EQ(result.StringOr("rule"), "image");
  EXPECT_EQ(result.StringOr("source"), "chartseal");
  EXPECT_EQ(result.FindPath({"timestamp", "seconds"})->integer_value(), 1'700'000'000);
  EXPECT_THAT(std::string(result.StringOr("message")),
              ::testing::AllOf(HasSubstr("identity-mismatch"), HasSubstr("this one"), HasSubstr("that one")));
  const Node& resource = result.Find("resources")->list().at(0);
  EXPECT_EQ(resource.StringOr("apiVersion"), "apps/v1");
  EXPECT_EQ(resource.StringOr("kind"), "Deployment");
  EXPECT_EQ(resource.StringOr("namespace"), "shop");
  EXPECT_EQ(resource.StringOr("name"), "web");
  EXPECT_EQ(resource.StringOr("uid"), "uid-web");
  for (const auto& [name, value] : result.Find("properties")->map()) EXPECT_TRUE(value.is_string()) << name;
  EXPECT_EQ(result.FindPath({"properties", "reason"})->string_value(), "identity-mismatch");
  EXPECT_EQ(result.FindPath({"properties", "digest"})->string_value(),
            crypto::Digest::Sha256Of("app").ToString());
}

TEST(PolicyReportsTest, EachPolicyIsAResultOfItsOwn) {
  const auto reports = MakePolicyReports(
      {.results = {Image("shop", "web", {Ruling(Answer::kYes), Ruling(Answer::kNo)})}}, "", kNow);
  EXPECT_THAT(ResultsOf(reports.at(0)), SizeIs(2));
}

TEST(PolicyReportsTest, EachNamespaceHasItsOwnAndTheClusterToo) {
  Findings findings{.results = {Image("b", "web", {Ruling(Answer::kYes)}),
                                Image("a", "web", {Ruling(Answer::kYes)}),
                                Image("", "node", {Ruling(Answer::kYes)})}};
  std::vector<std::string> names;
  for (const PolicyReport& report : MakePolicyReports(findings, "", kNow)) {
    names.push_back(Cat(report.object.StringOr("kind"), " ", report.namespace_name, "/", report.name));
  }
  EXPECT_THAT(names, ElementsAre("ClusterPolicyReport /chartseal-audit-1", "PolicyReport a/chartseal-audit-1",
                                 "PolicyReport b/chartseal-audit-1"));
}

TEST(PolicyReportsTest, GapsAreErrorsWhereTheyMayBeWritten) {
  Findings findings;
  findings.gaps.push_back({"apps/v1 deployments",
                           WithReason(absl::PermissionDeniedError("forbidden"), Reason::kKubeUnavailable)});
  const auto of_cluster = MakePolicyReports(findings, "", kNow);
  EXPECT_EQ(of_cluster.at(0).object.StringOr("kind"), "ClusterPolicyReport");
  EXPECT_EQ(ResultsOf(of_cluster[0]).at(0).StringOr("result"), "error");
  EXPECT_EQ(ResultsOf(of_cluster[0]).at(0).FindPath({"properties", "reason"})->string_value(),
            "kubernetes-unavailable");
  const auto of_namespace = MakePolicyReports(findings, "shop", kNow);
  EXPECT_EQ(of_namespace.at(0).object.StringOr("kind"), "PolicyReport");
  EXPECT_EQ(of_namespace[0].namespace_name, "shop");
}

TEST(PolicyReportsTest, ManyResultsAreSplitIntoPartsAndNoneIsLost) {
  Findings findings;
  for (size_t i = 0; i < 2 * limits::kMaxReportResults + 1; ++i) {
    findings.results.push_back(Image("shop", Cat("web-", i), {Ruling(Answer::kYes)}));
  }
  const auto reports = MakePolicyReports(findings, "", kNow);
  ASSERT_GE(reports.size(), 3u);
  size_t results = 0;
  for (size_t i = 0; i < reports.size(); ++i) {
    EXPECT_EQ(reports[i].name, Cat("chartseal-audit-", i + 1));
    EXPECT_LE(ResultsOf(reports[i]).size(), limits::kMaxReportResults);
    EXPECT_EQ(reports[i].object.FindPath({"summary", "pass"})->integer_value(),
              static_cast<int64_t>(ResultsOf(reports[i]).size()));
    results += ResultsOf(reports[i]).size();
  }
  EXPECT_EQ(results, findings.results.size());
}

TEST(PolicyReportsTest, PartsAreSmallEnoughForEtcdHoweverLongTheTextsAre) {
  verification::Ruling ruling = Ruling(Answer::kNo);
  ruling.detail = ruling.next = std::string(900, 'x');
  Findings findings;
  for (int i = 0; i < 1500; ++i) findings.results.push_back(Image("shop", Cat("web-", i), {ruling}));
  const auto reports = MakePolicyReports(findings, "", kNow);
  size_t results = 0;
  for (const PolicyReport& report : reports) {
    EXPECT_LT(WriteJson(report.object).size(), (3u << 20) / 2);
    results += ResultsOf(report).size();
  }
  EXPECT_GT(reports.size(), 2u);
  EXPECT_EQ(results, 1500u);
}

TEST(PolicyReportsTest, TextsOfOthersAreCutAndHoldNoControlCharacters) {
  verification::Ruling ruling = Ruling(Answer::kNo);
  ruling.detail = "\x1b[2J" + std::string(5000, 'x');
  const auto reports = MakePolicyReports({.results = {Image("shop", "web", {ruling})}}, "", kNow);
  const std::string message(ResultsOf(reports.at(0)).at(0).StringOr("message"));
  EXPECT_LE(message.size(), limits::kMaxReportMessageBytes + 16);
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace chartseal::audit
