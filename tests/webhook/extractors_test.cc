#include "webhook/extractors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/reviews.h"
#include "tests/workload/objects.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using workload::Json;
using workload::Texts;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const GroupVersionKind kPod = {"", "v1", "Pod"};

std::vector<std::string> ImagesOfPod(const std::string& spec) {
  return Texts(ExtractImages(kPod, Json(PodWith(spec))));
}

void ExpectRejected(const std::string& spec, Reason reason, const std::string& part) {
  const auto images = ExtractImages(kPod, Json(PodWith(spec)));
  ASSERT_FALSE(images.ok()) << spec;
  EXPECT_EQ(Name(images.rejection().reason), Name(reason));
  EXPECT_THAT(images.rejection().ToString(), HasSubstr(part));
}

TEST(ExtractImages, FindsEveryPlaceOfAPodSpec) {
  EXPECT_THAT(
      ImagesOfPod(R"({
      "initContainers":[{"name":"init","image":"i:1"},{"name":"side","image":"s:1","restartPolicy":"Always"}],
      "containers":[{"name":"web","image":"w:1"},{"name":"db","image":"d:1"}],
      "ephemeralContainers":[{"name":"debug","image":"e:1","targetContainerName":"web"}],
      "volumes":[{"name":"data","image":{"reference":"v:1","pullPolicy":"Always"}},{"name":"tmp","emptyDir":{}}]})"),
      ElementsAre("spec.initContainers[init].image=i:1", "spec.initContainers[side].image=s:1",
                  "spec.containers[web].image=w:1", "spec.containers[db].image=d:1",
                  "spec.ephemeralContainers[debug].image=e:1", "spec.volumes[data].image.reference=v:1"));
}

TEST(ExtractImages, SaysWhichFieldHoldsTheReference) {
  const auto images = ExtractImages(
      {"apps", "v1", "Deployment"},
      Json(R"({"spec":{"template":{"spec":{"containers":[{"name":"a/b","image":"a:1"},{"image":"b:1"}],
           "volumes":[{"name":"v","image":{"reference":"v:1"}}]}}}})"));
  ASSERT_TRUE(images.ok());
  std::vector<std::string> pointers;
  for (const ImageUse& use : *images) pointers.push_back(use.pointer);
  EXPECT_THAT(pointers,
              ElementsAre("/spec/template/spec/containers/0/image", "/spec/template/spec/containers/1/image",
                          "/spec/template/spec/volumes/0/image/reference"));
}

struct KindCase {
  GroupVersionKind kind;
  std::string before;  // around the pod spec
  std::string after;
  std::string path;
};

class ExtractImagesOfKind : public testing::TestWithParam<KindCase> {};

TEST_P(ExtractImagesOfKind, FindsTheImageInItsPodSpec) {
  const KindCase& one = GetParam();
  const JsonValue object = Json(one.before + R"({"containers":[{"name":"c","image":"x:1"}]})" + one.after);
  EXPECT_THAT(Texts(ExtractImages(one.kind, object)), ElementsAre(one.path + ".containers[c].image=x:1"));
}

TEST_P(ExtractImagesOfKind, IsRejectedWithoutItsPodSpec) {
  const auto images = ExtractImages(GetParam().kind, Json(R"({"metadata":{"name":"a"},"spec":{}})"));
  // An empty pod spec names no image, and a ReplicationController may lack its template.
  if (GetParam().kind == kPod || GetParam().kind.kind == "ReplicationController") {
    EXPECT_THAT(Texts(images), IsEmpty());
    return;
  }
  ASSERT_FALSE(images.ok());
  EXPECT_EQ(Name(images.rejection().reason), Name(Reason::kImageFieldMalformed));
  EXPECT_THAT(images.rejection().ToString(), HasSubstr("expected an object; found nothing"));
}

const std::string kTemplateBefore = R"({"spec":{"template":{"spec":)";
const std::string kCronBefore = R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":)";

