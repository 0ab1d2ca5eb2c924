#include "publisher/signing/signing_config.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "publisher/signing/public_good_signing_config.h"
#include "test_directories.h"
#include "tests/base/why.h"
#include "verifier/base/limits.h"

namespace chartseal::publisher {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

absl::Time At(const std::string& day) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d", day, &time, &error)) << error;
  return time;
}

// One service: "URL version start [end] [operator]" as a file has it.
json Service(const std::string& url, int version, const std::string& start, const std::string& end = "",
             const std::string& operator_name = "acme.example") {
  json service = {{"url", url},
                  {"majorApiVersion", version},
                  {"validFor", {{"start", start + "T00:00:00Z"}}},
                  {"operator", operator_name}};
  if (!end.empty()) service["validFor"]["end"] = end + "T00:00:00Z";
  return service;
}

json Config(const json& changes = json::object()) {
  json config = {{"mediaType", "application/vnd.dev.sigstore.signingconfig.v0.2+json"},
                 {"caUrls", json::array({Service("https://fulcio.example", 1, "2025-01-01")})},
                 {"oidcUrls", json::array({Service("https://oidc.example/auth", 1, "2025-01-01")})},
                 {"rekorTlogUrls", json::array({Service("https://rekor.example", 1, "2025-01-01")})},
                 {"rekorTlogConfig", {{"selector", "ANY"}}},
                 {"tsaUrls", json::array({Service("https://tsa.example/api/v1/timestamp", 1, "2025-01-01")})},
                 {"tsaConfig", {{"selector", "ANY"}}}};
  config.merge_patch(changes);
  return config;
}

absl::StatusOr<SigningServices> Select(const json& config, const std::string& day = "2026-01-01") {
  const auto parsed = SigningConfig::ParseJson(config.dump(), "sc.json");
  if (!parsed.ok()) return parsed.status();
  return parsed->Select(At(day));
}

// "URL@version" of each.
std::vector<std::string> Text(const std::vector<RekorService>& services) {
  std::vector<std::string> out;
  for (const RekorService& service : services)
    out.push_back(service.url + "@" + std::to_string(service.version));
  return out;
}

struct RekorCase {
  std::string what;
  json services;
  json selection;
  std::vector<std::string> chosen;
  std::vector<std::string> others;
};

TEST(SigningConfigTest, RekorServicesAreSelectedByTheRules) {
  const json any = {{"selector", "ANY"}}, all = {{"selector", "ALL"}};
  const json old_one = Service("https://old", 1, "2024-01-01"),
             new_one = Service("https://new", 1, "2025-06-01");
  const json foreign = Service("https://foreign", 1, "2025-03-01", "", "other.example");
  const json v2 = Service("https://v2", 2, "2025-01-01"), v3 = Service("https://v3", 3, "2025-01-01");
  const RekorCase cases[] = {
      {"one", json::array({old_one}), any, {"https://old@1"}, {}},
      {"the newest of an operator", {old_one, new_one}, any, {"https://new@1"}, {"https://old@1"}},
      {"the highest version, alone", {new_one, v2}, all, {"https://v2@2"}, {}},
      {"a version that is not known is passed over", {new_one, v3}, any, {"https://new@1"}, {}},
      {"ALL takes one of each operator",
       {old_one, new_one, foreign},
       all,
       {"https://new@1", "https://foreign@1"},
       {"https://old@1"}},
      {"ANY takes one of all operators",
       {old_one, foreign, new_one},
       any,
       {"https://new@1"},
       {"https://foreign@1", "https://old@1"}},
      {"EXACT takes so many operators",
       {foreign, new_one},
       {{"selector", "EXACT"}, {"count", 2}},
       {"https://new@1", "https://foreign@1"},
       {}},
      {"EXACT 1",
       {foreign, new_one},
       {{"selector", "EXACT"}, {"count", 1}},
       {"https://new@1"},
       {"https://foreign@1"}},
      {"selectors may be numbers",
       {old_one, foreign},
       {{"selector", 1}},
       {"https://foreign@1", "https://old@1"},
       {}},
      {"one that has ended is passed over",
       {old_one, Service("https://ended", 2, "2025-01-01", "2025-12-31")},
       any,
       {"https://old@1"},
       {}},
      {"one that has not begun is passed over",
       {old_one, Service("https://future", 2, "2026-01-02")},
       any,
       {"https://old@1"},
       {}},
      {"the day of the end counts",
       json::array({Service("https://last", 1, "2025-01-01", "2026-01-01")}),
       any,
       {"https://last@1"},
       {}},
      {"the day of the start counts",
       json::array({Service("https://first", 1, "2026-01-01")}),
       any,
       {"https://first@1"},
       {}},
      {"no URLs, no services", json::array(), any, {}, {}},
  };
  for (const RekorCase& test : cases) {
    const auto services =
        Select(Config({{"rekorTlogUrls", test.services}, {"rekorTlogConfig", test.selection}}));
    ASSERT_TRUE(services.ok()) << test.what << ": " << services.status();
    EXPECT_EQ(Text(services->rekor), test.chosen) << test.what;
    EXPECT_EQ(Text(services->other_rekor), test.others) << test.what;
  }
}

