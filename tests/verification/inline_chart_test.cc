#include "verifier/verification/inline_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/release_fixture.h"

// Whether two charts are the same, file by file.
namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;

// Of files below app/; of a name that ends in ".tgz" an archive whose top directory is db/ and whose chart is
// called as its content says.
chart::Chart ChartOf(const Files& files) {
  Files packed = {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"}};
  for (const auto& [name, bytes] : files) {
    packed.emplace_back(
        name, name.ends_with(".tgz")
                  ? TgzOf("db", {{"Chart.yaml", Cat("apiVersion: v2\nname: ", bytes, "\nversion: 0.1.0\n")},
                                 {"files/x.prov", bytes}})
                  : bytes);
  }
  auto chart = chart::Chart::FromArchive(TgzOf("app", packed), "app");
  EXPECT_TRUE(chart.ok()) << chart.status();
  return *std::move(chart);
}

// "REASON DETAIL", or "same".
std::string Compared(const Files& signed_files, const Files& found) {
  const Checked<Passed> same = CompareCharts(ChartOf(signed_files), ChartOf(found));
  return same.ok() ? "same" : Cat(Name(same.rejection().reason), " ", same.rejection().detail);
}

TEST(CompareCharts, TheSameFilesInAnyOrderAreTheSameChart) {
  const std::pair<std::string, std::string> a = {"templates/a.yaml", "kind: A\n"};
  const std::pair<std::string, std::string> db = {"charts/db.tgz", "db"};
  EXPECT_EQ(Compared({a, db}, {db, a}), "same");
  EXPECT_EQ(Compared({db}, {{"charts/db-0.1.0.tgz", "db"}}), "same");
}

TEST(CompareCharts, EveryFileCountsThoseOfSubchartsToo) {
  EXPECT_THAT(Compared({{"charts/db.tgz", "db"}}, {{"charts/db.tgz", "other"}}),
              HasSubstr("chart-content-mismatch the chart in the object is not the signed one: "
                        "charts/db/Chart.yaml"));
  EXPECT_THAT(Compared({{"a", "1"}}, {}), HasSubstr("chart-content-mismatch"));
  EXPECT_THAT(Compared({}, {{"a", "1"}}), HasSubstr("chart-content-mismatch"));
}

// helm renders both of two charts whose archives have one top directory, so that neither may hide the other.
TEST(CompareCharts, TwoFilesOfOnePathCannotBeCompared) {
  const Files one = {{"charts/a.tgz", "db"}, {"charts/b.tgz", "evil"}};
  const Files two = {{"charts/a.tgz", "db"}, {"charts/b.tgz", "good"}};
  for (const auto& [signed_files, found] :
       {std::pair(two, one), std::pair(two, two), std::pair(Files(), one)}) {
    EXPECT_THAT(
        Compared(signed_files, found),
        HasSubstr("chart-duplicate two files of charts in the chart are called charts/db/Chart.yaml"));
  }
  EXPECT_THAT(
      Compared({{"charts/a.tgz", "db"}}, {{"charts/a.tgz", "db"}, {"charts/db/files/x.prov", "evil"}}),
      HasSubstr("chart-duplicate two files of charts in the chart are called charts/db/files/x.prov"));
}

}  // namespace
}  // namespace chartseal::verification
