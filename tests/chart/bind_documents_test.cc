#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/strings.h"
#include "verifier/chart/binding.h"
#include "verifier/chart/chart_templates.h"

// Which documents of a release a signed chart proves. What helm writes of each template was asked of helm
// 3.16 and 4.2.
namespace chartseal::chart {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kConfigMap[] = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

Chart MakeChart() {
  const std::string b = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n";
  auto chart = Chart::FromFiles(
      {{"Chart.yaml",
        "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n"
        "- {name: sub, version: 0.1.0, alias: db}\n- {name: sub, version: 0.1.0, alias: db2}\n"},
       {"templates/plain.yaml", kConfigMap},
       {"templates/several.yaml",
        std::string("---\n---\n") + kConfigMap + "---\n\n---\n" + b + "--- # c\n# only\n"},
       {"templates/acting.yaml", "name: {{ .Release.Name }}\n"},
       {"templates/_helpers.tpl", "kind: Partial\n"},
       {"templates/NOTES.txt", "kind: Notes\n"},
       {"templates/hook.yaml", "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: \"job\"\n"},
       {"templates/absent.yaml", "x: \"<no value>\"\n"},
       {"charts/vendored/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"},
       {"charts/vendored/templates/svc.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: svc}\n"},
       {"charts/vendored/charts/deep/Chart.yaml", "apiVersion: v2\nname: deep\nversion: 0.1.0\n"},
       {"charts/vendored/charts/deep/templates/d.yaml", "kind: Deep\n"},
       {"charts/always/Chart.yaml", "apiVersion: v2\nname: always\nversion: 0.1.0\n"},
       {"charts/always/templates/x.yaml", "kind: {{ .X }}\n"},
       {"charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n"},
       {"charts/lib/templates/l.yaml", "kind: Lib\n"}},
      "app");
  EXPECT_TRUE(chart.ok()) << chart.status();
  return *std::move(chart);
}

std::string Document(const std::string& source, const std::string& text) {
  return "---\n# Source: " + source + "\n" + text + "\n";
}

Release Of(const std::string& manifest) {
  Release release;
  release.manifest = manifest;
  return release;
}

ReleaseBindings Bind(const Release& release, const Chart& chart) {
  auto bindings = BindRelease(release, chart);
  EXPECT_TRUE(bindings.ok()) << bindings.status();
  return *std::move(bindings);
}

// "BINDING" of the only document.
std::string Bound(const std::string& source, const std::string& text) {
  const auto bindings = Bind(Of(Document(source, text)), MakeChart()).documents;
  EXPECT_EQ(bindings.size(), 1) << source;
  return std::string(Name(bindings.at(0).binding)) + (bindings[0].subchart ? " subchart" : "");
}

TEST(BindRelease, OfATemplateWithoutActionTheDocumentMustBeItsText) {
  EXPECT_EQ(Bound("app/templates/plain.yaml", kConfigMap), "verbatim");
  EXPECT_EQ(Bound("app/templates/plain.yaml", std::string("\n") + kConfigMap + "\n\n"), "verbatim");
  EXPECT_EQ(Bound("app/templates/plain.yaml", std::string(kConfigMap) + "data: {}\n"), "differs");
  EXPECT_EQ(Bound("app/templates/plain.yaml", "kind: Pod\n"), "differs");
  EXPECT_EQ(Bound("app/templates/plain.yaml", ": : not yaml\n"), "differs");
}

TEST(BindRelease, OfATemplateWithSeveralDocumentsEachIsOne) {
  const std::string b = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n";
  const std::string manifest = Document("app/templates/several.yaml", "---\n" + b) +
                               Document("app/templates/several.yaml", kConfigMap) +
                               Document("app/templates/several.yaml", "# c\n# only\n");
  std::vector<std::string> out;
  for (const auto& one : Bind(Of(manifest), MakeChart()).documents) {
    out.push_back(Cat(Name(one.binding), " ", one.source, " ", one.object));
  }
  EXPECT_THAT(out, ElementsAre("verbatim app/templates/several.yaml v1 ConfigMap b",
                               "verbatim app/templates/several.yaml v1 ConfigMap a"));
  EXPECT_EQ(Bound("app/templates/several.yaml", std::string(kConfigMap) + "# more\n"), "labelled");
  EXPECT_EQ(Bound("app/templates/several.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"),
            "differs");
}

TEST(BindRelease, LabelsAndAnnotationsOfAPostRendererAreToldApartFromOtherChanges) {
  EXPECT_EQ(Bound("app/templates/plain.yaml",
                  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    x: y\n  name: a\n"),
            "labelled");
  EXPECT_EQ(Bound("app/templates/plain.yaml",
                  "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, annotations: {b: c}, labels: {}}\n"),
            "labelled");
  for (const std::string text : {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  labels: {x: y}\n",
                                 "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\n",
                                 "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: [x]\n",
                                 "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\nlabels: {x: y}\n",
                                 "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {x: y}\n",
                                 "apiVersion: v1\nkind: ConfigMap\n"}) {
    EXPECT_EQ(Bound("app/templates/plain.yaml", text), "differs") << text;
  }
}

TEST(BindRelease, LabelsOfTheTemplateMustStay) {
  const auto chart =
      Chart::FromFiles({{"Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"},
                        {"templates/a.yaml", "kind: A\nmetadata: {name: a, labels: {k: v}}\n"}},
                       "c")
          .value();
  const auto bound = [&](const std::string& text) {
    return Name(Bind(Of(Document("c/templates/a.yaml", text)), chart).documents.at(0).binding);
  };
  EXPECT_EQ(bound("kind: A\nmetadata: {name: a, labels: {k: v, x: y}}\n"), "labelled");
  EXPECT_EQ(bound("kind: A\nmetadata: {name: a, labels: {k: w}}\n"), "differs");
  EXPECT_EQ(bound("kind: A\nmetadata: {name: a, labels: {x: y}}\n"), "differs");
  EXPECT_EQ(bound("kind: A\nmetadata: {name: a}\n"), "differs");
}

TEST(BindRelease, OfATemplateWithActionsNothingIsProven) {
  EXPECT_EQ(Bound("app/templates/acting.yaml", "kind: Anything\n"), "template");
  EXPECT_EQ(Bound("app/charts/always/templates/x.yaml", "kind: Anything\n"), "template subchart");
}

TEST(BindRelease, WithoutSourceOrOfAnUnknownOneNothingIs) {
  EXPECT_THAT(Bind(Of("---\nkind: Pod\n"), MakeChart()).documents,
              ElementsAre(testing::Field(&DocumentBinding::binding, Binding::kNoSource)));
  for (const std::string source :
       {"app/templates/other.yaml", "other/templates/plain.yaml", "templates/plain.yaml", "app/Chart.yaml",
        "app/templates/_helpers.tpl", "app/templates/NOTES.txt", "app/templates/../templates/plain.yaml"}) {
    EXPECT_EQ(Bound(source, kConfigMap), "unknown") << source;
  }
}

TEST(BindRelease, SubchartsHaveTheNamesOfTheirDependencies) {
  const std::string service = "apiVersion: v1\nkind: Service\nmetadata: {name: svc}\n";
  EXPECT_EQ(Bound("app/charts/db/templates/svc.yaml", service), "verbatim subchart");
  EXPECT_EQ(Bound("app/charts/db2/templates/svc.yaml", service), "verbatim subchart");
  EXPECT_EQ(Bound("app/charts/db/charts/deep/templates/d.yaml", "kind: Deep"), "verbatim subchart");
  for (const std::string chart : {"sub", "vendored", "db3", "lib"}) {
    EXPECT_EQ(Bound("app/charts/" + chart + "/templates/svc.yaml", service), "unknown subchart") << chart;
  }
  EXPECT_EQ(Bound("app/charts/lib/templates/l.yaml", "kind: Lib\n"), "unknown subchart");
}

TEST(BindRelease, BeyondTheLimitNothingIsReadAsYaml) {
  const std::string labelled =
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {x: \"" +
      std::string(1 << 20, 'x') + "\"}\n";
  std::string manifest;
  for (int i = 0; i < 5; ++i) manifest += Document("app/templates/plain.yaml", labelled);
  manifest += Document("app/templates/plain.yaml", kConfigMap);
  std::string told;
  for (const auto& one : Bind(Of(manifest), MakeChart()).documents) told += Cat(Name(one.binding), " ");
  EXPECT_EQ(told, "labelled labelled labelled differs differs verbatim ");
}

TEST(BindRelease, HooksAreBoundByTheirPath) {
  Release release;
  release.hooks.push_back({.path = "app/templates/hook.yaml",
                           .manifest = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: \"job\"\n"});
  release.hooks.push_back({.path = "app/templates/hook.yaml", .manifest = "kind: Pod\n"});
  release.hooks.push_back({.path = "", .manifest = "kind: Pod\n"});
  const auto bindings = Bind(release, MakeChart()).documents;
  ASSERT_EQ(bindings.size(), 3);
  EXPECT_EQ(bindings[0].binding, Binding::kVerbatim);
  EXPECT_TRUE(bindings[0].hook);
  EXPECT_EQ(bindings[0].object, "batch/v1 Job job");
  EXPECT_EQ(bindings[1].binding, Binding::kDiffers);
  EXPECT_EQ(bindings[2].binding, Binding::kNoSource);
}

TEST(BindRelease, WhatHelmTakesOutOfEveryTextIsTakenOut) {
  EXPECT_EQ(Bound("app/templates/absent.yaml", "x: \"\"\n"), "verbatim");
}

// -- What is missing.

// All that the chart renders to without subcharts, but for `without`.
std::string AllBut(const std::string& without) {
  const std::string b = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n";
  std::string manifest;
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"plain", kConfigMap},
           {"several", kConfigMap + std::string("---\n# Source: app/templates/several.yaml\n") + b},
           {"hook", "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: \"job\"\n"},
           {"absent", "x: \"\"\n"}}) {
    if (name != without) manifest += Document("app/templates/" + name + ".yaml", text);
  }
  return manifest;
}

