// Charts against a real registry over HTTP, with every request counted.
#include "webhook/chart_store.h"

#include <gmock/gmock.h>

#include <cstring>
#include <thread>

#include "absl/time/clock.h"
#include "test_directories.h"
#include "tests/sandbox/cosign_layout.h"
#include "tests/verification/minted.h"
#include "tests/webhook/release_world.h"
#include "verifier/base/file.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"
#include "webhook/chart_pulls.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using verification::SignedChart;

constexpr char kFingerprint[] = "c5ddc031880ad7314ba3b6e0f49f9b75b234a26918e3525228998ddbe0cf5396";

class ChartStoreTest : public ReleaseWorld {
 protected:
  ChartStoreTest() : digest_(crypto::Digest::Parse(Publish()).value()) { Requests(); }

  oci::Reference Tagged() const {
    return oci::Reference::Parse(Cat("oci://", registry_->host(), "/", kTracecore, ":", kTracecoreVersion))
        .value();
  }
  oci::Reference ByDigest() const { return Tagged().WithDigestOnly(digest_); }
  std::vector<const policy::Policy*> Asked() const {
    return {&policies_->Current()->policies.policies.front()};
  }
  absl::StatusOr<SignedChart> Ask(const oci::Reference& reference, absl::Duration time = absl::Seconds(10)) {
    return charts_->Ask(reference, Asked(), absl::Now() + time);
  }
  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(absl::Duration time = absl::Seconds(10)) {
    return charts_->Pull(Tagged(), digest_, absl::Now() + time);
  }
  static bool IsYes(const absl::StatusOr<SignedChart>& chart) {
    return chart.ok() && chart->conclusions.size() == 1 && chart->conclusions[0].ok() &&
           (*chart->conclusions[0])->accepted;
  }
  // A statement of the content fingerprint, by the release workflow.
  void State(const std::string& predicate) {
    sandbox::MintRequest request;
    request.artifact_sha256 = digest_.hex();
    request.statement.predicate_type = chart::kContentPredicate;
    request.statement.predicate_json = predicate;
    sandbox::ReferrerOptions options;
    options.predicate_type = chart::kContentPredicate;
    const auto manifest =
        sandbox::BundleReferrer({digest_.ToString(), 2}, verification::TestSigstore().Mint(request), options);
    for (const sandbox::OciBlob& blob : manifest.blobs) registry_->PutBlob(kTracecore, blob.bytes);
    registry_->PutManifest(kTracecore, manifest.media_type, manifest.bytes);
  }
  void StateFingerprint() {
    State(Cat(R"({"fingerprint":{"version":1,"sha256":")", kFingerprint,
              R"("},"chart":{"name":"tracecore","version":"0.3.1"}})"));
  }

  const crypto::Digest digest_;
};

TEST_F(ChartStoreTest, TagsAreListedEachTime) {
  const auto charts = charts_->As({.namespace_name = "shop"}, policies_->Current());
  const auto tags = charts->ListTags(Tagged(), absl::Now() + absl::Seconds(10));
  ASSERT_TRUE(tags.ok()) << tags.status();
  EXPECT_THAT(*tags, ::testing::ElementsAre(kTracecoreVersion));
  registry_->Tag(kTracecore, "0.3.2", digest_.ToString());
  EXPECT_THAT(charts_->ListTags(Tagged(), absl::Now() + absl::Seconds(10)).value(),
              ::testing::ElementsAre(kTracecoreVersion, "0.3.2"));
}

TEST_F(ChartStoreTest, WhenTheRegistryIsAwayItsTagsCannotBeTold) {
  Outage();
  const auto tags = charts_->ListTags(Tagged(), absl::Now() + absl::Seconds(10));
  EXPECT_EQ(ReasonOf(tags.status()), Reason::kRegistryError) << tags.status();
}

// Flux writes 12 digits of the manifest's digest where the build metadata of the version was (§4.6).
TEST_F(ChartStoreTest, AFluxReleaseOfAVersionWithBuildMetadataIsFoundByItsDigest) {
  const std::string vectors = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";
  const std::string repository = "acme/charts/vec";
  const std::string digest = Push(repository, ReadFile(vectors + "vec-0.1.0+b.1.tgz", 1 << 20).value());
  Sign(repository, digest);
  registry_->Tag(repository, "0.1.0_b.1", digest);
  nlohmann::ordered_json record =
      nlohmann::ordered_json::parse(ReadFile(vectors + "vec-release-object.json", 1 << 20).value());
  nlohmann::ordered_json secret = RecordedSecrets().front().secret;
  secret["metadata"]["name"] = Cat("sh.helm.release.v1.", record["name"].get<std::string>(), ".v1");
  secret["metadata"]["namespace"] = record["namespace"];
  record["chart"]["metadata"]["version"] = Cat("0.1.0+", digest.substr(std::strlen("sha256:"), 12));
  const Decision admitted = Create(WithRecord(secret, record));
  EXPECT_TRUE(admitted.response.allowed) << admitted.response.message;
  record["chart"]["metadata"]["version"] = "0.1.0+0123456789ab";
  const Decision denied = Create(WithRecord(secret, record));
  EXPECT_FALSE(denied.response.allowed);
  EXPECT_EQ(denied.reason, Reason::kNotFound) << denied.response.message;
}

