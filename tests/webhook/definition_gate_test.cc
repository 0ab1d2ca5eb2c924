#include "webhook/definition_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/verification/fake_charts.h"
#include "tests/webhook/policies.h"
#include "tests/webhook/reviews.h"
#include "verifier/base/limits.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const absl::Time kDeadline = kNow + absl::Seconds(7);
constexpr char kApp[] = "registry.test/acme/app";

class FakeTags : public TagLists {
 public:
  std::map<std::string, std::vector<std::string>> known;
  absl::Status failure;
  int asked = 0;

  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository, absl::Time) override {
    ++asked;
    if (!failure.ok()) return failure;
    const auto found = known.find(repository.Name());
    if (found != known.end()) return found->second;
    return WithReason(absl::NotFoundError("no such repository"), Reason::kNotFound);
  }
};

// The definition of widgets.acme.dev as helm and the API server have it; the size is an integer, or `type`.
std::string InChart(std::string_view type = "integer") {
  return Cat(
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
      "metadata: { name: widgets.acme.dev }\nspec:\n  group: acme.dev\n  scope: Namespaced\n"
      "  names: { kind: Widget, plural: widgets }\n  versions:\n  - { name: v1, served: true, storage: true, "
      "schema: { openAPIV3Schema: { type: object, properties: { size: { type: ",
      type, " } } } } }\n");
}

std::string Stored(std::string_view type = "integer", std::string_view metadata = "") {
  return Cat(
      R"({"metadata":{"name":"widgets.acme.dev")", metadata,
      R"(},"spec":{"group":"acme.dev","scope":"Namespaced","names":{"kind":"Widget","listKind":"WidgetList",)"
      R"("plural":"widgets","singular":"widget"},"conversion":{"strategy":"None"},"versions":[{"name":"v1",)"
      R"("served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"size":)"
      R"({"type":")",
      type, R"("}}}}}]},"status":{"storedVersions":["v1"]}})");
}

std::string PolicyFor(std::string_view group, std::string_view versions, std::string_view mode = "enforce",
                      std::string_view name = "crds", std::string_view repository = kApp) {
  return PolicyText(
      name, mode, "registry.test/other/**",
      Cat("  customResourceDefinitions:\n  - groups: [\"", group,
          "\"]\n    charts:\n    - { repository: ", repository, ", versions: \"", versions, "\" }\n"));
}

