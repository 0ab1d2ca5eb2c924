#include "verifier/base/object_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/base/why.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strict_yaml.h"

namespace chartseal {
namespace {

// A reader of JSON text that it keeps alive.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : node_(ParseJson(text, "b.json").value()) {}
  ObjectReader operator*() const {
    return ObjectReader::Root(node_, "b.json", Reason::kBundleMalformed).value();
  }
  ObjectReader Proto() const { return (**this).ProtoJson(); }

 private:
  Node node_;
};

TEST(ObjectReaderTest, TheRootMustBeAnObject) {
  for (const auto& [text, kind] : {std::pair("[]", "a list"), {"null", "null"}, {"1", "an integer"}}) {
    const Node node = ParseJson(text, "f").value();
    EXPECT_EQ(Why(ObjectReader::Root(node, "b.json", Reason::kBundleMalformed)),
              Cat("bundle-malformed: b.json: expected an object, found ", kind));
  }
}

TEST(ObjectReaderTest, ReadsEveryTypeOfMember) {
  const JsonReader json(R"({"s":"x","b":true,"i":7,"d":"-8","bytes":"QUI=","t":"2024-02-29T12:00:00.5+01:00",
                            "o":{"x":"y"},"l":[{"n":1},{"n":2}],"names":["a","b"]})");
  ObjectReader reader = *json;
  EXPECT_EQ(reader.String("s").value(), "x");
  EXPECT_TRUE(reader.BoolOr("b", false).value());
  EXPECT_EQ(reader.Int64Or("i", 0).value(), 7);
  EXPECT_EQ(reader.Int64Or("d", 0).value(), -8);
  EXPECT_EQ(reader.Bytes("bytes").value(), "AB");
  EXPECT_EQ(reader.OptionalTime("t").value(), absl::FromUnixMillis(1709204400500));
  EXPECT_EQ(reader.Object("o").value().String("x").value(), "y");
  EXPECT_EQ(reader.Objects("l", 2).value()[1].Int64Or("n", 0).value(), 2);
  EXPECT_EQ(reader.Strings("names", 2).value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Why(reader.Done()), "ok");
}

TEST(ObjectReaderTest, NullAndAbsentMembersAreTheDefault) {
  const JsonReader json(R"({"a":null})");
  ObjectReader reader = *json;
  for (const char* name : {"a", "absent"}) {
    EXPECT_FALSE(reader.Has(name));
    EXPECT_EQ(reader.Raw(name), nullptr);
    EXPECT_EQ(reader.StringOr(name, "z").value(), "z");
    EXPECT_TRUE(reader.BoolOr(name, true).value());
    EXPECT_EQ(reader.Int64Or(name, 9).value(), 9);
    EXPECT_EQ(reader.BytesOr(name, "z").value(), "z");
    EXPECT_EQ(reader.OptionalTime(name).value(), std::nullopt);
    EXPECT_FALSE(reader.OptionalObject(name).value().has_value());
    EXPECT_TRUE(reader.Objects(name, 1).value().empty());
    EXPECT_TRUE(reader.Strings(name, 1).value().empty());
  }
}

TEST(ObjectReaderTest, RequiredMembersMustBeThere) {
  const JsonReader json(R"({"a":null,"o":{}})");
  ObjectReader reader = *json;
  EXPECT_EQ(Why(reader.String("a")), "bundle-malformed: b.json: a: missing");
  EXPECT_EQ(Why(reader.Bytes("b")), "bundle-malformed: b.json: b: missing");
  EXPECT_EQ(Why(reader.Object("c")), "bundle-malformed: b.json: c: missing");
  EXPECT_EQ(Why(reader.Object("o").value().String("d")), "bundle-malformed: b.json: o.d: missing");
}

