// The images of a whole release, judged when its record is created.
#include "webhook/release_images.h"

#include <gmock/gmock.h>

#include "absl/time/clock.h"
#include "tests/verification/minted.h"
#include "tests/webhook/release_images_fixture.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Json = nlohmann::ordered_json;

TEST_F(ReleaseImagesTest, ImagesOfManifestAndHooksAreAskedAboutOnce) {
  const Decision decision = CreateAsRecorded();
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_THAT(images_->asked(), UnorderedElementsAre("ghcr.io/acme/app:1.0.0-rc1", HasSubstr("busybox:1")));
  ASSERT_EQ(decision.reports.size(), 2u);
  EXPECT_THAT(decision.reports[0].paths,
              ElementsAre("tracecore/templates/deployment.yaml: Deployment rel-app: "
                          "spec.template.spec.containers[c].image"));
  EXPECT_EQ(decision.reports[1].paths.size(), 2u) << "in two hooks";
  EXPECT_THAT(images_->pulls(), Contains(PullContext{"newns", "default", {}}));
}

TEST_F(ReleaseImagesTest, ABadImageInTheManifestDeniesTheReleaseByName) {
  images_->Answer(kAppImage, No(Reason::kIdentityMismatch));
  const Decision decision = CreateAsRecorded();
  ExpectDenied(decision, Reason::kIdentityMismatch);
  EXPECT_THAT(decision.response.message,
              AllOf(HasSubstr("chart tracecore 0.3.1: image ghcr.io/acme/app:1.0.0-rc1 "
                              "(tracecore/templates/deployment.yaml: Deployment rel-app: "),
                    HasSubstr("identity-mismatch"), HasSubstr("expected issuer https://issuer.test"),
                    HasSubstr("policy images")));
}

TEST_F(ReleaseImagesTest, ABadImageInAHookDeniesTheRelease) {
  images_->Answer(kBusybox, No(Reason::kNoSignature));
  const Decision decision = CreateAsRecorded();
  ExpectDenied(decision, Reason::kNoSignature);
  EXPECT_THAT(decision.response.message, HasSubstr("busybox:1 (tracecore/templates/"));
}

TEST_F(ReleaseImagesTest, OneThatOnlyTestsUseIsAWarning) {
  images_->Answer(kBusybox, No(Reason::kNoSignature));
  const Decision decision = CreateChanged([](Json& record) {
    Json hooks = Json::array();
    for (const Json& hook : record["hooks"]) {
      if (hook["path"] == "tracecore/templates/tests/t.yaml") hooks.push_back(hook);
    }
    record["hooks"] = hooks;
  });
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_THAT(decision.response.warnings, Contains(HasSubstr("chartseal: no-signature: busybox:1")));
}

// helm goes by the events in the record when it runs a hook of it, as in a rollback.
TEST_F(ReleaseImagesTest, ATestByItsAnnotationThatTheRecordRunsOtherwiseIsNone) {
  images_->Answer(kBusybox, No(Reason::kNoSignature));
  const auto with_events = [&](const Json& events) {
    return CreateChanged([&](Json& record) {
      Json hooks = Json::array();
      for (Json hook : record["hooks"]) {
        if (hook["path"] != "tracecore/templates/tests/t.yaml") continue;
        hook["events"] = events;
        hooks.push_back(hook);
      }
      record["hooks"] = hooks;
    });
  };
  ExpectDenied(with_events({"pre-upgrade"}), Reason::kNoSignature);
  ExpectDenied(with_events({"test", "post-rollback"}), Reason::kNoSignature);
  ExpectDenied(with_events(Json::array()), Reason::kNoSignature);
  EXPECT_TRUE(with_events({"test"}).response.allowed);
}

// The other way round.
TEST_F(ReleaseImagesTest, ATestByTheRecordThatIsAnnotatedOtherwiseIsNone) {
  images_->Answer(kBusybox, No(Reason::kNoSignature));
  const Decision decision = CreateChanged([](Json& record) {
    for (Json& hook : record["hooks"]) hook["events"] = {"test"};
  });
  ExpectDenied(decision, Reason::kNoSignature);
}

TEST_F(ReleaseImagesTest, SeveralBadOnesAreCounted) {
  images_->Answer(kAppImage, No(Reason::kNoSignature));
  images_->Answer(kBusybox, No(Reason::kIdentityMismatch));
  const Decision decision = CreateAsRecorded();
  ExpectDenied(decision, Reason::kNoSignature);
  EXPECT_THAT(decision.response.message, HasSubstr(" and 1 more: no-signature"));
}

TEST_F(ReleaseImagesTest, ABadChartIsSaidBeforeABadImage) {
  images_->Answer(kAppImage, No(Reason::kNoSignature));
  const Decision decision =
      CreateChanged([](Json& record) { record["chart"]["metadata"]["description"] = "another"; });
  ExpectDenied(decision, Reason::kChartContentMismatch);
}