class DefinitionGateTest : public testing::Test {
 protected:
  static std::shared_ptr<const chart::Chart> ChartWith(const std::string& definition) {
    auto chart = chart::Chart::FromFiles(
        {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"}, {"crds/widgets.yaml", definition}},
        "app");
    EXPECT_TRUE(chart.ok()) << chart.status();
    return std::make_shared<const chart::Chart>(*std::move(chart));
  }

  void Publish(const std::string& version, const std::string& definition,
               const std::string& repository = kApp) {
    tags_.known[repository].push_back(version);
    charts_.At(Cat(repository, ":", version)).chart = ChartWith(definition);
  }

  static ReviewText Review(const std::string& object = Stored()) {
    return {.group = "apiextensions.k8s.io",
            .kind = "CustomResourceDefinition",
            .resource = "customresourcedefinitions",
            .namespace_name = "",
            .object = object};
  }
  static ReviewText Update(const std::string& from, const std::string& to) {
    ReviewText review = Review(to);
    review.operation = "UPDATE";
    review.old_object = from;
    return review;
  }

  Decision Decide(const std::string& policies, const ReviewText& text,
                  Endpoint endpoint = Endpoint::kValidate) {
    const DefinitionGate gate(Fixed(policies), charts_, tags_);
    PendingReview review{.request = text.Parsed(), .endpoint = endpoint};
    EXPECT_TRUE(gate.Covers(review.request));
    if (auto decision = gate.Begin(review, kNow)) return *std::move(decision);
    finished_ = true;
    return gate.Finish(review, kDeadline);
  }
  Decision Create(const std::string& policies) { return Decide(policies, Review()); }
  static Reason DenialOf(const Decision& decision) {
    EXPECT_FALSE(decision.response.allowed) << decision.response.message;
    EXPECT_EQ(decision.verdict, "denied");
    return decision.reason;
  }

  verification::FakeCharts charts_;
  FakeTags tags_;
  bool finished_ = false;
};

TEST_F(DefinitionGateTest, WhatStandsInASignedChartIsLetIn) {
  Publish("1.2.3", InChart());
  const auto evidence = std::make_shared<const verification::Evidence>();
  charts_.At("registry.test/acme/app:1.2.3").evidence = evidence;
  const Decision decision = Create(PolicyFor("*.dev", "*"));
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  ASSERT_THAT(decision.charts, SizeIs(1));
  EXPECT_EQ(decision.charts[0].chart, "registry.test/acme/app:1.2.3");
  EXPECT_EQ(decision.charts[0].digest, verification::FakeCharts::DigestOf("registry.test/acme/app:1.2.3"));
  EXPECT_EQ(decision.charts[0].lookup.evidence, evidence);
}

TEST_F(DefinitionGateTest, WhatIsNotJustSoIsDeniedAndSaysWhere) {
  Publish("1.2.3", InChart("string"));
  const Decision decision = Create(PolicyFor("acme.dev", "*"));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(DenialOf(decision), Reason::kDefinitionNotInChart);
  EXPECT_THAT(decision.response.message,
              AllOf(HasSubstr("definition-not-in-chart"), HasSubstr("widgets.acme.dev"),
                    HasSubstr("registry.test/acme/app"),
                    HasSubstr("crds/widgets.yaml differs in "
                              "spec.versions[0].schema.openAPIV3Schema.properties.size.type")));
}

TEST_F(DefinitionGateTest, ADenialIsOneLine) {
  Publish("1.2.3", InChart("string"));
  const std::string message = Create(PolicyFor("acme.dev", "*")).response.message;
  EXPECT_EQ(
      message,
      "CustomResourceDefinition widgets.acme.dev: definition-not-in-chart: no signed chart that policy names "
      "has "
      "the custom resource definition just so; expected the definition just so in a chart of "
      "registry.test/acme/app *, signed by issuer https://issuer.test, subject https://good.test/release; "
      "found registry.test/acme/app:1.2.3: crds/widgets.yaml differs in "
      "spec.versions[0].schema.openAPIV3Schema.properties.size.type; policy crds; next: install it from the "
      "chart "
      "of that version, or add the chart that brings it to the policy");
}

TEST_F(DefinitionGateTest, AChartWithoutTheDefinitionDoesNotHelp) {
  Publish("1.2.3", "kind: ConfigMap\n");
  const Decision decision = Create(PolicyFor("acme.dev", "*"));
  EXPECT_EQ(DenialOf(decision), Reason::kDefinitionNotInChart);
  EXPECT_THAT(decision.response.message, HasSubstr("no such definition"));
}

TEST_F(DefinitionGateTest, ADefinitionThatCannotBeReadDoesNotHelp) {
  Publish("1.2.3", InChart() + "spec: {}\n");
  const Decision decision = Create(PolicyFor("acme.dev", "*"));
  EXPECT_EQ(DenialOf(decision), Reason::kDefinitionNotInChart);
  EXPECT_THAT(decision.response.message, HasSubstr("crds/widgets.yaml:"));
}

TEST_F(DefinitionGateTest, AChartThatIsNotSignedAsThePolicySaysIsNotRead) {
  Publish("1.2.3", InChart());
  charts_.At("registry.test/acme/app:1.2.3").refused_by = {"crds"};
  const Decision decision = Create(PolicyFor("acme.dev", "*"));
  EXPECT_EQ(DenialOf(decision), Reason::kDefinitionNotInChart);
  EXPECT_THAT(decision.response.message, HasSubstr("registry.test/acme/app:1.2.3: identity-mismatch"));
  EXPECT_EQ(charts_.pulls(), 0);
}

TEST_F(DefinitionGateTest, AnOlderVersionInTheRangeMayBringIt) {
  Publish("1.0.0", InChart());
  Publish("1.2.3", InChart("string"));
  Publish("2.0.0-rc.1", InChart());
  EXPECT_TRUE(Create(PolicyFor("acme.dev", "*")).response.allowed);
  EXPECT_THAT(charts_.asked(), ElementsAre("registry.test/acme/app:1.0.0", "registry.test/acme/app:1.2.3"));
  EXPECT_EQ(DenialOf(Create(PolicyFor("acme.dev", ">=1.1.0"))), Reason::kDefinitionNotInChart);
}

TEST_F(DefinitionGateTest, TheNewestIsAskedAloneAndFirst) {
  for (int minor = 0; minor < 5; ++minor) Publish(Cat("1.", minor, ".0"), InChart());
  EXPECT_TRUE(Create(PolicyFor("acme.dev", "*")).response.allowed);
  EXPECT_THAT(charts_.asked(), ElementsAre("registry.test/acme/app:1.4.0"));
}

TEST_F(DefinitionGateTest, VersionsBeyondTheLimitAreLeftOutAndThatIsSaid) {
  for (size_t minor = 0; minor < limits::kMaxDefinitionCharts + 3; ++minor) {
    Publish(Cat("1.", minor, ".0"), InChart(minor == 0 ? "integer" : "string"));
  }
  const Decision decision = Create(PolicyFor("acme.dev", "*"));
  EXPECT_EQ(DenialOf(decision), Reason::kDefinitionNotInChart);
  EXPECT_THAT(charts_.asked(), SizeIs(limits::kMaxDefinitionCharts));
  EXPECT_THAT(decision.response.message, HasSubstr("16 were looked into, and 3 older versions were not"));
}

// A policy whose rule names these charts, in every version.
std::string PolicyForAll(const std::vector<std::string>& repositories) {
  std::string charts;
  for (const std::string& repository : repositories) {
    charts += Cat("    - { repository: ", repository, ", versions: \"*\" }\n");
  }
  return PolicyText("crds", "enforce", "registry.test/other/**",
                    Cat("  customResourceDefinitions:\n  - groups: [acme.dev]\n    charts:\n", charts));
}

TEST_F(DefinitionGateTest, AChartOfManyVersionsDoesNotKeepAnotherFromBeingLookedInto) {
  const std::string other = "registry.test/acme/other";
  for (size_t minor = 0; minor < limits::kMaxDefinitionCharts + 3; ++minor) {
    Publish(Cat("1.", minor, ".0"), InChart("string"));
  }
  Publish("1.0.0", InChart(), other);
  Publish("1.1.0", InChart("string"), other);
  EXPECT_TRUE(Create(PolicyForAll({kApp, other})).response.allowed);
  EXPECT_THAT(charts_.asked(), Not(testing::Contains("registry.test/acme/app:1.10.0"))) << "older ones";
}

TEST_F(DefinitionGateTest, OfEachChartTheNewestIsLookedIntoHoweverManyThereAre) {
  std::vector<std::string> repositories;
  for (size_t i = 0; i < limits::kMaxDefinitionCharts + 2; ++i) {
    repositories.push_back(Cat("registry.test/acme/app", i));
    Publish("1.0.0", InChart(), repositories.back());
    Publish("2.0.0", InChart("string"), repositories.back());
  }
  const Decision denied = Create(PolicyForAll(repositories));
  EXPECT_EQ(DenialOf(denied), Reason::kDefinitionNotInChart);
  EXPECT_THAT(denied.response.message, HasSubstr("18 were looked into, and 18 older versions were not"));
  EXPECT_THAT(charts_.asked(), testing::Each(HasSubstr(":2.0.0")));
  Publish("3.0.0", InChart(), repositories.back());
  EXPECT_TRUE(Create(PolicyForAll(repositories)).response.allowed);
}

TEST_F(DefinitionGateTest, OneVersionNeedsNoListOfTags) {
  Publish("1.2.3", InChart());
  Publish("1.3.0_build.7", InChart("string"));
  EXPECT_TRUE(Create(PolicyFor("acme.dev", "1.2.3")).response.allowed);
  EXPECT_EQ(DenialOf(Create(PolicyFor("acme.dev", "1.3.0+build.7"))), Reason::kDefinitionNotInChart);
  EXPECT_EQ(tags_.asked, 0);
}

TEST_F(DefinitionGateTest, AVersionOrRepositoryThatIsNotThereIsANo) {
  EXPECT_EQ(DenialOf(Create(PolicyFor("acme.dev", "1.2.3"))), Reason::kDefinitionNotInChart);
  EXPECT_EQ(DenialOf(Create(PolicyFor("acme.dev", "*"))), Reason::kDefinitionNotInChart);
  Publish("0.9.0", InChart());
  const Decision decision = Create(PolicyFor("acme.dev", ">=1.0.0"));
  EXPECT_EQ(DenialOf(decision), Reason::kDefinitionNotInChart);
  EXPECT_THAT(decision.response.message, HasSubstr("no such version"));
}

TEST_F(DefinitionGateTest, ARegistryThatDoesNotAnswerIsCouldNotTell) {
  Publish("1.2.3", InChart());
  tags_.failure = WithReason(absl::UnavailableError("registry.test: gone"), Reason::kUnreachable);
  const Decision decision = Create(PolicyFor("acme.dev", "*"));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(DenialOf(decision), Reason::kUnreachable);
  EXPECT_THAT(decision.response.message,
              AllOf(HasSubstr("could not tell"), HasSubstr("registry.test: gone")));
}

TEST_F(DefinitionGateTest, SoIsASignatureOrAChartThatCouldNotBeRead) {
  Publish("1.2.3", InChart());
  auto& entry = charts_.At("registry.test/acme/app:1.2.3");
  entry.untold_by = {"crds"};
  EXPECT_EQ(DenialOf(Create(PolicyFor("acme.dev", "*"))), Reason::kUnreachable);
  entry.untold_by.clear();
  entry.pull = WithReason(absl::DeadlineExceededError("registry.test: too late"), Reason::kDeadlineExceeded);
  EXPECT_EQ(DenialOf(Create(PolicyFor("acme.dev", "*"))), Reason::kDeadlineExceeded);
}

TEST_F(DefinitionGateTest, WhatOneChartProvesNoFailureOfAnotherTakesBack) {
  Publish("1.2.3", InChart());
  Publish("1.3.0", InChart());
  charts_.At("registry.test/acme/app:1.3.0").untold_by = {"crds"};
  EXPECT_TRUE(Create(PolicyFor("acme.dev", "*")).response.allowed);
}

TEST_F(DefinitionGateTest, AFailureIsNotHiddenByANo) {
  Publish("1.2.3", InChart("string"));
  Publish("1.1.0", InChart());
  charts_.At("registry.test/acme/app:1.1.0").untold_by = {"crds"};
  EXPECT_EQ(DenialOf(Create(PolicyFor("acme.dev", "*"))), Reason::kUnreachable);
}

TEST_F(DefinitionGateTest, GroupsOfWhichNoPolicySpeaksAreLetIn) {
  const Decision decision = Create(PolicyFor("other.dev", "*"));
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_FALSE(finished_);
  EXPECT_TRUE(Create(PolicyText("none", "enforce", "**")).response.allowed);
  EXPECT_THAT(charts_.asked(), IsEmpty());
}

TEST_F(DefinitionGateTest, EveryPolicyOfTheGroupMustFindIt) {
  Publish("1.2.3", InChart());
  Publish("1.2.3", InChart("string"), "registry.test/acme/other");
  const std::string both = Cat(PolicyFor("acme.dev", "*"), "---\n",
                               PolicyFor("*.dev", "*", "enforce", "all", "registry.test/acme/other"));
  const Decision decision = Create(both);
  EXPECT_EQ(DenialOf(decision), Reason::kDefinitionNotInChart);
  EXPECT_THAT(decision.response.message, AllOf(HasSubstr("policy all"), Not(HasSubstr("policy crds"))));
}

TEST_F(DefinitionGateTest, APolicyThatWarnsWarns) {
  Publish("1.2.3", InChart("string"));
  const Decision decision = Create(PolicyFor("acme.dev", "*", "warn"));
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.verdict, "warned");
  EXPECT_THAT(decision.response.warnings, ElementsAre(HasSubstr("definition-not-in-chart")));
}

