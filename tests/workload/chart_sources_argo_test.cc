#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workload/chart_sources.h"
#include "verifier/base/limits.h"

namespace chartseal::workload {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kArgo[] = "argoproj.io";
const std::string kHex(64, 'b');

std::vector<std::string> Application(const std::string& object) {
  return Texts(Sources(kArgo, "Application", object));
}
std::vector<std::string> ApplicationSet(const std::string& object) {
  return Texts(Sources(kArgo, "ApplicationSet", object));
}

TEST(ArgoChartSources, HelmsOwnWayHasNoFieldForADigest) {
  EXPECT_THAT(
      Application(
          R"({"spec":{"source":{"repoURL":"ghcr.io/acme/charts","chart":"app","targetRevision":"1.2.3"},
      "destination":{"server":"https://kubernetes.default.svc"}}})"),
      ElementsAre("spec.source: registry ghcr.io/acme/charts/app version(1.2.3)/argo exact"));
  EXPECT_THAT(
      Application(
          R"({"spec":{"source":{"repoURL":"ghcr.io/acme/charts/","chart":"app","targetRevision":"1.2"}}})"),
      ElementsAre("spec.source: registry ghcr.io/acme/charts/app version(1.2)/argo"));
}

TEST(ArgoChartSources, AnArtifactByItsNameCanBePinned) {
  EXPECT_THAT(Application(R"({"spec":{"source":{"repoURL":"oci://ghcr.io/acme/charts/app","path":".",
      "targetRevision":"1.x"}}})"),
              ElementsAre("spec.source: registry ghcr.io/acme/charts/app version(1.x)/argo-oci "
                          "pin digest@/spec/source/targetRevision[1.x] "
                          "/spec/source/repoURL=oci://ghcr.io/acme/charts/app"));
  EXPECT_THAT(Application(R"({"spec":{"source":{"repoURL":"oci://ghcr.io/acme/charts/app",
      "targetRevision":"sha256:)" +
                          kHex + "\"}}}"),
              ElementsAre("spec.source: registry ghcr.io/acme/charts/app digest()=sha256:bbbb exact"));
}

TEST(ArgoChartSources, EverySourceCountsAndGitIsNoChartUnlessHelmIsToldHow) {
  EXPECT_THAT(
      Application(R"({"spec":{"sources":[
      {"repoURL":"ghcr.io/acme/charts","chart":"app","targetRevision":"1.0.0"},
      {"repoURL":"https://git.test/acme/values","targetRevision":"main","ref":"values"},
      {"repoURL":"https://git.test/acme/manifests","path":"prod"},
      {"repoURL":"https://git.test/acme/deploy","path":"chart","helm":{"valueFiles":["v.yaml"]}},
      {"repoURL":"https://charts.acme.dev","chart":"other","targetRevision":"2.0.0"}],
      "destination":{"name":"edge"}}})"),
      ElementsAre(
          "spec.sources[0]: registry ghcr.io/acme/charts/app version(1.0.0)/argo exact in the cluster edge",
          "spec.sources[3]: untold https://git.test/acme/deploy untold() in the cluster edge",
          "spec.sources[4]: elsewhere https://charts.acme.dev/other in the cluster edge"));
  EXPECT_THAT(
      Application(R"({"spec":{"sourceHydrator":{"drySource":{"repoURL":"https://git.test/a","path":"c",
      "helm":{}}}}})"),
      ElementsAre("spec.sourceHydrator.drySource: untold https://git.test/a untold()"));
  EXPECT_THAT(Application(R"({"spec":{}})"), IsEmpty());
  EXPECT_THAT(Application("{}"), IsEmpty());
}

TEST(ArgoChartSources, ASyncMayBeOfAnotherRevision) {
  const std::string spec =
      R"("spec":{"source":{"repoURL":"ghcr.io/acme/charts","chart":"app","targetRevision":"2.0.0"}})";
  const std::string now = "spec.source: registry ghcr.io/acme/charts/app version(2.0.0)/argo exact";
  EXPECT_THAT(Application("{" + spec + R"(,"operation":{"sync":{"revision":"1.0.0"}}})"),
              ElementsAre(now, "spec.source: registry ghcr.io/acme/charts/app version(1.0.0)/argo exact"));
  EXPECT_THAT(
      Application("{" + spec + R"(,"operation":{"sync":{"revision":"1.0.0","source":
      {"repoURL":"ghcr.io/old/charts","chart":"app","targetRevision":"0.9.0"}}}})"),
      ElementsAre(now, "operation.sync.source: registry ghcr.io/old/charts/app version(1.0.0)/argo exact"));
  EXPECT_THAT(Application("{" + spec + R"(,"operation":{"sync":{}}})"), ElementsAre(now));
  EXPECT_THAT(Application("{" + spec + R"(,"operation":{"retry":{"limit":5}}})"), ElementsAre(now));
}