TEST_F(ReleaseImagesTest, AnImageThatCouldNotBeToldAboutDeniesTheRelease) {
  images_->Answer(kAppImage, Unknown(Reason::kUnreachable));
  const Decision decision = CreateAsRecorded();
  ExpectDenied(decision, Reason::kUnreachable);
  EXPECT_THAT(decision.response.message, HasSubstr("could not tell: registry-unreachable"));
}

TEST_F(ReleaseImagesTest, AWarningPolicyOfImagesWarns) {
  UseImages("**", "warn");
  images_->Answer(kAppImage, No(Reason::kNoSignature));
  const Decision decision = CreateAsRecorded();
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.verdict, "warned");
  EXPECT_THAT(decision.response.warnings,
              Contains(HasSubstr("ghcr.io/acme/app:1.0.0-rc1 (policy images warns)")));
}

TEST_F(ReleaseImagesTest, AnImageThatNoPolicyCoversFollowsNoMatch) {
  UseImages("ghcr.io/acme/**");
  ExpectDenied(CreateAsRecorded(), Reason::kNoPolicyMatches);
}

TEST_F(ReleaseImagesTest, WithoutAnyPolicyOfImagesNoneIsAskedAbout) {
  Use(PolicyText());
  EXPECT_TRUE(CreateAsRecorded().response.allowed);
  EXPECT_THAT(images_->asked(), IsEmpty());
}

TEST_F(ReleaseImagesTest, TheNamespaceOfTheDocumentCounts) {
  UseImages("registry.test/**", "enforce", "elsewhere");
  images_->Answer("registry.test/x", Yes("x"));
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: elsewhere }\nspec:\n"
      "  serviceAccountName: robot\n  containers: [{name: c, image: registry.test/x:1}]\n";
  CreateWith(pod);
  EXPECT_THAT(images_->asked(), ElementsAre("registry.test/x:1"));
  EXPECT_THAT(images_->pulls(), ElementsAre(PullContext{"elsewhere", "robot", {}}));
}

TEST_F(ReleaseImagesTest, ListsAreUnfoldedAsHelmUnfoldsThem) {
  images_->Answer("registry.test/a", Yes("a"));
  images_->Answer("registry.test/b", No(Reason::kNoSignature));
  const Decision decision = CreateWith(
      "apiVersion: v1\nkind: List\nitems:\n"
      "- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  spec: {containers: [{name: c, image: "
      "registry.test/a}]}\n"
      "- apiVersion: v1\n  kind: PodList\n  items:\n"
      "  - metadata: {name: b}\n    spec: {containers: [{name: c, image: registry.test/b}]}\n");
  ExpectDenied(decision, Reason::kNoSignature);
  EXPECT_THAT(decision.response.message,
              HasSubstr("image registry.test/b (tracecore/charts/subby/templates/cm.yaml: Pod b"));
  EXPECT_THAT(images_->asked(), Contains(HasSubstr("registry.test/a")));
}

TEST_F(ReleaseImagesTest, ADocumentThatReadersSeeDifferentlyIsDeniedWhenItMayNameAnImage) {
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
      "  - name: c\n    image: registry.test/good\n    image: registry.test/evil\n";
  const Decision decision = CreateWith(pod);
  ExpectDenied(decision, Reason::kYamlMalformed);
  EXPECT_THAT(decision.response.message, HasSubstr("tracecore/charts/subby/templates/cm.yaml"));
  ExpectDenied(CreateWith("kind: Pod\nspec: {!!binary aW1hZ2U=: x}\n"), Reason::kYamlMalformed);
  ExpectDenied(CreateWith("kind: Pod\nspec: {\"\\u0069mage\": x, \"\\u0069mage\": y}\n"),
               Reason::kYamlMalformed);
}