TEST_F(DefinitionGateTest, AnUpdateThatChangesTheSpecIsJudged) {
  Publish("1.2.3", InChart());
  const std::string policies = PolicyFor("acme.dev", "*");
  EXPECT_TRUE(Decide(policies, Update(Stored("string"), Stored())).response.allowed);
  EXPECT_EQ(DenialOf(Decide(policies, Update(Stored(), Stored("string")))), Reason::kDefinitionNotInChart);
}

TEST_F(DefinitionGateTest, AnUpdateThatDoesNotIsLetInWithoutAsking) {
  const std::string labelled = Stored("string", R"(,"labels":{"app":"a"})");
  EXPECT_TRUE(Decide(PolicyFor("acme.dev", "*"), Update(Stored("string"), labelled)).response.allowed);
  EXPECT_EQ(tags_.asked, 0);
}

TEST_F(DefinitionGateTest, WhatGoesMayGo) {
  const std::string policies = PolicyFor("acme.dev", "*");
  ReviewText review = Review("null");
  review.operation = "DELETE";
  EXPECT_TRUE(Decide(policies, review).response.allowed);
  const std::string going = Stored("string", R"(,"deletionTimestamp":"2026-01-01T00:00:00Z")");
  EXPECT_TRUE(Decide(policies, Update(going, Stored())).response.allowed);
  ReviewText status = Update(Stored("string"), Stored());
  status.subresource = "status";
  EXPECT_TRUE(Decide(policies, status).response.allowed);
  EXPECT_FALSE(finished_);
}