std::vector<std::string> Missing(const Release& release) {
  std::vector<std::string> out;
  for (const auto& one : Bind(release, MakeChart()).missing) {
    out.push_back(Cat(one.source, " ", one.object, one.subchart ? " subchart" : ""));
  }
  return out;
}

TEST(MissingDocuments, AreThoseOfTemplatesWithoutActionThatTheReleaseDoesNotHave) {
  EXPECT_THAT(Missing(Of(AllBut(""))), IsEmpty());
  EXPECT_THAT(Missing(Of(AllBut("plain"))), ElementsAre("app/templates/plain.yaml v1 ConfigMap a"));
  EXPECT_THAT(Missing(Of(AllBut("several") + Document("app/templates/several.yaml", kConfigMap))),
              ElementsAre("app/templates/several.yaml v1 ConfigMap b"));
}

TEST(MissingDocuments, OfADependencyAreOnlyThoseOfOneInUse) {
  EXPECT_THAT(Missing(Of(AllBut("") + Document("app/charts/db/charts/deep/templates/d.yaml", "kind: Deep"))),
              ElementsAre("app/charts/db/templates/svc.yaml v1 Service subchart"));
  Release named = Of(AllBut(""));
  named.dependencies = {{.name = "db2"}};
  EXPECT_THAT(Missing(named), ElementsAre("app/charts/db2/templates/svc.yaml v1 Service subchart"));
}