TEST(ArgoChartSources, ASyncOfSeveralSourcesTakesTheRevisionsInOrder) {
  const std::string spec = R"("spec":{"sources":[
      {"repoURL":"ghcr.io/acme/charts","chart":"a","targetRevision":"2.0.0"},
      {"repoURL":"ghcr.io/acme/charts","chart":"b","targetRevision":"2.0.0"}]})";
  const std::string a = "spec.sources[0]: registry ghcr.io/acme/charts/a version(2.0.0)/argo exact";
  const std::string b = "spec.sources[1]: registry ghcr.io/acme/charts/b version(2.0.0)/argo exact";
  EXPECT_THAT(Application("{" + spec + R"(,"operation":{"sync":{"revisions":["","1.0.0"]}}})"),
              ElementsAre(a, b, "spec.sources[1]: registry ghcr.io/acme/charts/b version(1.0.0)/argo exact"));
  EXPECT_THAT(
      Application("{" + spec + R"(,"operation":{"sync":{"revisions":["1.0.0"],"sources":[
      {"repoURL":"oci://ghcr.io/old/c"},{"repoURL":"ghcr.io/old","chart":"d","targetRevision":"3.0.0"}]}}})"),
      ElementsAre(a, b, "operation.sync.sources[0]: registry ghcr.io/old/c version(1.0.0)/argo-oci exact",
                  "operation.sync.sources[1]: registry ghcr.io/old/d version(3.0.0)/argo exact"));
}

TEST(ArgoChartSources, AnOperationThatBeganIsTakenUpAgainFromTheStatusUntilItIsOver) {
  const std::string spec =
      R"("spec":{"source":{"repoURL":"ghcr.io/acme/charts","chart":"app","targetRevision":"2.0.0"}})";
  const std::string now = "spec.source: registry ghcr.io/acme/charts/app version(2.0.0)/argo exact";
  const auto application = [&](const std::string& phase, const std::string& sync) {
    return Application(
        Cat("{", spec, R"(,"status":{"operationState":{)", phase, R"("operation":{"sync":)", sync, "}}}}"));
  };
  const std::string source =
      R"({"source":{"repoURL":"ghcr.io/old/charts","chart":"app","targetRevision":"0.9.0"}})";
  for (const char* const phase : {"", R"("phase":null,)", R"("phase":"",)", R"("phase":"Running",)",
                                  R"("phase":"Terminating",)", R"("phase":"succeeded",)"}) {
    SCOPED_TRACE(phase);
    EXPECT_THAT(application(phase, source),
                ElementsAre(now,
                            "status.operationState.operation.sync.source: registry "
                            "ghcr.io/old/charts/app version(0.9.0)/argo exact"));
    EXPECT_THAT(application(phase, R"({"revision":"1.0.0"})"),
                ElementsAre(now,
                            "status.operationState.operation.sync: registry ghcr.io/acme/charts/app "
                            "version(1.0.0)/argo exact"));
    EXPECT_THAT(application(phase, R"({"sources":[{"repoURL":"ghcr.io/old","chart":"a"}],
                                       "revisions":["1.0.0"]})"),
                ElementsAre(now,
                            "status.operationState.operation.sync.sources[0]: registry ghcr.io/old/a "
                            "version(1.0.0)/argo exact"));
  }
  for (const char* const phase : {"Succeeded", "Failed", "Error"}) {
    EXPECT_THAT(application(Cat(R"("phase":")", phase, "\","), source), ElementsAre(now)) << phase;
  }
}

TEST(ArgoChartSources, WhatTheStatusRepeatsCountsOnce) {
  const std::string sync = R"({"sync":{"source":
      {"repoURL":"ghcr.io/old/charts","chart":"app","targetRevision":"0.9.0"}}})";
  EXPECT_THAT(
      Application(Cat(R"({"operation":)", sync, R"(,"status":{"operationState":{"operation":)", sync, "}}}")),
      ElementsAre("operation.sync.source: registry ghcr.io/old/charts/app version(0.9.0)/argo exact"));
  EXPECT_THAT(Application(R"({"spec":{"source":{"repoURL":"oci://ghcr.io/acme/app","targetRevision":"1.x"}},
      "status":{"operationState":{"operation":{"sync":{"revision":"1.x"}}}}})"),
              ElementsAre("spec.source: registry ghcr.io/acme/app version(1.x)/argo-oci "
                          "pin digest@/spec/source/targetRevision[1.x] "
                          "/spec/source/repoURL=oci://ghcr.io/acme/app"));
}