TEST(ObjectReaderTest, WrongTypesNameThePathAndBothTypes) {
  const JsonReader json(R"({"v":{"n":1.5,"s":"x","l":[1,{"id":[]}],"b":"true"}})");
  ObjectReader v = (*json).Object("v").value();
  EXPECT_EQ(Why(v.String("n")), "bundle-malformed: b.json: v.n: expected a string, found a number");
  EXPECT_EQ(Why(v.StringOr("l", "")), "bundle-malformed: b.json: v.l: expected a string, found a list");
  EXPECT_EQ(Why(v.BoolOr("b", false)),
            "bundle-malformed: b.json: v.b: expected true or false, found a string");
  EXPECT_EQ(Why(v.Int64Or("n", 0)), "bundle-malformed: b.json: v.n: expected an integer, found a number");
  EXPECT_EQ(Why(v.BytesOr("l", "")), "bundle-malformed: b.json: v.l: expected a string, found a list");
  EXPECT_EQ(Why(v.OptionalTime("n")), "bundle-malformed: b.json: v.n: expected a string, found a number");
  EXPECT_EQ(Why(v.Object("s")), "bundle-malformed: b.json: v.s: expected an object, found a string");
  EXPECT_EQ(Why(v.OptionalObject("s")), "bundle-malformed: b.json: v.s: expected an object, found a string");
  EXPECT_EQ(Why(v.Objects("s", 9)), "bundle-malformed: b.json: v.s: expected a list, found a string");
  EXPECT_EQ(Why(v.Objects("l", 9)), "bundle-malformed: b.json: v.l[0]: expected an object, found an integer");
  EXPECT_EQ(Why(v.Strings("s", 9)), "bundle-malformed: b.json: v.s: expected a list, found a string");
  EXPECT_EQ(Why(v.Strings("l", 9)), "bundle-malformed: b.json: v.l[0]: expected a string, found an integer");
}

TEST(ObjectReaderTest, ElementsOfListsNameTheirIndex) {
  const JsonReader json(R"({"l":[{"id":"a"},{"id":7}],"s":["a",null]})");
  ObjectReader reader = *json;
  auto elements = reader.Objects("l", 2).value();
  EXPECT_EQ(Why(elements[1].String("id")),
            "bundle-malformed: b.json: l[1].id: expected a string, found an integer");
  EXPECT_EQ(elements[1].Location(), "b.json: l[1]");
  EXPECT_EQ(Why(reader.Strings("s", 2)), "bundle-malformed: b.json: s[1]: expected a string, found null");
}

TEST(ObjectReaderTest, ListsAreLimited) {
  const JsonReader json(R"({"l":[{},{},{}],"s":["a","b"]})");
  ObjectReader reader = *json;
  EXPECT_EQ(Why(reader.Objects("l", 3)), "ok");
  EXPECT_EQ(Why(reader.Objects("l", 2)),
            "bundle-malformed: b.json: l: at most 2 entries are allowed, found 3");
  EXPECT_EQ(Why(reader.Strings("s", 1)),
            "bundle-malformed: b.json: s: at most 1 entries are allowed, found 2");
}

TEST(ObjectReaderTest, IntegersAsTextMustBePlainDecimalsWithinInt64) {
  for (const char* text : {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "1-2", "--1",
                           "9223372036854775808", "-9223372036854775809", "NaN"}) {
    const JsonReader json(Cat("{\"i\":\"", text, "\"}"));
    EXPECT_EQ(Why((*json).Int64Or("i", 0)),
              Cat("bundle-malformed: b.json: i: expected a 64-bit integer, found \"", text, "\""));
  }
  const JsonReader json(R"({"i":"9223372036854775807","j":9223372036854775808})");
  EXPECT_EQ((*json).Int64Or("i", 0).value(), INT64_MAX);
  EXPECT_EQ(Why((*json).Int64Or("j", 0)), "bundle-malformed: b.json: j: expected an integer, found a number");
}

TEST(ObjectReaderTest, BytesMustBeStandardBase64) {
  const JsonReader json(R"({"a":"QQ","b":"-_8=","c":"","d":"QUJD\r\nRA=="})");
  EXPECT_EQ(Why((*json).Bytes("a")), "bundle-malformed: b.json: a: base64: wrong padding");
  EXPECT_EQ(Why((*json).BytesOr("b", "")),
            "bundle-malformed: b.json: b: base64: unexpected character '-' at offset 0");
  EXPECT_EQ((*json).Bytes("c").value(), "");
  EXPECT_EQ((*json).Bytes("d").value(), "ABCD");
}

TEST(ObjectReaderTest, TimesMustBeRfc3339) {
  for (const char* text : {"",
                           "infinite-future",
                           "infinite-past",
                           " 2024-01-02T03:04:05Z",
                           "2024-01-02T03:04:05Z ",
                           "2024-01-02T03:04:05",
                           "2024-01-02 03:04:05Z",
                           "2024-01-02t03:04:05z",
                           "2024-1-2T3:4:5Z",
                           "2024-13-02T03:04:05Z",
                           "2024-02-30T03:04:05Z",
                           "2024-01-02T24:04:05Z",
                           "2024-01-02T03:04:05.Z",
                           "2024-01-02T03:04:05+0100",
                           "2024-01-02T03:04:05+01",
                           "12024-01-02T03:04:05Z",
                           "-024-01-02T03:04:05Z",
                           "2024-01-02",
                           "1700000000",
                           "2024-01-02T03:04:05Zx"}) {
    const JsonReader json(Cat("{\"t\":\"", text, "\"}"));
    EXPECT_EQ(Why((*json).OptionalTime("t")),
              Cat("bundle-malformed: b.json: t: expected an RFC 3339 time, found \"", text, "\""));
  }
}

