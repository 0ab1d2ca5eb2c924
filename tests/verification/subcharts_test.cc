#include "verifier/verification/subcharts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chart/nested_chart.h"
#include "tests/verification/release_fixture.h"

// What is said of documents that subcharts rendered.
namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;

constexpr char kService[] = "apiVersion: v1\nkind: Service\nmetadata:\n  name: db\n";

Files ChartFiles(
    const std::string& dependencies = "dependencies:\n- {name: db, version: 0.1.0, repository: \"\"}\n") {
  return {{"Chart.yaml", Cat("apiVersion: v2\nname: app\nversion: 1.2.3\n", dependencies)},
          {"templates/cm.yaml", "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"},
          {"templates/plain.yaml", "kind: Plain\n"},
          {"charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n"},
          {"charts/db/templates/svc.yaml", kService},
          {"charts/db/templates/cm.yaml", "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-db}\n"}};
}

std::string Document(const std::string& source, const std::string& text) {
  return Cat("---\n# Source: ", source, "\n", text);
}

const std::string kOwn = Document("app/templates/cm.yaml", "kind: ConfigMap\nmetadata: {name: rel}\n") +
                         Document("app/templates/plain.yaml", "kind: Plain\n");
const std::string kStatic = Document("app/charts/db/templates/svc.yaml", kService);

// "REASON DETAIL", or "bound".
std::string Report(const Files& files, const std::string& manifest, bool enabled = true) {
  const std::string tgz = TgzOf("app", files);
  nlohmann::json record = RecordOf(tgz, manifest);
  if (!enabled) record["chart"]["metadata"].erase("dependencies");
  const SubchartReport report =
      ReportOnSubcharts(ReadRecord(record), chart::Chart::FromArchive(tgz, "app").value()).value();
  const Rejection* worst = report.Worst();
  return worst == nullptr ? "bound" : Cat(Name(worst->reason), " ", worst->detail);
}

TEST(Subcharts, DocumentsWithoutActionsAreBoundWhenTheyStandThereJustSo) {
  EXPECT_EQ(Report(ChartFiles(), kOwn + kStatic), "bound");
  EXPECT_EQ(Report(ChartFiles(), kOwn + Document("app/charts/db/templates/svc.yaml",
                                                 "apiVersion: v1\nkind: Service\nmetadata:\n  name: db\n"
                                                 "  labels: {added: by-flux}\n")),
            "bound");
}

TEST(Subcharts, WhatSubchartsRenderIsUnbound) {
  EXPECT_THAT(
      Report(ChartFiles(), kOwn + kStatic + Document("app/charts/db/templates/cm.yaml", "kind: ConfigMap\n")),
      HasSubstr("subchart-unbound 1 of 4 documents are, or may be, the work of subcharts, which a release "
                "record does not hold: app/charts/db/templates/cm.yaml"));
}

TEST(Subcharts, WhatTheSignedOnesDoNotHaveSoIsAMismatch) {
  EXPECT_THAT(
      Report(ChartFiles(), kOwn + Document("app/charts/db/templates/svc.yaml", "kind: Evil\n")),
      HasSubstr(
          "subchart-mismatch not so in the subcharts of the signed chart: app/charts/db/templates/svc"));
  EXPECT_THAT(
      Report(ChartFiles(), kOwn + kStatic + Document("app/charts/db/templates/new.yaml", "kind: Evil\n")),
      HasSubstr(
          "subchart-mismatch not so in the subcharts of the signed chart: app/charts/db/templates/new"));
  EXPECT_THAT(
      Report(ChartFiles(), kOwn + kStatic + Document("app/charts/evil/templates/a.yaml", "kind: Evil\n")),
      HasSubstr("subchart-mismatch"));
  EXPECT_THAT(Report(ChartFiles(), kOwn),
              HasSubstr("subchart-mismatch the subcharts of the signed chart have more "
                        "documents: app/charts/db/templates/svc.yaml (v1 Service db)"));
}

TEST(Subcharts, AMismatchIsToldBeforeWhatIsUnbound) {
  EXPECT_THAT(Report(ChartFiles(), kOwn + Document("app/charts/db/templates/cm.yaml", "kind: ConfigMap\n") +
                                       Document("app/charts/db/templates/svc.yaml", "kind: Evil\n")),
              HasSubstr("subchart-mismatch"));
}

