#include "test_directories.h"
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

}  // namespace
}  // namespace chartseal