KindCase Templated(std::string group, std::string version, std::string kind) {
  return {{group, version, kind}, kTemplateBefore, "}}}", "spec.template.spec"};
}
KindCase Cron(std::string version) {
  return {{"batch", version, "CronJob"}, kCronBefore, "}}}}}", "spec.jobTemplate.spec.template.spec"};
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ExtractImagesOfKind,
    testing::Values(KindCase{kPod, R"({"spec":)", "}", "spec"},
                    KindCase{{"", "v1", "PodTemplate"}, R"({"template":{"spec":)", "}}", "template.spec"},
                    Templated("", "v1", "ReplicationController"), Templated("apps", "v1", "Deployment"),
                    Templated("apps", "v1", "ReplicaSet"), Templated("apps", "v1", "StatefulSet"),
                    Templated("apps", "v1", "DaemonSet"), Templated("apps", "v1beta2", "Deployment"),
                    Templated("apps", "v1beta2", "ReplicaSet"), Templated("apps", "v1beta2", "StatefulSet"),
                    Templated("apps", "v1beta2", "DaemonSet"), Templated("apps", "v1beta1", "Deployment"),
                    Templated("apps", "v1beta1", "StatefulSet"),
                    Templated("extensions", "v1beta1", "Deployment"),
                    Templated("extensions", "v1beta1", "ReplicaSet"),
                    Templated("extensions", "v1beta1", "DaemonSet"), Templated("batch", "v1", "Job"),
                    Cron("v1"), Cron("v1beta1"), Cron("v2alpha1")));

TEST(ExtractImages, AContainerWithoutANameIsKnownByItsPosition) {
  EXPECT_THAT(ImagesOfPod(R"({"containers":[{"image":"a:1"}]})"),
              ElementsAre("spec.containers[0].image=a:1"));
}

TEST(ExtractImages, AnImageVolumeWithoutReferenceMountsNothing) {
  EXPECT_THAT(ImagesOfPod(R"({"volumes":[{"name":"v","image":{"reference":""}},{"name":"w","image":{}}]})"),
              IsEmpty());
}

TEST(ExtractImages, NullListsAreEmpty) {
  EXPECT_THAT(ImagesOfPod(R"({"initContainers":null,"containers":[{"name":"a","image":"a:1"}]})"),
              ElementsAre("spec.containers[a].image=a:1"));
}

TEST(ExtractImages, AKindThatIsNotKnownIsRejectedByName) {
  const auto images = ExtractImages({"example.com", "v1", "Rollout"}, Json(PodOf("a:1")));
  ASSERT_FALSE(images.ok());
  EXPECT_EQ(Name(images.rejection().reason), Name(Reason::kKindNotCovered));
  EXPECT_THAT(images.rejection().ToString(),
              HasSubstr("a example.com/v1 Rollout names its images is not known"));
}

TEST(ExtractImages, AControllerRevisionIsKnownAndNamesNoImage) {
  EXPECT_THAT(Texts(ExtractImages({"apps", "v1", "ControllerRevision"},
                                  Json(R"({"data":{"spec":{"template":{"spec":{"containers":[{}]}}}}})"))),
              IsEmpty());
}

TEST(ExtractImages, ATemplateThatIsTextIsRejectedEvenWhereItMayBeAbsent) {
  EXPECT_THAT(Texts(ExtractImages({"", "v1", "ReplicationController"}, Json(R"({"spec":{"template":"a"}})"))),
              ElementsAre("REJECTED image-field-malformed: spec.template cannot be read; expected an object; "
                          "found a string"));
}

TEST(ExtractImages, AnExpressionInAPodIsAnImageLikeAnyOther) {
  EXPECT_THAT(ImagesOfPod(R"j({"containers":[{"name":"a","image":"{{i}}"},{"name":"b","image":"$(i)"}]})j"),
              ElementsAre("spec.containers[a].image={{i}}", "spec.containers[b].image=$(i)"));
}

TEST(ExtractImages, AKnownKindOfAnotherGroupIsNotKnown) {
  EXPECT_FALSE(ExtractImages({"example.com", "v1", "Deployment"}, Json("{}")).ok());
}

TEST(ExtractImages, AKnownKindOfALaterVersionIsNotKnown) {
  const auto images = ExtractImages({"apps", "v2", "Deployment"}, Json("{}"));
  ASSERT_FALSE(images.ok());
  EXPECT_EQ(Name(images.rejection().reason), Name(Reason::kKindNotCovered));
}

TEST(ExtractImages, AMissingImageIsRejected) {
  ExpectRejected(R"({"containers":[{"name":"web"}]})", Reason::kImageFieldMalformed,
                 "spec.containers[web].image cannot be read; expected the name of an image; found nothing");
}

