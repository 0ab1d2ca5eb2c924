#include "verifier/base/strict_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/base/why.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"

namespace chartseal {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Refusal(std::string_view text) { return Why(ParseYaml(text, "p.yaml")); }

// The document as JSON, or why it was refused.
std::string Read(std::string_view text) {
  const auto node = ParseYaml(text, "p.yaml");
  return node.ok() ? WriteJson(*node) : Why(node);
}

std::string Repeated(std::string_view text, size_t bytes) {
  std::string out;
  while (out.size() + text.size() <= bytes) out += text;
  return out;
}

TEST(StrictYamlTest, ReadsBlockAndFlowStyleAlike) {
  const std::string expected = R"({"a":{"b":["x",1]},"c":"two\nlines\n"})";
  EXPECT_EQ(Read("a:\n  b:\n  - x\n  - 1\nc: |\n  two\n  lines\n"), expected);
  EXPECT_EQ(Read("{a: {b: [x, 1]}, c: \"two\\nlines\\n\"}"), expected);
  EXPECT_EQ(Read(expected), expected);
}

TEST(StrictYamlTest, EveryNodeKnowsItsLine) {
  const auto node = ParseYaml("# comment\r\na: 1\r\nb:\r\n- x\r\n- {c: y}\r\n", "p.yaml");
  ASSERT_EQ(Why(node), "ok");
  EXPECT_EQ(node->line(), 2);
  EXPECT_EQ(node->Find("a")->line(), 2);
  EXPECT_EQ(node->Find("b")->list()[0].line(), 4);
  EXPECT_EQ(node->Find("b")->list()[1].Find("c")->line(), 5);
}

TEST(StrictYamlTest, ReadsCarriageReturnLineEndsAndTabsBetweenTokens) {
  EXPECT_EQ(Read("a: b\r\nc:\td\r\n"), R"({"a":"b","c":"d"})");
  EXPECT_EQ(Read("a: |\r\n  x\r\n  y\r\n"), R"({"a":"x\ny\n"})");
}

TEST(StrictYamlTest, AnEmptyDocumentIsNull) {
  for (const char* text : {"", "\n\n", "# only a comment", "---\n", "~", "--- null\n...\n"}) {
    EXPECT_EQ(Read(text), "null") << text;
  }
}

TEST(StrictYamlTest, PlainScalarsFollowTheCoreSchema) {
  EXPECT_EQ(Read("[true, True, FALSE, null, Null, ~]"), "[true,true,false,null,null,null]");
  EXPECT_EQ(Read("[0, -7, +5, 010, 0o17, 0x1F]"), "[0,-7,5,10,15,31]");
  EXPECT_EQ(Read("[1.5, 1., .5, 1e3, -2.5E-1]"), "[1.5,1.0,0.5,1000.0,-0.25]");
}

TEST(StrictYamlTest, WhatOnlyYaml11TookForAValueStaysAString) {
  EXPECT_EQ(Read("[yes, no, on, Off, y, 1_000, 12:30:45, 2024-01-01, tRue, nULL]"),
            R"(["yes","no","on","Off","y","1_000","12:30:45","2024-01-01","tRue","nULL"])");
}

TEST(StrictYamlTest, WhatOnlyLooksLikeANumberStaysAString) {
  EXPECT_EQ(Read("[1.2.3, v1, 1-2, '-', '.', +, e, 0x, 0xg, 0o8, -0x1, 1e, 0b1, inf, nan, .info]"),
            R"(["1.2.3","v1","1-2","-",".","+","e","0x","0xg","0o8","-0x1","1e","0b1","inf","nan",".info"])");
}

TEST(StrictYamlTest, QuotedAndBlockScalarsAreStrings) {
  EXPECT_EQ(Read("['1', \"true\", 'null', '', \"0x1F\", '~']"), R"(["1","true","null","","0x1F","~"])");
  EXPECT_EQ(Read("a: |-\n  1\nb: >-\n  true\n"), R"({"a":"1","b":"true"})");
}

TEST(StrictYamlTest, InfinityAndNotANumberAreNumbersAndNoStrings) {
  const auto node = ParseYaml("[.inf, -.Inf, .nan, 1e999]", "p.yaml");
  ASSERT_EQ(Why(node), "ok");
  for (const Node& item : node->list()) EXPECT_EQ(item.kind(), Node::Kind::kNumber);
  EXPECT_EQ(node->list()[1].number_value(), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(node->list()[2].number_value()));
}

TEST(StrictYamlTest, IntegersOutsideInt64AreNumbersAndNeverWrapAround) {
  const auto node = ParseYaml(
      "[9223372036854775807, 9223372036854775808, 0x8000000000000000, 0o7777777777777777777777]", "f");
  ASSERT_EQ(Why(node), "ok");
  EXPECT_EQ(node->list()[0].kind(), Node::Kind::kInteger);
  for (int i : {1, 2, 3}) EXPECT_EQ(node->list()[i].kind(), Node::Kind::kNumber) << i;
}

TEST(StrictYamlTest, KeysAreTakenAsTheyStand) {
  EXPECT_EQ(Read("1: a\ntrue: b\n'~': c\n'': d\n"), R"({"1":"a","true":"b","~":"c","":"d"})");
  EXPECT_EQ(Read("<<: {a: b}\nc: d\n"), R"({"<<":{"a":"b"},"c":"d"})");
}

TEST(StrictYamlTest, RefusesDuplicateKeysHoweverTheyAreSpelt) {
  EXPECT_EQ(Refusal("a: 1\nb: 2\na: 3\n"), "yaml-malformed: p.yaml:3:1: not valid YAML: duplicate key \"a\"");
  EXPECT_EQ(Refusal("a: 1\n\"\\u0061\": 2\n"),
            "yaml-malformed: p.yaml:2:1: not valid YAML: duplicate key \"a\"");
  EXPECT_EQ(Refusal("x: {a: 1, 'a': 2}"), "yaml-malformed: p.yaml:1:11: not valid YAML: duplicate key \"a\"");
}

TEST(StrictYamlTest, RefusesKeysThatAreNotScalars) {
  const std::string why = "not valid YAML: keys must be strings (is a bracket left open?)";
  EXPECT_EQ(Refusal("? [a]\n: b"), "yaml-malformed: p.yaml:1:3: " + why);
  EXPECT_EQ(Refusal("{a: b}: c"), "yaml-malformed: p.yaml:1:1: " + why);
  EXPECT_EQ(Refusal(": b"), "yaml-malformed: p.yaml:1:1: " + why);
  EXPECT_EQ(Refusal("~: b"), "yaml-malformed: p.yaml:1:1: " + why);
  EXPECT_EQ(Refusal("[[[a]"), "yaml-malformed: p.yaml:1:1: " + why);
}

TEST(StrictYamlTest, RefusesAnchorsAndAliases) {
  for (const char* text : {"a: &x 1", "a: &x {b: c}", "a: &x [b]", "a: &x"}) {
    EXPECT_EQ(Refusal(text), "yaml-malformed: p.yaml:1:4: not valid YAML: anchors are not allowed") << text;
  }
  EXPECT_EQ(Refusal("&x a: 1"), "yaml-malformed: p.yaml:1:1: not valid YAML: anchors are not allowed");
  EXPECT_THAT(Refusal("a: *x"), HasSubstr("p.yaml:1:4: not valid YAML: the referenced anchor"));
  EXPECT_THAT(Refusal("<<: *x"), HasSubstr("p.yaml:1:5: not valid YAML: the referenced anchor"));
}

TEST(StrictYamlTest, RefusesTagsEvenTheNonSpecificOne) {
  const std::string why = "not valid YAML: tags are not allowed";
  for (const char* text : {"!!str 5", "!own x", "! 5", "! x", "!<?> 5", "!<!> 5", "! {}", "! []", "!",
                           "!!map {a: b}", "!!seq [a]", "!!str &x 5"}) {
    EXPECT_EQ(Refusal(Cat("\u00e4: y\r\na: ", text)), "yaml-malformed: p.yaml:2:4: " + why) << text;
  }
  EXPECT_EQ(Refusal("! a: b"), "yaml-malformed: p.yaml:1:1: " + why);
  EXPECT_EQ(Read("a: '! 5'\nb: x!y\n"), R"({"a":"! 5","b":"x!y"})");
}

TEST(StrictYamlTest, RefusesASecondDocument) {
  EXPECT_EQ(Refusal("a: 1\n---\nb: 2\n"),
            "yaml-malformed: p.yaml:3: a second document; put each into a file of its own");
  EXPECT_EQ(Read("---\na: 1\n---\n"), R"({"a":1})");
}

TEST(StrictYamlTest, RefusesTextAfterTheEndOfADocument) {
  const std::string why =
      "not valid YAML: text after the end of the document; another one starts with a line \"---\"";
  EXPECT_EQ(Refusal("[a] b"), "yaml-malformed: p.yaml:1:5: " + why);
  EXPECT_EQ(Refusal("---\n- a\nb: c\n"), "yaml-malformed: p.yaml:3:1: " + why);
  EXPECT_EQ(Refusal("a: b\n...\nc: d\n"), "yaml-malformed: p.yaml:3:1: " + why);
  EXPECT_EQ(Why(ParseYamlStream("a: b\n---\n{c: d} {e: f}\n", "p.yaml")),
            "yaml-malformed: p.yaml:3:8: " + why);
}

TEST(StrictYamlTest, RefusesEmptyFlowEntries) {
  EXPECT_EQ(Refusal("[,]"), "yaml-malformed: p.yaml:1:2: not valid YAML: empty entry in a list");
  EXPECT_EQ(Refusal("[a,,b]"), "yaml-malformed: p.yaml:1:4: not valid YAML: empty entry in a list");
  EXPECT_EQ(Read("[a, ~, ]"), R"(["a",null])");
  EXPECT_EQ(Read("- a\n-\n- b\n"), R"(["a",null,"b"])");
}

TEST(StrictYamlTest, RefusesTextThatIsNotPlainUtf8) {
  EXPECT_EQ(Refusal("\xEF\xBB\xBF"
                    "a: b"),
            "yaml-malformed: p.yaml:1:1: not valid YAML: starts with a byte order mark; save it as UTF-8 "
            "without one");
  EXPECT_EQ(Refusal("a: b\nc: \xff"), "yaml-malformed: p.yaml:2:4: not valid YAML: not UTF-8");
  EXPECT_EQ(Refusal(std::string_view("\xff\xfe"
                                     "a\0:\0 \0b\0",
                                     10)),
            "yaml-malformed: p.yaml:1:1: not valid YAML: not UTF-8");
  EXPECT_EQ(Refusal(std::string_view("a\0:\0 \0b\0", 8)),
            "yaml-malformed: p.yaml:1:2: not valid YAML: control character \\x00");
}

TEST(StrictYamlTest, RefusesControlCharactersOneOfWhichWouldEndTheInput) {
  EXPECT_EQ(Refusal("a: b\n\x04mode: warn\n"),
            "yaml-malformed: p.yaml:2:1: not valid YAML: control character \\x04");
  for (const char* text : {"a: \x01", "a: \x1b", "a: \x7f", "a: '\x08'", "# \x0c"}) {
    EXPECT_THAT(Refusal(text), StartsWith("yaml-malformed: p.yaml:1:")) << text;
    EXPECT_THAT(Refusal(text), HasSubstr("control character")) << text;
  }
}

TEST(StrictYamlTest, SyntaxErrorsNameLineAndColumn) {
  EXPECT_EQ(Refusal("a: b: c"), "yaml-malformed: p.yaml:1:5: not valid YAML: illegal map value");
  EXPECT_EQ(Refusal("a: b\n- c\n"), "yaml-malformed: p.yaml:2:1: not valid YAML: end of map not found");
  EXPECT_EQ(Refusal("a:\n\tb: c\n"), "yaml-malformed: p.yaml:2:3: not valid YAML: illegal map value");
  EXPECT_EQ(Refusal("a: 'x"), "yaml-malformed: p.yaml:1:6: not valid YAML: illegal EOF in scalar");
  EXPECT_EQ(Refusal("a: [1, 2\nb: c\n"),
            "yaml-malformed: p.yaml:2:2: not valid YAML: end of sequence flow not found");
  EXPECT_EQ(Refusal("{a: b}}"), "yaml-malformed: p.yaml:1:7: not valid YAML: illegal flow end");
  EXPECT_EQ(Refusal("a: @x"), "yaml-malformed: p.yaml:1:4: not valid YAML: unknown token");
  EXPECT_EQ(Refusal("a: \"\\q\""), "yaml-malformed: p.yaml:1:7: not valid YAML: unknown escape character: q");
  EXPECT_THAT(Refusal("a: \"\\ud800\""), HasSubstr("p.yaml:1:11: not valid YAML: invalid unicode"));
  EXPECT_THAT(Refusal("%YAML 3.0\n---\na"), HasSubstr("YAML major version too large"));
}

TEST(StrictYamlTest, DepthIsLimitedInBlockAndInFlowStyle) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Refusal(nested(limits::kMaxYamlDepth)), "ok");
  EXPECT_EQ(Refusal(nested(limits::kMaxYamlDepth + 1)),
            "limit-exceeded: p.yaml:1:33: YAML nested deeper than 32");
  EXPECT_EQ(Refusal(Repeated("- ", limits::kMaxYamlBytes)),
            "limit-exceeded: p.yaml:1:65: YAML nested deeper than 32");
  std::string block;
  for (int i = 0; i < 1000; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(Refusal(block), "limit-exceeded: p.yaml:33:33: YAML nested deeper than 32");
}