TEST_F(DefinitionGateTest, AMutationIsLeftToTheValidationThatFollows) {
  EXPECT_TRUE(Decide(PolicyFor("acme.dev", "*"), Review(), Endpoint::kMutate).response.allowed);
  EXPECT_FALSE(finished_);
}

TEST_F(DefinitionGateTest, AnotherVersionOfTheApiIsDenied) {
  ReviewText review = Review();
  review.version = "v1beta1";
  EXPECT_EQ(DenialOf(Decide(PolicyFor("acme.dev", "*"), review)), Reason::kKindNotCovered);
}

TEST_F(DefinitionGateTest, NothingIsDecidedWhilePoliciesAreMissing) {
  PolicySnapshot snapshot;
  snapshot.complete = false;
  const DefinitionGate gate(std::make_shared<const FixedPolicies>(snapshot), charts_, tags_);
  PendingReview review{.request = Review().Parsed()};
  const auto decision = gate.Begin(review, kNow);
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(DenialOf(*decision), Reason::kKubeUnavailable);
}

TEST_F(DefinitionGateTest, OtherKindsAreNotForThisGate) {
  const DefinitionGate gate(Fixed(PolicyFor("acme.dev", "*")), charts_, tags_);
  EXPECT_FALSE(gate.Covers(ReviewText{.object = PodOf("a:1")}.Parsed()));
  ReviewText other = Review();
  other.group = "acme.dev";
  EXPECT_FALSE(gate.Covers(other.Parsed()));
}

}  // namespace
}  // namespace chartseal::webhook
