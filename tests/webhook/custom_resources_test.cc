#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/gate_fixture.h"
#include "tests/webhook/reviews.h"
#include "tests/workload/objects.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/workload/image_paths.h"
#include "webhook/extractors.h"

// What counts in all custom resources.
namespace chartseal::webhook {
namespace {

using workload::Json;
using workload::Texts;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const GroupVersionKind kThing = {"a.test", "v1", "Thing"};

ImagePathTable Things(const std::string& paths) {
  const auto table =
      ParseYaml(Cat("- { group: a.test, version: v1, kind: Thing, ", paths, " }"), "config.yaml");
  EXPECT_TRUE(table.ok()) << table.status();
  auto rules = workload::ReadImagePathRules(*table, "config.yaml");
  EXPECT_TRUE(rules.ok()) << rules.status();
  return ImagePathTable::With(*std::move(rules));
}

std::vector<std::string> InThing(const std::string& paths, const std::string& object) {
  return Texts(ExtractImages(kThing, Json(object), Things(paths)));
}

TEST(CustomResources, AContainerWithoutAnImageIsSkipped) {
  EXPECT_THAT(
      InThing("podSpecs: [spec]",
              R"({"spec":{"containers":[{"name":"a"},{"name":"b","image":""},{"name":"c","image":null},
                          {"name":"d","image":"d:1"}]}})"),
      ElementsAre("spec.containers[d].image=d:1"));
}

TEST(CustomResources, ExpressionsAreSkippedWhereverTheyStand) {
  EXPECT_THAT(
      InThing(
          "podSpecs: [spec], images: [image], ociUris: [uri]",
          R"j({"spec":{"containers":[{"name":"a","image":"r.test/$(name):1"},{"name":"b","image":"b:{{tag}}"}],
                  "volumes":[{"image":{"reference":"{{v}}"}}]},"image":"$(i)","uri":"oci://r.test/{{m}}"})j"),
      IsEmpty());
}

TEST(CustomResources, ADollarOrABraceAloneIsNoExpression) {
  EXPECT_THAT(InThing("images: [\"list[*]\"]", R"j({"list":["a$b","a(b)","{a}"]})j"),
              ElementsAre("list[0]=a$b", "list[1]=a(b)", "list[2]={a}"));
}

TEST(CustomResources, AnotherTypeOnANamedPathIsRejected) {
  const auto expect = [](const std::string& paths, const std::string& object, const std::string& what) {
    EXPECT_THAT(InThing(paths, object), ElementsAre("REJECTED image-field-malformed: " + what)) << object;
  };
  expect("images: [a.image]", R"({"a":[{"image":"x:1"}]})",
         "a cannot be read; expected an object; found a list");
  expect("images: [a.image]", R"({"a":{"image":["x:1"]}})",
         "a.image cannot be read; expected a string; found a list");
  expect("images: [\"a[*].image\"]", R"({"a":{"image":"x:1"}})",
         "a cannot be read; expected a list; found an object");
  expect("images: [\"a[*].image\"]", R"({"a":[{"name":"ok"},"x:1"]})",
         "a[1] cannot be read; expected an object; found a string");
  expect("images: [\"a[*].image\"]", R"({"a":[null]})",
         "a[0] cannot be read; expected an object; found nothing");
  expect("images: [\"a[*][*].image\"]", R"({"a":[{"image":"x:1"}]})",
         "a[0] cannot be read; expected a list; found an object");
  expect("podSpecs: [a]", R"({"a":"x:1"})", "a cannot be read; expected an object; found a string");
  expect("podSpecs: [a]", R"({"a":{"containers":[{"name":"c","image":1}]}})",
         "a.containers[c].image cannot be read; expected the name of an image; found an integer");
  expect("ociUris: [a.uri]", R"({"a":{"uri":7}})",
         "a.uri cannot be read; expected a string; found an integer");
  expect("images: [\"*.image\"]", R"({"a":{"image":7}})",
         "a.image cannot be read; expected a string; found an integer");
  expect("images: [a.*.image]", R"({"a":[{"image":"x:1"}]})",
         "a cannot be read; expected an object; found a list");
  expect("images: [a]", Cat(R"({"a":")", std::string(2000, 'a'), R"("})"),
         "a cannot be read; expected the name of an image; found a text of 2000 bytes");
}

TEST(CustomResources, MembersOfAnotherTypeThatAWildcardFindsAreSkipped) {
  EXPECT_THAT(InThing("images: [a.*.image]",
                      R"({"a":{"n":1,"t":"x","l":[{"image":"l:1"}],"z":null,"m":{"image":"m:1"},"e":{}}})"),
              ElementsAre("a.m.image=m:1"));
  EXPECT_THAT(InThing("images: [a.*]", R"({"a":{"n":1,"t":"t:1","o":{}}})"), ElementsAre("a.t=t:1"));
  EXPECT_THAT(InThing("podSpecs: [a.*]", R"({"a":{"n":1,"o":{"containers":[{"name":"c","image":"c:1"}]}}})"),
              ElementsAre("a.o.containers[c].image=c:1"));
}

TEST(CustomResources, PointersEscapeWhatAWildcardFinds) {
  const auto found = ExtractImages(kThing, Json(R"({"a":{"x/y~z.w":[{"name":"n/m","image":"b:1"}]}})"),
                                   Things("images: [\"a.*[*].image\"]"));
  ASSERT_TRUE(found.ok()) << found.rejection().ToString();
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->front().pointer, "/a/x~1y~0z.w/0/image");
  EXPECT_EQ(found->front().path, "a.x/y~z.w[n/m].image");
}