TEST(StrictYamlTest, TheDeepestTextOfTheGreatestSizeIsRefusedWithoutExhaustingTheStack) {
  const size_t half = limits::kMaxYamlBytes / 2;
  EXPECT_EQ(Refusal(std::string(half, '[') + std::string(half, ']')),
            "limit-exceeded: p.yaml:1:33: YAML nested deeper than 32");
  for (const char* text : {"[", "[{", "? ", "{a: ", "&a "}) {
    EXPECT_THAT(Refusal(Repeated(text, limits::kMaxYamlBytes)), HasSubstr("p.yaml:1:")) << text;
  }
}

TEST(StrictYamlTest, ManyKeysCostNoQuadraticTimeAndValuesAreCounted) {
  std::string text;
  for (size_t i = 0; i < limits::kMaxYamlNodes - 1; ++i) text += Cat("k", i, ": 1\n");
  EXPECT_EQ(Refusal(text), "ok");
  EXPECT_EQ(Refusal(text + "last: 1\n"), "limit-exceeded: p.yaml:50000:7: YAML more than 50000 values");
}

TEST(StrictYamlTest, TheNumberOfBytesIsLimited) {
  const std::string text(limits::kMaxYamlBytes, 'a');
  EXPECT_EQ(ParseYaml(text, "p.yaml")->string_value(), text);
  EXPECT_EQ(Refusal(text + "a"),
            "limit-exceeded: p.yaml: 1048577 bytes of YAML, more than the limit of 1048576");
  EXPECT_EQ(ParseYaml(text + "a", "f").status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(StrictYamlStreamTest, GivesEveryDocumentThatIsNotEmpty) {
  const auto documents = ParseYamlStream("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n--- x\n", "p.yaml");
  ASSERT_EQ(Why(documents), "ok");
  ASSERT_EQ(documents->size(), 3);
  EXPECT_EQ(WriteJson(documents->at(1)), R"({"b":2})");
  EXPECT_EQ(documents->at(1).line(), 6);
  EXPECT_EQ(documents->at(2).string_value(), "x");
}

TEST(StrictYamlStreamTest, AFaultInAnyDocumentRefusesAll) {
  EXPECT_EQ(Why(ParseYamlStream("a: 1\n---\nb: 1\nb: 2\n", "p.yaml")),
            "yaml-malformed: p.yaml:4:1: not valid YAML: duplicate key \"b\"");
  EXPECT_EQ(Why(ParseYamlStream("a: 1\n---\n&x b: 1\n", "p.yaml")),
            "yaml-malformed: p.yaml:3:1: not valid YAML: anchors are not allowed");
}

TEST(StrictYamlStreamTest, TheCountOfValuesCoversAllDocuments) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += "--- [x]\n";
  EXPECT_THAT(Why(ParseYamlStream(text, "p.yaml")), HasSubstr("more than 50000 values"));
}

TEST(StrictYaml, EscapesOfTwoByteCharactersAreUtf8) {
  for (const auto& [text, value] : std::vector<std::pair<std::string, std::string>>{
           {"\"a\\_b\"", "a\u00a0b"},
           {"\"\\N\"", "\u0085"},
           {"\"\\_\\_\\N\u00e9\\_\"", "\u00a0\u00a0\u0085\u00e9\u00a0"},
           {"\"\\xA0\\x85\\L\\P\"", "\u00a0\u0085\u2028\u2029"}}) {
    const auto node = ParseYaml(text, "f");
    ASSERT_TRUE(node.ok()) << node.status();
    EXPECT_EQ(node->string_value(), value) << text;
  }
  EXPECT_EQ(ParseYaml("\"k\\_\": v", "f")->map().front().first, "k\u00a0");
}

// -- Plain scalars by another schema than the core's.

absl::StatusOr<Node> Marked(std::string_view text) {
  return ParseYaml(text, "f", [](std::string_view plain, bool is_key) -> absl::StatusOr<Node> {
    if (plain == "bad") {
      return WithReason(absl::InvalidArgumentError(is_key ? "a bad key" : "a bad value"),
                        Reason::kChartScalarAmbiguous);
    }
    return Node::String(Cat(is_key ? "" : "<", plain, is_key ? "" : ">"));
  });
}

TEST(StrictYamlPlainScalars, AreReadByTheCallerAndOthersAreNot) {
  const auto node = Marked("a: 1\n'b': 'q'\nc: \"q\"\nd: |-\n  q\ne: [x, true]\nf:\ng: word word\n");
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(WriteJson(*node),
            R"({"a":"<1>","b":"q","c":"q","d":"q","e":["<x>","<true>"],"f":null,"g":"<word word>"})");
}

TEST(StrictYamlPlainScalars, WrittenNullsAreAskedAboutAndMissingValuesAreNot) {
  const auto node = Marked(
      "a: null\nb: ~\nc: [Null, NULL, 'null']\nd: {e: null}\nf:\nnulls: x\ng:\n- \n- ~\nh: null # c\ni:");
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(WriteJson(*node),
            R"({"a":"<null>","b":"<~>","c":["<Null>","<NULL>","null"],"d":{"e":"<null>"},"f":null,)"
            R"("nulls":"<x>","g":[null,"<~>"],"h":"<null>","i":null})");
}

TEST(StrictYamlPlainScalars, ARefusalKeepsItsReasonAndGetsAPlace) {
  EXPECT_EQ(Why(Marked("a:\n  - bad\n")), "chart-scalar-ambiguous: f:2:5: a bad value");
  EXPECT_EQ(Why(Marked("a: b\nbad: c\n")), "chart-scalar-ambiguous: f:2:1: a bad key");
  EXPECT_EQ(Why(Marked("a: 'bad'\n'bad': c\n")), "ok");
}

TEST(StrictYamlPlainScalars, TheDocumentIsAsStrictAsEver) {
  EXPECT_THAT(Why(Marked("a: b\na: c\n")), testing::HasSubstr("duplicate key"));
  EXPECT_THAT(Why(Marked("a: b\n---\nc: d\n")), testing::HasSubstr("a second document"));
  EXPECT_THAT(Why(Marked("a: &x b\n")), testing::HasSubstr("anchors are not allowed"));
}

}  // namespace
}  // namespace chartseal
