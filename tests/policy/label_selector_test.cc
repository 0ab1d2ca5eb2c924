#include "verifier/policy/label_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<LabelSelector> Read(std::string_view yaml) {
  const absl::StatusOr<Node> node = ParseYaml(yaml, "s.yaml");
  if (!node.ok()) return node.status();
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(*node, "s.yaml", Reason::kPolicyMalformed));
  return LabelSelector::Read(reader);
}

bool Matches(std::string_view yaml, const Labels& labels) {
  const absl::StatusOr<LabelSelector> selector = Read(yaml);
  EXPECT_TRUE(selector.ok()) << yaml << ": " << selector.status();
  return selector.ok() && selector->Matches(labels);
}

std::string Expression(std::string_view key, std::string_view op, std::string_view values) {
  return Cat("matchExpressions: [{ key: ", key, ", operator: ", op,
             values.empty() ? "" : ", values: ", values, " }]");
}

const Labels kProd = {{"env", "prod"}, {"team", "pay"}, {"empty", ""}};

std::optional<Labels> LabelsIn(std::string_view metadata) {
  return LabelsOf(ParseYaml(Cat("metadata: ", metadata), "namespace").value());
}

TEST(LabelsOfTest, AreThoseOfTheObject) {
  EXPECT_EQ(LabelsIn("{ labels: { env: prod, team: pay, empty: '' } }"), kProd);
  for (const char* none : {"{}", "{ labels: null }", "{ labels: {} }"}) EXPECT_EQ(LabelsIn(none), Labels());
  EXPECT_EQ(LabelsOf(Node()), Labels());
}

TEST(LabelsOfTest, AreNotKnownWhereTheyCannotBeKeptAsAWhole) {
  for (const char* malformed : {"{ labels: [prod] }", "{ labels: { env: prod, team: 7 } }"}) {
    EXPECT_EQ(LabelsIn(malformed), std::nullopt) << malformed;
  }
  std::string many;
  for (size_t i = 0; i < limits::kMaxLabels; ++i) many += Cat("l", i, ": x, ");
  EXPECT_EQ(LabelsIn(Cat("{ labels: { ", many, "} }"))->size(), limits::kMaxLabels);
  EXPECT_EQ(LabelsIn(Cat("{ labels: { ", many, "more: x } }")), std::nullopt);
}

TEST(LabelSelectorTest, NoRequirementMatchesEverything) {
  EXPECT_TRUE(Matches("{}", kProd));
  EXPECT_TRUE(Matches("{}", {}));
  EXPECT_TRUE(Matches("{ matchLabels: {}, matchExpressions: [] }", {}));
}

TEST(LabelSelectorTest, MatchLabelsMustAllBeThereWithTheirValue) {
  EXPECT_TRUE(Matches("matchLabels: { env: prod, team: pay }", kProd));
  EXPECT_TRUE(Matches("matchLabels: { empty: '' }", kProd));
  EXPECT_FALSE(Matches("matchLabels: { env: prod, team: ship }", kProd));
  EXPECT_FALSE(Matches("matchLabels: { env: Prod }", kProd));
  EXPECT_FALSE(Matches("matchLabels: { absent: prod }", kProd));
  EXPECT_FALSE(Matches("matchLabels: { absent: '' }", kProd));
}

TEST(LabelSelectorTest, InNeedsTheKeyAndOneOfTheValues) {
  EXPECT_TRUE(Matches(Expression("env", "In", "[dev, prod]"), kProd));
  EXPECT_FALSE(Matches(Expression("env", "In", "[dev]"), kProd));
  EXPECT_FALSE(Matches(Expression("absent", "In", "[prod]"), kProd));
}

TEST(LabelSelectorTest, NotInHoldsForAbsentKeys) {
  EXPECT_FALSE(Matches(Expression("env", "NotIn", "[dev, prod]"), kProd));
  EXPECT_TRUE(Matches(Expression("env", "NotIn", "[dev]"), kProd));
  EXPECT_TRUE(Matches(Expression("absent", "NotIn", "[prod]"), kProd));
  EXPECT_TRUE(Matches(Expression("absent", "NotIn", "[prod]"), {}));
}

