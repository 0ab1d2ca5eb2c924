// Which objects that name charts come in.

#include "webhook/chart_source_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/chart_source_fixture.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kByVersion[] = R"({"tag":"1.2.0"})";
constexpr char kByRange[] = R"({"semver":"1.x"})";

// -- Signatures.

TEST_F(ChartSourceGateTest, AChartThatIsSignedAsPolicySaysComesIn) {
  const crypto::Digest digest = Publish("1.4.0");
  const Decision decision = Review(ByRef(kByRange));
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_THAT(decision.response.warnings, IsEmpty());
  EXPECT_THAT(decision.response.patch, IsEmpty());
  ASSERT_EQ(decision.charts.size(), 1u);
  EXPECT_EQ(decision.charts[0].chart, kCharts);
  EXPECT_EQ(decision.charts[0].version, "1.4.0");
  EXPECT_EQ(decision.charts[0].digest, digest);
  EXPECT_THAT(Annotation(decision, "chart-0"), HasSubstr(digest.ToString()));
  EXPECT_THAT(Annotation(decision, "chart-0"), HasSubstr(std::string(verification::kIdentity)));
}

TEST_F(ChartSourceGateTest, AChartWithoutASignatureIsDenied) {
  const crypto::Digest digest = Unsigned("2.0.0");
  ExpectDenied(ByRef(R"({"tag":"2.0.0"})"), Reason::kSubjectDigestMismatch, kCharts);
  ExpectDenied(ByRef(Cat(R"({"digest":")", digest.ToString(), "\"}")), Reason::kSubjectDigestMismatch,
               digest.ToString());
}

TEST_F(ChartSourceGateTest, AChartByAnotherWorkflowIsDenied) {
  Set(ChartPolicy("strict", "", "https://github.com/other/app/.github/workflows/release.yml@refs/tags/v1"));
  ExpectDenied(ByRef(kByVersion), Reason::kIdentityMismatch, "github.com/other/app");
}

TEST_F(ChartSourceGateTest, ATagThatMovedIsSeen) {
  ExpectAllowed(ByRef(kByVersion));
  memory().Tag("1.2.0", Unsigned("something else"));
  ExpectDenied(ByRef(kByVersion), Reason::kSubjectDigestMismatch);
}

TEST_F(ChartSourceGateTest, TheNewestOfARangeIsWhatCounts) {
  ExpectAllowed(ByRef(kByRange));
  Unsigned("1.9.0");
  ExpectDenied(ByRef(kByRange), Reason::kSubjectDigestMismatch, "1.9.0");
  ExpectAllowed(ByRef(kByVersion));
}

TEST_F(ChartSourceGateTest, AnyChartOfSeveralDenies) {
  Unsigned("3.0.0");
  const auto source = [](const char* version) {
    return Cat(R"({"repoURL":"registry.test/charts","chart":"app","targetRevision":")", version, "\"}");
  };
  const std::string spec = Cat(R"({"spec":{"sources":[)", source("1.2.0"), ",", source("3.0.0"), "]}}");
  const Decision decision = Review(ReviewOf("argoproj.io", "Application", spec));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kSubjectDigestMismatch);
  EXPECT_THAT(decision.response.message, HasSubstr("1 of 2 charts"));
  EXPECT_THAT(decision.response.message, HasSubstr("spec.sources[1]"));
}

TEST_F(ChartSourceGateTest, ARollbackToAnUnsignedChartIsDenied) {
  Unsigned("0.9.0");
  ExpectDenied(
      ReviewOf(
          "argoproj.io", "Application",
          R"({"spec":{"source":{"repoURL":"registry.test/charts","chart":"app","targetRevision":"1.2.0"}},
                            "operation":{"sync":{"revision":"0.9.0"}}})"),
      Reason::kSubjectDigestMismatch, "0.9.0");
}

// -- What is not covered, and what cannot be told.

