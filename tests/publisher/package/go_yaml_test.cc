#include "publisher/package/go_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publisher/package/yaml_plain.h"
#include "tests/base/why.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strict_yaml.h"

namespace chartseal::publisher {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Yaml(std::string_view json) {
  const auto node = ParseJson(json, "json");
  EXPECT_TRUE(node.ok()) << node.status();
  const auto text = WriteGoYaml(*node, "Chart.yaml");
  return text.ok() ? *text : Why(text);
}

// The value of {"k": TEXT} as it is written, without "k: " and the last line break.
std::string Written(std::string_view text) {
  const auto yaml = WriteGoYaml(Node::MakeMap().Set("k", text), "Chart.yaml");
  if (!yaml.ok()) return Why(yaml);
  return yaml->substr(3, yaml->size() - 4);
}

struct Scalar {
  std::string text;
  std::string written;
};

TEST(GoYamlTest, StringsThatLookLikeSomethingElseAreInDoubleQuotes) {
  for (const std::string text : {"",
                                 "~",
                                 "null",
                                 "Null",
                                 "true",
                                 "True",
                                 "yes",
                                 "No",
                                 "on",
                                 "OFF",
                                 "y",
                                 "N",
                                 "1",
                                 "-1",
                                 "+1",
                                 "010",
                                 "08",
                                 "0x1F",
                                 "0o17",
                                 "0b11",
                                 "1_000",
                                 "1.0",
                                 "1.",
                                 ".5",
                                 "1e3",
                                 "12:30:45",
                                 "2024-01-02",
                                 "1:2",
                                 "-.inf",
                                 ".nan",
                                 ".5e-3",
                                 ".1_0",
                                 "-0b1",
                                 "0b+1",
                                 "2024-1-2",
                                 "2024-1-2 3:4:5",
                                 "1.10",
                                 "2024-01-02T03:04:05Z",
                                 "2024-1-2t3:4:5.123456789012+01:00",
                                 "18446744073709551615",
                                 "-9223372036854775808"}) {
    EXPECT_TRUE(ReadsAsOtherThanString(text)) << text;
    EXPECT_EQ(Written(text), Cat("\"", text, "\""));
  }
}

TEST(GoYamlTest, StringsThatLookLikeNothingElseArePlain) {
  for (const std::string text : {"1.2.3",
                                 "v1",
                                 "1e999",
                                 "<<",
                                 "=",
                                 "nUll",
                                 "yEs",
                                 "0x",
                                 "0b2",
                                 "1__a",
                                 "2024-13-01",
                                 "2023-02-29",
                                 "1:60",
                                 "a",
                                 "-a",
                                 "?a",
                                 ":a",
                                 "a:b",
                                 "a#b",
                                 "a'b",
                                 "a\"b",
                                 "\\",
                                 "2024-01-02T03:04:05",
                                 "2024-01-02 03:04:05Z",
                                 ".5_",
                                 "._5",
                                 "0xg",
                                 "+-1",
                                 "24:00:00:x",
                                 "--",
                                 "\u00a0a",
                                 "日本"}) {
    EXPECT_FALSE(ReadsAsOtherThanString(text)) << text;
    EXPECT_EQ(Written(text), text);
  }
}

TEST(GoYamlTest, IndicatorsAndSpacesAtTheEndsPutSingleQuotesAround) {
  for (const std::string text :
       {"- a", "-",  "? a", ": a", "a: b", "a:",  "# a", "a #b", "&a", "*a", "!a", "|", ">", "%a",
        "@a",  "`a", "[a]", "{a}", ",a",   "\"a", "...", "---a", " a", "a ", " ",  "]", "}"}) {
    EXPECT_EQ(Written(text), Cat("'", text, "'"));
  }
  EXPECT_EQ(Written("'a"), "'''a'");
  EXPECT_EQ(Written("it's: 'x'"), "'it''s: ''x'''");
}

TEST(GoYamlTest, CharactersThatDoNotPrintAreEscaped) {
  const std::vector<Scalar> cases = {{"a\tb", R"("a\tb")"},
                                     {"a\rb", R"("a\rb")"},
                                     {std::string("\0", 1), R"("\0")"},
                                     {"\x01", R"("\x01")"},
                                     {"\a\b\v\f\x1b", R"("\a\b\v\f\e")"},
                                     {"😀", R"("\U0001F600")"},
                                     {"\"\t\\", R"("\"\t\\")"},
                                     {"é\t", "\"é\\t\""},
                                     {"\uFFFD", "\uFFFD"}};
  for (const Scalar& one : cases) EXPECT_EQ(Written(one.text), one.written);
}

TEST(GoYamlTest, LineBreaksMakeALiteral) {
  const std::vector<Scalar> cases = {{"a\nb", "|-\n  a\n  b"},
                                     {"a\nb\n", "|\n  a\n  b"},
                                     {"a\n\n", "|+\n  a\n"},
                                     {"a\n\n\nb", "|-\n  a\n\n\n  b"},
                                     {"\n", "|2+\n"},
                                     {"\na", "|2-\n\n  a"},
                                     {" a\nb", "|2-\n   a\n  b"},
                                     {"a\n b", "|-\n  a\n   b"},
                                     {"é\n日\n", "|\n  é\n  日"},
                                     {"a \nb", R"("a \nb")"},
                                     {"a\nb ", R"("a\nb ")"},
                                     {"a\n\tb", R"("a\n\tb")"},
                                     {"a\r\nb", R"("a\r\nb")"},
                                     {"a\n😀", R"("a\n\U0001F600")"}};
  for (const Scalar& one : cases) EXPECT_EQ(Written(one.text), one.written) << one.text;
}

// A line goes on to the first space behind column 80; counted in characters, from the start of the line.
TEST(GoYamlTest, LongLinesFold) {
  const std::string at_80(77, 'x');  // "k: " comes before it
  EXPECT_EQ(Written(at_80 + " y"), at_80 + " y");
  EXPECT_EQ(Written(at_80 + "x y"), at_80 + "x\n  y");
  EXPECT_EQ(Written(at_80 + "x  y"), at_80 + "x  y") << "two spaces cannot be one line break";
  EXPECT_EQ(Written(at_80 + "x y: z"), Cat("'", at_80, "x\n  y: z'"));
  EXPECT_EQ(Written(at_80 + "\t y"), Cat("\"", at_80, "\\t\n  y\""));
  EXPECT_EQ(Written(at_80 + "\t  y"), Cat("\"", at_80, "\\t\n  \\ y\""));
  std::string accents;
  for (int i = 0; i < 77; ++i) accents += "é";
  EXPECT_EQ(Written(accents + " y"), accents + " y");
  EXPECT_EQ(Written(accents + "é y"), accents + "é\n  y");
}

TEST(GoYamlTest, MapsAreSortedAndListsNotIndented) {
  EXPECT_EQ(Yaml(R"({"name":"c","deprecated":true,"n":3,"annotations":{"b":"1","a":"x"},"keywords":["k"],
                     "dependencies":[{"name":"d","import-values":["x",{"child":"a","parent":"b"}],"tags":["t"]}],
                     "empty":{},"none":[],"null":null})"),
            R"(annotations:
  a: x
  b: "1"
dependencies:
- import-values:
  - x
  - child: a
    parent: b
  name: d
  tags:
  - t
deprecated: true
empty: {}
keywords:
- k
"n": 3
name: c
none: []
"null": null
)");
}

