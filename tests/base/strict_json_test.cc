#include "verifier/base/strict_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/base/why.h"

namespace chartseal {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Refusal(std::string_view text, const JsonLimits& json_limits = {}) {
  return Why(ParseJson(text, "b.json", json_limits));
}

// An array of `depth` arrays, one in the other.
std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(StrictJsonTest, ReadsEveryKindOfValueInDocumentOrder) {
  const auto node = ParseJson(R"({"z": [1, -2.5, true, null, "\u00e4\ud83d\ude00"], "a": {}})", "b.json");
  ASSERT_EQ(Why(node), "ok");
  EXPECT_EQ(WriteJson(*node), "{\"z\":[1,-2.5,true,null,\"\u00e4\U0001F600\"],\"a\":{}}");
}

TEST(StrictJsonTest, KeepsIntegersUpToTheEdgesOfInt64Exactly) {
  EXPECT_EQ(ParseJson("9223372036854775807", "f")->integer_value(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseJson("-9223372036854775808", "f")->integer_value(), std::numeric_limits<int64_t>::min());
}

TEST(StrictJsonTest, IntegersOutsideInt64AreNumbersAndNeverWrapAround) {
  for (const char* text : {"9223372036854775808", "18446744073709551615", "18446744073709551616",
                           "-9223372036854775809", "1.0", "1e3"}) {
    const auto node = ParseJson(text, "f");
    ASSERT_EQ(Why(node), "ok") << text;
    EXPECT_EQ(node->kind(), Node::Kind::kNumber) << text;
  }
}

TEST(StrictJsonTest, RefusesNumbersThatOverflowDouble) {
  EXPECT_EQ(Refusal("1e999"),
            "json-malformed: b.json: not valid JSON: at byte 5: number overflow parsing '1e999'");
  EXPECT_THAT(Refusal("[-1e999]"), HasSubstr("number overflow parsing '-1e999'"));
}

TEST(StrictJsonTest, RefusesDuplicateKeysHoweverTheyAreSpelt) {
  const std::string why = "json-malformed: b.json: not valid JSON: duplicate key \"a\"";
  EXPECT_EQ(Refusal(R"({"a":1,"a":1})"), why);
  EXPECT_EQ(Refusal(R"({"a":1,"\u0061":2})"), why);
  EXPECT_EQ(Refusal(R"({"x":{"\u0061":1,"b":2,"a":null}})"), why);
}

TEST(StrictJsonTest, FindsDuplicateKeysInLargeObjectsToo) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += Cat("\"k", i, "\":0,");
  EXPECT_EQ(Why(ParseJson(text + "\"k100\":0}", "b.json")), "ok");
  for (int i : {0, 15, 16, 17, 99}) {
    EXPECT_EQ(Refusal(Cat(text, "\"k", i, "\":0}")),
              Cat("json-malformed: b.json: not valid JSON: duplicate key \"k", i, "\""));
  }
}

TEST(StrictJsonTest, TheSameKeyInDifferentObjectsIsNoDuplicate) {
  EXPECT_EQ(Refusal(R"([{"a":{"a":1}},{"a":2}])"), "ok");
}

TEST(StrictJsonTest, RefusesWhateverFollowsTheValue) {
  for (const char* text : {"1 2", "{} x", "[]]", "{}{}", "null,"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("expected end of input")) << text;
  }
}

TEST(StrictJsonTest, RefusesANulByteInsteadOfStoppingThere) {
  EXPECT_EQ(Refusal(std::string_view("{\"a\":1}\0{\"a\":2}", 15)),
            "json-malformed: b.json: not valid JSON: at byte 8: a NUL byte");
  EXPECT_EQ(Refusal(std::string_view("\"\0\"", 3)),
            "json-malformed: b.json: not valid JSON: at byte 2: a NUL byte");
  EXPECT_EQ(ParseJson(R"("a\u0000b")", "f")->string_value(), std::string("a\0b", 3));
}

TEST(StrictJsonTest, RefusesAByteOrderMark) {
  EXPECT_EQ(Refusal("\xEF\xBB\xBF{}"),
            "json-malformed: b.json: not valid JSON: starts with a byte order mark");
}

TEST(StrictJsonTest, RefusesBytesThatAreNotUtf8) {
  for (const char* text : {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                           "\"\xe2\x82\"", "{\"\x80\":1}"}) {
    EXPECT_THAT(Refusal(text), StartsWith("json-malformed: b.json: not valid JSON: at byte ")) << text;
    EXPECT_THAT(Refusal(text), HasSubstr("ill-formed UTF-8 byte")) << text;
  }
}

TEST(StrictJsonTest, RefusesLoneSurrogates) {
  EXPECT_THAT(Refusal(R"("\ud800")"), HasSubstr("must be followed by U+DC00..U+DFFF"));
  EXPECT_THAT(Refusal(R"("\ud800\u0041")"), HasSubstr("must be followed by U+DC00..U+DFFF"));
  EXPECT_THAT(Refusal(R"("\udc00")"), HasSubstr("must follow U+D800..U+DBFF"));
}

TEST(StrictJsonTest, RefusesWhatOnlyLenientReadersTake) {
  for (const char* text :
       {"{a:1}",     "{'a':1}", "[1,]",      "{\"a\":1,}", "01",      "+1",       ".5",       "1.",
        "-",         "NaN",     "Infinity",  "True",       "// c\n1", "/* c */1", "\"a\nb\"", "\"\\x41\"",
        "\"\\u12\"", "[1 2]",   "{\"a\" 1}", "{\"a\"}",    "{1:2}",   "\x1e{}"}) {
    EXPECT_THAT(Refusal(text), StartsWith("json-malformed: b.json: not valid JSON: at byte ")) << text;
  }
}

TEST(StrictJsonTest, RefusesTextThatEndsTooSoonAndSaysWhere) {
  EXPECT_THAT(Refusal(""), HasSubstr("at byte 1: "));
  EXPECT_THAT(Refusal("  "), HasSubstr("at byte 3: "));
  EXPECT_THAT(Refusal(R"({"a":[1,)"), HasSubstr("at byte 9: "));
  EXPECT_THAT(Refusal("\"abc"), HasSubstr("missing closing quote"));
  EXPECT_THAT(Refusal("tru"), HasSubstr("invalid literal"));
}

TEST(StrictJsonTest, EscapesWhatItQuotesFromTheInput) {
  EXPECT_THAT(Refusal("{\"a\x1b[2J"), Not(HasSubstr("\x1b")));
  EXPECT_EQ(Refusal(R"({"\u001b\n":1,"\u001b\n":2})"),
            "json-malformed: b.json: not valid JSON: duplicate key \"\\x1b\\n\"");
}

TEST(StrictJsonTest, DepthIsLimitedWhileReading) {
  EXPECT_EQ(Refusal(Nested(limits::kMaxJsonDepth)), "ok");
  EXPECT_EQ(Refusal(Nested(limits::kMaxJsonDepth + 1)), "limit-exceeded: b.json: JSON nested deeper than 64");
  EXPECT_EQ(Refusal(std::string(4 << 20, '[')), "limit-exceeded: b.json: JSON nested deeper than 64");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(Refusal(objects), "limit-exceeded: b.json: JSON nested deeper than 64");
}

TEST(StrictJsonTest, TheNumberOfValuesIsLimited) {
  EXPECT_EQ(Refusal("[1,2]", {.max_nodes = 3}), "ok");
  EXPECT_EQ(Refusal("[1,2,3]", {.max_nodes = 3}), "limit-exceeded: b.json: JSON more than 3 values");
  EXPECT_EQ(Refusal("[[],{}]", {.max_nodes = 2}), "limit-exceeded: b.json: JSON more than 2 values");
}

TEST(StrictJsonTest, TheNumberOfBytesIsLimited) {
  EXPECT_EQ(Refusal("[1]", {.max_bytes = 3}), "ok");
  EXPECT_EQ(Refusal("[1] ", {.max_bytes = 3}),
            "limit-exceeded: b.json: 4 bytes of JSON, more than the limit of 3");
  EXPECT_EQ(ParseJson("    ", "f", {.max_bytes = 3}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ParseJson("{", "f").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(WriteJsonTest, KeepsTheOrderOfMembersAndEscapes) {
  Node node = Node::MakeMap();
  node.Set("b", "line\n\"\\").Set("a", Node::MakeList().Append(Node::Bool(false)).Append(Node()));
  EXPECT_EQ(WriteJson(node), R"({"b":"line\n\"\\","a":[false,null]})");
  EXPECT_EQ(WriteJson(node, JsonStyle::kPretty),
            "{\n  \"b\": \"line\\n\\\"\\\\\",\n  \"a\": [\n    false,\n    null\n  ]\n}");
}

TEST(WriteJsonTest, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  const std::string text = WriteJson(Node::MakeMap().Set("\xff", "a\xc3"));
  EXPECT_EQ(text, "{\"\uFFFD\":\"a\uFFFD\"}");
  EXPECT_EQ(Refusal(text), "ok");
}

TEST(WriteJsonTest, NumbersThatJsonCannotHoldBecomeNull) {
  EXPECT_EQ(WriteJson(Node::Number(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(WriteJson(Node::Number(std::numeric_limits<double>::quiet_NaN())), "null");
}

}  // namespace
}  // namespace chartseal