TEST(MissingDocuments, AreNoneWhereAnotherDocumentMayBeWhatIsMissing) {
  EXPECT_THAT(Missing(Of(AllBut("plain") + Document("app/templates/plain.yaml", "kind: Changed"))),
              IsEmpty());
  EXPECT_THAT(Missing(Of("---\nkind: Pod\n")), IsEmpty());
}

// -- How helm takes a template apart.

TEST(SplitTemplate, AtEachLineThatBeginsSo) {
  EXPECT_THAT(SplitTemplate("a: 1\n---\nb: 2\n"), ElementsAre("a: 1", "b: 2"));
  EXPECT_THAT(SplitTemplate("---\n---\na: 1\n\n---   \n\n\n  b: 2"), ElementsAre("a: 1", "b: 2"));
  EXPECT_THAT(SplitTemplate("---a: 1\n---- b\n"), ElementsAre("a: 1", "- b"));
  EXPECT_THAT(SplitTemplate("a: |\n  ---\nb: 2\r\n---\r\nc: 3\r\n"),
              ElementsAre("a: |\n  ---\nb: 2", "c: 3"));
  EXPECT_THAT(SplitTemplate(""), IsEmpty());
  EXPECT_THAT(SplitTemplate("\n---\n# comment\n---"), IsEmpty());
}

}  // namespace
}  // namespace chartseal::chart
