#include "verifier/chart/definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/chart/nested_chart.h"
#include "tests/chart/tar_writer.h"
#include "verifier/base/strict_json.h"

namespace chartseal::chart {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kName = "widgets.acme.dev";

// As it stands in a chart, with `more` lines at the end of the schema of spec.
std::string Definition(std::string_view more = "", std::string_view name = kName) {
  return Cat(
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: ", name,
      "\nspec:\n  group: acme.dev\n  scope: Namespaced\n  names: { kind: Widget, plural: widgets }\n"
      "  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n"
      "        type: object\n        properties:\n          size: { type: integer }\n",
      more);
}

// The same as the API server hands it to a webhook, with members of the schema and of the spec behind it.
std::string Stored(const std::string& schema = "", const std::string& spec = "") {
  return R"({"group":"acme.dev","scope":"Namespaced","names":{"plural":"widgets","singular":"widget",)"
         R"("kind":"Widget","listKind":"WidgetList"},"conversion":{"strategy":"None"},)"
         R"("versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":)"
         R"({"type":"object","properties":{"size":{"type":"integer"}})" +
         schema + "}}}]" + spec + "}";
}

Chart App(std::vector<File> files) {
  files.insert(files.begin(), File{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"});
  absl::StatusOr<Chart> chart = Chart::FromFiles(std::move(files), "app");
  EXPECT_EQ(Why(chart), "ok");
  return *std::move(chart);
}

std::vector<std::string> Files(const Chart& chart) {
  std::vector<std::string> unreadable;
  std::vector<std::string> files;
  for (const ChartDefinition& found : FindDefinitions(chart, kName, unreadable)) files.push_back(found.file);
  for (const std::string& why : unreadable) files.push_back(Cat("unreadable ", why));
  return files;
}

Node Json(const std::string& text) {
  absl::StatusOr<Node> node = ParseJson(text, "json");
  EXPECT_EQ(Why(node), "ok");
  return *std::move(node);
}

// Where the definition in a chart's file and what the API server has differ, or "same".
std::string Difference(const std::string& file, const std::string& stored) {
  std::vector<std::string> unreadable;
  const Chart chart = App({{"crds/widgets.yaml", file}});
  const auto found = FindDefinitions(chart, kName, unreadable);
  if (found.size() != 1) return Cat(found.size(), " found");
  return DefinitionDifference(found[0].spec, Json(stored)).value_or("same");
}

TEST(Definition, IsFoundInFoldersOfTheChartAndOfChartsInIt) {
  const Chart chart =
      App({{"crds/all.yaml", Cat("# two\n", Definition("", "other.acme.dev"), "---\n", Definition())},
           {"crds/deep/widgets.yml", Definition()},
           {"charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n"},
           {"charts/db/crds/widgets.yaml", Definition()}});
  EXPECT_THAT(Files(chart),
              ElementsAre("crds/all.yaml", "crds/deep/widgets.yml", "charts/db/crds/widgets.yaml"));
}

TEST(Definition, IsFoundInTemplatesThatRenderAsTheyStand) {
  const Chart chart = App({{"templates/widgets.yaml", Definition()},
                           {"templates/more.yaml", Cat("{{ if true }}\n", Definition(), "{{ end }}\n")},
                           {"templates/_partial.yaml", Definition()}});
  EXPECT_THAT(Files(chart), ElementsAre("app/templates/widgets.yaml"));
}

TEST(Definition, IsLookedForOnceHoweverManyAliasesItsChartHas) {
  const Chart chart = NestedChart(/*depth=*/8, /*aliases=*/50, Definition());
  EXPECT_THAT(Files(chart), SizeIs(1));
}

TEST(Definition, IsNotFoundElsewhere) {
  const std::string old =
      "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nmetadata:\n";
  EXPECT_THAT(Files(App({{"files/widgets.yaml", Definition()}, {"README.md", Definition()}})), IsEmpty());
  EXPECT_THAT(Files(App({{"crds/a.yaml", Definition("", "others.acme.dev")},
                         {"crds/b.yaml", Cat(old, "  name: widgets.acme.dev\nspec: {}\n")},
                         {"crds/c.yaml", "kind: ConfigMap\nmetadata: { name: widgets.acme.dev }\nspec: {}\n"},
                         {"crds/d.yaml", "- widgets.acme.dev\n"}})),
              ElementsAre(HasSubstr("unreadable crds/d.yaml")));
}

TEST(Definition, ADocumentThatCannotBeReadIsNamed) {
  EXPECT_THAT(Files(App({{"crds/a.yaml", Cat(Definition(), "spec: {}\n")}})),
              ElementsAre(HasSubstr("unreadable crds/a.yaml")));
}

TEST(Definition, WhatTheApiServerMakesOfItIsTheSame) {
  EXPECT_EQ(Difference(Definition(), Stored()), "same");
  EXPECT_EQ(
      Difference(Definition("  conversion: { strategy: None }\n  preserveUnknownFields: false\n"), Stored()),
      "same");
  EXPECT_EQ(Difference(Definition("        required: []\n        description: \"\"\n        nullable: false\n"
                                  "        enum: []\n        patternProperties: {}\n        format: null\n"),
                       Stored()),
            "same");
  EXPECT_EQ(Difference(Definition("        maximum: 100.0\n"), Stored(R"(,"maximum":100)")), "same");
  EXPECT_EQ(Difference(Definition("        default: { on: true, off: false, none: \"\" }\n"),
                       Stored(R"(,"default":{"true":true,"false":false,"none":""})")),
            "same");
  EXPECT_EQ(Difference(
                Definition("    additionalPrinterColumns:\n    - { name: Age, type: date, priority: 0, "
                           "jsonPath: .metadata.creationTimestamp }\n"),
                R"({"group":"acme.dev","scope":"Namespaced","names":{"plural":"widgets","singular":"widget",)"
                R"("kind":"Widget","listKind":"WidgetList"},"conversion":{"strategy":"None"},)"
                R"("versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":)"
                R"({"type":"object","properties":{"size":{"type":"integer"}}}},"additionalPrinterColumns":)"
                R"([{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}]}]})"),
            "same");
}

TEST(Definition, MembersThatTheApiDoesNotHaveAreDroppedOrKept) {
  EXPECT_EQ(Difference(Definition("        descriptors: [1]\n"), Stored()), "same");
  EXPECT_EQ(Difference(Definition("        x-kubernetes-new: 1\n"), Stored(R"(,"x-kubernetes-new":1)")),
            "same");
  EXPECT_EQ(Difference(Definition("        x-kubernetes-new: 1\n"), Stored(R"(,"x-kubernetes-new":2)")),
            "spec.versions[0].schema.openAPIV3Schema.x-kubernetes-new");
  EXPECT_EQ(Difference(Definition(), Stored(R"(,"x-kubernetes-new":1)")),
            "spec.versions[0].schema.openAPIV3Schema.x-kubernetes-new");
}

TEST(Definition, TheAuthorityOfAConversionWebhookIsOfTheCluster) {
  const std::string in_chart =
      "  conversion:\n    strategy: Webhook\n    webhook:\n      conversionReviewVersions: [v1]\n"
      "      clientConfig:\n        caBundle: Cg==\n        service: { namespace: acme, name: app, path: "
      "/convert }\n";
  const auto stored = [](const std::string& service) {
    std::string text = Stored();
    const std::string none = R"({"strategy":"None"})";
    return text.replace(
        text.find(none), none.size(),
        R"({"strategy":"Webhook","webhook":{"clientConfig":{"caBundle":"TElWRQ==","service":)" + service +
            R"(},"conversionReviewVersions":["v1"]}})");
  };
  EXPECT_EQ(Difference(Definition(in_chart),
                       stored(R"({"namespace":"acme","name":"app","path":"/convert","port":443})")),
            "same");
  EXPECT_EQ(Difference(Definition(in_chart),
                       stored(R"({"namespace":"evil","name":"app","path":"/convert","port":443})")),
            "spec.conversion.webhook.clientConfig.service.namespace");
  EXPECT_EQ(Difference(Definition(in_chart),
                       stored(R"({"namespace":"acme","name":"app","path":"/convert","port":8443})")),
            "spec.conversion.webhook.clientConfig.service.port");
  EXPECT_EQ(Difference(Definition(in_chart), Stored()), "spec.conversion.strategy");
}

TEST(Definition, EveryChangeIsFound) {
  const std::string schema = "spec.versions[0].schema.openAPIV3Schema";
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = Stored();
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(Difference(Definition(), changed("integer", "string")), schema + ".properties.size.type");
  EXPECT_EQ(Difference(Definition(), changed("acme.dev", "evil.dev")), "spec.group");
  EXPECT_EQ(Difference(Definition(), changed("Namespaced", "Cluster")), "spec.scope");
  EXPECT_EQ(Difference(Definition(), changed("\"widget\"", "\"gadget\"")), "spec.names.singular");
  EXPECT_EQ(Difference(Definition(), changed(R"("size":{"type":"integer"})", "")), schema + ".properties");
  EXPECT_EQ(Difference(Definition(), changed(R"("size":)", R"("more":{"type":"string"},"size":)")),
            schema + ".properties.more");
  EXPECT_EQ(Difference(Definition(), Stored("", R"(,"preserveUnknownFields":true)")),
            "spec.preserveUnknownFields");
  EXPECT_EQ(Difference(Definition(),
                       changed(R"("storage":true,)", R"("storage":true,"subresources":{"status":{}},)")),
            "spec.versions[0].subresources");
  EXPECT_EQ(Difference(Definition(), changed(R"("versions":[)", R"("versions":[{"name":"v0"},)")),
            "spec.versions[0].name");
  EXPECT_EQ(Difference(Definition(), "{}"), "spec.group");
  EXPECT_EQ(Difference(Definition(), "null"), "spec");
}

TEST(Definition, WhatLooksLikeNothingCounts) {
  const std::string schema = "spec.versions[0].schema.openAPIV3Schema";
  EXPECT_EQ(Difference(Definition("        maxLength: 0\n"), Stored()), schema + ".maxLength");
  EXPECT_EQ(Difference(Definition("        additionalProperties: false\n"), Stored()),
            schema + ".additionalProperties");
  EXPECT_EQ(Difference(Definition("        not: {}\n"), Stored()), schema + ".not");
  EXPECT_EQ(Difference(Definition("        default: false\n"), Stored()), schema + ".default");
  EXPECT_EQ(Difference(Definition("        default: { a: 1 }\n"), Stored(R"(,"default":{})")),
            schema + ".default.a");
  EXPECT_EQ(Difference(Definition("        enum: [\"\"]\n"), Stored()), schema + ".enum");
  EXPECT_EQ(Difference(Definition("          default: { type: string }\n"), Stored()),
            schema + ".properties.default");
  EXPECT_EQ(Difference(Definition("          unknown: {}\n"), Stored()), schema + ".properties.unknown");
}

// More members than could each be looked for among all others while somebody waits.
TEST(Definition, AsManyPropertiesAsAnObjectHoldsAreCompared) {
  constexpr int kProperties = 200'000;
  const auto spec = [&](int first, int last, std::string_view type) {
    std::string text =
        R"({"versions":[{"schema":{"openAPIV3Schema":{"properties":{"first":{"type":"string"})";
    const int step = first < last ? 1 : -1;
    for (int i = first; i != last; i += step) text += Cat(",\"p", i, R"(":{"type":")", type, R"("})");
    return Json(Cat(text, "}}}}]}"));
  };
  const Node ascending = spec(0, kProperties, "string");
  const std::string properties = "spec.versions[0].schema.openAPIV3Schema.properties";
  EXPECT_EQ(DefinitionDifference(ascending, spec(kProperties - 1, -1, "string")), std::nullopt);
  EXPECT_EQ(DefinitionDifference(ascending, spec(0, kProperties, "number")), properties + ".p0.type");
  EXPECT_EQ(DefinitionDifference(ascending, spec(0, kProperties - 1, "string")),
            Cat(properties, ".p", kProperties - 1));
  EXPECT_EQ(DefinitionDifference(ascending, spec(0, kProperties + 1, "string")),
            Cat(properties, ".p", kProperties));
}

TEST(Definition, LongNamesAboveManyPropertiesAreNotWrittenForEach) {
  const auto spec = [](std::string_view last) {
    std::string text = Cat(R"({"versions":[{"schema":{"openAPIV3Schema":{"properties":{")",
                           std::string(1 << 20, 'n'), R"(":{"properties":{"first":{})");
    for (int i = 0; i < 100'000; ++i) text += Cat(",\"p", i, "\":{}");
    return Json(Cat(text, ",\"", last, "\":{}}}}}}}]}"));
  };
  EXPECT_EQ(DefinitionDifference(spec("last"), spec("last")), std::nullopt);
  EXPECT_THAT(DefinitionDifference(spec("last"), spec("other")).value_or("same"),
              testing::EndsWith("n.properties.last"));
}

TEST(Definition, LargeNumbersAreNotRounded) {
  EXPECT_EQ(
      Difference(Definition("        default: 9007199254740993\n"), Stored(R"(,"default":9007199254740992)")),
      "spec.versions[0].schema.openAPIV3Schema.default");
}

}  // namespace
}  // namespace chartseal::chart
