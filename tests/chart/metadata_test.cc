#include "verifier/chart/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "verifier/base/limits.h"
#include "verifier/chart/go_json.h"

namespace chartseal::chart {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr char kHead[] = "apiVersion: v2\nname: c\nversion: 1.2.3\n";

absl::StatusOr<Metadata> Parse(const std::string& text) { return ParseMetadata(text, "Chart.yaml"); }
absl::StatusOr<Metadata> With(const std::string& lines) { return Parse(kHead + lines); }

TEST(Metadata, EveryFieldIsReadAndWrittenInHelmsOrder) {
  const auto metadata = With(R"(
type: library
dependencies:
- {alias: d2, import-values: [data, {parent: p, child: c}], enabled: true, tags: [t], condition: d.on,
   repository: "https://example.test", version: ~1.0.0, name: d}
- {name: e}
kubeVersion: ">=1.20.0-0"
annotations: {z: "1", a: two}
deprecated: true
appVersion: "1.10"
tags: some
condition: c.on
icon: https://example.test/i.png
maintainers: [{url: u, email: e, name: nn}, {name: m}]
keywords: [k, l]
description: a <b> & c
sources: [s]
home: h
)");
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(
      WriteGoJson(ToNode(*metadata)),
      R"({"name":"c","home":"h","sources":["s"],"version":"1.2.3","description":"a \u003cb\u003e \u0026 c",)"
      R"("keywords":["k","l"],"maintainers":[{"name":"nn","email":"e","url":"u"},{"name":"m"}],)"
      R"("icon":"https://example.test/i.png","apiVersion":"v2","condition":"c.on","tags":"some",)"
      R"("appVersion":"1.10","deprecated":true,"annotations":{"a":"two","z":"1"},)"
      R"("kubeVersion":"\u003e=1.20.0-0","dependencies":[{"name":"d","version":"~1.0.0",)"
      R"("repository":"https://example.test","condition":"d.on","tags":["t"],"enabled":true,)"
      R"("import-values":["data",{"child":"c","parent":"p"}],"alias":"d2"},{"name":"e","repository":""}],)"
      R"("type":"library"})");
}

TEST(Metadata, UnknownFieldsAndFieldsWithoutValueAreLeftOut) {
  const auto metadata =
      With("x-more: {a: [1, 0x1f]}\nhome:\nkeywords:\ndeprecated:\nannotations:\ndependencies: null\n");
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(WriteGoJson(ToNode(*metadata)), R"({"name":"c","version":"1.2.3","apiVersion":"v2"})");
}

TEST(Metadata, AMissingApiVersionIsTheFirst) {
  const auto metadata = Parse("name: c\nversion: 1.2.3\n");
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->api_version, "v1");
}

TEST(Metadata, SpacesBecomeBlanksAndUnprintableCharactersGo) {
  const auto metadata = With(
      "description: \"a\\tb\\u3000c\\u200bd\\u00a0e\\u0007f\\u00adg\"\nkeywords: [\"x\\ny\"]\n"
      "maintainers: [{name: \"m\\u2028n\"}]\nannotations: {a: \"x\\ty\"}\n"
      "dependencies: [{name: \"d\\u200b\", repository: \"r\\ts\", tags: [\"t\\u0001\"]}]\n");
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->description, "a b cd efg");
  EXPECT_THAT(metadata->keywords, ElementsAre("x y"));
  EXPECT_EQ(metadata->maintainers[0].name, "m n");
  EXPECT_THAT(metadata->annotations, ElementsAre(Pair("a", "x\ty")));
  EXPECT_EQ(metadata->dependencies[0].name, "d");
  EXPECT_EQ(metadata->dependencies[0].repository, "r s");
  EXPECT_THAT(metadata->dependencies[0].tags, ElementsAre("t"));
}

TEST(Metadata, NumbersAndBooleansThatKeepTheirTextNeedNoQuotes) {
  const auto metadata = With("appVersion: 1.16\ndescription: 2\nannotations: {prerelease: false}\n");
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->app_version, "1.16");
  EXPECT_EQ(metadata->description, "2");
  EXPECT_THAT(metadata->annotations, ElementsAre(Pair("prerelease", "false")));
}

// -- What is required.

