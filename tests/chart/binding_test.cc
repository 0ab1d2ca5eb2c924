#include "verifier/chart/binding.h"
#include "test_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chart/release_writer.h"
#include "verifier/base/file.h"
#include "verifier/base/strict_json.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/release_object.h"

namespace chartseal::chart {
namespace {

using ::testing::HasSubstr;

std::string Why(const Checked<Passed>& checked) {
  return checked.ok() ? "ok" : checked.rejection().ToString();
}

// -- Versions.

constexpr char kDigest[] = "sha256:abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

TEST(IsVersionOf, TakesTheSignedVersionAndWhatFluxMakesOfIt) {
  EXPECT_TRUE(IsVersionOf("1.2.3", "1.2.3", kDigest));
  EXPECT_TRUE(IsVersionOf("1.2.3+b.1", "1.2.3+b.1", kDigest));
  EXPECT_TRUE(IsVersionOf("1.2.3+abcdef012345", "1.2.3", kDigest));
  EXPECT_TRUE(IsVersionOf("1.2.3+abcdef012345", "1.2.3+b.1", kDigest));
  EXPECT_TRUE(IsVersionOf("1.2.3-rc.1+abcdef012345", "1.2.3-rc.1+b.1", kDigest));
}

TEST(IsVersionOf, TakesNothingElse) {
  for (const std::string version :
       {"1.2.4", "", "1.2.3+", "1.2.3+abcdef01234", "1.2.3+abcdef0123456", "1.2.3+ABCDEF012345",
        "1.2.4+abcdef012345", "1.2.3+b.1", "1.2.3+abcdef012346", "1.2.3-abcdef012345", "v1.2.3"}) {
    EXPECT_FALSE(IsVersionOf(version, "1.2.3", kDigest)) << version;
  }
  EXPECT_FALSE(IsVersionOf("1.2.3+b.1+abcdef012345", "1.2.3+b.1", kDigest));
  EXPECT_FALSE(IsVersionOf("1.2.3+abcdef012345", "1.2.3", "abcdef012345"));
  EXPECT_FALSE(IsVersionOf("1.2.3+abcdef", "1.2.3", "sha256:abcdef"));
  EXPECT_FALSE(IsVersionOf("1.2.3+", "1.2.3", "sha256:"));
}

TEST(WithVersion, ReplacesTheVersionAlone) {
  Content content;
  content.metadata.name = "app";
  content.metadata.version = "1.2.3+abcdef012345";
  const Content changed = WithVersion(content, "1.2.3");
  EXPECT_EQ(changed.metadata.version, "1.2.3");
  EXPECT_EQ(changed.metadata.name, "app");
}

// -- Content.

Content Read(const std::string& json) {
  auto release = ReadReleaseJson(json, "rec");
  EXPECT_TRUE(release.ok()) << release.status();
  return std::move(release)->content;
}

std::string Compared(std::string_view from, std::string_view to) {
  return Why(CompareContent(Read(RecordJson()), Read(Replaced(RecordJson(), from, to))));
}

TEST(CompareContent, FindsNothingBetweenEquals) {
  EXPECT_EQ(Why(CompareContent(Read(RecordJson()), Read(RecordJson()))), "ok");
  EXPECT_EQ(Compared(R"("fleet.cattle.io/commit":"c0ffee")", R"("fleet.cattle.io/commit":"x")"), "ok");
  EXPECT_EQ(Compared(R"("values":{"replicas":2)", R"("values":{"replicas":3)"), "ok");
  EXPECT_EQ(Compared(R"("enabled":true)", R"("enabled":false)"), "ok");
}

TEST(CompareContent, NamesTheFirstPartThatDiffers) {
  const std::string head = "chart-content-mismatch: the release's chart is not the chart that was signed; ";
  const std::vector<std::array<std::string, 3>> cases = {
      {R"("name":"app")", R"("name":"apq")", "metadata (name) differs; expected app; found apq"},
      {R"(\u0026 c")", R"(\u0026 d")", "metadata (description) differs; expected a <b> & c; found a <b> & d"},
      {R"("deprecated":true,)", "", "metadata (deprecated) differs; expected true; found none"},
      {R"("keywords":["k"])", R"("keywords":["k","l"])",
       R"(metadata (keywords) differs; expected ["k"]; found ["k","l"])"},
      {R"("example.test/a":"1")", R"("example.test/a":"2")",
       "metadata (annotations: example.test/a) differs; expected 1; found 2"},
      {R"("example.test/a":"1")", R"("example.test/a":"1","b":"2")",
       "metadata (annotations: b) differs; expected none; found 2"},
      {"sha256:00", "sha256:01", "lock (digest) differs; expected sha256:00; found sha256:01"},
      {R"("lock":{)", R"("lock":null,"x":{)", "lock differs; expected {"},
      {R"("schema":"e30=")", R"("schema":null)",
       "schema differs; expected sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a; "
       "found none"},
      {R"("data":"YTogMQo=")", R"("data":"YTogMgo=")", "templates/a.yaml differs; expected sha256:"},
      {R"("name":"templates/a.yaml")", R"("name":"templates/0.yaml")",
       "a template that the signed chart does not have: templates/0.yaml; expected none; found sha256:"},
      {R"("name":"templates/a.yaml")", R"("name":"templates/z.yaml")",
       "a template of the signed chart is missing: templates/a.yaml; expected sha256:"},
      {R"("data":"IyBhcHAK")", R"("data":"")", "README.md differs; expected sha256:"},
      {R"("files":[)", R"("files":[{"name":"crds/x.yaml","data":""},)",
       "a file that the signed chart does not have: crds/x.yaml; expected none; found sha256:"},
      {R"({"name":"README.md","data":"IyBhcHAK","modtime":"2026-11-23T17:56:01Z"})", "",
       "a file of the signed chart is missing: README.md; expected sha256:"},
  };
  for (const auto& [from, to, why] : cases) EXPECT_THAT(Compared(from, to), HasSubstr(why)) << to;
  EXPECT_THAT(Compared(R"("name":"app")", R"("name":"apq")"),
              testing::StartsWith("chart-content-mismatch: "));
}

TEST(CompareContent, FindsADifferenceWheneverFingerprintsDiffer) {
  const Content whole = Read(RecordJson());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"https://home.test", "x"},
                                                        {"ann@example.test", "x"},
                                                        {R"("tags":"t1")", R"("tags":"t")"},
                                                        {"05.6+02:00", "05.7+02:00"},
                                                        {R"({"name":"sub",)", R"({"name":"suc",)"}}) {
    const Content other = Read(Replaced(RecordJson(), from, to));
    ASSERT_NE(ContentFingerprint(other), ContentFingerprint(whole));
    EXPECT_THAT(Why(CompareContent(whole, other)), testing::StartsWith("chart-content-mismatch: ")) << to;
  }
}