TEST(GoYamlTest, KeysOfSeveralLinesOrManyBytesStandBehindAQuestionMark) {
  const std::string limit(128, 'x');
  EXPECT_EQ(
      Yaml(Cat(R"({"annotations":{"a\nb":"1","a\rb":"2",")", limit, R"(":"3","x)", limit, R"(":"4"}})")),
      Cat("annotations:\n  ? |-\n    a\n    b\n  : \"1\"\n  ? \"a\\rb\"\n  : \"2\"\n  ", limit,
          ": \"3\"\n  ? x", limit, "\n  : \"4\"\n"));
}

struct Order {
  std::string first, second;
};

TEST(GoYamlTest, KeysComeWithTheirNumbersInOrderAndLettersLast) {
  const std::vector<Order> cases = {{"a2", "a10"},     {"a2", "a02"},  {"a02", "a10"},  {"", "a"},
                                    {"_x", "B"},       {"1", "B"},     {"B", "a"},      {"a", "ab"},
                                    {"a-b", "ab"},     {"a/b", "ab"},  {"\"", "colon"}, {"a", "é"},
                                    {"😀", "a"},        {"–", "a"},     {"a01", "a2"},   {"v1.2", "v1.10"},
                                    {"x100", "x1000"}, {"10x", "10y"}, {"_", "é"}};
  for (const Order& one : cases) {
    EXPECT_TRUE(GoYamlKeyLess(one.first, one.second)) << one.first << " " << one.second;
    EXPECT_FALSE(GoYamlKeyLess(one.second, one.first)) << one.first << " " << one.second;
  }
  EXPECT_FALSE(GoYamlKeyLess("a", "a"));
}

// "10" < "1e" < "9" < "10": an order that is none must not lead anywhere.
TEST(GoYamlTest, KeysInCirclesAreAllWritten) {
  Node map = Node::MakeMap();
  for (int i = 0; i < 500; ++i) map.Set(Cat(i % 3 == 0 ? "1e" : i % 3 == 1 ? "9" : "10", i), "x");
  const auto text = WriteGoYaml(map, "f");
  ASSERT_TRUE(text.ok());
  const auto read = ParseYaml(*text, "f");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->map().size(), 500U);
}

TEST(GoYamlTest, CharactersThatHelmCannotWriteAreRefused) {
  for (const std::string text :
       {"\x7f", "\u0085", "\u009f", "\u2028", "a\u2029", "\uFEFFa", "\uFFFE", "\uFFFF"}) {
    EXPECT_THAT(Written(text),
                AllOf(StartsWith("chart-refused: Chart.yaml: "), HasSubstr("helm cannot write")));
    EXPECT_THAT(Why(WriteGoYaml(Node::MakeMap().Set(text, "v"), "Chart.yaml")),
                StartsWith("chart-refused: "));
  }
}

// Whatever is written is read again as what it was, by a reader of YAML 1.2 as well.
TEST(GoYamlTest, WrittenTextIsReadAgain) {
  const std::string words(300, 'w');
  for (const std::string text :
       {"", " ", "a: b", "#", "'", "\"", "\\", "yes", "1.10", "a\nb", "a\n\n", "\n", " \n", "a\tb", "é 日 😀",
        "- x",
        "word word word word word word word word word word word word word word word word word word  word",
        "'word' word word word word word word word word word word word word word word word word: word  "
        "word"}) {
    const auto yaml = WriteGoYaml(Node::MakeMap().Set("k", text).Set("last", words), "f");
    ASSERT_TRUE(yaml.ok());
    const auto read = ParseYaml(*yaml, "f");
    ASSERT_TRUE(read.ok()) << read.status() << *yaml;
    EXPECT_EQ(read->StringOr("k"), text);
  }
}

}  // namespace
}  // namespace chartseal::publisher