TEST(MetadataRequired, MissingFieldsAreNamed) {
  EXPECT_EQ(Why(Parse("apiVersion: v2\nversion: 1.2.3\n")), "chart-malformed: Chart.yaml:1: name: missing");
  EXPECT_EQ(Why(Parse("apiVersion: v2\nname: c\n")), "chart-malformed: Chart.yaml:1: version: missing");
  EXPECT_EQ(Why(Parse("name: \"\\u200b\"\nversion: 1.2.3\n")),
            "chart-malformed: Chart.yaml:1: name: missing");
  EXPECT_EQ(Why(Parse("")), "chart-malformed: Chart.yaml: is empty");
  EXPECT_EQ(Why(Parse("# nothing\n")), "chart-malformed: Chart.yaml: is empty");
}

TEST(MetadataRequired, OtherApiVersionsAndTypesAreRefused) {
  EXPECT_EQ(Why(Parse("apiVersion: v3\nname: c\nversion: 1.2.3\n")),
            "chart-malformed: Chart.yaml:1: apiVersion: expected v2 (or v1, of helm 2), found \"v3\"");
  EXPECT_THAT(Why(Parse("apiVersion: V2\nname: c\nversion: 1.2.3\n")), HasSubstr("found \"V2\""));
  EXPECT_EQ(Why(With("type: Library\n")),
            "chart-malformed: Chart.yaml:4: type: expected application or library, found \"Library\"");
}

// -- Scalars that want quotes.

TEST(MetadataScalars, AmbiguousOnesAreRefusedWithPlaceAndFix) {
  EXPECT_EQ(Why(With("appVersion: 1.10\n")),
            "chart-scalar-ambiguous: Chart.yaml:4: appVersion: 1.10 without quotes is not this text to every "
            "reader of "
            "YAML; put it into quotes: \"1.10\"");
  for (const std::string text :
       {"0644", "yes", "n", "1_000", "1:30", "0x1f", ".inf", "1e3", "2024-01-02", "True", "1.0"}) {
    EXPECT_EQ(Why(With("home: " + text + "\n")),
              "chart-scalar-ambiguous: Chart.yaml:4: home: " + text +
                  " without quotes is not this text to every reader of YAML; put it into quotes: \"" + text +
                  "\"");
    EXPECT_EQ(Why(With("home: \"" + text + "\"\n")), "ok");
    EXPECT_EQ(Why(With("home: '" + text + "'\n")), "ok");
  }
}

TEST(MetadataScalars, NullIsNoText) {
  for (const std::string text : {"~", "null", "Null", "NULL"}) {
    EXPECT_EQ(Why(With("home: " + text + "\n")),
              "chart-scalar-ambiguous: Chart.yaml:4: home: " + text +
                  " is no text; put it into quotes, or leave the field out");
    EXPECT_EQ(Why(With("keywords: [" + text + "]\n")),
              "chart-scalar-ambiguous: Chart.yaml:4: keywords[0]: " + text +
                  " is no text; put it into quotes, or leave the field out");
  }
  EXPECT_EQ(Why(With("home: \"~\"\n")), "ok");
  EXPECT_EQ(Why(With("home: ~1\n")), "ok");
  EXPECT_EQ(Why(With("home:\nnullable: x\n")), "ok");
}

TEST(MetadataScalars, TheyAreFoundWhereverTheyStand) {
  for (const auto& [lines, place] : std::vector<std::pair<std::string, std::string>>{
           {"version: 1.10\nname: c\n", "Chart.yaml:1: version"},
           {"name: 0644\nversion: 1.2.3\n", "Chart.yaml:1: name"},
           {"name: c\nversion: 1.2.3\nkeywords:\n- a\n- no\n", "Chart.yaml:5: keywords[1]"},
           {"name: c\nversion: 1.2.3\nmaintainers:\n- name: on\n", "Chart.yaml:4: maintainers[0].name"},
           {"name: c\nversion: 1.2.3\nannotations:\n  a: 1.0\n", "Chart.yaml:4: annotations.a"},
           {"name: c\nversion: 1.2.3\ndependencies:\n- name: d\n  version: 1.0\n",
            "Chart.yaml:5: dependencies[0].version"},
           {"name: c\nversion: 1.2.3\ndependencies:\n- name: d\n  tags: [off]\n",
            "Chart.yaml:5: dependencies[0].tags[0]"},
           {"name: c\nversion: 1.2.3\ndependencies:\n- name: d\n  import-values: [1.0]\n",
            "Chart.yaml:5: dependencies[0].import-values[0]"},
           {"name: c\nversion: 1.2.3\ndependencies:\n- name: d\n  import-values: [{child: y, parent: z}]\n",
            "Chart.yaml:5: dependencies[0].import-values[0].child"}}) {
    EXPECT_THAT(Why(Parse(lines)), StartsWith("chart-scalar-ambiguous: " + place + ": ")) << lines;
  }
}