TEST(Subcharts, DocumentsWithoutSourceMayBeTheirs) {
  EXPECT_THAT(Report(ChartFiles(), "---\nkind: Pod\n"),
              HasSubstr("subchart-unbound 1 of 1 documents are, or may be, the work of subcharts"));
  EXPECT_THAT(Report(ChartFiles(), kOwn + kStatic + Document("other/templates/a.yaml", "kind: Pod\n")),
              HasSubstr("subchart-unbound"));
}

TEST(Subcharts, OfASubchartThatIsOffNothingIsMissingAndNothingMayBe) {
  EXPECT_EQ(Report(ChartFiles(), kOwn, /*enabled=*/false), "bound");
  EXPECT_EQ(Report(ChartFiles(), "---\nkind: Pod\n", /*enabled=*/false), "bound");
  EXPECT_THAT(
      Report(ChartFiles(), kOwn + Document("app/charts/evil/templates/a.yaml", "kind: Evil\n"), false),
      HasSubstr("subchart-mismatch"));
}

// helm renders a chart in charts/ that no dependency names: whoever takes the entry out of a signed chart,
// and changes the chart that it named, has the same fingerprint.
TEST(Subcharts, ADocumentOfOneProvesThatItIsInUseWhateverTheRecordNames) {
  const std::string acting = Document("app/charts/db/templates/cm.yaml", "kind: ConfigMap\n");
  EXPECT_THAT(Report(ChartFiles(), kOwn + kStatic + acting, /*enabled=*/false),
              HasSubstr("subchart-unbound 1 of 4 documents are, or may be, the work of subcharts, which a "
                        "release record does not hold: app/charts/db/templates/cm.yaml"));
  EXPECT_THAT(Report(ChartFiles(), kOwn + kStatic + "---\nkind: Pod\n", /*enabled=*/false),
              HasSubstr("subchart-unbound 1 of 4 documents"));
  EXPECT_THAT(Report(ChartFiles(), kOwn + acting, /*enabled=*/false),
              HasSubstr("subchart-mismatch the subcharts of the signed chart have more documents"));
  EXPECT_EQ(Report(ChartFiles(), kOwn + kStatic, /*enabled=*/false), "bound");
}

TEST(Subcharts, AHookOfOneProvesItToo) {
  const std::string tgz = TgzOf("app", ChartFiles());
  nlohmann::json record = RecordOf(tgz, kOwn + kStatic);
  record["chart"]["metadata"].erase("dependencies");
  const nlohmann::json hook = {{"name", "cm"},
                               {"kind", "ConfigMap"},
                               {"path", "app/charts/db/templates/cm.yaml"},
                               {"manifest", "kind: ConfigMap\n"},
                               {"events", {"pre-install"}}};
  record["hooks"] = nlohmann::json::array({hook});
  const SubchartReport report =
      ReportOnSubcharts(ReadRecord(record), chart::Chart::FromArchive(tgz, "app").value()).value();
  ASSERT_TRUE(report.unbound.has_value());
  EXPECT_EQ(report.unbound->reason, Reason::kSubchartUnbound);
}

TEST(Subcharts, OneThatIsNotDeclaredIsAlwaysInUse) {
  EXPECT_THAT(Report(ChartFiles(""), "---\nkind: Pod\n"), HasSubstr("subchart-unbound"));
  EXPECT_EQ(Report(ChartFiles(""), kOwn + kStatic), "bound");
}

TEST(Subcharts, WhatALibraryRendersForTheChartIsUnbound) {
  Files files = {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"},
                 {"templates/_helpers.tpl", "{{ define \"app.name\" }}{{ .Release.Name }}{{ end }}"},
                 {"templates/cm.yaml", "kind: ConfigMap\nmetadata: {name: {{ include \"app.name\" . }}}\n"},
                 {"templates/plain.yaml", "kind: Plain\n"},
                 {"charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n"},
                 {"charts/lib/templates/_lib.tpl", "{{ define \"lib.labels\" }}a: b{{ end }}"}};
  EXPECT_EQ(Report(files, kOwn), "bound") << "nothing of the library is used";
  files[2].second = "kind: ConfigMap\nmetadata: {labels: {{ include \"lib.labels\" . }}}\n";
  EXPECT_THAT(
      Report(files, kOwn),
      HasSubstr("subchart-unbound 1 of 2 documents are, or may be, the work of subcharts, which a release "
                "record does not hold: app/templates/cm.yaml"));
}

