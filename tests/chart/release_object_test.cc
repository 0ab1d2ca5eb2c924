#include "verifier/chart/release_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/chart/release_writer.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"

namespace chartseal::chart {
namespace {

using ::testing::StartsWith;

Node Json(const std::string& text) { return ParseJson(text, "test").value(); }

std::string WhyNot(const std::string& json) { return Why(EncodedReleaseOf(Json(json), "obj")); }

constexpr char kSecret[] = R"({"apiVersion":"v1","kind":"Secret",)";
constexpr char kConfigMap[] = R"({"apiVersion":"v1","kind":"ConfigMap",)";

TEST(ReleaseObject, IsOneByTypeByNameOrByOwner) {
  for (const std::string rest :
       {R"("type":"helm.sh/release.v1"})", R"("metadata":{"name":"sh.helm.release.v1.a.v1"}})",
        R"("metadata":{"labels":{"owner":"helm"}}})"}) {
    EXPECT_TRUE(IsReleaseObject(Json(kSecret + rest))) << rest;
  }
  EXPECT_TRUE(
      IsReleaseObject(Json(std::string(kConfigMap) + R"("metadata":{"name":"sh.helm.release.v1.a.v1"}})")));
  EXPECT_TRUE(IsReleaseObject(Json(std::string(kConfigMap) + R"("metadata":{"labels":{"owner":"helm"}}})")));
}

TEST(ReleaseObject, IsNoneOtherwise) {
  for (const std::string rest :
       {R"("type":"Opaque"})", R"("type":"helm.sh/release.v2"})",
        R"("metadata":{"name":"sh.helm.release.v2.a.v1"}})",
        R"("metadata":{"name":"a-sh.helm.release.v1.a.v1"}})", R"("metadata":{"labels":{"owner":"Helm"}}})",
        R"("metadata":{"labels":{"owner":["helm"]}}})", R"("metadata":{"annotations":{"owner":"helm"}}})",
        R"("metadata":null})"}) {
    EXPECT_FALSE(IsReleaseObject(Json(kSecret + rest))) << rest;
  }
  EXPECT_FALSE(IsReleaseObject(Json(std::string(kConfigMap) + R"("type":"helm.sh/release.v1"})")));
  EXPECT_FALSE(
      IsReleaseObject(Json(R"({"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"owner":"helm"}}})")));
  EXPECT_FALSE(IsReleaseObject(
      Json(R"({"apiVersion":"example.test/v1","kind":"Secret","type":"helm.sh/release.v1"})")));
  EXPECT_FALSE(IsReleaseObject(Json("[]")));
}

TEST(ReleaseObject, OfBothDriversHoldsTheSame) {
  const std::string secret = kSecret + (R"("data":{"release":")" + Base64("H4sI")) + "\"}}";
  const std::string text = kSecret + std::string(R"("stringData":{"release":"H4sI"}})");
  const std::string config_map = kConfigMap + std::string(R"("data":{"release":"H4sI"}})");
  for (const std::string& json : {secret, text, config_map}) {
    EXPECT_EQ(EncodedReleaseOf(Json(json), "obj").value(), "H4sI") << json;
  }
}

TEST(ReleaseObject, WithoutARecordIsRefused) {
  const std::string head = "release-malformed: obj: ";
  EXPECT_EQ(WhyNot(kSecret + std::string(R"("data":{}})")), head + "data.release: missing");
  EXPECT_EQ(WhyNot(kSecret + std::string(R"("data":null})")), head + "data.release: missing");
  EXPECT_EQ(WhyNot(kSecret + std::string(R"("data":{"release":null}})")), head + "data.release: missing");
  EXPECT_EQ(WhyNot(kConfigMap + std::string(R"("binaryData":{"release":"H4sI"}})")),
            head + "data.release: missing");
  EXPECT_EQ(WhyNot(kConfigMap + std::string(R"("stringData":{"release":"H4sI"}})")),
            head + "data.release: missing");
  EXPECT_EQ(WhyNot(kSecret + std::string(R"("data":[]})")), head + "data: expected an object, found a list");
  EXPECT_EQ(WhyNot(kSecret + std::string(R"("data":{"release":1}})")),
            head + "data.release: expected a string, found an integer");
  EXPECT_THAT(WhyNot(kSecret + std::string(R"("data":{"release":"H4s"}})")),
              StartsWith(head + "data.release: base64: "));
  EXPECT_EQ(
      WhyNot(kSecret + std::string(R"("data":{"release":"SDRzSQ=="},"stringData":{"release":"H4sI"}})")),
      head + "stringData.release: data has one too, which this would replace");
}

TEST(ReleaseObject, OfAnotherKindIsRefused) {
  const std::string head = "release-malformed: obj: expected a Secret or ConfigMap (v1), found ";
  EXPECT_EQ(WhyNot(R"({"apiVersion":"v1","kind":"Pod"})"), head + "v1 Pod");
  EXPECT_EQ(WhyNot(R"({"apiVersion":"v2","kind":"Secret","data":{"release":"SDRzSQ=="}})"),
            head + "v2 Secret");
  EXPECT_EQ(WhyNot("{}"), head + "neither");
  EXPECT_EQ(WhyNot("[]"), head + "neither");
}

TEST(ReleaseObject, LargerThanTheLimitIsRefused) {
  const std::string value(limits::kMaxReleaseBytes + 1, 'A');
  EXPECT_EQ(WhyNot(kConfigMap + (R"("data":{"release":")" + value + "\"}}")),
            "limit-exceeded: obj: data.release: 2097153 bytes, more than the limit of 2097152");
  EXPECT_EQ(WhyNot(kSecret + (R"("stringData":{"release":")" + value + "\"}}")),
            "limit-exceeded: obj: data.release: 2097153 bytes, more than the limit of 2097152");
  EXPECT_EQ(WhyNot(kSecret + (R"("data":{"release":")" + value + value + "\"}}")),
            "limit-exceeded: obj: data.release: 4194306 bytes, more than the limit of 4194304");
}

TEST(ReleaseObject, IsNamedAsHelmNamesIt) {
  EXPECT_EQ(ReleaseObjectName("rel", 12), "sh.helm.release.v1.rel.v12");
}

TEST(ReleaseObject, OnlyNamesOfHelmsFormAreReleases) {
  EXPECT_EQ(ReleaseOfName("sh.helm.release.v1.web.v3"), (std::pair<std::string, int64_t>("web", 3)));
  EXPECT_EQ(ReleaseOfName("sh.helm.release.v1.a.v1.v2"), (std::pair<std::string, int64_t>("a.v1", 2)));
  for (const char* name :
       {"web.v3", "sh.helm.release.v1.web", "sh.helm.release.v1..v3", "sh.helm.release.v1.web.v",
        "sh.helm.release.v1.web.v0", "sh.helm.release.v1.web.v03", "sh.helm.release.v1.web.v+3",
        "sh.helm.release.v1.web.v99999999999999999999"}) {
    EXPECT_EQ(ReleaseOfName(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace chartseal::chart
