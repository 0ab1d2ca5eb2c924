#include "audit/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/audit/cluster_fixture.h"
#include "verifier/base/status.h"

namespace chartseal::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DiscoveryTest : public ClusterTest {
 protected:
  std::vector<std::string> Found(const std::vector<workload::GroupVersionKind>& wanted,
                                 std::string_view namespace_name = "") {
    std::vector<std::string> found;
    const auto collections = Discover(cluster(namespace_name), wanted, gaps_);
    EXPECT_TRUE(collections.ok()) << collections.status();
    for (const Collection& collection : *collections) found.push_back(collection.Path());
    return found;
  }
  std::vector<Gap> gaps_;
};

TEST_F(DiscoveryTest, KindsThatTheServerDoesNotKnowAreLeftOut) {
  EXPECT_THAT(
      Found({{"", "v1", "Pod"}, {"apps", "v1", "Deployment"}, {"argoproj.io", "v1alpha1", "Rollout"}}),
      UnorderedElementsAre("/api/v1/pods", "/apis/apps/v1/deployments"));
  EXPECT_THAT(gaps_, IsEmpty());
}

TEST_F(DiscoveryTest, AnyVersionIsThePreferredOneOrElseOneThatHasTheKind) {
  api_.AddKind("tekton.dev/v1", "Task", "tasks");
  api_.AddKind("tekton.dev/v1beta1", "Task", "tasks");
  api_.AddKind("tekton.dev/v1beta1", "ClusterTask", "clustertasks", false);
  EXPECT_THAT(Found({{"tekton.dev", "*", "Task"}, {"tekton.dev", "*", "ClusterTask"}}),
              UnorderedElementsAre("/apis/tekton.dev/v1/tasks", "/apis/tekton.dev/v1beta1/clustertasks"));
}

TEST_F(DiscoveryTest, KindsOfTheWholeClusterAreLeftOutOfTheAuditOfANamespace) {
  api_.AddKind("tekton.dev/v1", "ClusterTask", "clustertasks", false);
  EXPECT_THAT(Found({{"tekton.dev", "*", "ClusterTask"}}, "shop"), IsEmpty());
}

TEST_F(DiscoveryTest, KindsThatCannotBeListedAreLeftOut) {
  api_.AddKind("x.dev/v1", "Review", "reviews", true, false);
  EXPECT_THAT(Found({{"x.dev", "v1", "Review"}}), IsEmpty());
}

TEST_F(DiscoveryTest, AGroupWhoseServerIsAwayIsAGap) {
  api_.AddKind("argoproj.io/v1alpha1", "Rollout", "rollouts");
  api_.Refuse("/apis/argoproj.io", 503);
  EXPECT_THAT(Found({{"", "v1", "Pod"}, {"argoproj.io", "v1alpha1", "Rollout"}}),
              ElementsAre("/api/v1/pods"));
  ASSERT_EQ(gaps_.size(), 1u);
  EXPECT_EQ(gaps_[0].where, "argoproj.io/v1alpha1");
  EXPECT_EQ(ReasonOf(gaps_[0].status), Reason::kKubeUnavailable);
}

TEST_F(DiscoveryTest, AServerThatCannotBeAskedIsAnError) {
  api_.Refuse("/api", 403);
  const auto found = Discover(cluster(), {{"", "v1", "Pod"}}, gaps_);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(found.status()), Reason::kKubeUnavailable);
}

}  // namespace
}  // namespace chartseal::audit