TEST_F(ReleaseImagesTest, OneThatCanNameNoImageIsPassedOver) {
  const Decision decision = CreateWith(
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  labels: {a: b}\n  labels: {a: b}\n");
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
}

TEST_F(ReleaseImagesTest, AWorkloadWithoutItsPodSpecIsDeniedWithItsDocument) {
  const Decision decision =
      CreateWith("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {}\n");
  ExpectDenied(decision, Reason::kImageFieldMalformed);
  EXPECT_THAT(decision.response.message, HasSubstr("tracecore/charts/subby/templates/cm.yaml: Deployment d"));
}

TEST_F(ReleaseImagesTest, ANameThatIsNoReferenceIsDenied) {
  const Decision decision = CreateWith(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: \"NO "
      "SUCH\"}]}\n");
  ExpectDenied(decision, Reason::kReferenceMalformed);
}

TEST_F(ReleaseImagesTest, TooManyAreDenied) {
  std::string containers;
  for (size_t i = 0; i <= limits::kMaxReleaseImages; ++i) {
    if (i % 200 == 0) {
      containers += Cat("---\napiVersion: v1\nkind: Pod\nmetadata: {name: p", i, "}\nspec:\n  containers:\n");
    }
    containers += Cat("  - {name: c", i, ", image: registry.test/i", i, "}\n");
  }
  ExpectDenied(CreateWith(containers), Reason::kLimitExceeded);
  EXPECT_THAT(images_->asked(), IsEmpty());
  UseImages("**", "warn");
  const Decision warned = CreateWith(containers);
  EXPECT_TRUE(warned.response.allowed) << warned.response.message;
  EXPECT_THAT(warned.response.warnings, Contains(HasSubstr("could not tell: limit-exceeded")));
}

// Its credentials come with the release: when the pod is created they are there.
TEST_F(ReleaseImagesTest, APrivateImageWhosePullSecretIsInTheReleaseIsLeftToItsPods) {
  images_->Answer("registry.test/private",
                  Unknown(Reason::kUnauthorized, absl::StatusCode::kUnauthenticated));
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"
      "  imagePullSecrets: [{name: pull}]\n  containers: [{name: c, image: registry.test/private}]\n";
  ExpectDenied(CreateWith(pod), Reason::kUnauthorized);
  const std::string secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: pull}\n";
  const Decision decision = CreateWith(pod + secret);
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_EQ(decision.verdict, "warned");
  images_->Answer("registry.test/private", No(Reason::kNoSignature));
  ExpectDenied(CreateWith(pod + secret), Reason::kNoSignature);
}

TEST_F(ReleaseImagesTest, AServiceAccountOfTheReleaseGivesItsPullSecrets) {
  images_->Answer("registry.test/private",
                  Unknown(Reason::kUnauthorized, absl::StatusCode::kUnauthenticated));
  const Decision decision = CreateWith(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  serviceAccountName: robot\n"
      "  containers: [{name: c, image: registry.test/private}]\n"
      "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\nimagePullSecrets: [{name: pull}]\n"
      "---\napiVersion: v1\nkind: Secret\nmetadata: {name: pull}\n");
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_THAT(images_->pulls(), Contains(PullContext{"newns", "robot", {"pull"}}));
}

// The same verifier answers for the release and for what comes of it.
TEST_F(ReleaseImagesTest, ThePodsOfAReleaseFindTheirImagesInMemory) {
  const std::string digest = Push("acme/app", TracecoreArchive());  // any manifest will do
  Sign("acme/app", digest);
  const std::string image = Cat(registry_->host(), "/acme/app@", digest);
  std::string text = PolicyText();
  const std::string charts = "match: { charts:";
  text.replace(text.find(charts), charts.size(),
               Cat("match: { images: [\"", registry_->host(), "/**\"], charts:"));
  Use(text);
  const ReleaseGate gate({.policies = policies_,
                          .verifier = verifier_,
                          .charts = charts_,
                          .labels = nullptr,
                          .clock = net::SystemClock()});
  Json record = RecordIn(RecordedSecrets().front().secret);
  record["hooks"] = Json::array();
  record["manifest"] = Cat(
      "---\n# Source: tracecore/templates/deployment.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
      "spec: {containers: [{name: c, image: \"", image, "\"}]}\n");
  PendingReview release{.request =
                            ReviewText{.kind = "Secret",
                                       .resource = "secrets",
                                       .namespace_name = "newns",
                                       .object = WithRecord(RecordedSecrets().front().secret, record).dump()}
                                .Parsed()};
  ASSERT_FALSE(gate.Begin(release, absl::Now()).has_value());
  const Decision decision = gate.Finish(release, absl::Now() + absl::Seconds(10));
  ASSERT_TRUE(decision.response.allowed) << decision.response.message;
  ASSERT_EQ(decision.reports.size(), 1u);
  Requests();
  const Gate pods(policies_, verifier_);
  PendingReview pod{.request = ReviewText{.object = PodOf(image)}.Parsed()};
  const auto at_once = pods.Begin(pod, absl::Now());
  ASSERT_TRUE(at_once.has_value()) << "it would have to ask the registry";
  EXPECT_TRUE(at_once->response.allowed) << at_once->response.message;
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ReleaseImagesTest, UpdatesOfStatusAskAboutNoImage) {
  images_->Answer(kAppImage, No(Reason::kNoSignature));
  const auto& recorded = RecordedSecrets();
  EXPECT_TRUE(Update(recorded[0].secret, recorded[1].secret).response.allowed);
  EXPECT_THAT(images_->asked(), IsEmpty());
}

}  // namespace
}  // namespace chartseal::webhook
