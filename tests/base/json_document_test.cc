#include "verifier/base/json_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/base/every_kind.h"
#include "tests/base/why.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<const JsonDocument> Parsed(std::string_view text) {
  auto document = JsonDocument::Parse(text, "b.json");
  EXPECT_TRUE(document.ok()) << document.status();
  return *document;
}

std::string Refusal(std::string_view text) { return Why(JsonDocument::Parse(text, "b.json")); }

TEST(JsonDocument, ReadsEveryKindOfValue) {
  const auto document = Parsed(kEveryKind);
  const JsonValue root = document->root();
  ASSERT_TRUE(root.is_map());
  EXPECT_EQ(root.size(), 5u);
  EXPECT_EQ(root.Find("z").size(), 6u);
  std::vector<std::string> kinds;
  root.Find("z").ForEachElement([&](size_t index, JsonValue value) {
    kinds.push_back(Cat(index, " ", KindName(value.kind())));
    return index < 4;
  });
  EXPECT_THAT(kinds, ElementsAre("0 an integer", "1 a number", "2 a boolean", "3 null", "4 a boolean"));
  std::vector<JsonValue> list;
  root.FindPath({"n", "m"}).ForEachElement([&](size_t, JsonValue value) {
    list.push_back(value);
    return true;
  });
  ASSERT_EQ(list.size(), 6u);
  EXPECT_EQ(list[0].Find("k").integer_value(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(list[1].number_value(), 18446744073709551615.0);
  EXPECT_EQ(list[2].number_value(), 1e-7);
}

TEST(JsonDocument, MembersComeInDocumentOrderUntilTheVisitorHasEnough) {
  const auto document = Parsed(R"({"z":{"deep":[1,2,{"x":1}]},"b":2.5,"c":7,"d":null})");
  std::vector<std::string> keys;
  document->root().ForEachMember([&](std::string_view key, JsonValue) {
    keys.emplace_back(key);
    return key != "c";
  });
  EXPECT_THAT(keys, ElementsAre("z", "b", "c"));
}

TEST(JsonDocument, WhatIsAbsentIsNull) {
  const auto document = Parsed(R"({"a":{"b":"c"},"n":null,"l":[1],"i":7})");
  const JsonValue root = document->root();
  EXPECT_TRUE(root.Find("x").is_null());
  EXPECT_TRUE(root.Find("n").is_null());
  EXPECT_TRUE(root.Find("l").Find("0").is_null());
  EXPECT_TRUE(root.FindPath({"a", "b", "c", "d"}).is_null());
  EXPECT_TRUE(root.FindPath({"x", "y"}).is_null());
  EXPECT_TRUE(JsonValue().Find("a").is_null());
  EXPECT_EQ(JsonValue().size(), 0u);
  EXPECT_EQ(root.Find("a").StringOr("b"), "c");
  EXPECT_EQ(root.StringOr("i", "none"), "none");
  EXPECT_EQ(root.StringOr("x", "none"), "none");
  EXPECT_EQ(root.Find("i").size(), 0u);
  root.Find("i").ForEachElement([](size_t, JsonValue) { return ADD_FAILURE(), true; });
  root.Find("l").ForEachMember([](std::string_view, JsonValue) { return ADD_FAILURE(), true; });
}

TEST(JsonDocument, TextsKeepTheirNulBytes) {
  const auto document = Parsed(R"({"a\u0000b":"c\u0000"})");
  EXPECT_EQ(document->root().StringOr(std::string_view("a\0b", 3)), std::string_view("c\0", 2));
  EXPECT_TRUE(document->root().Find("a").is_null());
}

TEST(JsonDocument, FindsDuplicateKeysInObjectsOfEverySize) {
  for (int size : {2, 3, 23, 24, 25, 26, 500}) {
    std::string text = "{";
    for (int i = 1; i < size; ++i) text += Cat("\"k", i, "\":{\"k1\":[]},");
    EXPECT_EQ(Refusal(text + "\"k0\":0}"), "ok") << size;
    for (int i : {1, size / 2 > 0 ? size / 2 : 1, size - 1}) {
      EXPECT_EQ(Refusal(Cat(text, "\"k", i, "\":0}")),
                Cat("json-malformed: b.json: not valid JSON: duplicate key \"k", i, "\""));
    }
  }
}

TEST(JsonDocument, KeysThatDifferInTheirMiddleAreTwo) {
  for (int size : {2, 40}) {
    std::string text = "{";
    for (int i = 0; i < size; ++i) text += Cat("\"same-beginning-", 100 + i, "-same-ending\":0,");
    EXPECT_EQ(Refusal(text + "\"same-beginning-99-same-ending\":0}"), "ok") << size;
    EXPECT_EQ(Refusal(text + "\"same-beginning-101-same-ending\":0}"),
              "json-malformed: b.json: not valid JSON: duplicate key \"same-beginning-101-same-ending\"");
  }
}

TEST(JsonDocument, TheNumberOfValuesIsLimited) {
  std::string list = "[";
  for (size_t i = 0; i < limits::kMaxJsonNodes - 2; ++i) list += "1,";
  EXPECT_EQ(Refusal(list + "1]"), "ok");
  EXPECT_EQ(Refusal(list + "1,1]"), "limit-exceeded: b.json: JSON more than 1000000 values");
  std::string objects = "[";  // keys are no values
  for (size_t i = 0; i < limits::kMaxJsonNodes / 4; ++i) objects += R"({"a":1,"b":2},)";
  EXPECT_EQ(Refusal(objects + "1]"), "ok");
}

TEST(JsonDocument, CommasInTextsAreNoValues) {
  EXPECT_EQ(Refusal(Cat("[\"", std::string(limits::kMaxJsonNodes + 100, ','), "\"]")), "ok");
}

TEST(JsonDocument, TheNumberOfBytesIsLimited) {
  const std::string padding(limits::kMaxJsonBytes - 2, ' ');
  EXPECT_EQ(Refusal("[" + padding + "]"), "ok");
  EXPECT_EQ(Refusal("[ " + padding + "]"),
            "limit-exceeded: b.json: 16777217 bytes of JSON, more than the limit of 16777216");
}

TEST(JsonDocument, ACallerMaySetTheNumberOfBytes) {
  std::string text = "[\"" + std::string(limits::kMaxJsonBytes, 'a') + "\"]";
  const auto document = JsonDocument::Parse(text, "b.json", text.size());
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ((*document)->root().ToNode().list().at(0).string_value().size(), limits::kMaxJsonBytes);
  EXPECT_EQ(Why(JsonDocument::Parse("[12]", "b.json", 3)),
            "limit-exceeded: b.json: 4 bytes of JSON, more than the limit of 3");
  // An integer of any length makes strict_json read it.
  EXPECT_EQ(Why(JsonDocument::Parse("[123456789012345678901]", "b.json", 23)), "ok");
}

TEST(JsonDocument, SeveralAreReadAtATime) {
  const auto first = Parsed(R"({"a":"first"})");
  std::vector<std::shared_ptr<const JsonDocument>> others;
  for (int i = 0; i < 40; ++i) others.push_back(Parsed(Cat(R"({"a":")", std::string(i * 997, 'x'), "\"}")));
  EXPECT_EQ(first->root().StringOr("a"), "first");
  for (int i = 0; i < 40; ++i) EXPECT_EQ(others[i]->root().StringOr("a"), std::string(i * 997, 'x'));
  others.clear();
  EXPECT_EQ(Parsed("[\"again\"]")->root().size(), 1u);
  EXPECT_EQ(first->root().StringOr("a"), "first");
}

TEST(JsonDocument, ADocumentAfterARefusedOneIsReadAsIfNothingHadBeen) {
  for (const char* bad : {"{\"a\":1,\"a\":2}", "[1", "\"\\ud800\"", ""}) {
    EXPECT_THAT(Refusal(bad), HasSubstr("json-malformed")) << bad;
    EXPECT_EQ(Parsed(R"({"b":3})")->root().Find("b").integer_value(), 3) << bad;
  }
}

}  // namespace
}  // namespace chartseal