TEST(ExtractImages, AnEmptyImageIsRejected) {
  ExpectRejected(
      R"({"containers":[{"name":"web","image":""}]})", Reason::kImageFieldMalformed,
      "spec.containers[web].image cannot be read; expected the name of an image; found an empty text");
}

TEST(ExtractImages, AnImageThatIsNoTextIsRejected) {
  ExpectRejected(
      R"({"initContainers":[{"name":"i","image":{"name":"a"}}]})", Reason::kImageFieldMalformed,
      "spec.initContainers[i].image cannot be read; expected the name of an image; found an object");
}

TEST(ExtractImages, AnImageOverTheLimitIsRejected) {
  ExpectRejected(Cat(R"({"containers":[{"name":"web","image":")", std::string(2000, 'a'), R"("}]})"),
                 Reason::kImageFieldMalformed, "found a text of 2000 bytes");
}

TEST(ExtractImages, AContainerListThatIsAnObjectIsRejected) {
  ExpectRejected(R"({"containers":{"name":"web","image":"a:1"}})", Reason::kImageFieldMalformed,
                 "spec.containers cannot be read; expected a list; found an object");
}

TEST(ExtractImages, AContainerThatIsTextIsRejected) {
  ExpectRejected(R"({"ephemeralContainers":["a:1"]})", Reason::kImageFieldMalformed,
                 "spec.ephemeralContainers[0] cannot be read; expected an object; found a string");
}

TEST(ExtractImages, AnImageVolumeThatIsTextIsRejected) {
  ExpectRejected(R"({"volumes":[{"name":"v","image":"a:1"}]})", Reason::kImageFieldMalformed,
                 "spec.volumes[v].image cannot be read; expected an object; found a string");
}

TEST(ExtractImages, AVolumeReferenceThatIsNoTextIsRejected) {
  ExpectRejected(R"({"volumes":[{"name":"v","image":{"reference":1}}]})", Reason::kImageFieldMalformed,
                 "spec.volumes[v].image.reference cannot be read; expected a string; found an integer");
}

TEST(ExtractImages, MoreImagesThanTheLimitAreRejected) {
  std::string list;
  for (size_t i = 0; i <= limits::kMaxReviewImages; ++i) {
    list += Cat(i == 0 ? "" : ",", R"({"name":"c)", i, R"(","image":"a:)", i, R"("})");
  }
  ExpectRejected(R"({"containers":[)" + list + "]}", Reason::kLimitExceeded, "expected at most 256");
}

AdmissionRequest Update(const std::string& old_spec, const std::string& spec) {
  return ReviewText{.operation = "UPDATE", .object = PodWith(spec), .old_object = PodWith(old_spec)}.Parsed();
}

TEST(ImagesToVerify, UnchangedImagesAreLeftOutOfAnUpdate) {
  const std::string spec = R"({"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]})";
  EXPECT_THAT(Texts(ImagesToVerify(Update(spec, spec))), IsEmpty());
}

TEST(ImagesToVerify, OrderOfContainersDoesNotCount) {
  EXPECT_THAT(Texts(ImagesToVerify(
                  Update(R"({"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]})",
                         R"({"containers":[{"name":"b","image":"b:1"},{"name":"a","image":"a:1"}]})"))),
              IsEmpty());
}

TEST(ImagesToVerify, AChangedImageIsVerified) {
  EXPECT_THAT(Texts(ImagesToVerify(
                  Update(R"({"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]})",
                         R"({"containers":[{"name":"a","image":"a:2"},{"name":"b","image":"b:1"}]})"))),
              ElementsAre("spec.containers[a].image=a:2"));
}

TEST(ImagesToVerify, AnImageThatMovesToAnotherContainerIsVerified) {
  EXPECT_THAT(Texts(ImagesToVerify(
                  Update(R"({"containers":[{"name":"a","image":"a:1"}]})",
                         R"({"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"a:1"}]})"))),
              ElementsAre("spec.containers[b].image=a:1"));
}

TEST(ImagesToVerify, AnImageThatMovesToAnotherListIsVerified) {
  EXPECT_THAT(Texts(ImagesToVerify(Update(R"({"containers":[{"name":"a","image":"a:1"}]})",
                                          R"({"initContainers":[{"name":"a","image":"a:1"}]})"))),
              ElementsAre("spec.initContainers[a].image=a:1"));
}

