#include "verifier/chart/plain_scalar.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <tuple>

#include "verifier/base/strict_json.h"

namespace chartseal::chart {
namespace {

TEST(PlainScalar, WordsVersionsAndPathsAreStrings) {
  for (const std::string_view text : {"app",
                                      "1.2.3",
                                      "1.2.3-rc.1",
                                      "v1",
                                      "1.2.3+build",
                                      "a: b",
                                      "yep",
                                      "nope",
                                      "yEs",
                                      "tRUE",
                                      "offf",
                                      "nan",
                                      "inf",
                                      "-",
                                      "+",
                                      ".",
                                      "..",
                                      "-a",
                                      "1a",
                                      "0x",
                                      "0xg",
                                      "0b2",
                                      "0o8",
                                      "1e",
                                      "1e+",
                                      "_1",
                                      "._5",
                                      ".5_",
                                      ".5__5",
                                      ".5_e1",
                                      ".e1",
                                      "1:60",
                                      "1:2a",
                                      ":30",
                                      "1:",
                                      "127.0.0.1:5000",
                                      "localhost:5000",
                                      ">=1.20.0-0",
                                      "1.2.3.4",
                                      "--1",
                                      "+-1",
                                      "1-2",
                                      "0b-",
                                      "2024-13-01",
                                      "2024-02-30",
                                      "2023-02-29",
                                      "2024-00-10",
                                      "2024-1-0",
                                      "2024-1-2x",
                                      "24-01-02",
                                      "2024-01-02 25:00:00",
                                      "2024-01-02T10:20",
                                      "2024-01-02T10:20:30",
                                      "2024-01-02 10:20:30Z",
                                      "1e999",
                                      "0x1ffffffffffffffff",
                                      "<<",
                                      "é"}) {
    EXPECT_EQ(ClassifyPlain(text), PlainKind::kString) << text;
  }
}

TEST(PlainScalar, BooleansOfYaml11AreAmbiguous) {
  for (const std::string_view text :
       {"y",  "Y",  "n",  "N",   "yes", "Yes", "YES",  "no",   "No",    "NO",
        "on", "On", "ON", "off", "Off", "OFF", "True", "TRUE", "False", "FALSE"}) {
    EXPECT_EQ(ClassifyPlain(text), PlainKind::kAmbiguous) << text;
  }
}

TEST(PlainScalar, NumbersOfWhichHelmMakesAnotherTextAreAmbiguous) {
  for (const std::string_view text : {"1.10",
                                      "1.0",
                                      "2.",
                                      ".5",
                                      "+1",
                                      "-0",
                                      "00",
                                      "007",
                                      "0644",
                                      "08",
                                      "0o17",
                                      "0O17",
                                      "0x1f",
                                      "0X1F",
                                      "-0x1f",
                                      "0b101",
                                      "-0b101",
                                      "0b-101",
                                      "1_000",
                                      "1_0.5",
                                      ".2_5",
                                      "1e3",
                                      "1E3",
                                      "1e-3",
                                      "1e+3",
                                      "1.5e3",
                                      "+.5",
                                      "-.5",
                                      "1000000.5",
                                      "0.00001",
                                      "1.23456789",
                                      "16777217.0",
                                      "9999999999999999999999",
                                      "1e-999",
                                      "9223372036854775808.0"}) {
    EXPECT_EQ(ClassifyPlain(text), PlainKind::kAmbiguous) << text;
  }
}

TEST(PlainScalar, Base60AndInfinitiesAreAmbiguous) {
  for (const std::string_view text : {"1:30", "190:20:30", "-1:30", "+1:30", "1_0:30", "1:30.5", "1:30.",
                                      ".inf", "-.INF", "+.Inf", ".nan", ".NaN", ".NAN"}) {
    EXPECT_EQ(ClassifyPlain(text), PlainKind::kAmbiguous) << text;
  }
}

TEST(PlainScalar, NumbersThatKeepTheirTextAreSaidToDoSo) {
  for (const std::string_view text :
       {"0", "2", "-2", "1234567", "9223372036854775807", "18446744073709551615", "1.16", "-1.5", "0.25",
        "123456.5", "true", "false"}) {
    EXPECT_EQ(ClassifyPlain(text), PlainKind::kSameText) << text;
  }
}

TEST(PlainScalar, TimesAreTimestamps) {
  for (const std::string_view text :
       {"2024-01-02", "2024-1-2", "2024-02-29", "2024-01-02T03:04:05Z", "2024-01-02t3:4:5Z",
        "2024-01-02T03:04:05.123456789+02:00", "2024-01-02 03:04:05", "2024-01-02 3:4:5.6"}) {
    EXPECT_EQ(ClassifyPlain(text), PlainKind::kTimestamp) << text;
  }
}

TEST(PlainScalar, NullIsInFourFormsAndNone) {
  for (const std::string_view text : {"", "~", "null", "Null", "NULL"}) {
    EXPECT_EQ(ClassifyPlain(text), PlainKind::kNull) << text;
  }
  EXPECT_EQ(ClassifyPlain("nULL"), PlainKind::kString);
}

// What sigs.k8s.io/yaml makes of each as a value and as a key was asked of it.
TEST(PlainScalar, ValuesAndKeysAreThoseOfHelmsReader) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"y", "true", "true"},
      {"Yes", "true", "true"},
      {"TRUE", "true", "true"},
      {"off", "false", "false"},
      {"NO", "false", "false"},
      {"0", "0", "0"},
      {"-0", "0", "0"},
      {"+12", "12", "12"},
      {"0644", "420", "420"},
      {"0o17", "15", "15"},
      {"-010", "-8", "-8"},
      {"1_000", "1000", "1000"},
      {"0b101", "5", "5"},
      {"-0b11", "-3", "-3"},
      {"0x1F", "31", "31"},
      {"9223372036854775807", "9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808", "-9223372036854775808"},
      {"1.50", "1.5", "1.5"},
      {".5_0", "0.5", "0.5"},
      {"1_0.5", "10.5", "10.5"},
      {"999999.5", "999999.5", "999999.5"},
      {"0.0001", "0.0001", "0.0001"},
      {"1e400", "\"1e400\"", "1e400"},
      {"2001-01-01", "\"2001-01-01\"", "2001-01-01"},
      {"12:30:45", "\"12:30:45\"", "12:30:45"},
      {"._5", "\"._5\"", "._5"},
      {"0x", "\"0x\"", "0x"},
      {"0b2", "\"0b2\"", "0b2"},
      {"text", "\"text\"", "text"},
      {"~", "null", ""},
      {"Null", "null", ""},
  };
  for (const auto& [text, value, key] : cases) {
    EXPECT_EQ(WriteJson(GoValueOfPlain(text)), value) << text;
    EXPECT_EQ(GoKeyOf(GoValueOfPlain(text)), key) << text;
  }
}