// What a library renders has the source of the template that takes it: no document is of the library itself.
TEST(Subcharts, ALibraryIsInUseWhateverTheRecordNames) {
  const auto files = [](const std::string& taken) -> Files {
    return {{"Chart.yaml",
             "apiVersion: v2\nname: app\nversion: 1.2.3\n"
             "dependencies:\n- {name: lib, version: 0.1.0, repository: \"\"}\n"},
            {"templates/_helpers.tpl", "{{ define \"app.name\" }}{{ .Release.Name }}{{ end }}"},
            {"templates/cm.yaml", Cat("kind: ConfigMap\nmetadata: {name: {{ ", taken, " }}}\n")},
            {"templates/plain.yaml", "kind: Plain\n"},
            {"charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n"},
            {"charts/lib/templates/_lib.tpl", "{{ define \"lib.labels\" }}a: b{{ end }}"}};
  };
  for (const std::string taken : {"include \"lib.labels\" .", "include (print \"lib\" \".labels\") ."}) {
    EXPECT_THAT(Report(files(taken), kOwn, /*enabled=*/false),
                HasSubstr("subchart-unbound 1 of 2 documents are, or may be, the work of subcharts, which a "
                          "release record does not hold: app/templates/cm.yaml"))
        << taken;
  }
  EXPECT_EQ(Report(files("include \"app.name\" ."), kOwn, /*enabled=*/false), "bound");
}

TEST(Subcharts, OneWhoseTemplatesTheChartTakesByNameIsInUseWhateverTheRecordNames) {
  Files files = ChartFiles();
  const auto with = [&](const std::string& taken) {
    files[1].second = Cat("kind: ConfigMap\nmetadata: {name: {{ ", taken, " }}}\n");
    return Report(files, kOwn, /*enabled=*/false);
  };
  EXPECT_THAT(with("include \"db.name\" ."), HasSubstr("subchart-unbound 1 of 2 documents"));
  EXPECT_THAT(with("template \"db.name\" ."), HasSubstr("subchart-unbound 1 of 2 documents"));
  // Names and texts that are made may be anybody's, and most charts with parts that can be off make some.
  EXPECT_EQ(with("tpl .Values.name ."), "bound");
  EXPECT_EQ(with("include (print $.Template.BasePath \"/plain.yaml\") ."), "bound");
}

class ReleaseOfManyAliases : public ReleaseTest {};

TEST_F(ReleaseOfManyAliases, CannotBeToldAndIsNoNo) {
  const std::string tgz = TgzOf("app", chart::NestedFiles(/*depth=*/8, /*aliases=*/50, kService));
  registry_.PushSigned("charts/app", "1.2.3", tgz);
  nlohmann::json record = RecordOf(tgz, kStatic);
  record["chart"]["metadata"].erase("dependencies");
  EXPECT_EQ(Verdict(ReadRecord(record)), "could-not-tell limit-exceeded");
  SetPolicy({.unbound = "allow"});
  EXPECT_EQ(Verdict(ReadRecord(record)), "yes");
}

TEST(Subcharts, TheArchiveIsNeededOnlyWhereTheRecordCannotTell) {
  const Files alone = {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"},
                       {"templates/cm.yaml", "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"},
                       {"templates/plain.yaml", "kind: Plain\n"}};
  const auto needed = [&](const std::string& manifest, const std::string& helper = "") {
    Files files = alone;
    if (!helper.empty()) files.emplace_back("templates/_h.tpl", helper);
    return MayBeOfSubcharts(ReadRecord(RecordOf(TgzOf("app", files), manifest)));
  };
  EXPECT_FALSE(needed(kOwn));
  EXPECT_FALSE(needed(""));
  EXPECT_TRUE(needed("---\nkind: Pod\n"));
  EXPECT_TRUE(needed(kOwn + kStatic));
  EXPECT_TRUE(needed(kOwn, "{{ include \"lib.x\" . }}"));
  EXPECT_FALSE(needed(kOwn, "{{ define \"x\" }}{{ end }}{{ include \"x\" . }}"));
  EXPECT_TRUE(MayBeOfSubcharts(ReadRecord(RecordOf(TgzOf("app", ChartFiles()), kOwn))));
}

}  // namespace
}  // namespace chartseal::verification
