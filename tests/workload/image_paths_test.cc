#include "verifier/workload/image_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workload/objects.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"

namespace chartseal::workload {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// -- Paths.

void ExpectNoPath(const std::string& text, const std::string& part) {
  const auto path = ImagePath::Parse(text);
  ASSERT_FALSE(path.ok()) << text;
  EXPECT_EQ(ReasonOf(path.status()), Reason::kYamlMalformed);
  EXPECT_THAT(Message(path.status()), HasSubstr(part)) << text;
}

TEST(ImagePath, HasAStepForEachNameAndEachWildcard) {
  const auto path = ImagePath::Parse("spec.*.a_B-1[*][*]");
  ASSERT_TRUE(path.ok()) << path.status();
  ASSERT_THAT(path->steps(), SizeIs(5));
  EXPECT_EQ(path->steps()[0].name, "spec");
  EXPECT_EQ(path->steps()[1].kind, PathStep::Kind::kAnyMember);
  EXPECT_EQ(path->steps()[2].name, "a_B-1");
  EXPECT_EQ(path->steps()[3].kind, PathStep::Kind::kEachElement);
  EXPECT_EQ(path->steps()[4].kind, PathStep::Kind::kEachElement);
}

TEST(ImagePath, RefusesWhatIsNoNameSayingWhich) {
  ExpectNoPath("", "found \"\"");
  ExpectNoPath("spec..image", "found \"\"");
  ExpectNoPath("spec.image.", "found \"\"");
  ExpectNoPath(".spec", "found \"\"");
  ExpectNoPath("[*]", "found \"[*]\"");
  ExpectNoPath("spec.a b", "found \"a b\"");
  ExpectNoPath("spec.a[0].image", "found \"a[0]\"");
  ExpectNoPath("spec.a[*]b.image", "found \"a[*]b\"");
  ExpectNoPath("spec.a*", "found \"a*\"");
  ExpectNoPath("spec/image", "found \"spec/image\"");
  ExpectNoPath("$.spec.image", "found \"$\"");
}

TEST(ImagePath, RefusesMoreStepsThanTheLimit) {
  std::string text = "a";
  for (size_t i = 1; i < limits::kMaxImagePathSteps; ++i) text += ".a";
  EXPECT_TRUE(ImagePath::Parse(text).ok());
  ExpectNoPath(text + ".a", "has more than 32 steps");
  ExpectNoPath(text + "[*]", "has more than 32 steps");
}

// -- The configuration.

absl::StatusOr<std::vector<ImagePathRule>> Read(const std::string& yaml) {
  const auto table = ParseYaml(yaml, "config.yaml");
  EXPECT_TRUE(table.ok()) << table.status();
  return ReadImagePathRules(*table, "config.yaml");
}

void ExpectRefused(const std::string& yaml, const std::string& part) {
  const auto rules = Read(yaml);
  ASSERT_FALSE(rules.ok()) << yaml;
  EXPECT_EQ(rules.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(rules.status()), Reason::kYamlMalformed);
  EXPECT_THAT(Message(rules.status()), HasSubstr(part));
}

TEST(ReadImagePathRules, ReadsEveryField) {
  const auto rules = Read(
      "- group: batch.volcano.sh\n  version: v1alpha1\n  kind: Job\n"
      "  podSpecs: [\"spec.tasks[*].template.spec\"]\n  images: [spec.a, spec.b]\n  ociUris: [spec.c]\n");
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_THAT(*rules, SizeIs(1));
  const ImagePathRule& rule = rules->front();
  EXPECT_EQ(rule.kind.ToString(), "batch.volcano.sh/v1alpha1 Job");
  EXPECT_THAT(rule.pod_specs, SizeIs(1));
  EXPECT_THAT(rule.images, SizeIs(2));
  EXPECT_THAT(rule.oci_uris, SizeIs(1));
  EXPECT_FALSE(rule.core);
  EXPECT_FALSE(rule.required);
}

TEST(ReadImagePathRules, NothingIsNoRules) {
  EXPECT_THAT(*ReadImagePathRules(Node(), "config.yaml"), IsEmpty());
  EXPECT_THAT(*Read("[]"), IsEmpty());
}

TEST(ReadImagePathRules, AnEmptyListSaysThatAKindNamesNoImages) {
  const auto rules = Read("- { group: a.test, version: v1, kind: A, images: [] }");
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_THAT(rules->front().images, IsEmpty());
}

TEST(ReadImagePathRules, RefusesARuleWithoutPaths) {
  ExpectRefused("- { group: a.test, version: v1, kind: A }",
                "expected podSpecs, images or ociUris; write images: [] for a kind that names no images");
}

TEST(ReadImagePathRules, NamesFileAndLine) {
  ExpectRefused("- { group: a.test, version: v1, kind: A, images: [a] }\n\n- { group: a.test, kind: B }\n",
                "config.yaml:3");
}

TEST(ReadImagePathRules, RefusesWhatIsNoListOfObjects) {
  ExpectRefused("{ group: a.test }", "image-paths: expected a list, found an object");
  ExpectRefused("[a]", "image-paths[0]: expected an object, found a string");
}

TEST(ReadImagePathRules, RefusesUnknownKeys) {
  ExpectRefused("- { group: a.test, version: v1, kind: A, image: [a] }", "image");
  ExpectRefused("- { group: a.test, version: v1, kind: A, images: [a], core: true }", "core");
}

TEST(ReadImagePathRules, RefusesAKindWithoutAName) {
  ExpectRefused("- { group: a.test, version: v1, images: [a] }", "kind: missing");
  ExpectRefused("- { group: a.test, version: \"\", kind: A, images: [a] }", "version: is empty");
  ExpectRefused(Cat("- { group: a.test, version: v1, kind: ", std::string(600, 'K'), ", images: [a] }"),
                "kind: is longer than 512 bytes");
}

TEST(ReadImagePathRules, RefusesAPathThatIsNone) {
  ExpectRefused("- { group: a.test, version: v1, kind: A, podSpecs: [spec, \"spec[0]\"] }",
                "podSpecs: entry 2: \"spec[0]\": expected names, * and [*]");
  ExpectRefused("- { group: a.test, version: v1, kind: A, ociUris: [1] }", "ociUris");
}

TEST(ReadImagePathRules, RefusesAKindNamedTwice) {
  ExpectRefused(
      "- { group: a.test, version: v1, kind: A, images: [a] }\n"
      "- { group: a.test, version: v1, kind: A, images: [b] }\n",
      "kind: a.test/v1 A has an entry already");
}

TEST(ReadImagePathRules, RefusesKubernetesOwnKinds) {
  for (const char* kind :
       {"group: \"\", version: v1, kind: Pod", "group: apps, version: v1, kind: Deployment",
        "group: apps, version: \"*\", kind: Deployment", "group: batch, version: v9, kind: CronJob",
        "group: apps, version: v1, kind: ControllerRevision"}) {
    ExpectRefused(
        Cat("- { ", kind, ", images: [] }"),
        "is one of Kubernetes' own kinds; where it names its images is known and cannot be changed");
  }
}

TEST(ReadImagePathRules, RefusesMoreThanTheLimits) {
  std::string many, paths;
  for (size_t i = 0; i <= limits::kMaxImagePathRules; ++i) {
    many += Cat("- { group: a.test, version: v", i, ", kind: A, images: [] }\n");
  }
  ExpectRefused(many, "image-paths");
  for (size_t i = 0; i <= limits::kMaxImagePathsPerKind; ++i) paths += Cat(i == 0 ? "" : ", ", "a", i);
  ExpectRefused(Cat("- { group: a.test, version: v1, kind: A, images: [", paths, "] }"), "images");
}

// -- The table.

ImagePathTable With(const std::string& yaml) { return ImagePathTable::With(*Read(yaml)); }

std::vector<std::string> Images(const ImagePathTable& table, const GroupVersionKind& kind,
                                const std::string& object) {
  return Texts(ExtractImages(kind, Json(object), table));
}

TEST(ImagePathTable, AConfiguredKindIsKnownInItsVersionOnly) {
  const ImagePathTable table = With("- { group: a.test, version: v1, kind: A, images: [spec.image] }");
  EXPECT_THAT(Images(table, {"a.test", "v1", "A"}, R"({"spec":{"image":"x:1"}})"),
              ElementsAre("spec.image=x:1"));
  EXPECT_EQ(table.Find({"a.test", "v2", "A"}), nullptr);
  EXPECT_EQ(table.Find({"b.test", "v1", "A"}), nullptr);
  EXPECT_EQ(table.Find({"a.test", "v1", "B"}), nullptr);
  EXPECT_EQ(ImagePathTable::Default().Find({"a.test", "v1", "A"}), nullptr);
}

TEST(ImagePathTable, AnExactVersionGoesBeforeEveryVersion) {
  const ImagePathTable table = With(
      "- { group: a.test, version: \"*\", kind: A, images: [every] }\n"
      "- { group: a.test, version: v1, kind: A, images: [exact] }\n");
  const std::string object = R"({"every":"e:1","exact":"x:1"})";
  EXPECT_THAT(Images(table, {"a.test", "v1", "A"}, object), ElementsAre("exact=x:1"));
  EXPECT_THAT(Images(table, {"a.test", "v2", "A"}, object), ElementsAre("every=e:1"));
}

TEST(ImagePathTable, AConfiguredRuleReplacesTheShippedOne) {
  const std::string rollout =
      R"({"image":"o:1","spec":{"template":{"spec":{"containers":[{"image":"s:1"}]}}}})";
  const ImagePathTable table =
      With("- { group: argoproj.io, version: \"*\", kind: Rollout, images: [image] }");
  EXPECT_THAT(Images(table, {"argoproj.io", "v1alpha1", "Rollout"}, rollout), ElementsAre("image=o:1"));
}

TEST(ImagePathTable, AConfiguredVersionLeavesOthersAsShipped) {
  const std::string task = R"({"image":"o:1","spec":{"steps":[{"image":"s:1"}]}})";
  const ImagePathTable table = With("- { group: tekton.dev, version: v7, kind: Task, images: [image] }");
  EXPECT_THAT(Images(table, {"tekton.dev", "v7", "Task"}, task), ElementsAre("image=o:1"));
  EXPECT_THAT(Images(table, {"tekton.dev", "v1", "Task"}, task), ElementsAre("spec.steps[0].image=s:1"));
}

TEST(ImagePathTable, KubernetesOwnKindsStay) {
  const ImagePathTable table = With("[]");
  EXPECT_NE(table.Find({"", "v1", "Pod"}), nullptr);
  EXPECT_EQ(table.Find({"", "v2", "Pod"}), nullptr);
}

}  // namespace
}  // namespace chartseal::workload