TEST(MetadataScalars, KeysWantQuotesToo) {
  for (const std::string key : {"n", "yes", "1", "1.5", "true", "0x1f", "2024-01-02", "<<"}) {
    EXPECT_EQ(Why(With("annotations:\n  " + key + ": a\n")),
              "chart-scalar-ambiguous: Chart.yaml:5:3: the key " + key +
                  " without quotes is not this text to every reader of YAML; put it into quotes: \"" + key +
                  "\"");
    EXPECT_EQ(Why(With("annotations:\n  \"" + key + "\": a\n")), "ok");
  }
  EXPECT_THAT(Why(With("annotations: {~: a}\n")), HasSubstr("yaml-malformed: Chart.yaml:4:"));
}

TEST(MetadataScalars, LineBreaksOfYaml11AreRefusedRaw) {
  EXPECT_EQ(Why(With("# a comment\u2028deprecated: true\n")),
            "chart-scalar-ambiguous: Chart.yaml:4: the character \\xe2\\x80\\xa8 ends a line for some "
            "readers of YAML and not "
            "for others; write it as an escape in double quotes, or remove it");
  EXPECT_THAT(Why(With("home: a\u2029b\n")),
              StartsWith("chart-scalar-ambiguous: Chart.yaml:4: the character "));
  EXPECT_THAT(Why(With("home: a\n# \u0085\n")),
              StartsWith("chart-scalar-ambiguous: Chart.yaml:5: the character "));
  EXPECT_EQ(Why(With("home: \"a\\u2028\\N\"\n")), "ok");
}

TEST(MetadataScalars, ABooleanIsTrueOrFalse) {
  EXPECT_TRUE(With("deprecated: True\n")->deprecated);
  EXPECT_FALSE(With("deprecated: false\n")->deprecated);
  for (const std::string text : {"yes", "on", "1", "0x1"}) {
    EXPECT_EQ(Why(With("deprecated: " + text + "\n")),
              "chart-scalar-ambiguous: Chart.yaml:4: deprecated: expected true or false, found " + text);
  }
  EXPECT_EQ(Why(With("deprecated: \"true\"\n")),
            "chart-malformed: Chart.yaml:4: deprecated: expected true or false, found a string");
  EXPECT_EQ(Why(With("deprecated: maybe\n")),
            "chart-malformed: Chart.yaml:4: deprecated: expected true or false, found a string");
}

// -- Shapes.

TEST(MetadataShape, WhatHelmHasNoPlaceForIsRefused) {
  for (const auto& [lines, what] : std::vector<std::pair<std::string, std::string>>{
           {"home: [a]\n", "Chart.yaml:4: home: expected a string, found a list"},
           {"home: {a: b}\n", "Chart.yaml:4: home: expected a string, found an object"},
           {"keywords: a\n", "Chart.yaml:4: keywords: expected a list, found a string"},
           {"keywords: 2\n", "Chart.yaml:4: keywords: expected a list, found a value"},
           {"keywords: [[a]]\n", "Chart.yaml:4: keywords[0]: expected a string, found a list"},
           {"maintainers: [a]\n", "Chart.yaml:4: maintainers[0]: expected \"key: value\" lines"},
           {"maintainers: [null]\n", "Chart.yaml:4: maintainers[0]: expected \"key: value\" lines"},
           {"annotations: [a]\n", "Chart.yaml:4: annotations: expected \"key: value\" lines"},
           {"annotations: {a: {b: c}}\n", "Chart.yaml:4: annotations.a: expected a string, found an object"},
           {"dependencies: {a: b}\n", "Chart.yaml:4: dependencies: expected a list, found an object"},
           {"dependencies:\n-\n", "dependencies[0]: expected \"key: value\" lines"},
           {"dependencies: [{version: a}]\n", "Chart.yaml:4: dependencies[0].name: missing"}}) {
    const std::string why = Why(With(lines));
    EXPECT_THAT(why, StartsWith("chart-malformed: ")) << lines;
    EXPECT_THAT(why, HasSubstr(what)) << lines;
  }
  EXPECT_EQ(Why(Parse("- a\n")), "chart-malformed: Chart.yaml:1: expected \"key: value\" lines");
  EXPECT_EQ(Why(Parse("name\n")), "chart-malformed: Chart.yaml:1: expected \"key: value\" lines");
}

