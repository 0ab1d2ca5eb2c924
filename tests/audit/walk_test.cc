#include "audit/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/audit/cluster_fixture.h"
#include "verifier/base/status.h"

namespace chartseal::audit {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class WalkTest : public ClusterTest {
 protected:
  Inventory Run(std::string_view namespace_name = "") {
    const auto inventory = Walk(cluster(namespace_name), {});
    EXPECT_TRUE(inventory.ok()) << inventory.status();
    return *inventory;
  }
  static std::vector<std::string> Images(const Inventory& inventory) {
    std::vector<std::string> images;
    for (const ImageInUse& image : inventory.images) {
      images.push_back(Cat(image.object.ToString(), ": ", image.image));
    }
    return images;
  }
  void PutRelease(const std::string& resource, const std::string& release, int revision,
                  const std::string& type = "helm.sh/release.v1") {
    api_.Put(resource, Cat(R"({"metadata":{"namespace":"shop","name":"sh.helm.release.v1.)", release, ".v",
                           revision, R"(","labels":{"owner":"helm","name":")", release, R"(","version":")",
                           revision, R"("}},"type":")", type, R"(","data":{"release":"c2VjcmV0"}})"));
  }
};

TEST_F(WalkTest, ReadsEveryPageOfEveryKind) {
  for (int i = 0; i < 7; ++i) PutDeployment("shop", Cat("web-", i), Cat("ghcr.io/acme/app:", i));
  api_.Put("cronjobs", R"({"metadata":{"namespace":"shop","name":"nightly","uid":"u"},"spec":{"jobTemplate":
      {"spec":{"template":{"spec":{"containers":[{"name":"c","image":"ghcr.io/acme/job:1"}]}}}}}})");
  const Inventory inventory = Run();
  EXPECT_THAT(inventory.images, SizeIs(8));
  EXPECT_THAT(Images(inventory), Contains("CronJob shop/nightly: ghcr.io/acme/job:1"));
  EXPECT_THAT(inventory.gaps, IsEmpty());
  EXPECT_EQ(inventory.objects, 8u);
}

TEST_F(WalkTest, CustomResourcesAreReadWhereTheirKindExists) {
  api_.AddKind("argoproj.io/v1alpha1", "Rollout", "rollouts");
  api_.Put("rollouts", R"({"metadata":{"namespace":"shop","name":"web","uid":"u"},
      "spec":{"template":{"spec":{"containers":[{"name":"c","image":"ghcr.io/acme/app:1"}]}}}})");
  EXPECT_THAT(Images(Run()), ElementsAre("Rollout shop/web: ghcr.io/acme/app:1"));
}

TEST_F(WalkTest, ANamespaceIsAllThatIsAskedForWhenItIsNamed) {
  PutDeployment("shop", "web", "ghcr.io/acme/app:1");
  PutDeployment("prod", "web", "ghcr.io/acme/app:2");
  EXPECT_THAT(Images(Run("shop")), ElementsAre("Deployment shop/web: ghcr.io/acme/app:1"));
  std::vector<std::string> lists = api_.requests();
  std::erase_if(lists,
                [](const std::string& request) { return request.find("limit=") == std::string::npos; });
  ASSERT_THAT(lists, Not(IsEmpty()));
  EXPECT_THAT(lists, Each(HasSubstr("/namespaces/shop/")));
}

TEST_F(WalkTest, NothingIsWrittenAndNoSecretIsReadThatIsNoRelease) {
  api_.Put("secrets",
           R"({"metadata":{"namespace":"shop","name":"password"},"type":"Opaque","data":{"p":"eA=="}})");
  PutRelease("secrets", "web", 1);
  EXPECT_THAT(Run().releases, SizeIs(1));
  EXPECT_THAT(api_.writes(), IsEmpty());
  std::vector<std::string> of_secrets = api_.requests();
  std::erase_if(of_secrets,
                [](const std::string& request) { return request.find("/secrets") == std::string::npos; });
  ASSERT_THAT(of_secrets, Not(IsEmpty()));
  EXPECT_THAT(of_secrets, Each(HasSubstr("Selector=")));
}

TEST_F(WalkTest, ReleasesAreFoundByLabelByTypeAndInConfigMaps) {
  PutRelease("secrets", "web", 1);
  PutRelease("secrets", "web", 2);
  PutRelease("configmaps", "other", 1, "");
  api_.Put("secrets", R"({"metadata":{"namespace":"shop","name":"hidden"},"type":"helm.sh/release.v1"})");
  const Inventory inventory = Run();
  EXPECT_EQ(inventory.objects, 4u) << "found twice is read once";
  std::vector<std::string> paths;
  for (const ReleaseRecord& record : inventory.releases) paths.push_back(record.path);
  EXPECT_THAT(paths, UnorderedElementsAre("/api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v2",
                                          "/api/v1/namespaces/shop/secrets/hidden",
                                          "/api/v1/namespaces/shop/configmaps/sh.helm.release.v1.other.v1"));
}

TEST_F(WalkTest, AKindThatMayNotBeReadIsAGapAndTheRestIsRead) {
  PutDeployment("shop", "web", "ghcr.io/acme/app:1");
  api_.Refuse("/api/v1/secrets", 403);
  api_.Refuse("/api/v1/pods", 403);
  const Inventory inventory = Run();
  EXPECT_THAT(inventory.images, SizeIs(1));
  std::vector<std::string> where;
  for (const Gap& gap : inventory.gaps) {
    where.push_back(gap.where);
    EXPECT_EQ(gap.status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(ReasonOf(gap.status), Reason::kKubeUnavailable);
  }
  EXPECT_THAT(where, UnorderedElementsAre("v1 pods", "v1 secrets"));
}

TEST_F(WalkTest, ReadingEndsAtTheLimitAndThatIsAGap) {
  for (int i = 0; i < 5; ++i) PutDeployment("shop", Cat("web-", i), "ghcr.io/acme/app:1");
  PutRelease("secrets", "web", 1);
  const auto full = Walk(cluster(), {.max_objects = 3});
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->objects, 3u);
  EXPECT_THAT(full->images, SizeIs(3));
  EXPECT_THAT(full->releases, IsEmpty());
  ASSERT_THAT(full->gaps, SizeIs(1));
  EXPECT_EQ(full->gaps[0].where, "apps/v1 deployments");
  EXPECT_EQ(ReasonOf(full->gaps[0].status), Reason::kLimitExceeded);
  const auto fits = Walk(cluster(), {.max_objects = 7});  // the record is found by its label and by its type
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_THAT(fits->gaps, IsEmpty());
  EXPECT_THAT(fits->releases, SizeIs(1));
}

TEST_F(WalkTest, AServerThatCannotBeAskedIsAnError) {
  api_.Refuse("/", 401);
  const auto inventory = Walk(cluster(), {});
  EXPECT_EQ(ReasonOf(inventory.status()), Reason::kKubeUnavailable);
}

}  // namespace
}  // namespace chartseal::audit