TEST_F(ChartStoreTest, ATagIsResolvedEachTimeAndItsDigestRemembered) {
  const auto first = Ask(Tagged());
  ASSERT_TRUE(IsYes(first)) << first.status();
  EXPECT_EQ(first->digest, digest_);
  EXPECT_FALSE(first->remembered);
  EXPECT_NE(first->evidence, nullptr);
  Requests();
  const auto second = Ask(Tagged());
  EXPECT_TRUE(IsYes(second));
  EXPECT_TRUE(second->remembered);
  EXPECT_EQ(Requests(), 1u);
  EXPECT_TRUE(IsYes(Ask(ByDigest())));
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ChartStoreTest, ATagThatIsNotThereIsNotFound) {
  const auto chart = Ask(Tagged().WithTag("9.9.9").value());
  EXPECT_TRUE(absl::IsNotFound(chart.status())) << chart.status();
  EXPECT_EQ(ReasonOf(chart.status()), Reason::kNotFound);
}

TEST_F(ChartStoreTest, ANoIsNotAskedAgainForAWhileAndThenIs) {
  const std::string other = Push("acme/charts/other", TracecoreArchive());
  registry_->Tag("acme/charts/other", "1", other);
  const auto reference =
      oci::Reference::Parse(Cat("oci://", registry_->host(), "/acme/charts/other:1")).value();
  const auto no = Ask(reference);
  ASSERT_TRUE(no.ok() && no->conclusions[0].ok()) << no.status();
  EXPECT_EQ((*no->conclusions[0])->reason, Reason::kNoSignature);
  Sign("acme/charts/other", other);
  EXPECT_FALSE(IsYes(Ask(reference)));
  Wait(limits::kNoLifetime);
  EXPECT_TRUE(IsYes(Ask(reference)));
}

TEST_F(ChartStoreTest, WithoutTheRegistryATagCannotBeToldAndADigestIsRemembered) {
  ASSERT_TRUE(IsYes(Ask(Tagged())));
  Outage();
  const auto by_tag = Ask(Tagged());
  EXPECT_EQ(ReasonOf(by_tag.status()), Reason::kRegistryError) << by_tag.status();
  EXPECT_THAT(std::string(by_tag.status().message()), HasSubstr(registry_->host()));
  EXPECT_TRUE(IsYes(Ask(ByDigest())));
  Wait(limits::kYesLifetime);
  const auto late = Ask(ByDigest());
  ASSERT_TRUE(late.ok() && late->conclusions.size() == 1) << late.status();
  EXPECT_EQ(ReasonOf(late->conclusions[0].status()), Reason::kRegistryError);
}

// That nobody states what is in it is forgotten sooner than who signed it.
TEST_F(ChartStoreTest, OnceTheArchiveWasReadADigestIsRememberedWithItsFingerprint) {
  ASSERT_TRUE(IsYes(Ask(Tagged())));
  ASSERT_TRUE(Pull().ok());
  Wait(limits::kNoLifetime);
  Outage();
  Requests();
  const auto chart = Ask(ByDigest());
  ASSERT_TRUE(IsYes(chart)) << chart.status();
  EXPECT_EQ(chart->fingerprint, kFingerprint);
  EXPECT_FALSE(chart->stated);
  EXPECT_TRUE(chart->remembered);
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ChartStoreTest, WhoSignedADigestIsRememberedWhateverIsStatedOfIt) {
  const auto ask = [&] { return charts_->AskSigner(ByDigest(), Asked(), absl::Now() + absl::Seconds(10)); };
  const auto first = ask();
  ASSERT_TRUE(IsYes(first)) << first.status();
  EXPECT_FALSE(first->remembered);
  EXPECT_EQ(first->fingerprint, std::nullopt);
  Wait(limits::kNoLifetime);
  Outage();
  Requests();
  const auto second = ask();
  ASSERT_TRUE(IsYes(second)) << second.status();
  EXPECT_TRUE(second->remembered);
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ChartStoreTest, ANoAboutTheSignerIsAskedAgainAfterAWhile) {
  const std::string other = Push("acme/charts/other", TracecoreArchive());
  const auto reference =
      oci::Reference::Parse(Cat("oci://", registry_->host(), "/acme/charts/other@", other)).value();
  const auto ask = [&] { return charts_->AskSigner(reference, Asked(), absl::Now() + absl::Seconds(10)); };
  const auto no = ask();
  ASSERT_TRUE(no.ok() && no->conclusions[0].ok()) << no.status();
  EXPECT_EQ((*no->conclusions[0])->reason, Reason::kNoSignature);
  Wait(limits::kNoLifetime);
  Sign("acme/charts/other", other);
  EXPECT_TRUE(IsYes(ask()));
}