TEST(ArgoChartSources, TextsOfAnApplicationAreNoExpressions) {
  ExpectMalformed(
      kArgo, "Application",
      R"({"spec":{"source":{"repoURL":"ghcr.io/{{org}}","chart":"app","targetRevision":"1.0.0"}}})",
      "spec.source cannot be read");
}

TEST(ArgoChartSources, WhatCannotBeReadIsRefused) {
  const auto expect = [](const std::string& object, const std::string& part) {
    ExpectMalformed(kArgo, "Application", object, part);
  };
  expect(R"({"spec":[]})", "spec cannot be read; expected an object; found a list");
  expect(R"({"spec":{"source":"x"}})", "spec.source cannot be read");
  expect(R"({"spec":{"sources":{}}})", "spec.sources cannot be read; expected a list; found an object");
  expect(R"({"spec":{"sources":["x"]}})", "spec.sources[0] cannot be read");
  expect(R"({"spec":{"source":{"repoURL":1}}})", "spec.source.repoURL cannot be read");
  expect(R"({"spec":{"source":{"repoURL":"ghcr.io/a","chart":{}}}})", "spec.source.chart cannot be read");
  expect(R"({"spec":{"source":{"repoURL":"ghcr.io/a","chart":"b","targetRevision":1}}})",
         "spec.source.targetRevision");
  expect(R"({"spec":{"source":{"repoURL":"oci://ghcr.io/a","chart":"b"}}})", "without oci:// beside chart");
  expect(R"({"spec":{"source":{"repoURL":"","chart":"b"}}})", "spec.source cannot be read");
  expect(R"({"spec":{"source":{"repoURL":"ghcr.io/a","chart":"b:1.0.0"}}})", "without tag and digest");
  expect(R"({"spec":{"source":{"repoURL":"ghcr.io/a","chart":"b@sha256:)" + kHex + "\"}}}",
         "without tag and digest");
  expect(R"({"spec":{"source":{"repoURL":"ghcr.io/a","chart":"../b"}}})", "spec.source cannot be read");
  expect(R"({"spec":{"source":{"repoURL":"oci://ghcr.io/a:1"}}})", "without tag and digest");
  expect(R"({"spec":{"source":{"repoURL":"oci://ghcr.io/a","targetRevision":"sha256:12"}}})",
         "targetRevision cannot be read");
  expect(R"({"spec":{"source":{"repoURL":"https://git.test/a","path":"x","helm":"y"}}})",
         "spec.source.helm cannot be read");
  expect(R"({"spec":{"destination":[]}})", "spec.destination cannot be read");
  expect(R"({"spec":{"destination":{"server":1}}})", "spec.destination.server cannot be read");
  expect(R"({"spec":{"sourceHydrator":1}})", "spec.sourceHydrator cannot be read");
  expect(R"({"operation":1})", "operation cannot be read");
  expect(R"({"operation":{"sync":[]}})", "operation.sync cannot be read");
  expect(R"({"operation":{"sync":{"revision":{}}}})", "operation.sync.revision cannot be read");
  expect(R"({"operation":{"sync":{"revisions":[1]}}})", "operation.sync.revisions[0] cannot be read");
  expect(R"({"operation":{"sync":{"revisions":"1"}}})", "operation.sync.revisions cannot be read");
  expect(R"({"operation":{"sync":{"sources":[1]}}})", "operation.sync.sources[0] cannot be read");
  expect(R"({"status":1})", "status cannot be read");
  expect(R"({"status":{"operationState":[]}})", "status.operationState cannot be read");
  expect(R"({"status":{"operationState":{"phase":1}}})", "status.operationState.phase cannot be read");
  expect(R"({"status":{"operationState":{"operation":{"sync":1}}}})",
         "status.operationState.operation.sync cannot be read");
}

TEST(ArgoChartSources, TheTemplateOfASetIsReadAndCanBePinnedWithoutExpressions) {
  EXPECT_THAT(
      ApplicationSet(R"({"spec":{"generators":[{"list":{"elements":[{"cluster":"a"}]}}],"template":{"spec":{
      "source":{"repoURL":"oci://ghcr.io/acme/charts/app","targetRevision":"1.0.0"},
      "destination":{"server":"{{url}}"}}}}})"),
      ElementsAre("spec.template.spec.source: registry ghcr.io/acme/charts/app version(1.0.0)/argo-oci exact "
                  "pin digest@/spec/template/spec/source/targetRevision[1.0.0] "
                  "/spec/template/spec/source/repoURL=oci://ghcr.io/acme/charts/app "
                  "in a cluster of the generator"));
}

