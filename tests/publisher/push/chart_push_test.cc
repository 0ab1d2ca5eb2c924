#include "publisher/push/chart_push.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "test_directories.h"
#include "tests/publisher/push/writer_fixture.h"
#include "verifier/base/file.h"
#include "verifier/chart/chart.h"

namespace chartseal::publisher {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// A chart of this Chart.yaml alone. What stands for the archive is any text: only its digest counts here.
chart::Chart ChartOf(const std::string& yaml) {
  return chart::Chart::FromFiles({{.name = "Chart.yaml", .bytes = yaml}}, "app").value();
}

const chart::Chart& App() {
  static const chart::Chart app = ChartOf("apiVersion: v2\nname: app\nversion: 1.2.3\n");
  return app;
}

ChartToPush ToPush(const chart::Chart& chart, std::string_view archive = "archive") {
  return {.chart = &chart, .archive = archive, .created = "2023-11-14T22:13:20Z"};
}

Json Manifest(const ChartToPush& chart) { return Json::parse(MakeChartManifest(chart).manifest); }

Json Annotations(const std::string& more) {
  const chart::Chart chart = ChartOf("apiVersion: v2\nname: app\nversion: 1.2.3\n" + more);
  return Manifest(ToPush(chart))["annotations"];
}

std::string Annotation(const std::string& more, const std::string& name) {
  return Annotations(more).value("org.opencontainers.image." + name, "absent");
}

TEST(ChartManifestTest, IsByteForByteWhatHelmPushes) {
  const auto tgz =
      ReadFile(CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/vec-0.1.0+b.1.tgz", 1 << 20);
  ASSERT_TRUE(tgz.ok()) << "needs ../shared/vectors: " << tgz.status();
  const auto chart = chart::Chart::FromArchive(*tgz, "vec");
  ASSERT_TRUE(chart.ok()) << chart.status();
  const ChartManifest made = MakeChartManifest(ToPush(*chart, *tgz));
  EXPECT_EQ(
      made.config,
      R"({"name":"vec","version":"0.1.0+b.1","description":"a \u003cb\u003e \u0026 c","apiVersion":"v2",)"
      R"("appVersion":"1.0.0","annotations":{"example.test/oci-repository":"reg.test/charts/vec"}})");
  EXPECT_EQ(crypto::Digest::Sha256Of(made.config).ToString(),
            "sha256:e7983d74e266fd352d360d015bfc7002b37616dfc1eee8ef43830713b5a808d8");
  EXPECT_EQ(crypto::Digest::Sha256Of(made.manifest).ToString(),
            "sha256:b940bc2576ce8bbf847f5bf2edecd041394cf25ff8ce789c2bf246ad2ecb700c");
}

TEST(ChartManifestTest, HasItsMembersInHelmsOrderAndNoMediaType) {
  const std::string manifest = MakeChartManifest(ToPush(App())).manifest;
  EXPECT_THAT(manifest, HasSubstr(R"({"schemaVersion":2,"config":{"mediaType":)"
                                  R"("application/vnd.cncf.helm.config.v1+json","digest":"sha256:)"));
  const Json json = Json::parse(manifest);
  EXPECT_FALSE(json.contains("mediaType"));
  EXPECT_EQ(json.size(), 4u);
  EXPECT_EQ(json["layers"].size(), 1u);
  EXPECT_EQ(json["layers"][0], (Json{{"mediaType", "application/vnd.cncf.helm.chart.content.v1.tar+gzip"},
                                     {"digest", sandbox::ContentDigest("archive")},
                                     {"size", 7}}));
}

TEST(ChartManifestTest, LayersAreSortedByDigest) {
  // Some of these have the chart first, others the provenance.
  int chart_first = 0;
  for (int i = 0; i < 64; ++i) {
    const std::string provenance = std::to_string(i);
    ChartToPush chart = ToPush(App());
    chart.provenance = provenance;
    const Json layers = Manifest(chart)["layers"];
    ASSERT_EQ(layers.size(), 2u);
    EXPECT_LT(layers[0]["digest"].get<std::string>(), layers[1]["digest"].get<std::string>());
    chart_first += layers[0]["mediaType"] == oci::kHelmChart;
    const Json& prov = layers[0]["mediaType"] == oci::kHelmChart ? layers[1] : layers[0];
    EXPECT_EQ(prov["mediaType"], "application/vnd.cncf.helm.chart.provenance.v1.prov");
    EXPECT_EQ(prov["digest"], sandbox::ContentDigest(provenance));
  }
  EXPECT_GT(chart_first, 0);
  EXPECT_LT(chart_first, 64);
}

TEST(ChartManifestTest, BlankAnnotationsAreLeftOut) {
  EXPECT_EQ(Annotations(""), (Json{{"org.opencontainers.image.title", "app"},
                                   {"org.opencontainers.image.version", "1.2.3"},
                                   {"org.opencontainers.image.created", "2023-11-14T22:13:20Z"}}));
  EXPECT_EQ(Annotation("description: ' \t '\n", "description"), "absent");
  EXPECT_EQ(Annotation("sources: ['']\n", "source"), "absent");
  EXPECT_EQ(Annotation("maintainers: [{url: 'https://a.test'}]\n", "authors"), "absent");
}

TEST(ChartManifestTest, AnnotationsAreDerivedFromTheMetadata) {
  EXPECT_EQ(Annotation("description: ' spaced '\n", "description"), " spaced ");
  EXPECT_EQ(Annotation("home: 'https://a.test'\n", "url"), "https://a.test");
  EXPECT_EQ(Annotation("sources: ['https://one.test', 'https://two.test']\n", "source"), "https://one.test");
  EXPECT_EQ(Annotation("icon: 'https://a.test/i.png'\nkeywords: [a]\n", "icon"), "absent");
}

TEST(ChartManifestTest, AuthorsAreJoinedAsHelmDoesIt) {
  EXPECT_EQ(Annotation("maintainers: [{name: A, email: a@x.test}, {name: B}]\n", "authors"),
            "A (a@x.test), B");
  EXPECT_EQ(Annotation("maintainers: [{email: a@x.test}, {url: u}, {name: C}]\n", "authors"),
            " (a@x.test), , C");
  EXPECT_EQ(Annotation("maintainers: [{name: Ünï <x>}]\n", "authors"), "Ünï <x>");
}

TEST(ChartManifestTest, TheChartsOwnAnnotationsWinExceptOverTitleAndVersion) {
  const Json annotations = Annotations(
      "description: from the field\nannotations:\n  org.opencontainers.image.title: other\n"
      "  org.opencontainers.image.version: '9.9.9'\n  org.opencontainers.image.description: own\n"
      "  org.opencontainers.image.created: 'then'\n  a.test/blank: ''\n  a.test/b: '1'\n");
  EXPECT_EQ(annotations["org.opencontainers.image.title"], "app");
  EXPECT_EQ(annotations["org.opencontainers.image.version"], "1.2.3");
  EXPECT_EQ(annotations["org.opencontainers.image.description"], "own");
  EXPECT_EQ(annotations["org.opencontainers.image.created"], "then");
  EXPECT_EQ(annotations["a.test/blank"], "");
  EXPECT_EQ(annotations["a.test/b"], "1");
}

TEST(ChartManifestTest, TextIsEscapedAsGoDoesIt) {
  const chart::Chart chart =
      ChartOf("apiVersion: v2\nname: app\nversion: 1.2.3\ndescription: 'a <b> & \"c\" ü 漢'\n");
  const ChartManifest made = MakeChartManifest(ToPush(chart));
  for (const std::string& text : {made.config, made.manifest}) {
    EXPECT_THAT(text, HasSubstr(R"("a \u003cb\u003e \u0026 \"c\" ü 漢")"));
  }
}

TEST(ChartManifestTest, TheTimeIsPartOfTheDigest) {
  ChartToPush elsewhere = ToPush(App());
  elsewhere.created = "2023-11-14T17:13:20-05:00";
  EXPECT_NE(MakeChartManifest(elsewhere).manifest, MakeChartManifest(ToPush(App())).manifest);
  EXPECT_EQ(Manifest(elsewhere)["annotations"]["org.opencontainers.image.created"],
            "2023-11-14T17:13:20-05:00");
}

std::string Target(const std::string& parent, const std::string& version = "1.2.3") {
  chart::Metadata metadata;
  metadata.name = "app";
  metadata.version = version;
  const auto reference = ChartReference(parent, metadata);
  return reference.ok()
             ? reference->ToString()
             : std::string(Name(ReasonOf(reference.status()))) + ": " + Message(reference.status());
}

TEST(ChartReferenceTest, NameAndVersionAreAddedToTheParent) {
  EXPECT_EQ(Target("oci://ghcr.io/org/charts"), "ghcr.io/org/charts/app:1.2.3");
  EXPECT_EQ(Target("oci://ghcr.io/org/charts/"), "ghcr.io/org/charts/app:1.2.3");
  EXPECT_EQ(Target("oci://localhost:5000"), "localhost:5000/app:1.2.3");
  EXPECT_EQ(Target("oci://[::1]:5000/a"), "[::1]:5000/a/app:1.2.3");
  EXPECT_EQ(Target("oci://ghcr.io/org/app"), "ghcr.io/org/app/app:1.2.3");
  EXPECT_EQ(Target("oci://ghcr.io/org", "0.1.0+b.1"), "ghcr.io/org/app:0.1.0_b.1");
}

TEST(ChartReferenceTest, WhatIsNoParentIsRefused) {
  for (const char* parent : {"ghcr.io/org", "", "https://ghcr.io/org", "OCI://ghcr.io/org"}) {
    EXPECT_THAT(Target(parent), HasSubstr("reference-malformed: \"")) << parent;
    EXPECT_THAT(Target(parent), HasSubstr("expected oci://HOST/PARENT")) << parent;
  }
  for (const char* parent :
       {"oci://ghcr.io/org/app:1.2.3", "oci://ghcr.io/org@sha256:00", "oci://h:1/a:b/c"}) {
    EXPECT_THAT(Target(parent), HasSubstr("names a tag or a digest")) << parent;
  }
  for (const char* parent :
       {"oci://", "oci:///org", "oci://ghcr.io//org", "oci://ghcr.io/Org", "oci://a b/c"}) {
    EXPECT_THAT(Target(parent), HasSubstr("reference-malformed: reference")) << parent;
  }
  EXPECT_THAT(Target("oci://ghcr.io/org", std::string(129, '1')), HasSubstr("the tag is not"));
}

class ChartPushTest : public ::testing::Test {
 protected:
  absl::StatusOr<PushedChart> Push(const ChartToPush& chart, sandbox::Registry& registry) {
    const auto target = ChartReference("oci://" + registry.host() + "/org", chart.chart->metadata());
    RegistryWriter writer = MakeWriter();
    return PushChart(writer, target.value(), chart, Soon());
  }
};

TEST_F(ChartPushTest, AColdPushMakesTenRequests) {
  auto registry = StartRegistry();
  const auto pushed = Push(ToPush(App()), *registry);
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  const auto digest = crypto::Digest::Sha256Of(MakeChartManifest(ToPush(App())).manifest);
  EXPECT_EQ(pushed->digest, digest);
  EXPECT_EQ(pushed->tag, "1.2.3");
  EXPECT_EQ(pushed->reference.ToString(), registry->host() + "/org/app:1.2.3@" + digest.ToString());
  EXPECT_FALSE(pushed->was_there);
  const std::vector<std::string> requests = Requests(*registry);
  ASSERT_EQ(requests.size(), 10u);
  EXPECT_EQ(requests.front(), "GET manifests/1.2.3 404");
  EXPECT_THAT(std::vector(requests.begin() + 1, requests.begin() + 7),
              UnorderedElementsAre("HEAD blobs/sha256 404", "HEAD blobs/sha256 404",
                                   "POST blobs/uploads/ 202", "POST blobs/uploads/ 202",
                                   "PUT blobs/uploads/SESSION 201", "PUT blobs/uploads/SESSION 201"));
  EXPECT_THAT(std::vector(requests.begin() + 7, requests.end()),
              ElementsAre("PUT manifests/sha256 201", "PUT manifests/1.2.3 201", "GET manifests/1.2.3 200"));
}

TEST_F(ChartPushTest, BlobsGoAtTheSameTime) {
  auto registry = StartRegistry({.latency = absl::Milliseconds(30)});
  ChartToPush chart = ToPush(App());
  chart.provenance = "signed";
  ASSERT_TRUE(Push(chart, *registry).ok());
  EXPECT_EQ(registry->log().size(), 13u);
  EXPECT_EQ(registry->log().SequentialDepth(), 7u);
}

TEST_F(ChartPushTest, PushingAnIdenticalChartAgainWritesNothing) {
  for (const bool immutable : {false, true}) {
    auto registry = StartRegistry({.immutable_tags = immutable});
    ASSERT_TRUE(Push(ToPush(App()), *registry).ok());
    registry->log().Clear();
    const auto again = Push(ToPush(App()), *registry);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->was_there);
    EXPECT_THAT(Requests(*registry),
                ElementsAre("GET manifests/1.2.3 200", "HEAD blobs/sha256 200", "HEAD blobs/sha256 200"));
  }
}

TEST_F(ChartPushTest, AnotherChartUnderTheTagStopsBeforeAnythingIsWritten) {
  auto registry = StartRegistry();
  ASSERT_TRUE(Push(ToPush(App(), "one"), *registry).ok());
  registry->log().Clear();
  const auto refused = Push(ToPush(App(), "two"), *registry);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kTagConflict);
  EXPECT_THAT(Requests(*registry), ElementsAre("GET manifests/1.2.3 200"));
}

TEST_F(ChartPushTest, TheTagIsMovedWhenThatIsAllowed) {
  auto registry = StartRegistry();
  ASSERT_TRUE(Push(ToPush(App(), "one"), *registry).ok());
  ChartToPush two = ToPush(App(), "two");
  two.replace_tag = true;
  const auto pushed = Push(two, *registry);
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_EQ(registry->store().Resolve("org/app", "1.2.3"), pushed->digest.ToString());
}

TEST_F(ChartPushTest, ABlobThatTheRegistryLostIsPushedAgain) {
  auto registry = StartRegistry();
  ASSERT_TRUE(Push(ToPush(App()), *registry).ok());
  ASSERT_TRUE(registry->store().DeleteBlob("org/app", sandbox::ContentDigest("archive")));
  const auto again = Push(ToPush(App()), *registry);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->was_there);
  EXPECT_NE(registry->store().FindBlob("org/app", sandbox::ContentDigest("archive")), nullptr);
}

TEST_F(ChartPushTest, WhenABlobFailsThereIsNoManifestAndNoTag) {
  auto registry = StartRegistry();
  registry->AddFault({.method = "PUT",
                      .path_glob = "*/uploads/*",
                      .skip = 1,
                      .times = -1,
                      .respond = sandbox::StatusAnswer(403)});
  const auto refused = Push(ToPush(App()), *registry);
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kUnauthorized);
  EXPECT_THAT(Message(refused.status()), HasSubstr("uploading blob sha256:"));
  EXPECT_EQ(registry->log().Count("PUT", "*/manifests/*"), 0u);
}

TEST_F(ChartPushTest, WhenTheManifestIsRefusedThereIsNoTag) {
  auto registry = StartRegistry();
  registry->AddFault({.method = "PUT",
                      .path_glob = "*/manifests/sha256:*",
                      .times = -1,
                      .respond = sandbox::StatusAnswer(400)});
  EXPECT_THAT(Message(Push(ToPush(App()), *registry).status()), HasSubstr("pushing manifest sha256:"));
  EXPECT_EQ(registry->log().Count("PUT", "*/manifests/1.2.3"), 0u);
}

TEST_F(ChartPushTest, ATargetWithoutATagIsRefused) {
  auto registry = StartRegistry();
  RegistryWriter writer = MakeWriter();
  const auto refused = PushChart(writer, Repo(*registry), ToPush(App()), Soon());
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kReferenceMalformed);
  EXPECT_EQ(registry->log().size(), 0u);
}

}  // namespace
}  // namespace chartseal::publisher