TEST(CustomResources, OnlyOciUrisNameImages) {
  const auto images = ExtractImages(
      kThing, Json(R"({"l":["oci://r.test/m:1","s3://b/m","OCI://r.test/m","oci://","","r.test/m:1"]})"),
      Things("ociUris: [\"l[*]\"]"));
  EXPECT_THAT(Texts(images), ElementsAre("l[0]=r.test/m:1"));
  EXPECT_EQ(images->front().scheme, "oci://");
}

TEST(CustomResources, APlaceThatTwoPathsLeadToIsOneUse) {
  EXPECT_THAT(InThing("podSpecs: [spec], images: [\"spec.containers[*].image\"]",
                      R"({"spec":{"containers":[{"name":"c","image":"x:1"},{"name":"c","image":"x:1"}]}})"),
              ElementsAre("spec.containers[c].image=x:1", "spec.containers[c].image=x:1"));
}

TEST(CustomResources, MoreImagesThanTheLimitAreRejected) {
  std::string list;
  for (size_t i = 0; i <= limits::kMaxReviewImages; ++i) list += Cat(i == 0 ? "" : ",", "\"a:", i, "\"");
  EXPECT_THAT(
      InThing("images: [\"l[*]\"]", R"({"l":[)" + list + "]}"),
      ElementsAre(HasSubstr("limit-exceeded: the object names too many images; expected at most 256")));
}

// -- In a request.

ReviewText ThingReview(std::string object) {
  return {.group = "a.test", .kind = "Thing", .resource = "things", .object = std::move(object)};
}

TEST(CustomResources, AnUpdateBringsInWhatItChanged) {
  ReviewText review = ThingReview(R"({"l":[{"name":"b","image":"b:2"},{"name":"a","image":"a:1"}]})");
  review.operation = "UPDATE";
  review.old_object = R"({"l":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]})";
  const AdmissionRequest request = review.Parsed();
  EXPECT_THAT(Texts(ImagesToVerify(request, Things("images: [\"l[*].image\"]"))),
              ElementsAre("l[b].image=b:2"));
}

TEST(CustomResources, PullAsTheirPodSpecsSay) {
  const PullContext context = PullContextOf(ThingReview(R"({"a":{"imagePullSecrets":[{"name":"x"}]},
          "b":{"serviceAccountName":"sb","imagePullSecrets":[{"name":"y"},{"name":"x"}]},
          "c":{"serviceAccountName":"sc"},"spec":{"serviceAccountName":"other"}})")
                                                .Parsed(),
                                            Things("podSpecs: [a, b, c]"));
  EXPECT_EQ(context.service_account, "sb");
  EXPECT_THAT(context.secrets, ElementsAre("x", "y"));
}

TEST(CustomResources, WithoutPodSpecsPullAsTheirSpecSays) {
  const PullContext context = PullContextOf(
      ThingReview(R"({"spec":{"serviceAccountName":"s","imagePullSecrets":[{"name":"x"}]}})").Parsed(),
      Things("images: [spec.image]"));
  EXPECT_EQ(context.service_account, "s");
  EXPECT_THAT(context.secrets, ElementsAre("x"));
}

class CustomResourceGateTest : public GateTest {
 protected:
  Decision ReviewWith(ImagePathTable table, const ReviewText& text, Endpoint endpoint = Endpoint::kValidate) {
    const Gate gate(Fixed(kEnforce), verifier_, nullptr, std::move(table));
    PendingReview review{.request = text.Parsed(), .endpoint = endpoint};
    if (auto decision = gate.Begin(review, kNow)) return *std::move(decision);
    return gate.Finish(review, kDeadline);
  }
};

TEST_F(CustomResourceGateTest, TheTableOfTheGateDecidesWhichKindsAreKnown) {
  verifier_->Answer(kApp, No(Reason::kNoSignature));
  const ReviewText review = ThingReview(R"({"spec":{"image":"registry.test/acme/app:1"}})");
  EXPECT_EQ(ReviewWith(ImagePathTable::Default(), review).reason, Reason::kKindNotCovered);
  const Decision known = ReviewWith(Things("images: [spec.image]"), review);
  EXPECT_EQ(known.reason, Reason::kNoSignature);
  EXPECT_THAT(known.response.message, HasSubstr("registry.test/acme/app:1 (spec.image)"));
}

TEST_F(CustomResourceGateTest, AModelIsVerifiedByItsNameWithoutTheSchemeAndPinnedWithIt) {
  verifier_->Answer(kApp, Yes());
  const Decision decision =
      ReviewWith(Things("ociUris: [spec.uri]"),
                 ThingReview(R"({"spec":{"uri":"oci://registry.test/acme/app:1"}})"), Endpoint::kMutate);
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_THAT(decision.response.patch,
              HasSubstr(Cat(R"("op":"replace","path":"/spec/uri","value":"oci://registry.test/acme/app:1@)",
                            DigestOf("content").ToString())));
}

TEST_F(CustomResourceGateTest, TheSecretsOfTheObjectReachTheVerifier) {
  verifier_->Answer(kApp, Yes());
  ReviewWith(Things("podSpecs: [pod]"), ThingReview(R"({"pod":{"imagePullSecrets":[{"name":"pull"}],
                 "containers":[{"name":"c","image":"registry.test/acme/app:1"}]}})"));
  ASSERT_THAT(verifier_->pulls(), SizeIs(1));
  EXPECT_THAT(verifier_->pulls()[0].secrets, ElementsAre("pull"));
}

}  // namespace
}  // namespace chartseal::webhook