TEST(ImagesToVerify, ASecondContainerOfTheSameNameDoesNotHideAChange) {
  EXPECT_THAT(Texts(ImagesToVerify(
                  Update(R"({"containers":[{"name":"a","image":"a:1"}]})",
                         R"({"containers":[{"name":"a","image":"evil:1"},{"name":"a","image":"a:1"}]})"))),
              ElementsAre("spec.containers[a].image=evil:1"));
}

TEST(ImagesToVerify, AnOldObjectThatCannotBeReadExemptsNothing) {
  EXPECT_THAT(Texts(ImagesToVerify(
                  Update(R"({"containers":"?"})", R"({"containers":[{"name":"a","image":"a:1"}]})"))),
              ElementsAre("spec.containers[a].image=a:1"));
}

TEST(ImagesToVerify, AnUpdateWithoutOldObjectExemptsNothing) {
  EXPECT_THAT(Texts(ImagesToVerify(ReviewText{.operation = "UPDATE", .object = PodOf("a:1")}.Parsed())),
              ElementsAre("spec.containers[app].image=a:1"));
}

TEST(ImagesToVerify, ACreateWithAnOldObjectExemptsNothing) {
  EXPECT_THAT(Texts(ImagesToVerify(ReviewText{.object = PodOf("a:1"), .old_object = PodOf("a:1")}.Parsed())),
              ElementsAre("spec.containers[app].image=a:1"));
}

TEST(ImagesToVerify, AnEphemeralContainerAddedToAPodIsVerified) {
  AdmissionRequest request = Update(
      R"({"containers":[{"name":"a","image":"a:1"}]})",
      R"({"containers":[{"name":"a","image":"a:1"}],"ephemeralContainers":[{"name":"d","image":"d:1"}]})");
  request.subresource = "ephemeralcontainers";
  EXPECT_FALSE(BringsNoImages(request));
  EXPECT_THAT(Texts(ImagesToVerify(request)), ElementsAre("spec.ephemeralContainers[d].image=d:1"));
}

TEST(BringsNoImages, DeleteAndConnectDoNot) {
  EXPECT_TRUE(BringsNoImages(ReviewText{.operation = "DELETE"}.Parsed()));
  EXPECT_TRUE(BringsNoImages(ReviewText{.operation = "CONNECT", .object = "{}"}.Parsed()));
}

TEST(BringsNoImages, CreateAndUpdateDo) {
  EXPECT_FALSE(BringsNoImages(ReviewText{.object = "{}"}.Parsed()));
  EXPECT_FALSE(
      BringsNoImages(ReviewText{.operation = "UPDATE", .object = "{}", .old_object = "{}"}.Parsed()));
}

bool IsImageFree(const std::string& subresource, const std::string& kind) {
  return BringsNoImages(
      ReviewText{.kind = kind, .subresource = subresource, .operation = "UPDATE", .object = "{}"}.Parsed());
}

TEST(BringsNoImages, SubresourcesWithAKindOfTheirOwnDoNot) {
  EXPECT_TRUE(IsImageFree("scale", "Scale"));
  EXPECT_TRUE(IsImageFree("binding", "Binding"));
  EXPECT_TRUE(IsImageFree("eviction", "Eviction"));
  EXPECT_TRUE(IsImageFree("status", "Node"));
}

TEST(BringsNoImages, ASubresourceThatCarriesAPodIsLookedAtWhateverItsName) {
  for (const char* subresource :
       {"status", "scale", "resize", "binding", "eviction", "ephemeralcontainers"}) {
    EXPECT_FALSE(IsImageFree(subresource, "Pod")) << subresource;
  }
}

TEST(ImagesToVerify, AStatusThatLeavesTheImagesAloneBringsNone) {
  ReviewText review{
      .subresource = "status", .operation = "UPDATE", .object = PodOf("a:1"), .old_object = PodOf("a:1")};
  EXPECT_THAT(Texts(ImagesToVerify(review.Parsed())), IsEmpty());
  review.object = PodOf("b:1");
  EXPECT_THAT(Texts(ImagesToVerify(review.Parsed())), ElementsAre("spec.containers[app].image=b:1"));
}

