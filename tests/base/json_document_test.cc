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

bool Same(const Node& a, const Node& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Node::Kind::kNull:
      return true;
    case Node::Kind::kBool:
      return a.bool_value() == b.bool_value();
    case Node::Kind::kInteger:
      return a.integer_value() == b.integer_value();
    case Node::Kind::kNumber:  // bits, so that -0.0 counts
      return std::signbit(a.number_value()) == std::signbit(b.number_value()) &&
             a.number_value() == b.number_value();
    case Node::Kind::kString:
      return a.string_value() == b.string_value();
    case Node::Kind::kList:
      return std::equal(a.list().begin(), a.list().end(), b.list().begin(), b.list().end(), Same);
    case Node::Kind::kMap:
      return std::equal(
          a.map().begin(), a.map().end(), b.map().begin(), b.map().end(),
          [](const auto& x, const auto& y) { return x.first == y.first && Same(x.second, y.second); });
  }
  return false;
}

// Both readers take or refuse it, with the same value or the same error.
void ExpectAgreement(std::string_view text) {
  const auto strict = ParseJson(text, "b.json");
  const auto fast = JsonDocument::Parse(text, "b.json");
  ASSERT_EQ(Why(strict), Why(fast)) << Printable(text, 500);
  if (!strict.ok()) return;
  EXPECT_TRUE(Same(*strict, (*fast)->root().ToNode())) << Printable(text, 500);
}

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

const char kEveryKind[] =
    R"({"z":[1,-2.5,true,null,false,"äΩ\ud83d\ude00\n\"\\\/\b\f\r\t\u0000"],"a":{},"e":[],"":"",
        "n":{"m":[{"k":-9223372036854775808},18446744073709551615,1e-7,-0.0,-0,0.1e+3]}})";

