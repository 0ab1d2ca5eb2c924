#include "audit/images_in_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Collection kPods = {{"", "v1", "Pod"}, "pods"};
const Collection kDeployments = {{"apps", "v1", "Deployment"}, "deployments"};
const Collection kReplicaSets = {{"apps", "v1", "ReplicaSet"}, "replicasets"};
const std::string kOne = "sha256:" + std::string(64, '1');
const std::string kTwo = "sha256:" + std::string(64, '2');

// "web": one container of that image; `more` are further members of metadata.
std::string Template(const std::string& image) {
  return Cat(R"("template":{"spec":{"containers":[{"name":"web","image":")", image, R"("}]}})");
}
std::string Metadata(const std::string& name, const std::string& owner = "") {
  const std::string owners =
      owner.empty() ? "" : Cat(R"(,"ownerReferences":[{"controller":true,"uid":")", owner, R"("}])");
  return Cat(R"("metadata":{"namespace":"shop","name":")", name, R"(","uid":"uid-)", name, "\"", owners, "}");
}
std::string Workload(const std::string& name, const std::string& image, const std::string& owner = "",
                     int replicas = 1) {
  return Cat("{", Metadata(name, owner), R"(,"spec":{"replicas":)", replicas, ",", Template(image), "}}");
}
std::string Pod(const std::string& name, const std::string& image, const std::string& owner,
                const std::string& image_id, const std::string& phase = "Running") {
  return Cat("{", Metadata(name, owner), R"(,"spec":{"containers":[{"name":"web","image":")", image,
             R"("}]},"status":{"phase":")", phase, R"(","containerStatuses":[{"name":"web","imageID":")",
             image_id, R"("}]}})");
}

class ImagesInUseTest : public ::testing::Test {
 protected:
  void Add(const std::string& json, const Collection& collection) {
    images_.Add(ParseJson(json, "object").value(), collection);
  }
  // "Deployment web ghcr.io/acme/app:1 sha256:11…" of each.
  std::vector<std::string> Found() {
    std::vector<std::string> found;
    for (const ImageInUse& image : std::move(images_).Take()) {
      found.push_back(Cat(image.object.kind.kind, " ", image.object.name, " ", image.image,
                          image.running ? " " + image.running->ToString() : "",
                          image.unreadable ? Cat("!", Name(image.unreadable->reason)) : ""));
    }
    return found;
  }

  ImagesInUse images_;
};

TEST_F(ImagesInUseTest, PodsAndReplicaSetsCountAsTheirDeployment) {
  Add(Pod("web-1-a", "ghcr.io/acme/app:1", "uid-web-1", "ghcr.io/acme/app@" + kOne), kPods);
  Add(Pod("web-1-b", "ghcr.io/acme/app:1", "uid-web-1", "ghcr.io/acme/app@" + kOne), kPods);
  Add(Workload("web", "ghcr.io/acme/app:1"), kDeployments);
  Add(Workload("web-1", "ghcr.io/acme/app:1", "uid-web"), kReplicaSets);
  EXPECT_THAT(Found(), ElementsAre("Deployment web ghcr.io/acme/app:1 " + kOne));
}

TEST_F(ImagesInUseTest, EachDigestThatRunsUnderAMovedTagIsTold) {
  Add(Workload("web", "ghcr.io/acme/app:1"), kDeployments);
  Add(Pod("a", "ghcr.io/acme/app:1", "uid-web", "ghcr.io/acme/app@" + kOne), kPods);
  Add(Pod("b", "ghcr.io/acme/app:1", "uid-web", "docker-pullable://ghcr.io/acme/app@" + kTwo), kPods);
  EXPECT_THAT(Found(), UnorderedElementsAre("Deployment web ghcr.io/acme/app:1 " + kOne,
                                            "Deployment web ghcr.io/acme/app:1 " + kTwo));
}

TEST_F(ImagesInUseTest, AnImageThatNoOwnerNamesIsToldOfTheObjectItself) {
  Add(Workload("web", "ghcr.io/acme/app:2"), kDeployments);
  Add(Workload("web-1", "ghcr.io/acme/app:1", "uid-web"), kReplicaSets);
  Add(Pod("a", "ghcr.io/evil/sidecar:9", "uid-web-1", ""), kPods);
  EXPECT_THAT(Found(),
              UnorderedElementsAre("Deployment web ghcr.io/acme/app:2", "ReplicaSet web-1 ghcr.io/acme/app:1",
                                   "Pod a ghcr.io/evil/sidecar:9"));
}

TEST_F(ImagesInUseTest, AnEarlierRevisionThatIsScaledToNothingRunsNothing) {
  Add(Workload("web", "ghcr.io/acme/app:2"), kDeployments);
  Add(Workload("web-1", "ghcr.io/acme/app:1", "uid-web", 0), kReplicaSets);
  EXPECT_THAT(Found(), ElementsAre("Deployment web ghcr.io/acme/app:2"));
}

TEST_F(ImagesInUseTest, ADeploymentThatIsScaledToNothingIsToldAllTheSame) {
  Add(Workload("web", "ghcr.io/acme/app:2", "", 0), kDeployments);
  EXPECT_THAT(Found(), ElementsAre("Deployment web ghcr.io/acme/app:2"));
}