TEST(ObjectReaderTest, ReadsTimesWithFractionsAndOffsets) {
  for (const char* text : {"2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000000000Z",
                           "2024-01-02T04:04:05+01:00", "2024-01-01T22:34:05-04:30"}) {
    const JsonReader json(Cat("{\"t\":\"", text, "\"}"));
    EXPECT_EQ((*json).OptionalTime("t").value(), absl::FromUnixSeconds(1704164645)) << text;
  }
}

TEST(ObjectReaderTest, MembersThatNobodyAskedForAreRefused) {
  const JsonReader json(R"({"a":"x","o":{"known":1,"un\u001bknown":2},"z":null})");
  ObjectReader reader = *json;
  ASSERT_EQ(Why(reader.String("a")), "ok");
  ObjectReader inner = reader.Object("o").value();
  EXPECT_EQ(Why(reader.Done()), "bundle-malformed: b.json: z: unknown field");
  EXPECT_FALSE(reader.Has("z"));
  EXPECT_EQ(Why(reader.Done()), "ok");
  ASSERT_EQ(inner.Int64Or("known", 0).value(), 1);
  EXPECT_EQ(Why(inner.Done()), "bundle-malformed: b.json: o.un\\x1bknown: unknown field");
}

TEST(ObjectReaderTest, ProtoJsonTakesSnakeCaseAndHandsItDown) {
  const JsonReader json(R"({"log_index":"5","log_id":{"key_id":"QQ=="}})");
  ObjectReader reader = json.Proto();
  EXPECT_EQ(reader.Int64Or("logIndex", 0).value(), 5);
  ObjectReader log_id = reader.Object("logId").value();
  EXPECT_EQ(log_id.Bytes("keyId").value(), "A");
  EXPECT_EQ(Why(log_id.Done()), "ok");
  EXPECT_EQ(Why(reader.Done()), "ok");
}

TEST(ObjectReaderTest, WithoutProtoJsonSnakeCaseIsUnknown) {
  const JsonReader json(R"({"log_index":"5"})");
  ObjectReader reader = *json;
  EXPECT_FALSE(reader.Has("logIndex"));
  EXPECT_EQ(Why(reader.Done()), "bundle-malformed: b.json: log_index: unknown field");
}

TEST(ObjectReaderTest, BothSpellingsOfOneMemberAreRefused) {
  for (const char* text : {R"({"logIndex":"5","log_index":"6"})", R"({"logIndex":null,"log_index":"6"})"}) {
    const JsonReader json(text);
    ObjectReader reader = json.Proto();
    EXPECT_NE(reader.Int64Or("logIndex", 0).value(), 6);
    EXPECT_EQ(Why(reader.Done()), "bundle-malformed: b.json: log_index: unknown field");
  }
}

TEST(ObjectReaderTest, ErrorsInYamlNameTheLine) {
  const Node node = ParseYaml("spec:\n  mode: 5\n  list:\n  - a\n  - {b: c}\nextra: x\n", "p.yaml").value();
  ObjectReader root = ObjectReader::Root(node, "p.yaml", Reason::kPolicyMalformed).value();
  ObjectReader spec = root.Object("spec").value();
  EXPECT_EQ(Why(spec.String("mode")),
            "policy-malformed: p.yaml:2: spec.mode: expected a string, found an integer");
  EXPECT_EQ(Why(spec.String("gone")), "policy-malformed: p.yaml:2: spec.gone: missing");
  EXPECT_EQ(Why(spec.Strings("list", 9)),
            "policy-malformed: p.yaml:5: spec.list[1]: expected a string, found an object");
  EXPECT_EQ(Why(spec.ErrorAt("list", "too odd")), "policy-malformed: p.yaml:4: spec.list: too odd");
  EXPECT_EQ(Why(root.Done()), "policy-malformed: p.yaml:6: extra: unknown field");
  EXPECT_EQ(Why(root.Error("all wrong")), "policy-malformed: p.yaml:1: all wrong");
}

}  // namespace
}  // namespace chartseal