TEST_F(ChartSourceGateTest, WhatNoPolicyCoversFollowsNoMatch) {
  const ReviewText review = FluxReview(R"({"url":"oci://other.test/charts/app"})");
  ExpectDenied(review, Reason::kNoPolicyMatches, "match.charts");
  EXPECT_TRUE(asked_nobody_);
  Set(ChartPolicy("strict", "  noMatch: warn\n"));
  const Decision warned = Review(review);
  EXPECT_TRUE(warned.response.allowed);
  EXPECT_THAT(warned.response.warnings, testing::ElementsAre(HasSubstr("no-policy-matches")));
}

TEST_F(ChartSourceGateTest, AChartOfAHelmRepositoryIsLookedForWherePoliciesLetItLie) {
  const auto chart = [](const char* version) {
    return ReviewOf("source.toolkit.fluxcd.io", "HelmChart",
                    Cat(R"({"metadata":{"namespace":"shop"},"spec":{"chart":"app",
        "version":")",
                        version, R"(","sourceRef":{"kind":"HelmRepository","name":"acme"}}})"));
  };
  Unsigned("2.0.0");
  ExpectAllowed(chart("1.2.0"));
  ExpectDenied(chart("2.0.0"), Reason::kSubjectDigestMismatch, "registry.test/charts/app:2.0.0");
  ExpectDenied(chart("9.9.9"), Reason::kNotFound, "could not tell");
}