TEST_F(ImagesInUseTest, PodsThatHaveEndedRunNothing) {
  Add(Pod("a", "ghcr.io/acme/app:1", "", "", "Succeeded"), kPods);
  Add(Pod("b", "ghcr.io/acme/app:1", "", "", "Failed"), kPods);
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(ImagesInUseTest, APodOfAnOwnerThatIsNotKnownIsItsOwn) {
  Add(Pod("a", "ghcr.io/acme/app:1", "uid-gone", ""), kPods);
  EXPECT_THAT(Found(), ElementsAre("Pod a ghcr.io/acme/app:1"));
}

TEST_F(ImagesInUseTest, OwnersInACircleEnd) {
  Add(Workload("a", "ghcr.io/acme/app:1", "uid-b"), kReplicaSets);
  Add(Workload("b", "ghcr.io/acme/app:2", "uid-a"), kReplicaSets);
  EXPECT_EQ(Found().size(), 2u);
}

TEST_F(ImagesInUseTest, AWrittenDigestCountsWhateverTheKubeletSays) {
  Add(Pod("a", "ghcr.io/acme/app:1@" + kOne, "", "ghcr.io/acme/app@" + kTwo), kPods);
  EXPECT_THAT(Found(), ElementsAre("Pod a ghcr.io/acme/app:1@" + kOne));
}

TEST_F(ImagesInUseTest, TheDigestThatTheWebhookWroteBehindTheOwnersTagIsWhatRuns) {
  Add(Workload("web", "ghcr.io/acme/app:1"), kDeployments);
  Add(Pod("a", "ghcr.io/acme/app:1@" + kOne, "uid-web", ""), kPods);
  EXPECT_THAT(Found(), ElementsAre("Deployment web ghcr.io/acme/app:1 " + kOne));
}

TEST_F(ImagesInUseTest, EachDigestThatPodsOfAMovedTagWerePinnedToIsTold) {
  Add(Workload("web", "ghcr.io/acme/app:1"), kDeployments);
  Add(Pod("a", "ghcr.io/acme/app:1@" + kOne, "uid-web", ""), kPods);
  Add(Pod("b", "ghcr.io/acme/app:1@" + kTwo, "uid-web", "ghcr.io/acme/app@" + kOne), kPods);
  EXPECT_THAT(Found(), UnorderedElementsAre("Deployment web ghcr.io/acme/app:1 " + kOne,
                                            "Deployment web ghcr.io/acme/app:1 " + kTwo));
}

TEST_F(ImagesInUseTest, APodOfAnotherDigestThanItsOwnerHasNowIsToldItself) {
  Add(Workload("web", "ghcr.io/acme/app:1@" + kOne), kDeployments);
  Add(Pod("a", "ghcr.io/acme/app:1@" + kTwo, "uid-web", ""), kPods);
  EXPECT_THAT(Found(), UnorderedElementsAre("Deployment web ghcr.io/acme/app:1@" + kOne,
                                            "Pod a ghcr.io/acme/app:1@" + kTwo));
}

TEST_F(ImagesInUseTest, APodOfATagAloneIsToldItselfWhenItsOwnerHasADigest) {
  Add(Workload("web", "ghcr.io/acme/app:1@" + kOne), kDeployments);
  Add(Pod("a", "ghcr.io/acme/app:1", "uid-web", "ghcr.io/acme/app@" + kTwo), kPods);
  EXPECT_THAT(Found(), UnorderedElementsAre("Deployment web ghcr.io/acme/app:1@" + kOne,
                                            "Pod a ghcr.io/acme/app:1 " + kTwo));
}

TEST_F(ImagesInUseTest, APodOfItsOwnersDigestWithoutTheTagIsItsOwners) {
  Add(Workload("web", "ghcr.io/acme/app:1@" + kOne), kDeployments);
  Add(Pod("a", "ghcr.io/acme/app@" + kOne, "uid-web", ""), kPods);
  EXPECT_THAT(Found(), ElementsAre("Deployment web ghcr.io/acme/app:1@" + kOne));
}

TEST_F(ImagesInUseTest, AnObjectWhoseImagesCannotBeReadIsToldWithItsReason) {
  Add(Cat("{", Metadata("web"), R"(,"spec":{"template":{"spec":{"containers":[{"name":"c","image":7}]}}}})"),
      kDeployments);
  EXPECT_THAT(Found(), ElementsAre("Deployment web !image-field-malformed"));
}

TEST(RunningDigestTest, OnlyADigestOfTheNamedRepositoryCounts) {
  const std::string image = "ghcr.io/acme/app:1";
  EXPECT_EQ(RunningDigest("ghcr.io/acme/app@" + kOne, image)->ToString(), kOne);
  EXPECT_EQ(RunningDigest("docker.io/library/nginx@" + kOne, "nginx")->ToString(), kOne);
  EXPECT_EQ(RunningDigest("ghcr.io/acme/other@" + kOne, image), std::nullopt);
  EXPECT_EQ(RunningDigest(kOne, image), std::nullopt);  // of a configuration
  EXPECT_EQ(RunningDigest("docker://" + kOne, image), std::nullopt);
  EXPECT_EQ(RunningDigest("", image), std::nullopt);
  EXPECT_EQ(RunningDigest("ghcr.io/acme/app@sha256:12", image), std::nullopt);
  EXPECT_EQ(RunningDigest("ghcr.io/acme/app@" + kOne, "not a reference"), std::nullopt);
}

}  // namespace
}  // namespace chartseal::audit