TEST(ArgoChartSources, ExpressionsOfASetAreToldLater) {
  EXPECT_THAT(ApplicationSet(R"({"spec":{"template":{"spec":{"source":
      {"repoURL":"ghcr.io/{{org}}/charts","chart":"app","targetRevision":"1.0.0"}}}}})"),
              ElementsAre("spec.template.spec.source: untold ghcr.io/{{org}}/charts/app untold()"));
  EXPECT_THAT(ApplicationSet(R"({"spec":{"template":{"spec":{"source":
      {"repoURL":"ghcr.io/acme/charts","chart":"{{.name}}","targetRevision":"1.0.0"}}}}})"),
              ElementsAre("spec.template.spec.source: untold ghcr.io/acme/charts/{{.name}} untold()"));
  EXPECT_THAT(ApplicationSet(R"({"spec":{"template":{"spec":{"source":
      {"repoURL":"ghcr.io/acme/charts","chart":"app","targetRevision":"{{version}}"}}}}})"),
              ElementsAre("spec.template.spec.source: registry ghcr.io/acme/charts/app untold({{version}})"));
  EXPECT_THAT(ApplicationSet(R"({"spec":{"templatePatch":"spec: {}","template":{"spec":{}}}})"),
              ElementsAre("spec.templatePatch: untold  untold()"));
}

TEST(ArgoChartSources, TemplatesOfGeneratorsAreLaidOverThatOfTheSet) {
  EXPECT_THAT(
      ApplicationSet(R"({"spec":{"template":{"spec":{"source":
      {"repoURL":"ghcr.io/acme/charts","chart":"app","targetRevision":"1.0.0"}}},
      "generators":[
        {"list":{"template":{"spec":{"source":{"targetRevision":"2.0.0"}}}}},
        {"matrix":{"generators":[
          {"git":{"template":{"spec":{"source":{"repoURL":"ghcr.io/other/charts"}}}}},
          {"merge":{"generators":[{"clusters":{"template":{"spec":{"source":{"chart":"deep"}}}}}]}}]}}]}})"),
      ElementsAre(
          "spec.template.spec.source: registry ghcr.io/acme/charts/app version(1.0.0)/argo exact",
          "spec.generators[0].list.template.spec.source: registry ghcr.io/acme/charts/app "
          "version(2.0.0)/argo exact",
          "spec.generators[1].matrix.generators[0].git.template.spec.source: registry "
          "ghcr.io/other/charts/app version(1.0.0)/argo exact",
          "spec.generators[1].matrix.generators[1].merge.generators[0].clusters.template.spec.source: "
          "registry ghcr.io/acme/charts/deep version(1.0.0)/argo exact"));
}

TEST(ArgoChartSources, SetsThatCannotBeReadAreRefused) {
  const auto expect = [](const std::string& object, const std::string& part) {
    ExpectMalformed(kArgo, "ApplicationSet", object, part);
  };
  expect(R"({"spec":1})", "spec cannot be read");
  expect(R"({"spec":{"template":1}})", "spec.template cannot be read");
  expect(R"({"spec":{"templatePatch":{}}})", "spec.templatePatch cannot be read");
  expect(R"({"spec":{"generators":{}}})", "spec.generators cannot be read");
  expect(R"({"spec":{"generators":[1]}})", "spec.generators[0] cannot be read");
  expect(R"({"spec":{"generators":[{"list":{"template":1}}]}})",
         "spec.generators[0].list.template cannot be read");
  expect(R"({"spec":{"generators":[{"matrix":{"generators":1}}]}})",
         "spec.generators[0].matrix.generators cannot be read");
}

TEST(ArgoChartSources, MoreSourcesThanTheLimitAreRefused) {
  const auto object = [](size_t count) {
    std::string sources;
    for (size_t i = 0; i < count; ++i) {
      sources +=
          Cat(i == 0 ? "" : ",", R"({"repoURL":"ghcr.io/acme","chart":"app","targetRevision":"1.0.0"})");
    }
    return Cat(R"({"spec":{"sources":[)", sources, "]}}");
  };
  EXPECT_EQ(Application(object(limits::kMaxChartSources)).size(), limits::kMaxChartSources);
  ExpectMalformed(kArgo, "Application", object(limits::kMaxChartSources + 1), "too many charts",
                  Reason::kLimitExceeded);
}

}  // namespace
}  // namespace chartseal::workload