TEST_F(ChartSourceGateTest, WhatComesFromNoRegistryFollowsNoMatch) {
  ExpectDenied(
      ReviewOf("source.toolkit.fluxcd.io", "HelmRepository", R"({"spec":{"url":"oci://evil.test/charts"}})"),
      Reason::kNoPolicyMatches, "evil.test/charts");
  ExpectAllowed(ReviewOf("source.toolkit.fluxcd.io", "HelmRepository",
                         R"({"spec":{"url":"oci://registry.test/charts"}})"));
  ExpectDenied(
      ReviewOf("source.toolkit.fluxcd.io", "HelmRepository", R"({"spec":{"url":"https://charts.test"}})"),
      Reason::kChartSourceUnverifiable, "https://charts.test");
  ExpectDenied(
      ReviewOf("helm.cattle.io", "HelmChart", R"({"spec":{"chart":"app","repo":"https://charts.test"}})"),
      Reason::kChartSourceUnverifiable, "publish the chart to an OCI registry");
  Set(ChartPolicy("strict", "  noMatch: allow\n"));
  EXPECT_TRUE(
      Review(ReviewOf("helm.cattle.io", "HelmChart", R"({"spec":{"chart":"app"}})")).response.allowed);
}

TEST_F(ChartSourceGateTest, ARegistryThatCannotBeReachedIsCouldNotTell) {
  source_->FailAll(Unreachable());
  const Decision decision = Review(ByRef(kByVersion));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kUnreachable);
  EXPECT_THAT(decision.response.message, HasSubstr("could not tell: registry-unreachable"));
  EXPECT_THAT(decision.response.message, HasSubstr("registry.test"));
  Set(ChartPolicy("soft", "  mode: warn\n"));
  EXPECT_TRUE(Review(ByRef(kByVersion)).response.allowed);
}

TEST_F(ChartSourceGateTest, ARegistryThatStallsIsLeftInTime) {
  source_->Close();
  const Decision decision = Review(ByRef(kByRange), Endpoint::kValidate, absl::Seconds(2));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kDeadlineExceeded);
  EXPECT_THAT(decision.response.message, HasSubstr("listing tags of registry.test/charts/app took too long"));
}

TEST_F(ChartSourceGateTest, PullsAreSharedByWhoeverAsksAlikeAndNotByOthers) {
  const crypto::Digest digest = crypto::Digest::Sha256Of("a chart that is never had");
  const auto repository = oci::Reference::Parse("oci://registry.test/charts/app").value();
  source_->Close();
  const auto pull = [&](const char* who) {  // returns at once; what was begun goes on
    const auto charts = charts_->As({.namespace_name = who}, policies_->Current());
    return ReasonOf(charts->Pull(repository, digest, absl::Now()).status());
  };
  EXPECT_EQ(pull("one"), Reason::kDeadlineExceeded);
  EXPECT_EQ(pull("one"), Reason::kDeadlineExceeded);
  EXPECT_EQ(charts_->pulls(), 1u);
  EXPECT_EQ(pull("two"), Reason::kDeadlineExceeded);
  EXPECT_EQ(charts_->pulls(), 2u) << "a pull of one is not joined by the other";
}

TEST_F(ChartSourceGateTest, AnObjectThatCannotBeReadIsDenied) {
  ExpectDenied(FluxReview(R"({"url":"https://registry.test/charts/app"})"), Reason::kChartSourceMalformed,
               "spec.url");
  ExpectDenied(FluxReview(R"({"url":7})"), Reason::kChartSourceMalformed, "spec.url");
  ExpectDenied(ReviewOf("argoproj.io", "Application", R"({"spec":{"sources":[1]}})"),
               Reason::kChartSourceMalformed, "spec.sources[0]");
  EXPECT_TRUE(asked_nobody_);
}

TEST_F(ChartSourceGateTest, NothingIsDecidedBeforeAllPoliciesAreRead) {
  Set(ChartPolicy(), false);
  ExpectDenied(ByRef(kByVersion), Reason::kKubeUnavailable);
  ExpectAllowed(ReviewOf("argoproj.io", "Application", "{}"));
}

// -- What is admitted without a question.

TEST_F(ChartSourceGateTest, AnUpdateThatNamesTheSameChartsAsksNobody) {
  source_->FailAll(Unreachable());
  ReviewText review = ByRef(kByVersion);
  review.operation = "UPDATE";
  review.old_object = review.object;
  review.object =
      Cat(R"({"metadata":{"labels":{"a":"b"},"finalizers":["x"]},"spec":{"interval":"5m","url":"oci://)",
          kCharts, R"(","ref":{"tag":"1.2.0"}},"status":{"observedGeneration":1}})");
  ExpectAllowed(review);
  EXPECT_TRUE(asked_nobody_);
  EXPECT_THAT(memory().asked(), IsEmpty());
}

TEST_F(ChartSourceGateTest, AnUpdateThatNamesAnotherChartIsVerified) {
  Unsigned("2.0.0");
  ReviewText review = ByRef(R"({"tag":"2.0.0"})");
  review.operation = "UPDATE";
  review.old_object = ByRef(kByVersion).object;
  ExpectDenied(review, Reason::kSubjectDigestMismatch);
  review.old_object = R"({"spec":{"url":7}})";
  ExpectDenied(review, Reason::kSubjectDigestMismatch);
}

TEST_F(ChartSourceGateTest, WhatIsBeingDeletedIsLeftAlone) {
  source_->FailAll(Unreachable());
  ReviewText review = ByRef(kByVersion);
  review.operation = "UPDATE";
  review.old_object = R"({"metadata":{"deletionTimestamp":"2027-01-01T00:00:00Z"},"spec":{}})";
  ExpectAllowed(review);
  review = ByRef(kByVersion);
  review.operation = "DELETE";
  review.old_object = review.object;
  review.object = "null";
  ExpectAllowed(review);
  EXPECT_THAT(memory().asked(), IsEmpty());
}

TEST_F(ChartSourceGateTest, AChartOfAnotherObjectIsVerifiedThereAndTheAuditLogSaysSo) {
  const Decision decision =
      Review(ReviewOf("helm.toolkit.fluxcd.io", "HelmRelease", R"({"metadata":{"namespace":"shop"},
      "spec":{"chartRef":{"kind":"OCIRepository","name":"app"},"kubeConfig":{"secretRef":{"name":"edge"}}}})"));
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_TRUE(asked_nobody_);
  EXPECT_THAT(Annotation(decision, "chart-0"), HasSubstr("OCIRepository shop/app"));
  EXPECT_THAT(Annotation(decision, "chart-0-note"),
              HasSubstr("where it comes from, OCIRepository shop/app says"));
  EXPECT_THAT(Annotation(decision, "chart-0-note"), HasSubstr("installed in the cluster of spec.kubeConfig"));
}

// -- Pins that policy asks for.

TEST_F(ChartSourceGateTest, RangesAndMovingTagsAreDeniedWherePolicyRequiresPins) {
  Set(ChartPolicy("strict", "  gitOps: { requirePin: deny }\n"));
  Publish("latest");
  ExpectDenied(ByRef(kByRange), Reason::kChartNotPinned, "found: 1.x");
  ExpectDenied(ByRef(R"({"tag":"latest"})"), Reason::kChartNotPinned);
  ExpectDenied(FluxReview(Cat(R"({"url":"oci://)", kCharts, "\"}")), Reason::kChartNotPinned);
  ExpectAllowed(ByRef(kByVersion));
  Set(ChartPolicy("strict", "  gitOps: { requirePin: warn }\n"));
  const Decision warned = Review(ByRef(kByRange));
  EXPECT_TRUE(warned.response.allowed);
  EXPECT_THAT(warned.response.warnings, testing::ElementsAre(HasSubstr("chart-not-pinned")));
}

TEST_F(ChartSourceGateTest, WhatIsToldLaterFollowsRequirePin) {
  const ReviewText set = ReviewOf("argoproj.io", "ApplicationSet", R"({"spec":{"template":{"spec":{"source":
      {"repoURL":"{{repo}}","chart":"app","targetRevision":"1.2.0"}}}}})");
  ExpectAllowed(set);
  Set(ChartPolicy("strict", "  gitOps: { requirePin: deny }\n"));
  ExpectDenied(set, Reason::kChartSourceUnresolved, "the generated Applications tell");
  ExpectDenied(ReviewOf("helm.toolkit.fluxcd.io", "HelmRelease", R"({"spec":{"chart":{"spec":{"chart":"app",
      "version":"1.x","sourceRef":{"kind":"HelmRepository","name":"acme"}}}}})"),
               Reason::kChartNotPinned);
}