const std::vector<std::string>& Table() {
  static const auto* const table = new std::vector<std::string>{
      kEveryKind,
      "1",
      "-1",
      "0",
      "-0",
      "\"\"",
      "null",
      "true",
      " [ ] ",
      "\t{\r\n}\n",
      // numbers
      "9223372036854775807",
      "-9223372036854775808",
      "9223372036854775808",
      "18446744073709551615",
      "18446744073709551616",
      "-9223372036854775809",
      "[123456789012345678901234567890,{\"a\":\"x\"}]",
      "1.0",
      "1e3",
      "1E3",
      "1e+3",
      "1e-3",
      "1e999",
      "-1e999",
      "[-1e999]",
      "1e-999",
      "0e999999999999999999999",
      "1e99999999999999999999",
      "1.7976931348623157e308",
      "1.7976931348623159e308",
      "4.9e-324",
      "2e-324",
      "2.2250738585072011e-308",
      "9007199254740993",
      "9007199254740993.0",
      "0.30000000000000004",
      "1.00000000000000011102230246251565404236316680908203125",
      "00",
      "01",
      "-01",
      "+1",
      ".5",
      "1.",
      "1.e3",
      "-",
      "1e",
      "1e+",
      "0x10",
      "--1",
      "1-",
      "1a",
      "NaN",
      "Infinity",
      "-Infinity",
      "1_0",
      std::string(400, '9'),
      "1." + std::string(2000, '3'),
      // duplicate keys
      R"({"a":1,"a":1})",
      R"({"a":1,"\u0061":2})",
      R"({"x":{"\u0061":1,"b":2,"a":null}})",
      R"({"":1,"":2})",
      R"([{"a":{"a":1}},{"a":2}])",
      R"({"a":{"b":1},"b":{"a":1}})",
      R"({"a\u0000":1,"a":2})",
      R"({"a\u0000":1,"a\u0000":2})",
      // what follows, what is missing
      "1 2",
      "{} x",
      "[]]",
      "{}{}",
      "null,",
      "",
      "  ",
      "{\"a\":[1,",
      "\"abc",
      "tru",
      "[",
      "]",
      "{",
      "}",
      "{\"a\"",
      "[1",
      "[1,",
      "{\"a\":",
      "[}",
      "{]",
      "[1}",
      ",",
      ":",
      "[,]",
      "[1,,2]",
      "{,}",
      "{\"a\":1,,\"b\":2}",
      "nul",
      "nulll",
      "falsee",
      "truefalse",
      "[true false]",
      // NUL, byte order mark, control characters, UTF-8
      std::string("{\"a\":1}\0{\"a\":2}", 15),
      std::string("\"\0\"", 3),
      std::string("1\0", 2),
      std::string("\0", 1),
      std::string("[1]\0\0\0", 6),
      std::string("true\0", 5),
      R"("a\u0000b")",
      "\xEF\xBB\xBF{}",
      "\xEF\xBB\xBF",
      "\"\xff\"",
      "\"\xc0\x80\"",
      "\"\xed\xa0\x80\"",
      "\"\xf4\x90\x80\x80\"",
      "\"\xe2\x82\"",
      "{\"\x80\":1}",
      "\x80",
      "[1]\xff",
      "\"\x01\"",
      "\"\x1f\"",
      "\"\x7f\"",
      "\x0b[1]",
      "\x0c[1]",
      "\"a\nb\"",
      "\"a\tb\"",
      "\xc2\xa0[1]",
      "\x1e{}",
      // escapes and surrogates
      R"("\ud800")",
      R"("\ud800\u0041")",
      R"("\udc00")",
      R"("\ud800\ud800")",
      R"("\udbff\udfff")",
      R"("\ud800x\udc00")",
      R"("\\ud800")",
      R"("\\\ud800")",
      R"("\\\\ud800\u00e4")",
      R"("\ud83d\ude00\ud83d")",
      R"("\ud83d\\ude00")",
      R"("\uD83D\uDE00")",
      R"({"\ud800":1})",
      R"("\u12")",
      R"("\u12G4")",
      R"("\u")",
      R"("\x41")",
      R"("\a")",
      R"("\ud80")",
      R"("\")",
      R"("\\")",
      R"("\ud800\n")",
      R"("\ud800\u")",
      R"("\ufffe\uffff")",
      // what only lenient readers take
      "{a:1}",
      "{'a':1}",
      "[1,]",
      "{\"a\":1,}",
      "True",
      "// c\n1",
      "/* c */1",
      "[1 2]",
      "{\"a\" 1}",
      "{\"a\"}",
      "{1:2}",
      "{null:1}",
      "{[]:1}",
      "{\"a\":}",
      "{\"a\":1 \"b\":2}",
      "'a'",
      "[1;2]",
      // depth
      Nested(limits::kMaxJsonDepth),
      Nested(limits::kMaxJsonDepth + 1),
      Nested(1023),
      Nested(1024),
      Nested(1025),
      std::string(100'000, '['),
      "{\"a\":" + Nested(limits::kMaxJsonDepth) + "}",
      "{\"a\":" + Nested(limits::kMaxJsonDepth - 1) + "}",
  };
  return *table;
}

TEST(JsonDocument, AgreesWithTheStrictReaderOnEveryCase) {
  for (const std::string& text : Table()) {
    ExpectAgreement(text);
    ExpectAgreement(Cat("[", text, "]"));
    ExpectAgreement(Cat("{\"k\":", text, ",\"l\":0}"));
    ExpectAgreement(Cat("\n ", text, std::string(70, ' ')));
  }
}

TEST(JsonDocument, AgreesWithTheStrictReaderOnEveryBeginningOfAText) {
  for (size_t size = 0; size < sizeof kEveryKind; ++size) {
    ExpectAgreement(std::string_view(kEveryKind, size));
  }
}

TEST(JsonDocument, AgreesWithTheStrictReaderOnItsCorpusAndWhatMutationMakesOfIt) {
  namespace fs = std::filesystem;
  std::mt19937 random(20260101);  // NOLINT: the same cases in every run
  const std::string_view alphabet =
      "{}[]\",:\\u0dD8eE-+.19tfn \n\x00\x80\xff\xed"
      "ab/";
  int files = 0;
  for (const char* name : {"strict_json", "admission_review", "json_document"}) {
    for (const auto& entry :
         fs::directory_iterator(fs::path(CHARTSEAL_SOURCE_DIR) / "tests/fuzz/corpus" / name)) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      ExpectAgreement(text);
      ++files;
      for (int i = 0; i < 200 && !text.empty() && text.size() < 5000; ++i) {
        std::string mutated = text;
        for (int j = 0; j < 1 + i % 3; ++j) {
          const size_t at = random() % mutated.size();
          const char c = alphabet[random() % alphabet.size()];
          if (random() % 3 == 0) {
            mutated.insert(at, 1, c);
          } else if (random() % 2 == 0 && mutated.size() > 1) {
            mutated.erase(at, 1);
          } else {
            mutated[at] = c;
          }
        }
        ExpectAgreement(mutated);
      }
    }
  }
  EXPECT_GE(files, 20);
}

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
