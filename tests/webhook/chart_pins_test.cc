// Digests that are written into objects which name charts.

#include "webhook/chart_pins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/webhook/chart_source_fixture.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPin[] = "  gitOps: { pin: true }\n";

class ChartPinsTest : public ChartSourceGateTest {
 protected:
  ChartPinsTest() { Set(ChartPolicy("strict", kPin)); }

  // The object as an API server makes it of the answer; the test fails when the patch does not apply.
  static std::string Applied(const ReviewText& review, const Decision& decision) {
    EXPECT_NE(decision.response.patch, "") << decision.response.message;
    return nlohmann::json::parse(review.object).patch(nlohmann::json::parse(decision.response.patch)).dump();
  }
  // What the object becomes; checks that another round changes nothing, and that it is then admitted.
  std::string Pinned(ReviewText review) {
    const Decision decision = Mutate(review);
    EXPECT_TRUE(decision.response.allowed) << decision.response.message;
    EXPECT_EQ(decision.response.patch, Mutate(review).response.patch);
    EXPECT_TRUE(decision.charts[0].pinned);
    review.object = Applied(review, decision);
    EXPECT_EQ(Mutate(review).response.patch, "");
    EXPECT_TRUE(Review(review).response.allowed);
    return review.object;
  }
  static std::string At(const std::string& object, const char* pointer) {
    return nlohmann::json::parse(object).at(nlohmann::json::json_pointer(pointer)).dump();
  }

  const std::string digest_ =
      memory()
          .ResolveTag(oci::Reference::Parse("registry.test/charts/app:1.2.0").value(), absl::InfiniteFuture())
          ->digest.ToString();
  const std::string quoted_ = Cat("\"", digest_, "\"");
};

TEST_F(ChartPinsTest, AnOciRepositoryKeepsItsTagForPeople) {
  const std::string object = Pinned(ByRef(R"({"semver":"1.x","tag":"0.1.0"})"));
  EXPECT_EQ(At(object, "/spec/ref/digest"), quoted_);
  EXPECT_EQ(At(object, "/spec/ref/semver"), "\"1.x\"");
  EXPECT_EQ(At(object, "/spec/ref/tag"), "\"0.1.0\"");
}

