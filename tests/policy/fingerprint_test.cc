#include "verifier/policy/fingerprint.h"

#include <gtest/gtest.h>

#include "verifier/base/strict_json.h"

namespace chartseal::policy {
namespace {

std::string Of(std::string_view json) { return Fingerprint("test", ParseJson(json, "test").value()); }

TEST(FingerprintTest, MembersHaveNoOrderAndNullIsAbsent) {
  EXPECT_EQ(Of(R"({"a":1,"b":{"c":2,"d":3}})"), Of(R"({"b":{"d":3,"c":2},"a":1})"));
  EXPECT_EQ(Of(R"({"a":1,"b":null})"), Of(R"({"a":1})"));
}

TEST(FingerprintTest, ListsHaveAnOrder) { EXPECT_NE(Of("[1,2]"), Of("[2,1]")); }

TEST(FingerprintTest, TypesAndNestingAreToldApart) {
  const char* kAll[] = {R"("1")",
                        "1",
                        "1.5",
                        "true",
                        "false",
                        R"("true")",
                        "null",
                        "[]",
                        "{}",
                        R"([""])",
                        "[[]]",
                        R"([["a"]])",
                        R"(["a","b"])",
                        R"(["ab"])",
                        R"(["a",["b"]])",
                        R"({"a":"b"})",
                        R"({"a":{"b":"c"}})",
                        R"({"a":"b","c":"d"})",
                        R"({"a":["b"]})",
                        R"(["s1:a"])",
                        R"(["as1:b"])"};
  for (const char* left : kAll) {
    for (const char* right : kAll) {
      EXPECT_EQ(Of(left) == Of(right), left == right) << left << " and " << right;
    }
  }
}

TEST(FingerprintTest, TheDomainTellsKindsOfPolicyApart) {
  const Node content = ParseJson("{}", "test").value();
  EXPECT_NE(Fingerprint("a", content), Fingerprint("b", content));
}

}  // namespace
}  // namespace chartseal::policy