TEST(SigningConfigTest, WhatASelectorWantsAndIsNotThereIsAnError) {
  const json one = json::array({Service("https://rekor.example", 1, "2025-01-01")});
  const std::pair<json, const char*> cases[] = {
      {{{"rekorTlogConfig", nullptr}},
       "Rekor services are given without a selector; expected ALL, ANY or EXACT"},
      {{{"rekorTlogConfig", {{"selector", "SERVICE_SELECTOR_UNDEFINED"}}}}, "given without a selector"},
      {{{"rekorTlogConfig", {{"selector", 0}}}}, "given without a selector"},
      {{{"rekorTlogConfig", {{"selector", nullptr}}}}, "given without a selector"},
      {{{"tsaConfig", nullptr}}, "timestamp authorities are given without a selector"},
      {{{"rekorTlogConfig", {{"selector", "EXACT"}, {"count", 2}}}},
       "EXACT 2 are wanted and 1 of its 1 Rekor services can be used"},
      {{{"rekorTlogUrls", json::array()}, {"rekorTlogConfig", {{"selector", "EXACT"}, {"count", 1}}}},
       "0 of its 0 Rekor services can be used"},
      {{{"rekorTlogUrls", json::array({Service("https://a", 3, "2025-01-01")})}},
       "0 of its 1 Rekor services can be used"},
      {{{"tsaUrls", json::array({Service("https://a", 1, "2025-01-01", "2025-06-01")})}},
       "0 of its 1 timestamp authorities can be used"},
      {{{"tsaUrls", json::array({Service("https://a", 2, "2025-01-01")})}},
       "0 of its 1 timestamp authorities can be used"},
      // Two of one operator are one.
      {{{"rekorTlogUrls", {Service("https://a", 1, "2025-01-01"), Service("https://b", 1, "2025-01-02")}},
        {"rekorTlogConfig", {{"selector", "EXACT"}, {"count", 2}}}},
       "EXACT 2 are wanted and 1 of its 2 Rekor services can be used"},
  };
  for (const auto& [changes, expected] : cases) {
    const auto services = Select(Config(changes));
    EXPECT_EQ(services.status().code(), absl::StatusCode::kFailedPrecondition) << expected;
    EXPECT_THAT(Why(services),
                testing::AllOf(StartsWith("signing-config-malformed: sc.json: "), HasSubstr(expected)));
  }
}

TEST(SigningConfigTest, FulcioIsTheNewestThatIsValid) {
  const json fulcios = {Service("https://old", 1, "2024-01-01"), Service("https://new", 1, "2025-01-01"),
                        Service("https://future", 1, "2027-01-01"), Service("https://v2", 2, "2025-01-01")};
  EXPECT_EQ(Select(Config({{"caUrls", fulcios}}))->fulcio_url, "https://new");
  EXPECT_EQ(Select(Config({{"caUrls", fulcios}}), "2028-01-01")->fulcio_url, "https://future");
  EXPECT_EQ(Select(Config({{"caUrls", nullptr}}))->fulcio_url, "");
}

TEST(SigningConfigTest, WithoutTimestampAuthoritiesThereAreNone) {
  const auto services = Select(Config({{"tsaUrls", nullptr}, {"tsaConfig", nullptr}}));
  ASSERT_TRUE(services.ok()) << services.status();
  EXPECT_THAT(services->timestamp_urls, IsEmpty());
}

TEST(SigningConfigTest, TheUrlOfATimestampAuthorityIsKeptWhole) {
  EXPECT_THAT(Select(Config())->timestamp_urls, ElementsAre("https://tsa.example/api/v1/timestamp"));
}

