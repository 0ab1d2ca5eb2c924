#include "verifier/chart/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/chart/tar_writer.h"
#include "verifier/base/limits.h"

namespace chartseal::chart {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string ChartYaml(const std::string& name, const std::string& version = "1.2.3",
                      const std::string& api = "v2") {
  return "apiVersion: " + api + "\nname: \"" + name + "\"\nversion: \"" + version + "\"\n";
}

// A chart called app, with `more` beside its Chart.yaml.
std::vector<File> App(std::vector<File> more = {}) {
  more.insert(more.begin(), File{"Chart.yaml", ChartYaml("app")});
  return more;
}

std::vector<File> Old(std::vector<File> more = {}) {
  more.insert(more.begin(), File{"Chart.yaml", ChartYaml("app", "1.2.3", "v1")});
  return more;
}

absl::StatusOr<Chart> Load(std::vector<File> files) { return Chart::FromFiles(std::move(files), "app"); }

std::string Archived(const std::string& directory, const std::vector<File>& files) {
  TarWriter tar;
  for (const File& file : files) tar.Add(directory + "/" + file.name, file.bytes);
  return Tgz(tar);
}

std::vector<std::string> Names(const std::vector<File>& files) {
  std::vector<std::string> names;
  for (const File& file : files) names.push_back(file.name);
  return names;
}

TEST(Chart, FilesAreSortedIntoTheirRoles) {
  const auto chart = Load(App({{"templates", "x"},
                               {"templates/b.yaml", "b"},
                               {"templates/tests/a.yaml", "a"},
                               {"values.yaml", "v: 1\n"},
                               {"values.schema.json", "{}"},
                               {"Chart.lock", "digest: d\n"},
                               {"crds/c.yaml", "c"},
                               {".helmignore", "*.bak"},
                               {"sub/Chart.yaml", "not a chart here"},
                               {"charts", "x"}}));
  // "templates" and "charts" as files beside directories of that name are refused; see below.
  EXPECT_THAT(Why(chart), StartsWith("chart-duplicate: app/templates/b.yaml: "));
  const auto good = Load(App({{"templates/b.yaml", "b"},
                              {"templates/tests/a.yaml", "a"},
                              {"values.yaml", "v: 1\n"},
                              {"values.schema.json", "{}"},
                              {"Chart.lock", "digest: d\n"},
                              {"crds/c.yaml", "c"},
                              {".helmignore", "*.bak"},
                              {"sub/Chart.yaml", "not a chart here"},
                              {"charts", "x"}}));
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_THAT(Names(good->templates()), ElementsAre("templates/b.yaml", "templates/tests/a.yaml"));
  EXPECT_THAT(Names(good->files()), ElementsAre("crds/c.yaml", ".helmignore", "sub/Chart.yaml", "charts"));
  EXPECT_EQ(good->values()->bytes, "v: 1\n");
  EXPECT_EQ(good->schema()->bytes, "{}");
  EXPECT_EQ(good->chart_lock()->bytes, "digest: d\n");
  EXPECT_EQ(good->lock()->digest, "d");
  EXPECT_EQ(good->metadata().name, "app");
  EXPECT_EQ(good->chart_yaml().bytes, ChartYaml("app"));
  EXPECT_THAT(good->subcharts(), IsEmpty());
}

TEST(Chart, AbsentFilesAreAbsent) {
  const auto chart = Load(App());
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_FALSE(chart->values() || chart->schema() || chart->lock() || chart->chart_lock());
}

TEST(Chart, OneByteOrderMarkIsTakenOffEveryFile) {
  const std::string mark = "\xEF\xBB\xBF";
  const auto chart = Chart::FromFiles(
      {{"Chart.yaml", mark + ChartYaml("app")}, {"a.bin", mark + "x"}, {"templates/a", mark + mark}}, "app");
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_EQ(chart->chart_yaml().bytes, ChartYaml("app"));
  EXPECT_EQ(chart->files()[0].bytes, "x");
  EXPECT_EQ(chart->templates()[0].bytes, mark);
  EXPECT_THAT(Why(Chart::FromFiles({{"Chart.yaml", mark + mark + ChartYaml("app")}}, "app")),
              HasSubstr("byte order mark"));
}

TEST(Chart, FromAnArchiveIsThatFromItsFiles) {
  const auto chart = Chart::FromArchive(Archived("any", App({{"templates/a.yaml", "a"}})), "app.tgz");
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_EQ(chart->metadata().name, "app");
  EXPECT_THAT(Names(chart->templates()), ElementsAre("templates/a.yaml"));
  EXPECT_THAT(Why(Chart::FromArchive("x", "app.tgz")), StartsWith("archive-malformed: app.tgz: not gzip"));
  EXPECT_EQ(Why(Chart::FromArchive(Archived("any", {{"values.yaml", ""}}), "app.tgz")),
            "chart-malformed: app.tgz/Chart.yaml: missing; a chart must have this file");
}

// -- Subcharts.

TEST(Subcharts, AreReadFromDirectoriesAndArchivesSortedByDirectory) {
  const auto chart =
      Load(App({{"charts/z/Chart.yaml", ChartYaml("zed", "v1")},
                {"charts/z/charts/deep/Chart.yaml", ChartYaml("deep")},
                {"charts/z/templates/a", "a"},
                {"charts/any-name.tgz", Archived("b", {{"Chart.yaml", ChartYaml("Bee_", "1.0")}})},
                {"charts/_skipped/x", ""},
                {"charts/.skipped", ""},
                {"charts/z.tgz.prov", "p"},
                {"charts/z/q.prov", "q"}}));
  ASSERT_TRUE(chart.ok()) << chart.status();
  ASSERT_EQ(chart->subcharts().size(), 2u);
  EXPECT_EQ(chart->subcharts()[0].directory, "b");
  EXPECT_EQ(chart->subcharts()[0].chart.metadata().name, "Bee_");
  EXPECT_EQ(chart->subcharts()[1].directory, "z");
  EXPECT_THAT(Names(chart->subcharts()[1].chart.templates()), ElementsAre("templates/a"));
  EXPECT_EQ(chart->subcharts()[1].chart.subcharts()[0].chart.metadata().name, "deep");
  EXPECT_THAT(Names(chart->files()), ElementsAre("charts/z.tgz.prov", "charts/z/q.prov"));
}

TEST(Subcharts, ErrorsNameTheWholePath) {
  EXPECT_EQ(Why(Load(App({{"charts/s/values.yaml", ""}}))),
            "chart-malformed: app/charts/s/Chart.yaml: missing; a chart must have this file");
  EXPECT_THAT(Why(Load(App({{"charts/s/charts/t/Chart.yaml", "apiVersion: v2\nname: t\nversion: 1.0\n"},
                            {"charts/s/Chart.yaml", ChartYaml("s")}}))),
              StartsWith("chart-scalar-ambiguous: app/charts/s/charts/t/Chart.yaml:3: version: 1.0 "));
  EXPECT_THAT(Why(Load(App({{"charts/s.tgz", "x"}}))),
              StartsWith("archive-malformed: app/charts/s.tgz: not gzip"));
  EXPECT_EQ(Why(Load(App({{"charts/s.tgz", Archived("s", {{"a", ""}})}}))),
            "chart-malformed: app/charts/s.tgz/Chart.yaml: missing; a chart must have this file");
  EXPECT_THAT(Why(Load(App({{"charts/s.tgz/Chart.yaml", ""}}))),
              StartsWith("chart-malformed: app/charts/s.tgz: a directory"));
  EXPECT_THAT(Why(Load(App({{"charts/README.md", ""}}))),
              StartsWith("chart-malformed: app/charts/README.md: a loose file"));
}

TEST(Subcharts, OfOneNameAreRefused) {
  EXPECT_EQ(Why(Load(App({{"charts/a/Chart.yaml", ChartYaml("s")},
                          {"charts/b/Chart.yaml", ChartYaml("s", "2.0.0")}}))),
            "chart-duplicate: app/charts: two charts are called \"s\"; helm would package them into one");
}

TEST(Subcharts, MayHaveNamesAndVersionsThatHelmTakesAndNoOthers) {
  const auto sub = [](const std::string& name, const std::string& version) {
    return Why(Load(App({{"charts/s/Chart.yaml", ChartYaml(name, version)}})));
  };
  for (const std::string version : {"1", "1.2", "v1.2.3", "01.2.3", "1.2.3-rc.1+b.007", "1-a"})
    EXPECT_EQ(sub("S x_", version), "ok");
  for (const std::string version :
       {"a", "1.2.3.4", "1.", "", "vv1", "1.2.3-", "1.2.3-a..b", "1.2.3+", "1.2.3-01"}) {
    EXPECT_THAT(
        sub("s", version),
        StartsWith(version.empty() ? "chart-malformed: app/charts/s/Chart.yaml:3: version: missing"
                                   : "chart-version-invalid: app/charts/s/Chart.yaml:3: version: \""));
  }
  for (const std::string name : {".", "..", "a/b", "/", "a\\\\b"}) {
    EXPECT_THAT(sub(name, "1.2.3"), StartsWith("chart-name-invalid: app/charts/s/Chart.yaml:2: name: \""));
  }
}

TEST(Subcharts, DepthIsLimited) {
  const auto nested = [](int depth) {
    std::vector<File> files = App();
    std::string at;
    for (int i = 0; i < depth; ++i) files.push_back({(at += "charts/s/") + "Chart.yaml", ChartYaml("s")});
    return Why(Load(std::move(files)));
  };
  EXPECT_EQ(nested(limits::kMaxSubchartDepth), "ok");
  EXPECT_THAT(nested(limits::kMaxSubchartDepth + 1), StartsWith("limit-exceeded: app/charts/s/"));
}

TEST(Subcharts, WhatTheyUnpackCountsForAllTogether) {
  const std::string big = Archived("s", {{"Chart.yaml", ChartYaml("s")},
                                         {"a", std::string(limits::kMaxChartFileBytes, '\0')},
                                         {"b", std::string(limits::kMaxChartFileBytes, '\0')},
                                         {"c", std::string(limits::kMaxChartFileBytes, '\0')}});
  std::vector<File> files = App();
  for (int i = 0; i < 7; ++i) files.push_back({"charts/s" + std::to_string(i) + ".tgz", big});
  EXPECT_EQ(Why(Load(std::move(files))),
            "limit-exceeded: app/charts/s6.tgz: unpacks to more than the limit of 104857599 bytes, subcharts "
            "included");
}

// -- What is refused.

TEST(ChartRefused, NamesThatNoToolShouldMeet) {
  EXPECT_EQ(Why(Load(App({{"a/../b", ""}}))),
            "chart-malformed: app/a/../b: a component of its name is \"..\"");
  EXPECT_EQ(Why(Load(App({{"/etc/passwd", ""}}))), "chart-malformed: app//etc/passwd: its name is absolute");
  EXPECT_THAT(Why(Load(App({{"a\\b", ""}}))), HasSubstr("its name has a backslash"));
  EXPECT_EQ(Why(Load(App({{"templates/a", ""}, {"templates/a", ""}}))),
            "chart-duplicate: app/templates/a: another file has the same name");
  EXPECT_EQ(Why(Load(App(App()))), "chart-duplicate: app/Chart.yaml: another file has the same name");
}

TEST(ChartRefused, ASchemaThatIsNoJson) {
  EXPECT_THAT(Why(Load(App({{"values.schema.json", "{"}}))),
              StartsWith("chart-malformed: app/values.schema.json: not valid JSON: "));
  EXPECT_THAT(Why(Load(App({{"values.schema.json", ""}}))),
              StartsWith("chart-malformed: app/values.schema.json: "));
  EXPECT_THAT(Why(Load(App({{"values.schema.json", R"({"a":1,"a":2})"}}))), HasSubstr("duplicate key \"a\""));
  EXPECT_THAT(Why(Load(App({{"values.schema.json", std::string(200, '[')}}))),
              StartsWith("limit-exceeded: app/values.schema.json: "));
}

TEST(ChartRefused, ALockThatCannotBeRead) {
  EXPECT_THAT(Why(Load(App({{"Chart.lock", "generated: soon\n"}}))),
              StartsWith("chart-malformed: app/Chart.lock:1: generated: "));
}

TEST(ChartRefused, FilesOfApiVersion1InAChartOfVersion2) {
  EXPECT_THAT(Why(Load(App({{"requirements.yaml", "dependencies: []\n"}}))),
              StartsWith("chart-malformed: app/requirements.yaml: helm would read this over Chart.yaml"));
  EXPECT_THAT(Why(Load(App({{"requirements.lock", "digest: d\n"}}))),
              StartsWith("chart-malformed: app/requirements.lock: "));
}

TEST(ChartRefused, LimitsOfADirectoryAreThoseOfAnArchive) {
  EXPECT_THAT(Why(Load(App({{"a", std::string(limits::kMaxChartFileBytes + 1, 'x')}}))),
              StartsWith("limit-exceeded: app/a: 5242881 bytes"));
  std::vector<File> many = App();
  for (size_t i = 0; i < limits::kMaxChartFiles; ++i) many.push_back({std::to_string(i), ""});
  EXPECT_EQ(Why(Load(std::move(many))), "limit-exceeded: app: more than 20000 files");
  std::vector<File> large = App();
  for (int i = 0; i < 20; ++i)
    large.push_back({std::to_string(i), std::string(limits::kMaxChartFileBytes, 'x')});
  EXPECT_EQ(Why(Load(std::move(large))),
            "limit-exceeded: app: more than the limit of 104857599 bytes in all files");
}

TEST(ChartVersion1, DependenciesAndLockComeFromTheirOwnFiles) {
  const auto chart =
      Load(Old({{"requirements.yaml", "dependencies: [{name: d}]\n"}, {"requirements.lock", "digest: x\n"}}));
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_EQ(chart->metadata().dependencies[0].name, "d");
  EXPECT_EQ(chart->lock()->digest, "x");
  EXPECT_FALSE(chart->chart_lock());
  EXPECT_THAT(Names(chart->files()), ElementsAre("requirements.yaml", "requirements.lock"));
}

TEST(ChartVersion1, FilesOfVersion2AreRefused) {
  EXPECT_THAT(Why(Load(Old({{"Chart.lock", "digest: x\n"}}))),
              StartsWith("chart-malformed: app/Chart.lock: an apiVersion v1 chart"));
  EXPECT_THAT(Why(Load({{"Chart.yaml", ChartYaml("app", "1.2.3", "v1") + "dependencies: [{name: d}]\n"}})),
              StartsWith("chart-malformed: app/Chart.yaml: dependencies of an apiVersion v1 chart are lost"));
  EXPECT_THAT(Why(Load(Old({{"requirements.yaml", "name: x\n"}}))),
              StartsWith("chart-malformed: app/requirements.yaml:1: name: "));
}

// -- The rules for what is published.

std::string Named(const std::string& name) { return Why(Load({{"Chart.yaml", ChartYaml(name)}})); }
std::string Versioned(const std::string& version) {
  return Why(Load({{"Chart.yaml", ChartYaml("app", version)}}));
}

TEST(PublishedName, IsAComponentOfARepository) {
  for (const std::string name : {"a", "app", "my-app", "a.b", "a_b", "a__b", "a---b", "0", "a1.b2-c3"})
    EXPECT_EQ(Named(name), "ok") << name;
  for (const std::string name : {"App", "-a", "a-", ".a", "a.", "_a", "a_", "a..b", "a___b", "a._b", "a-_b",
                                 "a b", "é", "a+b", "a:b", "a@b"}) {
    EXPECT_THAT(Named(name), StartsWith("chart-name-invalid: app/Chart.yaml:2: name: \"")) << name;
  }
  EXPECT_EQ(Named(std::string(63, 'a')), "ok");
  EXPECT_EQ(Named(std::string(64, 'a')),
            "chart-name-invalid: app/Chart.yaml:2: name: 64 characters, at most 63");
}

TEST(PublishedVersion, IsStrictSemVer2) {
  for (const std::string version :
       {"0.0.0", "1.2.3", "10.20.30", "1.2.3-rc.1", "1.2.3-0", "1.2.3-0a", "1.2.3--", "1.2.3-a-b.c-d",
        "1.2.3+b.1", "1.2.3+001", "1.2.3-rc+b", "1.2.3+a-b"}) {
    EXPECT_EQ(Versioned(version), "ok") << version;
  }
  for (const std::string version :
       {"1", "1.0", "v1.2.3", "01.2.3", "1.02.3", "1.2.03", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2.3-01",
        "1.2.3-a..b", "1.2.3-a_b", "1.2.3+a+b", "1.2.3 ", " 1.2.3", "1.2.x", "-1.2.3", "a", "1.2.3-\u00e9"}) {
    EXPECT_THAT(Versioned(version), StartsWith("chart-version-invalid: app/Chart.yaml:3: version: \""))
        << version;
  }
  EXPECT_EQ(Versioned("1.2.3-" + std::string(122, 'a')), "ok");
  EXPECT_EQ(Versioned("1.2.3-" + std::string(123, 'a')),
            "chart-version-invalid: app/Chart.yaml:3: version: 129 characters; a tag has at most 128");
}

}  // namespace
}  // namespace chartseal::chart