TEST_F(ChartSourceGateTest, AnOciRepositoryOfAnotherLayerThanAChartsFollowsRequirePin) {
  const ReviewText review = FluxReview(Cat(R"({"url":"oci://)", kCharts, R"(","ref":{"tag":"1.2.0"},
      "layerSelector":{"operation":"copy","mediaType":"application/vnd.acme.other"}})"));
  ExpectAllowed(review);
  Set(ChartPolicy("strict", "  gitOps: { requirePin: deny }\n"));
  ExpectDenied(review, Reason::kChartSourceUnresolved, "a layer of another type than charts have");
  EXPECT_TRUE(asked_nobody_);
  Set(ChartPolicy("strict", "  gitOps: { requirePin: warn }\n"));
  const Decision warned = Review(review);
  EXPECT_TRUE(warned.response.allowed);
  EXPECT_THAT(warned.response.warnings, testing::ElementsAre(HasSubstr("chart-source-unresolved")));
}

// -- Charts inside objects, and images beside charts.

ReviewText Inline(const std::string& tgz) {
  return {.group = "helm.cattle.io",
          .kind = "HelmChart",
          .resource = "helmcharts",
          .object = Cat(R"({"spec":{"chartContent":")", absl::Base64Escape(tgz), "\"}}")};
}

TEST_F(ChartSourceGateTest, AChartInTheObjectMustBeTheSignedOneFileByFile) {
  const crypto::Digest digest = PublishChart("1.2.0", AppTgz());
  const Decision decision = Review(Inline(AppTgz()));
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_EQ(decision.charts[0].digest, digest);
  ExpectDenied(Inline(AppTgz("data: { a: b }")), Reason::kChartContentMismatch, "templates/cm.yaml");
  ExpectDenied(Inline(AppTgz("data: {}", "other")), Reason::kChartContentMismatch,
               "charts/sub/templates/cm.yaml");
}

TEST_F(ChartSourceGateTest, AChartInTheObjectOfWhichNothingIsSignedIsDenied) {
  ExpectDenied(Inline(AppTgz()), Reason::kManifestMalformed);  // 1.2.0 is signed, and is no chart
  chart::TarWriter other;
  other.Add("evil/Chart.yaml", "apiVersion: v2\nname: evil\nversion: 1.0.0\n");
  ExpectDenied(Inline(chart::Tgz(other)), Reason::kNotFound, "registry.test/charts/evil:1.0.0");
  Set(Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: a }\nspec:\n",
          "  match: { charts: [\"registry.test/charts/other\"] }\n",
          "  authorities:\n  - keyless: { identities: [{ issuer: a, subject: b }] }\n"));
  ExpectDenied(Inline(AppTgz()), Reason::kNoPolicyMatches);
}

TEST_F(ChartSourceGateTest, WhatIsNoChartIsDenied) {
  ExpectDenied(Inline("garbage"), Reason::kArchiveMalformed);
  ReviewText review = Inline("");
  review.object = R"({"spec":{"chartContent":"%%%"}})";
  ExpectDenied(review, Reason::kChartSourceMalformed);
}

TEST_F(ChartSourceGateTest, TheImageOfTheJobIsVerifiedToo) {
  const auto review = [](const crypto::Digest& image) {
    return ReviewOf(
        "helm.cattle.io", "HelmChart",
        Cat(R"({"spec":{"chart":"oci://)", kCharts,
            R"(","version":"1.2.0","jobImage":"registry.test/images/job@)", image.ToString(), "\"}}"));
  };
  ExpectAllowed(review(Publish("job")));
  ExpectDenied(review(Unsigned("bad job")), Reason::kSubjectDigestMismatch, "spec.jobImage");
}

}  // namespace
}  // namespace chartseal::webhook