// -- Dependencies.

Dependency Signed() {
  return {.name = "sub",
          .version = "0.1.x",
          .repository = "oci://r.test",
          .condition = "db.on",
          .tags = {"t"},
          .import_values = {Node::String("data"), Node::MakeMap().Set("child", "c").Set("parent", "p")},
          .alias = "db"};
}

// As helm records it.
Dependency Recorded() {
  Dependency out = Signed();
  out.name = "db";
  out.enabled = true;
  out.import_values = {Node::MakeMap().Set("child", "exports.data").Set("parent", "."),
                       Node::MakeMap().Set("child", "c").Set("parent", "p")};
  return out;
}

std::string Compared(const std::vector<Dependency>& release) {
  Metadata metadata;
  metadata.dependencies = {Signed(), {.name = "other", .version = "1.0.0"}};
  return Why(CompareDependencies(metadata, release));
}

TEST(CompareDependencies, TakesThemAsHelmRewritesThemOrAbsent) {
  EXPECT_EQ(Compared({}), "ok");
  EXPECT_EQ(Compared({Recorded()}), "ok");
  EXPECT_EQ(Compared({{.name = "other", .version = "1.0.0", .enabled = true}, Recorded()}), "ok");
  Dependency plain = Recorded();
  plain.import_values = Signed().import_values;
  EXPECT_EQ(Compared({plain}), "ok");
}

