#include "verifier/base/yaml_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "verifier/base/limits.h"

namespace chartseal {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Check(std::string_view text) { return Why(CheckYamlMappings(text, "values.yaml")); }

TEST(YamlSyntaxTest, TakesWhatGoTakes) {
  for (const std::string_view text :
       {"", "# only\n", "null\n", "~", "a: 1\n", "a: &x {b: 1}\nc: *x\n", "x: &a {k: v}\ny:\n  <<: [*a]\n",
        "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "1: a\ntrue: b\n", "? a\n: b\n", "a: !!str 1\nb: !foo bar\n",
        "a: |+\n  x\n\n\nb: >-2\n", "a:\tb\t# c\n", "a: 1\r\nb:\r\n  - x\r\n", "{\"a\":1,\"b\":[true,null]}",
        "&k a: 1\nb: *k\n", "a: [1,\n 2,\n]\n", "a:\n- - x\n  - y: {z: [1]}\nb: \"{{ .Values.x }}\"\n"}) {
    EXPECT_EQ(Check(text), "ok") << text;
  }
}

struct Bad {
  std::string text, why;
};

TEST(YamlSyntaxTest, RefusesWhatGoRefusesAndNamesThePlace) {
  const std::vector<Bad> bad = {
      {"- a\n", "values.yaml:1:1: not valid YAML: expected a mapping"},
      {"text", "values.yaml:1:1: not valid YAML: expected a mapping"},
      {"a: 1\n---\n- b\n", "values.yaml:3:1: not valid YAML: expected a mapping"},
      {"a: {{ x }}\n", "values.yaml:1:5: not valid YAML: a key that is a list or a mapping"},
      {"? [x]\n: y\n", "not valid YAML: a key that is a list"},
      {"a: [1\n", "values.yaml:"},
      {"a: b: c\n", "values.yaml:1:5: not valid YAML"},
      {"a:\n   b: 1\n  c: 2\n", "values.yaml:3:"},
      {"a:\n\tb: 1\n", "values.yaml:2:"},
      {"a: *x\n", "values.yaml:1:4: not valid YAML"},
      {"a: @x\n", "values.yaml:1:4: not valid YAML"},
      {"a: 1\nb: \x01\n", "values.yaml:2:4: not valid YAML: control character \\x01"},
      {"a: \xff\n", "not valid YAML: not UTF-8"}};
  for (const Bad& one : bad) {
    EXPECT_THAT(Check(one.text), StartsWith("yaml-malformed: values.yaml:")) << one.text;
    EXPECT_THAT(Check(one.text), HasSubstr(one.why)) << one.text;
  }
}

TEST(YamlSyntaxTest, DepthIsBoundedAndAliasesCostNothing) {
  const std::string deep = "a: " + std::string(limits::kMaxJsonDepth - 1, '[');
  EXPECT_EQ(Check(deep + std::string(limits::kMaxJsonDepth - 1, ']')), "ok");
  EXPECT_THAT(Check(deep + "[" + std::string(limits::kMaxJsonDepth, ']')), StartsWith("limit-exceeded: "));
  EXPECT_NE(Check("a: " + std::string(1 << 16, '[')), "ok") << "and no stack is used up";
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    std::string aliases;
    for (int j = 0; j < 10; ++j) aliases += Cat(j == 0 ? "" : ", ", "*a", i - 1);
    laughs += Cat("a", i, ": &a", i, " [", aliases, "]\n");
  }
  EXPECT_EQ(Check(laughs), "ok");
}

}  // namespace
}  // namespace chartseal
