#include "verifier/chart/chart_templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/chart/nested_chart.h"
#include "verifier/base/limits.h"
#include "verifier/chart/binding.h"

// Under which names helm renders the templates of a chart and the charts in it.
namespace chartseal::chart {
namespace {

using ::testing::HasSubstr;

TEST(SourceTemplates, AreUnderEachAliasOfTheirChartAndOfThoseThatItIsIn) {
  const auto templates =
      SourceTemplates::Of(NestedChart(/*depth=*/3, /*aliases=*/2, "kind: A\n---\nkind: B\n"));
  ASSERT_EQ(Why(templates), "ok");
  EXPECT_EQ(templates->all().size(), 8);
  const auto* const one = templates->Find("app/charts/a0/charts/a1/charts/a0/templates/t.yaml");
  const auto* const other = templates->Find("app/charts/a1/charts/a1/charts/a1/templates/t.yaml");
  ASSERT_TRUE(one != nullptr && other != nullptr);
  EXPECT_TRUE(one->subchart);
  EXPECT_EQ(one->from, other->from) << "the text is held once";
  EXPECT_THAT(one->from->documents, testing::ElementsAre("kind: A", "kind: B"));
  EXPECT_EQ(templates->Find("app/charts/a2/charts/a0/charts/a0/templates/t.yaml"), nullptr);
}

// Without a limit each would take the years that 50^8 paths take.
TEST(SourceTemplates, ThatAliasesMultiplyBeyondTheLimitAreRefused) {
  for (const std::string text : {"kind: A\n", "name: {{ .Release.Name }}\n", ""}) {
    const Chart chart = NestedChart(limits::kMaxSubchartDepth, 50, text);
    EXPECT_THAT(Why(SourceTemplates::Of(chart)), HasSubstr("limit-exceeded: ")) << text;
    EXPECT_THAT(Why(BindRelease({}, chart)), HasSubstr("limit-exceeded: ")) << text;
  }
}

TEST(SourceTemplates, TheLimitIsOfChartsTemplatesAndDocumentsTogether) {
  // 1 + 10 + 100 + 1000 + 10000 charts, and in the last 10000 a template with so many documents.
  const auto with = [](size_t documents) {
    std::string text;
    for (size_t i = 0; i < documents; ++i) text += "---\na: b\n";
    return Why(SourceTemplates::Of(NestedChart(4, 10, text)));
  };
  EXPECT_EQ(with(7), "ok");
  EXPECT_THAT(with(8), HasSubstr("limit-exceeded: the chart and the charts in it have more than 100000"));
}

TEST(SourceTemplates, SoAreTheBytesOfTheirPaths) {
  // 87,381 charts, of which three in four have a path of eight aliases.
  EXPECT_EQ(Why(SourceTemplates::Of(NestedChart(8, 4, ""))), "ok");
  EXPECT_THAT(Why(SourceTemplates::Of(NestedChart(8, 4, "", std::string(40, 'a')))),
              HasSubstr("limit-exceeded: "));
}

}  // namespace
}  // namespace chartseal::chart
