#include "audit/report_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/audit/cluster_fixture.h"
#include "verifier/base/status.h"

namespace chartseal::audit {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kReports[] = "/apis/wgpolicyk8s.io/v1alpha2/namespaces/shop/policyreports";

class ReportWriterTest : public ClusterTest {
 protected:
  // A report that says `text`; of the cluster without a namespace.
  static PolicyReport Report(const std::string& namespace_name, int number, const std::string& text) {
    PolicyReport report{namespace_name, Cat(kReportNamePrefix, number), Node::MakeMap()};
    Node labels = Node::MakeMap();
    labels.Set(kManagedByLabel, kManagedBy);
    Node metadata = Node::MakeMap();
    metadata.Set("name", report.name).Set("labels", std::move(labels));
    if (!namespace_name.empty()) metadata.Set("namespace", namespace_name);
    report.object.Set("apiVersion", "wgpolicyk8s.io/v1alpha2")
        .Set("kind", namespace_name.empty() ? "ClusterPolicyReport" : "PolicyReport")
        .Set("metadata", std::move(metadata))
        .Set("says", text);
    return report;
  }
  static absl::StatusOr<Written> Write(const Cluster& cluster, const std::vector<PolicyReport>& reports) {
    return WriteReports(cluster, reports, [] { return false; });
  }
  std::string Said(const std::string& path) const { return std::string(api_.Get(path).StringOr("says")); }
  // Somebody's report under that name.
  void PutOther(const std::string& name, const std::string& labels) {
    api_.Put("policyreports", Cat(R"({"metadata":{"namespace":"shop","name":")", name, R"(","labels":{)",
                                  labels, R"(}},"says":"theirs"})"));
  }
};

TEST_F(ReportWriterTest, CreatesThenReplacesByNameAndRemovesOldParts) {
  const auto first = Write(cluster(), {Report("shop", 1, "a"), Report("shop", 2, "b"), Report("", 1, "c")});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->written, 3u);
  EXPECT_EQ(first->removed, 0u);
  const auto second = Write(cluster(), {Report("shop", 1, "new")});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->written, 1u);
  EXPECT_EQ(second->removed, 2u);
  EXPECT_EQ(Said(Cat(kReports, "/chartseal-audit-1")), "new");
  EXPECT_TRUE(api_.Get(Cat(kReports, "/chartseal-audit-2")).is_null());
  EXPECT_TRUE(api_.Get("/apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports/chartseal-audit-1").is_null());
}

TEST_F(ReportWriterTest, WhoIsStoppedSaysHowFarItCame) {
  ASSERT_TRUE(Write(cluster(), {Report("shop", 7, "old"), Report("shop", 8, "old")}).ok());
  const std::vector<PolicyReport> reports = {Report("shop", 1, "a"), Report("shop", 2, "b")};
  const char* const told[] = {
      "interrupted before shop/chartseal-audit-1; reports written by then: 0 of 2, old ones removed: 0",
      "interrupted before shop/chartseal-audit-2; reports written by then: 1 of 2, old ones removed: 0",
      "interrupted before shop/chartseal-audit-7; reports written by then: 2 of 2, old ones removed: 0",
      "interrupted before shop/chartseal-audit-8; reports written by then: 2 of 2, old ones removed: 1"};
  for (size_t allowed = 0; allowed < std::size(told); ++allowed) {
    const size_t before = api_.writes().size();
    size_t asked = 0;
    const auto written = WriteReports(cluster(), reports, [&] { return asked++ == allowed; });
    EXPECT_EQ(written.status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(ReasonOf(written.status()), Reason::kReportFailed);
    EXPECT_THAT(Message(written.status()), HasSubstr(told[allowed]));
    EXPECT_THAT(api_.writes(), SizeIs(before + allowed));
  }
}

TEST_F(ReportWriterTest, OfOneNamespaceLeavesTheOthersAlone) {
  ASSERT_TRUE(Write(cluster(), {Report("shop", 1, "a"), Report("prod", 1, "b"), Report("", 1, "c")}).ok());
  const size_t before = api_.writes().size();
  const auto written = Write(cluster("shop"), {});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->removed, 1u);
  ASSERT_THAT(api_.writes(), SizeIs(before + 1));
  EXPECT_EQ(api_.writes().back(), Cat("DELETE ", kReports, "/chartseal-audit-1"));
}

TEST_F(ReportWriterTest, ReportsOfOthersAreNeitherReplacedNorRemoved) {
  PutOther("chartseal-audit-1", R"("app.kubernetes.io/managed-by":"kyverno")");
  PutOther("polr-ns-shop", R"("app.kubernetes.io/managed-by":"chartseal")");
  const auto written = Write(cluster(), {Report("shop", 1, "ours")});
  EXPECT_EQ(written.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(written.status()), Reason::kReportFailed);
  EXPECT_THAT(Message(written.status()), HasSubstr("shop/chartseal-audit-1"));
  EXPECT_EQ(Said(Cat(kReports, "/chartseal-audit-1")), "theirs");
  EXPECT_EQ(Said(Cat(kReports, "/polr-ns-shop")), "theirs");
  EXPECT_THAT(api_.writes(), Each(HasSubstr("POST")));
}

TEST_F(ReportWriterTest, AClusterThatDoesNotKnowTheKindIsReportFailed) {
  FakeCluster bare;
  bare.AddKind("v1", "Pod", "pods");
  const auto client = kube::MakeClient(bare.config()).value();
  const auto written = Write({*client, clock_, ""}, {Report("shop", 1, "a")});
  EXPECT_EQ(ReasonOf(written.status()), Reason::kReportFailed);
  EXPECT_THAT(bare.writes(), IsEmpty());
}

TEST_F(ReportWriterTest, ARefusedWriteIsReportFailedAndNamesTheReport) {
  ASSERT_TRUE(Write(cluster(), {Report("shop", 1, "a")}).ok());
  api_.Refuse(Cat(kReports, "/chartseal-audit-1"), 403);
  const auto written = Write(cluster(), {Report("shop", 1, "b")});
  EXPECT_EQ(written.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(written.status()), Reason::kReportFailed);
  EXPECT_THAT(Message(written.status()),
              AllOf(HasSubstr("shop/chartseal-audit-1"), HasSubstr("reports written by then: 0 of 1")));
  EXPECT_EQ(Said(Cat(kReports, "/chartseal-audit-1")), "a");
}

}  // namespace
}  // namespace chartseal::audit