TEST_F(ChartPinsTest, AnOciRepositoryWithoutARefGetsOne) {
  memory().Tag("latest", *crypto::Digest::Parse(digest_));
  EXPECT_EQ(At(Pinned(FluxReview(Cat(R"({"url":"oci://)", kCharts, "\"}"))), "/spec/ref"),
            Cat(R"({"digest":)", quoted_, "}"));
}

TEST_F(ChartPinsTest, AnApplicationOfAnArtifactNamesTheDigestInsteadOfTheRevision) {
  const std::string source = Cat(R"({"repoURL":"oci://)", kCharts, R"(","path":".","targetRevision":"1.x"})");
  EXPECT_EQ(At(Pinned(ReviewOf("argoproj.io", "Application", Cat(R"({"spec":{"source":)", source, "}}"))),
               "/spec/source/targetRevision"),
            quoted_);
  EXPECT_EQ(At(Pinned(ReviewOf("argoproj.io", "Application", Cat(R"({"spec":{"sources":[)", source, "]}}"))),
               "/spec/sources/0/targetRevision"),
            quoted_);
}

TEST_F(ChartPinsTest, AReleaseOfCrossplaneHasAFieldOrAUrl) {
  const auto release = [](const std::string& chart) {
    return ReviewOf("helm.crossplane.io", "Release",
                    Cat(R"({"spec":{"forProvider":{"chart":{)", chart, "}}}}"));
  };
  EXPECT_EQ(At(Pinned(release(R"("repository":"oci://registry.test/charts","name":"app","version":"1.2.0")")),
               "/spec/forProvider/chart/digest"),
            quoted_);
  EXPECT_EQ(
      At(Pinned(release(R"("url":"oci://registry.test/charts/app:1.2.0")")), "/spec/forProvider/chart/url"),
      Cat("\"oci://registry.test/charts/app:1.2.0@", digest_, "\""));
}

TEST_F(ChartPinsTest, WithAPinTheRequirementIsMet) {
  Set(ChartPolicy("strict", "  gitOps: { pin: true, requirePin: deny }\n"));
  Pinned(ByRef(R"({"semver":"1.x"})"));
  ExpectDenied(ByRef(R"({"semver":"1.x"})"), Reason::kChartNotPinned);  // where nobody called /mutate before
  const Decision helm = Mutate(ReviewOf("argoproj.io", "Application",
                                        R"({"spec":{"source":{"repoURL":"registry.test/charts","chart":"app",
                                            "targetRevision":"1.x"}}})"));
  EXPECT_EQ(helm.reason, Reason::kChartNotPinned) << "there is no field for a digest";
}

TEST_F(ChartPinsTest, NothingIsWrittenThatWasNotAskedForOrNotAccepted) {
  EXPECT_THAT(Review(ByRef(R"({"semver":"1.x"})")).response.patch, IsEmpty()) << "validation";
  ReviewText owned = ByRef(R"({"semver":"1.x"})");
  owned.object.insert(owned.object.find("{}") + 1,
                      R"("ownerReferences":[{"kind":"ApplicationSet","name":"a","controller":true}])");
  EXPECT_THAT(Mutate(owned).response.patch, IsEmpty()) << "a controller made it";
  EXPECT_TRUE(Mutate(owned).response.allowed);
  Set(ChartPolicy("strict", ""));
  EXPECT_THAT(Mutate(ByRef(R"({"semver":"1.x"})")).response.patch, IsEmpty()) << "policy";
  Set(ChartPolicy("strict", kPin));
  Unsigned("2.0.0");
  const Decision denied = Mutate(ByRef(R"({"tag":"2.0.0"})"));
  EXPECT_FALSE(denied.response.allowed);
  EXPECT_EQ(denied.reason, Reason::kSubjectDigestMismatch);
  EXPECT_THAT(denied.response.patch, IsEmpty());
  Set(ChartPolicy("strict", Cat("  mode: warn\n", kPin)));
  EXPECT_THAT(Mutate(ByRef(R"({"tag":"2.0.0"})")).response.patch, IsEmpty()) << "warned of";
}

TEST_F(ChartPinsTest, ThePatchHoldsOnlyWhileTheObjectNamesWhatWasVerified) {
  ReviewText review = ByRef(R"({"semver":"1.x"})");
  const auto patch = nlohmann::json::parse(Mutate(review).response.patch);
  for (const char* other : {R"({"semver":"2.x"})", R"({"tag":"1.x"})"}) {
    const auto changed = nlohmann::json::parse(ByRef(other).object);
    EXPECT_THROW(changed.patch(patch), nlohmann::json::exception) << other;
  }
  const auto moved = nlohmann::json::parse(
      FluxReview(R"({"url":"oci://other.test/charts/app","ref":{"semver":"1.x"}})").object);
  EXPECT_THROW(moved.patch(patch), nlohmann::json::exception);
}

TEST_F(ChartPinsTest, ChartsAndImagesGoIntoOnePatch) {
  const ChartPin chart{{.pointer = "/spec/ref/digest"}, crypto::Digest::Sha256Of("chart")};
  const Pin image{{"spec.jobImage", "registry.test/job:1", "/spec/jobImage"},
                  crypto::Digest::Sha256Of("image")};
  const auto patch = nlohmann::json::parse(PinPatch({chart}, {image}));
  ASSERT_EQ(patch.size(), 3u);
  EXPECT_EQ(patch[0]["op"], "add");
  EXPECT_EQ(patch[1]["op"], "test");
  EXPECT_EQ(patch[2]["path"], "/spec/jobImage");
  EXPECT_EQ(nlohmann::json::parse(PinPatch({chart}, {})).size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(PinPatch({}, {image})).size(), 2u);
  EXPECT_EQ(PinPatch({}, {}), "");
}

}  // namespace
}  // namespace chartseal::webhook