TEST(MetadataShape, KeysInAnotherCaseAreRefusedBecauseGoReadsThem) {
  EXPECT_EQ(Why(With("Name: other\n")),
            "chart-malformed: Chart.yaml:4: Name: helm reads this key as \"name\"; write it so");
  EXPECT_EQ(Why(With("\"\u212aeywords\": [a]\n")).substr(0, 31), "chart-malformed: Chart.yaml:4: ");
  EXPECT_THAT(Why(With("\"key\u017fwords\": []\n")), "ok");
  EXPECT_THAT(Why(With("\"keyword\u017f\": []\n")), HasSubstr("helm reads this key as \"keywords\""));
  EXPECT_THAT(Why(With("apiversion: v1\n")), HasSubstr("helm reads this key as \"apiVersion\""));
  EXPECT_THAT(Why(With("maintainers: [{Name: n}]\n")),
              HasSubstr("Chart.yaml:4: maintainers[0].Name: helm reads this key as \"name\""));
  EXPECT_THAT(Why(With("dependencies: [{name: n, Alias: a}]\n")),
              HasSubstr("Chart.yaml:4: dependencies[0].Alias: helm reads this key as \"alias\""));
}

TEST(MetadataShape, DuplicateKeysSecondDocumentsAndAliasesAreRefused) {
  EXPECT_THAT(Why(With("version: 2.0.0\n")),
              HasSubstr("yaml-malformed: Chart.yaml:4:1: not valid YAML: duplicate key \"version\""));
  EXPECT_THAT(Why(With("---\nname: d\n")), StartsWith("yaml-malformed: Chart.yaml:5: a second document"));
  EXPECT_THAT(Why(With("home: &a b\nicon: *a\n")), HasSubstr("anchors are not allowed"));
  EXPECT_THAT(Why(With("home: !!str 1.10\n")), HasSubstr("tags are not allowed"));
}

TEST(MetadataDependencies, OfOneNameOrAliasAreRefused) {
  EXPECT_EQ(Why(With("dependencies:\n- name: d\n- name: d\n")),
            "chart-duplicate: Chart.yaml:6: dependencies[1].name: another dependency has the name or alias "
            "\"d\"; give one "
            "of them an alias");
  EXPECT_THAT(Why(With("dependencies: [{name: d}, {name: e, alias: d}]\n")),
              StartsWith("chart-duplicate: Chart.yaml:4: dependencies[1].alias: "));
  EXPECT_THAT(Why(With("dependencies: [{name: d, alias: x}, {name: d, alias: x}]\n")),
              StartsWith("chart-duplicate: "));
  EXPECT_EQ(Why(With("dependencies: [{name: d}, {name: d, alias: x}]\n")), "ok");
}

TEST(MetadataDependencies, AnAliasIsOfLettersDigitsDashesAndUnderscores) {
  for (const std::string alias : {"a b", "a.b", "a/b", "\u00e9"}) {
    EXPECT_THAT(Why(With("dependencies: [{name: d, alias: \"" + alias + "\"}]\n")),
                StartsWith("chart-malformed: Chart.yaml:4: dependencies[0].alias: \""));
  }
  EXPECT_EQ(Why(With("dependencies: [{name: d, alias: A_b-9}]\n")), "ok");
}

TEST(MetadataLimits, AreHeld) {
  EXPECT_THAT(Why(With("# " + std::string(limits::kMaxChartYamlBytes, 'x'))),
              StartsWith("limit-exceeded: Chart.yaml: "));
  std::string many = "keywords:\n";
  for (size_t i = 0; i <= limits::kMaxChartDependencies; ++i) many += "- k\n";
  EXPECT_EQ(Why(With(many)), "limit-exceeded: Chart.yaml:5: keywords: 1025 entries, at most 1024");
}