TEST(SigningConfigTest, MalformedFilesAreRefusedWithThePathOfTheField) {
  json without_start = Service("https://a", 1, "2025-01-01");
  without_start["validFor"] = json::object();
  json extra = Service("https://a", 1, "2025-01-01");
  extra["weight"] = 5;
  const std::pair<json, const char*> cases[] = {
      {{{"mediaType", "application/vnd.dev.sigstore.signingconfig.v0.1+json"}},
       "mediaType: expected application/"},
      {{{"mediaType", nullptr}}, "mediaType: missing"},
      {{{"caUrls", "https://fulcio.example"}}, "caUrls: expected a list"},
      {{{"caUrls", {"https://fulcio.example"}}}, "caUrls[0]: expected an object"},
      {{{"caUrls", json::array({Service("ftp://a", 1, "2025-01-01")})}}, "caUrls[0].url: "},
      {{{"caUrls", json::array({Service("", 1, "2025-01-01")})}}, "caUrls[0].url: "},
      {{{"caUrls", json::array({Service("https://user:pw@a", 1, "2025-01-01")})}}, "caUrls[0].url: "},
      {{{"rekorTlogUrls", json::array({Service("https://a?x=y", 1, "2025-01-01")})}},
       "rekorTlogUrls[0].url: a base URL has no query"},
      {{{"caUrls", json::array({Service("https://a", 0, "2025-01-01")})}},
       "caUrls[0].majorApiVersion: expected 1 or more"},
      {{{"caUrls", json::array({Service("https://a", 1, "2025-13-01")})}},
       "caUrls[0].validFor.start: expected an RFC 3339 time"},
      {{{"caUrls", json::array({Service("https://a", 1, "2025-02-01", "2025-01-01")})}},
       "caUrls[0].validFor.end: before the start"},
      {{{"caUrls", json::array({without_start})}}, "caUrls[0].validFor.start: missing"},
      {{{"caUrls", json::array({extra})}}, "weight"},
      {{{"rekorTlogConfig", {{"selector", "SOME"}}}}, "rekorTlogConfig.selector: expected ALL, ANY or EXACT"},
      {{{"rekorTlogConfig", {{"selector", 4}}}}, "rekorTlogConfig.selector: expected ALL, ANY or EXACT"},
      {{{"tsaConfig", {{"selector", "EXACT"}}}}, "tsaConfig.count: EXACT wants a count of at least 1"},
      {{{"tsaConfig", {{"selector", "EXACT"}, {"count", -1}}}}, "tsaConfig.count: negative"},
      {{{"unknown", 1}}, "unknown"},
  };
  for (const auto& [changes, expected] : cases) {
    const auto parsed = SigningConfig::ParseJson(Config(changes).dump(), "sc.json");
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << expected;
    EXPECT_THAT(Why(parsed),
                testing::AllOf(StartsWith("signing-config-malformed: sc.json: "), HasSubstr(expected)));
  }
}

TEST(SigningConfigTest, WhatIsNoJsonIsRefused) {
  EXPECT_THAT(Why(SigningConfig::ParseJson("{", "sc.json")), StartsWith("json-malformed: sc.json: "));
  EXPECT_THAT(Why(SigningConfig::ParseJson("{\"mediaType\":\"a\",\"mediaType\":\"a\"}", "sc.json")),
              StartsWith("json-malformed: sc.json: "));
  EXPECT_THAT(Why(SigningConfig::ParseJson("[]", "sc.json")),
              StartsWith("signing-config-malformed: sc.json: "));
}

TEST(SigningConfigTest, MoreServicesThanTheLimitAreRefused) {
  json many = json::array();
  for (size_t i = 0; i <= limits::kMaxSigningServices; ++i)
    many.push_back(Service("https://a", 1, "2025-01-01"));
  EXPECT_THAT(Why(Select(Config({{"caUrls", many}}))), HasSubstr("caUrls: "));
}

TEST(SigningConfigTest, ThePublicGoodConfigIsBuiltIn) {
  const auto services = SigningConfig::PublicGood().Select(At("2026-08-01"));
  ASSERT_TRUE(services.ok()) << services.status();
  EXPECT_EQ(services->fulcio_url, "https://fulcio.sigstore.dev");
  EXPECT_EQ(services->oidc_url, "https://oauth2.sigstore.dev/auth");
  EXPECT_THAT(Text(services->rekor), ElementsAre("https://rekor.sigstore.dev@1"));
  EXPECT_THAT(services->timestamp_urls, ElementsAre("https://timestamp.sigstore.dev/api/v1/timestamp"));
}

// The times of the TUF target have fractions of a second, which say nothing.
void Normalize(json& node) {
  for (json& child : node) {
    if (child.is_structured()) Normalize(child);
    if (!child.is_string()) continue;
    std::string text = child;
    if (text.ends_with(".000Z")) child = text.substr(0, text.size() - 5) + "Z";
  }
}

TEST(SigningConfigTest, ThePublicGoodConfigSaysWhatTheTufTargetSays) {
  std::ifstream file(CHARTSEAL_SOURCE_DIR
                     "/../shared/vectors/public-good/tuf/targets/signing_config.v0.2.json");
  if (!file) {
    std::cout
        << "../shared/vectors is absent: the built-in signing config is not compared with the TUF target\n";
    return;
  }
  std::stringstream text;
  text << file.rdbuf();
  json target = json::parse(text.str());
  Normalize(target);
  EXPECT_EQ(json::parse(PublicGoodSigningConfigJson()), target);
  EXPECT_TRUE(SigningConfig::ParseJson(text.str(), "target").ok());
}

}  // namespace
}  // namespace chartseal::publisher
