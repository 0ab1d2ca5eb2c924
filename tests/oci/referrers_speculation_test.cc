#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oci/client_fixture.h"
#include "tests/sandbox/fault_recipes.h"

// The referrers API and the fallback tag are asked for together until a registry has shown the API.
namespace chartseal::oci {
namespace {

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";

class ReferrersSpeculationTest : public ::testing::Test {
 protected:
  void Start(sandbox::RegistryOptions options = {}) {
    registry_ = StartRegistry(std::move(options));
    client_ = StartClient();
    subject_ = registry_->PutManifest("org/app", kManifestType, ManifestJson("image"));
    referrer_ = registry_->PutManifest("org/app", kManifestType, ManifestJson("sig", subject_));
  }

  // An index under the fallback tag that lists `digest`.
  void PutFallback(const std::string& digest) {
    const std::string index = "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(kIndexType) +
                              "\",\"manifests\":[{\"mediaType\":\"" + kManifestType + "\",\"digest\":\"" +
                              digest + "\",\"size\":1}]}";
    registry_->Tag("org/app", DigestTag(DigestOf(subject_)),
                   registry_->PutManifest("org/app", kIndexType, index));
  }

  absl::StatusOr<ReferrersResult> List() {
    return client_->ListReferrers(Ref(registry_->host() + "/org/app:v1"), DigestOf(subject_), Soon());
  }

  std::unique_ptr<sandbox::Registry> registry_;
  std::shared_ptr<RegistryClient> client_;
  std::string subject_;
  std::string referrer_;
};

TEST_F(ReferrersSpeculationTest, MissingApiCostsNoRoundTrip) {
  Start({.latency = absl::Milliseconds(300), .referrers_api = false});
  PutFallback(referrer_);
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kFallbackTag);
  ASSERT_EQ(listed->descriptors.size(), 1u);
  EXPECT_EQ(registry_->log().size(), 2u);
  EXPECT_EQ(registry_->log().SequentialDepth(), 1u);
}

TEST_F(ReferrersSpeculationTest, RegistryThatHasShownTheApiIsNotAskedForTheTagAgain) {
  Start();
  ASSERT_TRUE(List().ok());
  EXPECT_EQ(registry_->log().Count("GET", "*/manifests/sha256-*"), 1u);
  ASSERT_TRUE(List().ok());
  EXPECT_EQ(registry_->log().Count("GET", "*/referrers/*"), 2u);
  EXPECT_EQ(registry_->log().Count("GET", "*/manifests/sha256-*"), 1u);
}

TEST_F(ReferrersSpeculationTest, AnswerOfTheApiOutweighsTheTag) {
  Start();
  PutFallback(sandbox::ContentDigest("somewhere else"));
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kApi);
  ASSERT_EQ(listed->descriptors.size(), 1u);
  EXPECT_EQ(listed->descriptors[0].digest.ToString(), referrer_);
}

TEST_F(ReferrersSpeculationTest, TagThatCannotBeReadDoesNotMatterBesideTheApi) {
  Start();
  registry_->AddFault(
      {.path_glob = "*/manifests/sha256-*", .times = -1, .respond = sandbox::StatusAnswer(500)});
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->descriptors.size(), 1u);
}

TEST_F(ReferrersSpeculationTest, TagDoesNotStandInForAnApiThatCouldNotAnswer) {
  Start();
  PutFallback(referrer_);
  registry_->AddFault({.path_glob = "*/referrers/*", .times = -1, .respond = sandbox::StatusAnswer(500)});
  const auto listed = List();
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(ReasonOf(listed.status()), Reason::kRegistryError);
}

TEST_F(ReferrersSpeculationTest, TagThatCannotBeReadIsAnErrorWithoutTheApi) {
  Start({.referrers_api = false});
  registry_->AddFault(
      {.path_glob = "*/manifests/sha256-*", .times = -1, .respond = sandbox::StatusAnswer(500)});
  EXPECT_EQ(ReasonOf(List().status()), Reason::kRegistryError);
}

TEST_F(ReferrersSpeculationTest, RegistryThatLosesTheApiIsReadThroughTheTagAndForgotten) {
  Start();
  PutFallback(referrer_);
  ASSERT_TRUE(List().ok());
  registry_->AddFault({.path_glob = "*/referrers/*", .times = -1, .respond = sandbox::StatusAnswer(404)});
  for (int i = 0; i < 2; ++i) {
    const auto listed = List();
    ASSERT_TRUE(listed.ok()) << listed.status();
    EXPECT_EQ(listed->origin, ReferrersOrigin::kFallbackTag);
  }
}

TEST_F(ReferrersSpeculationTest, WhatOneRegistryHasShownSaysNothingAboutAnother) {
  Start();
  ASSERT_TRUE(List().ok());
  registry_ = StartRegistry({.latency = absl::Milliseconds(300), .referrers_api = false});
  registry_->PutManifest("org/app", kManifestType, ManifestJson("image"));
  ASSERT_TRUE(List().ok());
  EXPECT_EQ(registry_->log().SequentialDepth(), 1u);
}

}  // namespace
}  // namespace chartseal::oci