TEST(LabelSelectorTest, ExistsAsksForTheKeyAlone) {
  EXPECT_TRUE(Matches(Expression("empty", "Exists", ""), kProd));
  EXPECT_FALSE(Matches(Expression("absent", "Exists", ""), kProd));
  EXPECT_FALSE(Matches(Expression("env", "DoesNotExist", ""), kProd));
  EXPECT_TRUE(Matches(Expression("absent", "DoesNotExist", ""), kProd));
}

TEST(LabelSelectorTest, EveryRequirementMustHold) {
  const std::string selector =
      "{ matchLabels: { env: prod }, matchExpressions: [{ key: team, operator: NotIn, "
      "values: [pay] }] }";
  EXPECT_FALSE(Matches(selector, kProd));
  EXPECT_TRUE(Matches(selector, {{"env", "prod"}}));
  EXPECT_FALSE(Matches(selector, {}));
}

TEST(LabelSelectorTest, KeysMayHaveADnsPrefix) {
  EXPECT_TRUE(Matches("matchLabels: { kubernetes.io/metadata.name: shop }",
                      {{"kubernetes.io/metadata.name", "shop"}}));
}

struct Bad {
  std::string yaml;
  std::string message;
};

TEST(LabelSelectorTest, WhatIsNoSelectorIsRefusedNamingLineAndField) {
  const std::string long_name(64, 'a');
  const Bad kBad[] = {
      {"matchLabel: { a: b }", "s.yaml:1: matchLabel: unknown field"},
      {"matchLabels: [a]", "s.yaml:1: matchLabels: expected an object, found a list"},
      {"\nmatchLabels: { a: 7 }", "s.yaml:2: matchLabels.a: expected a string, found an integer"},
      {"matchLabels: { a: true }", "matchLabels.a: expected a string, found a boolean"},
      {"matchLabels: { a: 'b c' }", "matchLabels.a: \"b c\" cannot be the value of a label"},
      {"matchLabels: { a: -b }", "\"-b\" cannot be the value of a label"},
      {"matchLabels: { '': b }", "matchLabels: \"\" cannot be the key of a label"},
      {"matchLabels: { a/b/c: d }", "\"a/b/c\" cannot be the key of a label"},
      {"matchLabels: { /a: d }", "\"/a\" cannot be the key of a label"},
      {"matchLabels: { a/: d }", "\"a/\" cannot be the key of a label"},
      {"matchLabels: { Upper.Case/a: d }", "\"Upper.Case/a\" cannot be the key of a label"},
      {"matchLabels: { '" + long_name + "': d }", "cannot be the key of a label"},
      {"matchLabels: { a: '" + long_name + "' }", "cannot be the value of a label"},
      {Expression("env", "in", "[a]"),
       "matchExpressions[0].operator: expected In, NotIn, Exists or DoesNotExist, "
       "found \"in\""},
      {Expression("env", "Gt", "['1']"), "expected In, NotIn, Exists or DoesNotExist, found \"Gt\""},
      {Expression("env", "In", ""), "matchExpressions[0].values: In and NotIn need at least one value"},
      {Expression("env", "NotIn", "[]"), "values: In and NotIn need at least one value"},
      {Expression("env", "Exists", "[a]"), "values: Exists and DoesNotExist take no values"},
      {Expression("env", "DoesNotExist", "[a]"), "values: Exists and DoesNotExist take no values"},
      {Expression("'e v'", "Exists", ""), "matchExpressions[0].key: \"e v\" cannot be the key of a label"},
      {Expression("env", "In", "['*']"), "values: \"*\" cannot be the value of a label"},
      {"matchExpressions: [{ operator: Exists }]", "matchExpressions[0].key: missing"},
      {"matchExpressions: [{ key: a }]", "matchExpressions[0].operator: missing"},
      {"matchExpressions: [{ key: a, operator: Exists, x: y }]", "matchExpressions[0].x: unknown field"},
  };
  for (const Bad& bad : kBad) {
    const absl::Status status = Read(bad.yaml).status();
    EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed) << bad.yaml << ": " << status;
    EXPECT_THAT(Message(status), HasSubstr(bad.message)) << bad.yaml;
  }
}

TEST(LabelSelectorTest, TheNumberOfRequirementsIsBounded) {
  std::string yaml = "matchLabels:\n";
  for (int i = 0; i < 65; ++i) yaml += Cat("  k", i, ": v\n");
  EXPECT_THAT(Message(Read(yaml).status()), HasSubstr("at most 64 requirements are allowed, found 65"));
}

}  // namespace
}  // namespace chartseal::policy