// -- requirements.yaml.

TEST(Requirements, AreTheDependenciesAndNothingElseThatHelmWouldRead) {
  const auto dependencies =
      ParseRequirements("dependencies: [{name: d, version: 1.2.3}]\nx: y2\n", "requirements.yaml");
  ASSERT_TRUE(dependencies.ok()) << dependencies.status();
  EXPECT_EQ(dependencies->at(0).version, "1.2.3");
  EXPECT_EQ(Why(ParseRequirements("dependencies: []\nversion: 6.6.6\n", "requirements.yaml")),
            "chart-malformed: requirements.yaml:2: version: helm would put this in place of what Chart.yaml "
            "says; remove it");
  EXPECT_THAT(Why(ParseRequirements("Version: 6.6.6\n", "requirements.yaml")),
              HasSubstr("helm reads this key as \"version\""));
  EXPECT_THAT(Why(ParseRequirements("dependencies: [{name: d, version: 1.0}]\n", "requirements.yaml")),
              StartsWith("chart-scalar-ambiguous: requirements.yaml:1: dependencies[0].version"));
}

// -- Chart.lock.

absl::StatusOr<Lock> Locked(const std::string& generated) {
  return ParseLock(
      "dependencies:\n- name: d\n  repository: r\n  version: 1.2.3\ndigest: sha256:ab\ngenerated: " +
          generated + "\n",
      "Chart.lock");
}

TEST(Lock, IsReadAndWrittenAsGoDoes) {
  const auto lock = Locked("\"2026-01-02T03:04:05.600000000+02:00\"");
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(WriteGoJson(ToNode(*lock)),
            R"({"generated":"2026-01-02T03:04:05.6+02:00","digest":"sha256:ab","dependencies":[{"name":"d",)"
            R"("version":"1.2.3","repository":"r"}]})");
  EXPECT_EQ(lock->generated_time, absl::FromUnixMillis(1767315845600));
}

TEST(Lock, TimesAreBroughtToTheFormThatGoPrints) {
  for (const auto& [text, printed] : std::vector<std::pair<std::string, std::string>>{
           {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
           {"2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05Z"},
           {"2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z"},
           {"2026-01-02T03:04:05.120-05:30", "2026-01-02T03:04:05.12-05:30"},
           {"\"2026-01-02T03:04:05.1234567899Z\"", "2026-01-02T03:04:05.123456789Z"},
           {"", "0001-01-01T00:00:00Z"}}) {
    const auto lock = Locked(text);
    ASSERT_TRUE(lock.ok()) << lock.status();
    EXPECT_EQ(lock->generated, printed);
  }
}

TEST(Lock, OtherTimesAreRefused) {
  for (const std::string text :
       {"2026-01-02", "2026-01-02 03:04:05", "2026-01-02t03:04:05Z", "2026-13-02T03:04:05Z",
        "2026-02-30T03:04:05Z", "2026-01-02T24:04:05Z", "2026-01-02T03:04:60Z", "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+2:00", "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+02:60", "2026-1-02T03:04:05Z", "now"}) {
    EXPECT_EQ(Why(Locked("\"" + text + "\"")),
              "chart-malformed: Chart.lock:6: generated: expected an RFC 3339 time, found \"" + text + "\"");
  }
}

TEST(Lock, IsJudgedAsChartYamlIs) {
  EXPECT_THAT(Why(ParseLock("digest: 0x1f\n", "Chart.lock")),
              StartsWith("chart-scalar-ambiguous: Chart.lock:1: digest: 0x1f"));
  EXPECT_THAT(Why(ParseLock("Digest: a\n", "Chart.lock")), HasSubstr("helm reads this key as \"digest\""));
  EXPECT_THAT(Why(ParseLock("dependencies: [{name: d, version: 1.0}]\n", "Chart.lock")),
              StartsWith("chart-scalar-ambiguous: Chart.lock:1: dependencies[0].version"));
  EXPECT_EQ(Why(ParseLock("", "Chart.lock")), "chart-malformed: Chart.lock: is empty");
}

}  // namespace
}  // namespace chartseal::chart
