#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/base/why.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strict_yaml.h"

// YAML with anchors, aliases and merge keys. What go-yaml v2 makes of each text was asked of it.
namespace chartseal {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Node> AsText(std::string_view text, bool) { return Node::String(std::string(text)); }

absl::StatusOr<Node> Parse(const std::string& text, size_t max_nodes = 1000, int max_depth = 10,
                           size_t max_bytes = 10'000) {
  return ParseYaml(
      text, "r.yaml",
      ExpandingYaml{
          .read_plain = AsText, .max_bytes = max_bytes, .max_depth = max_depth, .max_nodes = max_nodes});
}

std::string Read(const std::string& text) {
  const auto node = Parse(text);
  return node.ok() ? WriteJson(*node) : Why(node);
}

TEST(ExpandingYaml, AnAliasIsACopyOfWhatItsAnchorNames) {
  EXPECT_EQ(Read("a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x ]\n"),
            R"({"a":{"k":["1","2"]},"b":{"k":["1","2"]},"c":[{"k":["1","2"]},{"k":["1","2"]}]})");
  EXPECT_EQ(Read("a: &x text\nb: *x\n"), R"({"a":"text","b":"text"})");
  EXPECT_EQ(Read("a: &x |\n  text\nb: *x\n"), R"({"a":"text\n","b":"text\n"})");
  EXPECT_EQ(Read("a: &x\n- &y 1\n- *y\nb: *x\n"), R"({"a":["1","1"],"b":["1","1"]})");
  EXPECT_EQ(Read("a: &x ~\nb: *x\n"), "yaml-malformed: r.yaml:1:4: not valid YAML: an anchor of nothing");
}

TEST(ExpandingYaml, OfAnAnchorThatIsWrittenTwiceTheLastOneBeforeTheAliasCounts) {
  EXPECT_EQ(Read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n"), R"({"a":"1","b":"1","c":"2","d":"2"})");
}

TEST(ExpandingYaml, AnAliasOfNothingOrOfWhatItIsInIsRefused) {
  EXPECT_THAT(Read("a: *x\n"), HasSubstr("yaml-malformed: r.yaml:1:"));
  EXPECT_THAT(Read("a: *x\nb: &x 1\n"), HasSubstr("yaml-malformed: r.yaml:1:"));
  EXPECT_THAT(Read("a: &x [*x ]\n"), HasSubstr("an alias inside of what its anchor names"));
  EXPECT_THAT(Read("a: &x {k: *x }\n"), HasSubstr("an alias inside of what its anchor names"));
  EXPECT_THAT(Read("a: &x 1\n*x : b\n"), HasSubstr("keys must be strings"));
}

TEST(ExpandingYaml, AMergeKeyTakesMembersOver) {
  EXPECT_EQ(Read("x: &x {k: 1, m: 2}\na:\n  <<: *x\n  n: 3\n"),
            R"({"x":{"k":"1","m":"2"},"a":{"k":"1","m":"2","n":"3"}})");
  EXPECT_EQ(Read("a:\n  <<: {k: 1}\n"), R"({"a":{"k":"1"}})");
  EXPECT_EQ(Read("a: {<<: {<<: {k: 1}, m: 2}}\n"), R"({"a":{"k":"1","m":"2"}})");
}

TEST(ExpandingYaml, WhatComesLaterInAMapWinsAsGoYamlHasIt) {
  EXPECT_EQ(Read("x: &x {k: merged}\na: {<<: *x , k: written}\n"),
            R"({"x":{"k":"merged"},"a":{"k":"written"}})");
  EXPECT_EQ(Read("x: &x {k: merged}\na: {k: written, <<: *x }\n"),
            R"({"x":{"k":"merged"},"a":{"k":"merged"}})");
  EXPECT_EQ(Read("a: {<<: {k: 1}, <<: {k: 2}}\n"), R"({"a":{"k":"2"}})");
  EXPECT_EQ(Read("a: {<<: {k: 1, m: 1}, k: {n: [2]}, o: 3}\n"), R"({"a":{"k":{"n":["2"]},"m":"1","o":"3"}})");
}

TEST(ExpandingYaml, OfAListOfMapsTheFirstWins) {
  EXPECT_EQ(Read("a: {<<: [{k: 1}, {k: 2, m: 3}]}\n"), R"({"a":{"k":"1","m":"3"}})");
}

TEST(ExpandingYaml, WhatIsNoMapCannotBeMerged) {
  for (const std::string text :
       {"<<: 1\n", "<<:\n", "<<: [1]\n", "<<: [{a: 1}, [b]]\n", "x: &x [1]\na: {<<: *x }\n"}) {
    EXPECT_THAT(Read(text), HasSubstr("only maps can be merged")) << text;
  }
}

TEST(ExpandingYaml, AMergeKeyInQuotesIsAKeyLikeOthers) {
  EXPECT_EQ(Read("a: {\"<<\": {k: 1}}\n"), R"({"a":{"<<":{"k":"1"}}})");
  EXPECT_EQ(Read("a: <<\n"), R"({"a":"<<"})");
}

TEST(ExpandingYaml, AKeyThatIsWrittenTwiceIsRefusedWhateverIsMerged) {
  EXPECT_THAT(Read("{a: 1, a: 2}\n"), HasSubstr("duplicate key \"a\""));
  EXPECT_THAT(Read("{<<: {a: 0}, a: 1, a: 2}\n"), HasSubstr("duplicate key \"a\""));
  EXPECT_THAT(Read("{a: 1, <<: {a: 0}, a: 2}\n"), HasSubstr("duplicate key \"a\""));
}

TEST(ExpandingYaml, TagsAreRefusedInFrontOfAnchorsAndBehindThem) {
  for (const std::string text :
       {"a: !!str 1\n", "a: ! 1\n", "a: &x !!str 1\n", "a: !!str &x 1\n", "a: &x !t [b]\n",
        "a: &x !t {b: c}\n", "a: &x !!str\n", "a: !!str\n", "!!str a: b\n"}) {
    EXPECT_THAT(Read(text),
                testing::AnyOf(HasSubstr("tags are not allowed"), HasSubstr("an anchor of nothing")))
        << text;
  }
}

TEST(ExpandingYaml, WhatYamlCppReadsOtherwiseThanGoYamlIsRefused) {
  // "app:" is the key for go-yaml.
  EXPECT_THAT(Read("a: {app:}\n"), HasSubstr("\":\" without a blank behind it"));
  EXPECT_THAT(Read("a: {app:, b: c}\n"), HasSubstr("\":\" without a blank behind it"));
  EXPECT_EQ(Read("a: {app: }\n"), R"({"a":{"app":null}})");
  // yaml-cpp takes the text for a comment.
  for (const std::string text : {"a:\n- - &x |\n    # c\n", "- &x >-\n  # c\n", "a:\n  &x\n  |\n  # c\n",
                                 "a:\n  &x # d\n  |\n  # c\n"}) {
    EXPECT_THAT(Read(text), HasSubstr("an anchor at the beginning of a line, of a block of text")) << text;
  }
  EXPECT_EQ(Read("a: &x |\n  # c\n"), R"({"a":"# c\n"})");
}

TEST(ExpandingYaml, ExpandsToNoMoreThanTheLimits) {
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    laughs += Cat(std::string(1, c), ": &", std::string(1, c), " [");
    for (int i = 0; i < 10; ++i) laughs += Cat("*", std::string(1, static_cast<char>(c - 1)), " ,");
    laughs += "x]\n";
  }
  EXPECT_THAT(Why(Parse(laughs, 100'000, 20, 1 << 24)),
              testing::AllOf(testing::StartsWith("limit-exceeded: r.yaml:"),
                             HasSubstr("YAML more than 100000 values")));
}

TEST(ExpandingYaml, CopiesOfTextAreCountedInBytes) {
  std::string text = "a: &x " + std::string(1000, 'x') + "\nb:\n";
  for (int i = 0; i < 8; ++i) text += "- *x\n";
  EXPECT_EQ(Why(Parse(text)), "ok");
  text += "- *x\n- *x\n";
  EXPECT_EQ(Why(Parse(text)),
            "limit-exceeded: r.yaml:12:3: YAML with aliases that copy more than 10000 bytes");
}

TEST(ExpandingYaml, CopiesCountInDepth) {
  const std::string text = "a: &x [[[[1]]]]\nb: [[[[[[*x ]]]]]]\n";
  EXPECT_EQ(Why(Parse(text, 1000, 11)), "ok");
  EXPECT_EQ(Why(Parse(text, 1000, 10)), "limit-exceeded: r.yaml:2:10: YAML nested deeper than 10");
}

TEST(ExpandingYaml, MergingManyKeysOverManyCostsNoQuadraticTime) {
  std::string text = "a: &x\n";
  for (int i = 0; i < 40'000; ++i) text += Cat("  k", i, ": 1\n");
  text += "b:\n  <<: *x\n";
  for (int i = 0; i < 40'000; ++i) text += Cat("  k", i, ": 2\n");
  const auto node = Parse(text, 1'000'000, 10, 4 << 20);
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(node->Find("b")->map().size(), 40'000);
  EXPECT_EQ(node->Find("b")->map().back().second.string_value(), "2");
}

TEST(ExpandingYaml, AnchorsWithinAnchorsAreCountedEachTime) {
  std::string text;
  for (int i = 0; i < 9; ++i) text += Cat("&a", i, " [");
  for (int i = 0; i < 100; ++i) text += "x,";
  text += "x" + std::string(9, ']') + "\n";
  EXPECT_EQ(Why(Parse(text)), "limit-exceeded: r.yaml:1:1: YAML more than 1000 values");
}

}  // namespace
}  // namespace chartseal