TEST(BringsNoImages, AnUnknownSubresourceIsLookedAt) {
  EXPECT_FALSE(BringsNoImages(ReviewText{.subresource = "statuses", .object = "{}"}.Parsed()));
}

PullContext ContextOf(const std::string& spec) {
  return PullContextOf(ReviewText{.object = PodWith(spec)}.Parsed());
}

TEST(PullContextOf, IsWhatThePodSpecSays) {
  const PullContext context =
      ContextOf(R"({"serviceAccountName":"sa","imagePullSecrets":[{"name":"b"},{"name":"a"},{"name":"b"}]})");
  EXPECT_EQ(context.namespace_name, "shop");
  EXPECT_EQ(context.service_account, "sa");
  EXPECT_THAT(context.secrets, ElementsAre("b", "a"));
}

TEST(PullContextOf, OfATemplateIsThatOfItsPods) {
  const PullContext context = PullContextOf(
      ReviewText{.group = "apps",
                 .kind = "Deployment",
                 .object = R"({"spec":{"template":{"spec":{"imagePullSecrets":[{"name":"t"}]}}}})"}
          .Parsed());
  EXPECT_EQ(context.service_account, "default");
  EXPECT_THAT(context.secrets, ElementsAre("t"));
}

TEST(PullContextOf, WhatCannotBeReadIsLeftOut) {
  EXPECT_THAT(ContextOf(R"({"serviceAccountName":7,"imagePullSecrets":{"name":"a"}})").secrets, IsEmpty());
  EXPECT_THAT(ContextOf(R"({"imagePullSecrets":["a",{"name":""},{"name":1},{},null]})").secrets, IsEmpty());
  EXPECT_EQ(ContextOf(R"({"serviceAccountName":7})").service_account, "default");
  EXPECT_EQ(ContextOf("{}").service_account, "default");
}

TEST(PullContextOf, IsBounded) {
  std::string list;
  for (int i = 0; i < 100; ++i) list += Cat(i == 0 ? "" : ",", R"({"name":"s)", i, R"("})");
  EXPECT_EQ(ContextOf(R"({"imagePullSecrets":[)" + list + "]}").secrets.size(), limits::kMaxPullSecrets);
}

TEST(LabelsOf, AreThoseOfTheObject) {
  const policy::Labels labels =
      LabelsOf(ReviewText{.object = R"({"metadata":{"labels":{"app":"web","n":1,"tier":""}}})"}.Parsed());
  EXPECT_EQ(labels, (policy::Labels{{"app", "web"}, {"tier", ""}}));
}

TEST(LabelsOf, AreNoneWhereThereAreNone) {
  EXPECT_THAT(LabelsOf(ReviewText{.object = R"({"metadata":{"labels":["app"]}})"}.Parsed()), IsEmpty());
  EXPECT_THAT(LabelsOf(ReviewText{.object = "{}"}.Parsed()), IsEmpty());
}

constexpr char kDeleting[] = R"({"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}})";

TEST(BringsNoImages, AnUpdateOfWhatIsBeingDeletedDoesNot) {
  EXPECT_TRUE(BringsNoImages(
      ReviewText{.operation = "UPDATE", .object = kDeleting, .old_object = kDeleting}.Parsed()));
}

TEST(BringsNoImages, ADeletionTimeThatOnlyTheClientWroteDoesNotExempt) {
  EXPECT_FALSE(
      BringsNoImages(ReviewText{.operation = "UPDATE", .object = kDeleting, .old_object = "{}"}.Parsed()));
}

TEST(BringsNoImages, ADeletionTimeWithoutAnOldObjectDoesNotExempt) {
  EXPECT_FALSE(BringsNoImages(ReviewText{.operation = "UPDATE", .object = kDeleting}.Parsed()));
}

TEST(BringsNoImages, ADeletionTimeOnCreateDoesNotExempt) {
  EXPECT_FALSE(BringsNoImages(ReviewText{.object = kDeleting}.Parsed()));
}

TEST(BringsNoImages, ADeletionTimeOfNullDoesNotExempt) {
  const char* const null_time = R"({"metadata":{"deletionTimestamp":null}})";
  EXPECT_FALSE(BringsNoImages(
      ReviewText{.operation = "UPDATE", .object = null_time, .old_object = null_time}.Parsed()));
}

}  // namespace
}  // namespace chartseal::webhook
