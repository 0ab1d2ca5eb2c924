#include "verifier/base/node.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace chartseal {
namespace {

Node Sample() {
  Node node = Node::MakeMap();
  node.Set("name", "x").Set("count", Node::Integer(3)).Set("nothing", Node());
  node.Set("inner", Node::MakeMap().Set("list", Node::MakeList().Append(Node::String("y"))));
  return node;
}

TEST(NodeTest, FindsMembersAndPaths) {
  const Node node = Sample();
  EXPECT_EQ(node.Find("count")->integer_value(), 3);
  EXPECT_EQ(node.FindPath({"inner", "list"})->list().front().string_value(), "y");
  EXPECT_EQ(node.FindPath({}), &node);
  EXPECT_TRUE(node.Find("nothing")->is_null());
}

TEST(NodeTest, WhatIsNotThereIsNullptr) {
  const Node node = Sample();
  EXPECT_EQ(node.Find("Name"), nullptr);
  EXPECT_EQ(node.Find(""), nullptr);
  EXPECT_EQ(node.FindPath({"inner", "none", "deeper"}), nullptr);
  EXPECT_EQ(node.FindPath({"name", "list"}), nullptr);
  EXPECT_EQ(node.Find("inner")->Find("list")->Find("y"), nullptr);
  EXPECT_EQ(Node().Find("x"), nullptr);
}

TEST(NodeTest, StringOrGivesTheOtherwiseForWhatIsNoString) {
  const Node node = Sample();
  EXPECT_EQ(node.StringOr("name", "z"), "x");
  EXPECT_EQ(node.StringOr("count", "z"), "z");
  EXPECT_EQ(node.StringOr("nothing", "z"), "z");
  EXPECT_EQ(node.StringOr("absent"), "");
  EXPECT_EQ(Node::String("x").StringOr("name", "z"), "z");
}

TEST(NodeTest, SetReplacesInPlaceAndKeepsTheOrder) {
  Node node = Sample();
  node.Set("name", "other");
  EXPECT_EQ(node.map().size(), 4);
  EXPECT_EQ(node.map().front().second.string_value(), "other");
}

TEST(NodeTest, ReadingAsAnotherKindThrowsInsteadOfInventingAValue) {
  EXPECT_THROW(Node::Integer(1).number_value(), std::bad_variant_access);
  EXPECT_THROW(Node::String("1").integer_value(), std::bad_variant_access);
  EXPECT_THROW(Node().string_value(), std::bad_variant_access);
  EXPECT_THROW(Node::MakeList().Set("a", "b"), std::bad_variant_access);
}

TEST(NodeTest, EveryKindHasANameForMessages) {
  EXPECT_EQ(KindName(Node().kind()), "null");
  EXPECT_EQ(KindName(Node::Bool(true).kind()), "a boolean");
  EXPECT_EQ(KindName(Node::Integer(1).kind()), "an integer");
  EXPECT_EQ(KindName(Node::Number(1).kind()), "a number");
  EXPECT_EQ(KindName(Node::String("").kind()), "a string");
  EXPECT_EQ(KindName(Node::MakeList().kind()), "a list");
  EXPECT_EQ(KindName(Node::MakeMap().kind()), "an object");
}

}  // namespace
}  // namespace chartseal