TEST(PlainScalar, NumbersWithAFractionOrAnExponentAreDoubles) {
  const std::vector<std::tuple<std::string, double, std::string>> cases = {
      {"08", 8, "8"},
      {"1e3", 1000, "1000"},
      {"1.e2", 100, "100"},
      {"100000.0", 100000, "100000"},
      {"1234567.0", 1234567, "1.234567e+06"},
      {"16777217.0", 16777217, "1.6777216e+07"},
      {"1e-5", 1e-5, "1e-05"},
      {"0.00001234", 0.00001234, "1.234e-05"},
      {"3.4e39", 3.4e39, ".inf"},
      {"-3.4e39", -3.4e39, "-.inf"},
      {"18446744073709551616", 18446744073709551616.0, "1.8446744e+19"},
      {"-.INF", -HUGE_VAL, "-.inf"},
  };
  for (const auto& [text, value, key] : cases) {
    const Node node = GoValueOfPlain(text);
    ASSERT_EQ(node.kind(), Node::Kind::kNumber) << text;
    EXPECT_EQ(node.number_value(), value) << text;
    EXPECT_EQ(GoKeyOf(node), key) << text;
  }
  EXPECT_TRUE(std::isnan(GoValueOfPlain(".NaN").number_value()));
  EXPECT_EQ(GoKeyOf(GoValueOfPlain(".nan")), ".nan");
}

}  // namespace
}  // namespace chartseal::chart