TEST_F(ChartStoreTest, AChartIsPulledOnceAndItsFingerprintKept) {
  EXPECT_EQ(Ask(Tagged())->fingerprint, std::nullopt);
  Requests();
  const auto chart = Pull();
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_EQ(Requests(), 3u) << "manifest, config and archive";
  EXPECT_EQ(*Pull(), *chart);
  EXPECT_EQ(Requests(), 0u);
  const auto asked = Ask(ByDigest());
  EXPECT_EQ(asked->fingerprint, kFingerprint);
  EXPECT_FALSE(asked->stated);
  EXPECT_EQ(charts_->chart_stats().entries, 1u);
  EXPECT_GT(charts_->chart_stats().bytes, (*chart)->chart_yaml().bytes.size());
  EXPECT_EQ(charts_->fingerprint_stats().entries, 1u);
}

TEST_F(ChartStoreTest, AStatementOfTheSignerSavesTheArchive) {
  StateFingerprint();
  const auto chart = Ask(Tagged());
  ASSERT_TRUE(IsYes(chart)) << chart.status();
  EXPECT_EQ(chart->fingerprint, kFingerprint);
  EXPECT_TRUE(chart->stated);
  Requests();
  const auto again = Ask(ByDigest());
  EXPECT_EQ(again->fingerprint, kFingerprint) << "remembered with the answer";
  EXPECT_TRUE(again->stated);
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ChartStoreTest, TwoStatementsThatDifferCountForNothing) {
  StateFingerprint();
  State(R"({"fingerprint":{"version":1,"sha256":")" + std::string(64, '0') +
        R"("},"chart":{"name":"tracecore","version":"0.3.1"}})");
  const auto chart = Ask(Tagged());
  ASSERT_TRUE(IsYes(chart)) << chart.status();
  EXPECT_EQ(chart->fingerprint, std::nullopt);
}

TEST_F(ChartStoreTest, WhoWantsTheSameChartSharesOnePull) {
  registry_->AddFault({.path_glob = "*/blobs/*", .times = -1, .delay = absl::Milliseconds(300)});
  std::vector<std::thread> threads;
  std::atomic<int> got = 0;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { got += Pull().ok() ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(got, 8);
  EXPECT_EQ(Requests(), 3u);
  EXPECT_EQ(charts_->pulls(), 0u);
}

TEST_F(ChartStoreTest, APullThatTakesTooLongNamesTheStepAndGoesOn) {
  registry_->AddFault({.path_glob = "*/blobs/*", .times = -1, .delay = absl::Milliseconds(900)});
  const auto late = Pull(absl::Milliseconds(300));
  EXPECT_EQ(ReasonOf(late.status()), Reason::kDeadlineExceeded);
  EXPECT_THAT(std::string(late.status().message()),
              AllOf(HasSubstr(registry_->host()), HasSubstr("took too long")));
  const absl::Time end = absl::Now() + absl::Minutes(1);
  while (charts_->pulls() > 0 && absl::Now() < end) absl::SleepFor(absl::Milliseconds(10));
  ASSERT_EQ(charts_->pulls(), 0u);
  Requests();
  EXPECT_TRUE(Pull().ok()) << "what came late is there for the next";
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ChartStoreTest, AFailureIsNotKept) {
  registry_->AddFault(
      {.path_glob = "*/blobs/*", .times = 2, .respond = sandbox::HttpResponse{.status = 403}});
  EXPECT_EQ(ReasonOf(Pull().status()), Reason::kUnauthorized);
  EXPECT_TRUE(Pull().ok());
}

TEST_F(ChartStoreTest, WhatIsNoChartIsRefused) {
  const std::string image = registry_->PutManifest(
      kTracecore, "application/vnd.oci.image.manifest.v1+json",
      Cat(R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")",
          registry_->PutBlob(kTracecore, "{}"), R"(","size":2},"layers":[]})"));
  const auto chart =
      charts_->Pull(Tagged(), crypto::Digest::Parse(image).value(), absl::Now() + absl::Seconds(5));
  EXPECT_EQ(ReasonOf(chart.status()), Reason::kManifestMalformed);
}

}  // namespace
}  // namespace chartseal::webhook
