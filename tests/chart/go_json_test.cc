#include "verifier/chart/go_json.h"

#include <gtest/gtest.h>

#include "verifier/base/strict_json.h"

namespace chartseal::chart {
namespace {

Node Text(std::string_view text) { return Node::String(std::string(text)); }
Node Json(std::string_view text) { return ParseJson(text, "text").value(); }

TEST(GoJson, EscapesWhatHtmlAndJavaScriptWouldMisread) {
  EXPECT_EQ(WriteGoJson(Text("<a href=\"x\">&\u2028\u2029</a>")),
            R"("\u003ca href=\"x\"\u003e\u0026\u2028\u2029\u003c/a\u003e")");
}

TEST(GoJson, ControlCharactersAreEscapedAndOtherTextIsNot) {
  EXPECT_EQ(WriteGoJson(Text("\b\f\n\r\t\x01\x1f\x7f\\/é€😀\u2027")),
            "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\\\/é€😀\u2027\"");
  EXPECT_EQ(WriteGoJson(Text(std::string_view("\0", 1))), "\"\\u0000\"");
}

TEST(GoJson, BytesThatAreNotUtf8AreReplacedOneByOne) {
  EXPECT_EQ(WriteGoJson(Text("a\xff\xc3")), "\"a\\ufffd\\ufffd\"");
  EXPECT_EQ(WriteGoJson(Text("\xe2\x82z")), "\"\\ufffd\\ufffdz\"");
  EXPECT_EQ(WriteGoJson(Text("\xed\xa0\x80")), "\"\\ufffd\\ufffd\\ufffd\"");
}

TEST(GoJson, MembersStayInTheirOrder) {
  EXPECT_EQ(WriteGoJson(Json(R"( {"b": [1, true, null, {}], "a": [], "<": "x"} )")),
            R"({"b":[1,true,null,{}],"a":[],"\u003c":"x"})");
}

TEST(CanonicalJson, MembersAreSortedByUtf16CodeUnits) {
  // RFC 8785 §3.2.3, whose expected order is: CR, 1, U+0080, ö, €, 😂, U+FB33.
  EXPECT_EQ(WriteCanonicalJson(
                Json(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude02":5,"\u0080":6,"\u00f6":7})")),
            "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😂\":5,\"\ufb33\":3}");
  EXPECT_EQ(WriteCanonicalJson(Json(R"({"ab":1,"a":2,"":3,"aa":{"z":0,"y":0}})")),
            R"({"":3,"a":2,"aa":{"y":0,"z":0},"ab":1})");
  EXPECT_EQ(WriteCanonicalJson(Json(R"({"\uffff":1,"\ud800\udc00":2,"\ud7ff":3,"\ue000":4})")),
            "{\"\ud7ff\":3,\"\U00010000\":2,\"\ue000\":4,\"\uffff\":1}");
}

TEST(CanonicalJson, OnlyWhatMustBeEscapedIs) {
  EXPECT_EQ(WriteCanonicalJson(Text("<>&\u2028/\x7f\b\t\n\f\r\"\\\x0f")),
            "\"<>&\u2028/\x7f\\b\\t\\n\\f\\r\\\"\\\\\\u000f\"");
}

TEST(CanonicalJson, NumbersAreWrittenAsEcmaScriptDoes) {
  // RFC 8785 appendix B.
  for (const auto& [value, text] :
       std::vector<std::pair<double, std::string>>{{0.0, "0"},
                                                   {-0.0, "0"},
                                                   {5e-324, "5e-324"},
                                                   {-5e-324, "-5e-324"},
                                                   {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                   {9007199254740992.0, "9007199254740992"},
                                                   {295147905179352830000.0, "295147905179352830000"},
                                                   {9.999999999999997e22, "9.999999999999997e+22"},
                                                   {1e23, "1e+23"},
                                                   {999999999999999700000.0, "999999999999999700000"},
                                                   {1e21, "1e+21"},
                                                   {9.999999999999997e-7, "9.999999999999997e-7"},
                                                   {0.000001, "0.000001"},
                                                   {333333333.33333329, "333333333.3333333"},
                                                   {-0.0000033333333333333333, "-0.0000033333333333333333"},
                                                   {1424953923781206.2, "1424953923781206.2"}}) {
    EXPECT_EQ(WriteCanonicalJson(Node::Number(value)), text);
    EXPECT_EQ(WriteGoJson(Node::Number(value)), text);
  }
}

TEST(CanonicalJson, AnIntegerIsTheDoubleThatOthersTakeItFor) {
  EXPECT_EQ(WriteCanonicalJson(Node::Integer(-42)), "-42");
  EXPECT_EQ(WriteCanonicalJson(Node::Integer(9007199254740991)), "9007199254740991");
  EXPECT_EQ(WriteCanonicalJson(Node::Integer(9007199254740993)), "9007199254740992");
  EXPECT_EQ(WriteGoJson(Node::Integer(9007199254740993)), "9007199254740993");
}

}  // namespace
}  // namespace chartseal::chart