TEST(CompareDependencies, RefusesWhatWasNotSigned) {
  EXPECT_THAT(Compared({{.name = "sub", .version = "0.1.x", .repository = "oci://r.test", .enabled = true}}),
              HasSubstr("chart-dependency-mismatch: "));
  EXPECT_THAT(Compared({{.name = "evil", .enabled = true}}),
              HasSubstr("the signed chart has no dependency \"evil\"; expected none; found evil"));
  EXPECT_THAT(Compared({Recorded(), Recorded()}), HasSubstr("dependency \"db\" stands there twice"));
}

TEST(CompareDependencies, RefusesAChangeOfAnyMember) {
  const auto changed = [](auto change) {
    Dependency dependency = Recorded();
    change(dependency);
    return Compared({dependency});
  };
  EXPECT_THAT(changed([](Dependency& d) { d.version = "0.2.x"; }),
              HasSubstr("dependency \"db\": version differs; expected 0.1.x; found 0.2.x"));
  EXPECT_THAT(changed([](Dependency& d) { d.repository = ""; }), HasSubstr("repository differs"));
  EXPECT_THAT(changed([](Dependency& d) { d.condition = ""; }), HasSubstr("condition differs"));
  EXPECT_THAT(changed([](Dependency& d) { d.tags.push_back("u"); }), HasSubstr("tags differs"));
  EXPECT_THAT(changed([](Dependency& d) { d.alias = ""; }), HasSubstr("alias differs"));
  EXPECT_THAT(changed([](Dependency& d) { d.enabled = false; }),
              HasSubstr("enabled differs; expected true; found none"));
  EXPECT_THAT(changed([](Dependency& d) { d.import_values.pop_back(); }), HasSubstr("import-values differs"));
  EXPECT_THAT(changed([](Dependency& d) { d.import_values[0].Set("child", "x"); }),
              HasSubstr("import-values differs"));
}

// -- What helm recorded of a chart.

constexpr char kVectors[] = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";

TEST(RecordedRelease, IsBoundToTheChartThatItWasMadeOf) {
  const auto tgz = ReadFile(std::string(kVectors) + "tracecore-0.3.1.tgz", 1 << 20);
  ASSERT_TRUE(tgz.ok()) << tgz.status() << "; the shared test data must lie beside the tree";
  const Chart chart = Chart::FromArchive(*tgz, "tgz").value();
  for (const std::string file :
       {"helm-3.16-01-post-pending-install-rev1", "helm-3.16-09-post-pending-rollback-rev3",
        "helm-4.1-05-post-pending-upgrade-rev2"}) {
    const Node node = ParseJson(ReadFile(kVectors + file + ".json", 4 << 20).value(), file).value();
    const Release release = ReadRelease(EncodedReleaseOf(*node.Find("secret"), file).value(), file).value();
    EXPECT_EQ(Why(CompareContent(ContentOf(chart), release.content)), "ok") << file;
    EXPECT_EQ(Why(CompareDependencies(chart.metadata(), release.dependencies)), "ok") << file;
    const ReleaseBindings bindings = BindRelease(release, chart).value();
    size_t subcharts = 0;
    for (const DocumentBinding& one : bindings.documents) {
      EXPECT_EQ(one.binding, Binding::kTemplate) << one.source;
      subcharts += one.subchart ? 1 : 0;
    }
    EXPECT_EQ(subcharts, 1) << file;
    EXPECT_TRUE(bindings.missing.empty());
  }
}

}  // namespace
}  // namespace chartseal::chart
