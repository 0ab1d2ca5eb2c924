#include "verifier/chart/release.h"
#include "test_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "tests/base/why.h"
#include "tests/chart/release_writer.h"
#include "verifier/base/encoding.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/release_object.h"

namespace chartseal::chart {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Release Read(const std::string& json) {
  auto release = ReadRelease(Encoded(json), "rec");
  EXPECT_TRUE(release.ok()) << release.status();
  return release.ok() ? *std::move(release) : Release();
}

std::string WhyNot(const std::string& json) { return Why(ReadRelease(Encoded(json), "rec")); }

std::string WhyNot(std::string_view from, std::string_view to) {
  return WhyNot(Replaced(RecordJson(), from, to));
}

TEST(Release, IsReadWithAllThatHelmRecords) {
  const Release release = Read(RecordJson());
  EXPECT_EQ(release.name, "rel");
  EXPECT_EQ(release.namespace_name, "ns");
  EXPECT_EQ(release.revision, 3);
  EXPECT_EQ(release.status, "deployed");
  EXPECT_EQ(release.manifest, "---\n# Source: app/templates/a.yaml\na: 1\n");
  const Metadata& metadata = release.content.metadata;
  EXPECT_EQ(metadata.name, "app");
  EXPECT_EQ(metadata.version, "1.2.3");
  EXPECT_EQ(metadata.description, "a <b> & c");
  EXPECT_EQ(metadata.maintainers.at(0).email, "ann@example.test");
  EXPECT_TRUE(metadata.deprecated);
  EXPECT_TRUE(metadata.dependencies.empty());
  ASSERT_EQ(release.dependencies.size(), 1);
  EXPECT_EQ(release.dependencies[0].alias, "alias");
  EXPECT_TRUE(release.dependencies[0].enabled);
  EXPECT_EQ(WriteJson(release.dependencies[0].import_values.at(0)), R"({"child":"c","parent":"p"})");
  EXPECT_EQ(release.content.lock.value().generated, "2026-01-02T03:04:05.6+02:00");
  EXPECT_EQ(release.content.lock->dependencies.at(0).name, "sub");
  EXPECT_EQ(release.content.schema_sha256,
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  ASSERT_EQ(release.templates.size(), 2);
  EXPECT_EQ(release.templates[1].name, "templates/b.yaml");
  EXPECT_EQ(release.templates[1].bytes, "{{ .X }}\n");
  EXPECT_EQ(release.content.templates.size(), 2);
  EXPECT_EQ(release.content.files.at(0).name, "README.md");
  ASSERT_EQ(release.hooks.size(), 1);
  EXPECT_EQ(release.hooks[0].name, "rel-job");
  EXPECT_EQ(release.hooks[0].kind, "Job");
  EXPECT_EQ(release.hooks[0].path, "app/templates/job.yaml");
  EXPECT_EQ(release.hooks[0].manifest, "kind: Job");
  EXPECT_THAT(release.hooks[0].events, testing::ElementsAre("pre-install"));
  EXPECT_EQ(release.core.size(), 64);
}

TEST(Release, WithoutGzipIsJsonAsOldHelmWroteIt) {
  const auto plain = ReadRelease(Base64(RecordJson()), "rec");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->core, Read(RecordJson()).core);
  const auto json = ReadReleaseJson(RecordJson(), "rec");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(json->core, plain->core);
}

// -- What helm recorded.

constexpr char kVectors[] = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";

struct Recorded {
  std::string file;
  std::string fingerprint;  // that it must have
  std::string group;        // helm's version and the revision: "helm-3.16 rev1"
  Release release;
};

std::vector<Recorded> ReadRecorded() {
  std::vector<Recorded> out;
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kVectors)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("helm-") && name.ends_with(".json")) files.insert(name);
  }
  for (const std::string& file : files) {
    const Node node = ParseJson(ReadFile(kVectors + file, 4 << 20).value(), file).value();
    const auto encoded = EncodedReleaseOf(*node.Find("secret"), file);
    EXPECT_TRUE(encoded.ok()) << encoded.status();
    auto release = ReadRelease(encoded.value(), file);
    EXPECT_TRUE(release.ok()) << release.status();
    const size_t revision = file.rfind("rev");
    out.push_back({.file = file,
                   .fingerprint = std::string(node.StringOr("fingerprint")),
                   .group = file.substr(0, file.find('-', 5)) + " " + file.substr(revision, 4),
                   .release = std::move(release).value()});
  }
  EXPECT_EQ(out.size(), 24) << "the shared test data must lie beside the tree";
  return out;
}

TEST(RecordedRelease, HasTheFingerprintOfItsChart) {
  for (const Recorded& recorded : ReadRecorded()) {
    EXPECT_EQ(ContentFingerprint(recorded.release.content), recorded.fingerprint) << recorded.file;
  }
}

TEST(RecordedRelease, OfOneRevisionHasOneCoreWhateverHelmUpdated) {
  std::map<std::string, std::set<std::string>> cores;
  for (const Recorded& recorded : ReadRecorded()) cores[recorded.group].insert(recorded.release.core);
  EXPECT_EQ(cores.size(), 6);
  std::set<std::string> all;
  for (const auto& [group, of_group] : cores) {
    EXPECT_EQ(of_group.size(), 1) << group;
    all.insert(of_group.begin(), of_group.end());
  }
  EXPECT_EQ(all.size(), 6) << "revisions differ";
}

TEST(RecordedRelease, OfTheSpecificationHasTheFingerprintStatedThere) {
  const auto release =
      ReadReleaseJson(ReadFile(std::string(kVectors) + "vec-release-object.json", 1 << 20).value(), "vec");
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(ContentFingerprint(release->content),
            "4985759249a9d440d16e243bcd48e0b545942944ed84bce99f0fa9e042ba7e19");
}

// -- What is refused.

TEST(Release, ThatIsNotBase64IsRefused) {
  EXPECT_THAT(Why(ReadRelease("{}", "rec")),
              StartsWith("release-malformed: rec: base64: unexpected character"));
  const std::string encoded = Encoded(RecordJson());
  EXPECT_THAT(Why(ReadRelease(encoded + "\n", "rec")), StartsWith("release-malformed: rec: a line break"));
  EXPECT_THAT(Why(ReadRelease(encoded + "=", "rec")), StartsWith("release-malformed: rec: base64: "));
  EXPECT_THAT(Why(ReadRelease("", "rec")), StartsWith("json-malformed: rec: "));
}

TEST(Release, CutOffAnywhereIsRefused) {
  const std::string gzip = Gzip(RecordJson());
  for (size_t size = 3; size < gzip.size(); ++size) {
    EXPECT_THAT(Why(ReadRelease(Base64(gzip.substr(0, size)), "rec")), StartsWith("release-malformed: rec: "))
        << size;
  }
  const std::string encoded = Encoded(RecordJson());
  for (size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_NE(Why(ReadRelease(encoded.substr(0, size), "rec")), "ok") << size;
  }
  const std::string json = RecordJson();
  for (size_t size = 0; size < json.size(); ++size) {
    EXPECT_THAT(Why(ReadReleaseJson(json.substr(0, size), "rec")), StartsWith("json-malformed: rec: "))
        << size;
  }
}

TEST(Release, WithSomethingBehindItIsRefused) {
  const std::string gzip = Gzip(RecordJson());
  EXPECT_THAT(Why(ReadRelease(Base64(gzip + gzip), "rec")),
              StartsWith("release-malformed: rec: a second gzip member"));
  EXPECT_THAT(Why(ReadRelease(Base64(gzip + '\0'), "rec")),
              StartsWith("release-malformed: rec: 1 bytes after the end of the gzip data"));
  EXPECT_THAT(WhyNot(RecordJson() + "{}"), StartsWith("json-malformed: rec: "));
}

TEST(Release, ThatUnpacksToMoreThanTheLimitIsRefusedWithoutUnpackingIt) {
  const std::string bomb = Gzip(std::string(300 << 20, ' '));
  const std::string encoded = Base64(bomb);
  ASSERT_LE(encoded.size(), limits::kMaxReleaseBytes);
  EXPECT_EQ(Why(ReadRelease(encoded, "rec")),
            "limit-exceeded: rec: unpacks to more than the limit of 33554432 bytes");
}

TEST(Release, LargerThanAnObjectOfKubernetesIsRefused) {
  EXPECT_EQ(Why(ReadRelease(std::string(limits::kMaxReleaseBytes + 4, 'A'), "rec")),
            "limit-exceeded: rec: 2097156 bytes, more than the limit of 2097152");
}

TEST(Release, NestedTooDeepIsRefused) {
  std::string values = "0";
  for (int i = 0; i < limits::kMaxJsonDepth; ++i) values = "[" + values + "]";
  EXPECT_EQ(WhyNot(R"("replicas":4)", "\"a\":" + values), "limit-exceeded: rec: JSON nested deeper than 64");
}

TEST(Release, WithANameTwiceIsRefused) {
  EXPECT_THAT(WhyNot(R"("namespace":"ns")", R"("namespace":"ns","name":"rel")"),
              StartsWith("json-malformed: rec: not valid JSON: duplicate key \"name\""));
  EXPECT_THAT(WhyNot(R"("replicas":4)", R"("replicas":4,"replicas":4)"), HasSubstr("duplicate key"));
}

TEST(Release, WithANameThatGoReadsAsAnotherIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("namespace":"ns")", R"("namespace":"ns","Manifest":"")"},
      {R"("namespace":"ns")", R"("namespace":"ns","manife\u017ft":"")"},
      {R"("namespace":"ns")", R"("namespace":"ns","hoo\u212as":[])"},
      {R"("status":"deployed")", R"("Status":"deployed")"},
      {R"("schema":"e30=")", R"("schema":"e30=","Templates":[])"},
      {R"("home":)", R"("Home":)"},
      {R"("email":)", R"("eMail":)"},
      {R"("alias":"alias")", R"("ALIAS":"alias")"},
      {R"("digest":)", R"("Digest":)"},
      {R"("data":"IyBhcHAK")", R"("data":"IyBhcHAK","DATA":"")"},
      {R"("kind":"Job")", R"("Kind":"Job")"},
      {R"("phase":)", R"("Phase":)"},
  };
  for (const auto& [from, to] : cases) {
    EXPECT_THAT(WhyNot(from, to), testing::AllOf(StartsWith("release-malformed: rec: "),
                                                 HasSubstr(": helm reads this key as \"")))
        << to;
  }
}

TEST(Release, WithAMemberOfAnotherTypeIsRefused) {
  const std::vector<std::array<std::string, 3>> cases = {
      {R"("name":"rel")", R"("name":1)", "name: expected a string, found an integer"},
      {R"("name":"rel")", R"("name":"")", "name: missing"},
      {R"("name":"rel",)", "", "name: missing"},
      {R"("version":3)", R"("version":0)", "version: expected a revision, from 1"},
      {R"("version":3)", R"("version":-1)", "version: expected a revision, from 1"},
      {R"("version":3)", R"("version":3.0)", "version: expected an integer, found a number"},
      {R"("version":3)", R"("version":"3")", "version: expected an integer, found a string"},
      {R"("version":3)", R"("version":9007199254740993)", "version: out of range"},
      {R"("version":3,)", "", "version: expected a revision, from 1"},
      {R"("namespace":"ns")", R"("namespace":[])", "namespace: expected a string, found a list"},
      {R"("config":{"replicas":4})", R"("config":[])", "config: expected an object, found a list"},
      {R"("apply_method":"ssa")", R"("apply_method":true)",
       "apply_method: expected a string, found a boolean"},
      {R"("info":{)", R"("info":[],"x":{)", "info: expected an object, found a list"},
      {R"("status":"deployed")", R"("status":{})", "info.status: expected a string, found an object"},
      {R"("chart":{)", R"("chart":null,"x":{)", "chart: missing"},
      {R"("chart":{)", R"("chart":[],"x":{)", "chart: expected an object, found a list"},
      {R"("metadata":{)", R"("metadata":null,"x":{)", "chart.metadata: missing"},
      {R"("name":"app")", R"("name":"")", "chart.metadata.name: missing"},
      {R"("version":"1.2.3")", R"("version":null)", "chart.metadata.version: missing"},
      {R"("deprecated":true)", R"("deprecated":"true")",
       "chart.metadata.deprecated: expected a boolean, found a string"},
      {R"("keywords":["k"])", R"("keywords":["k",1])",
       "chart.metadata.keywords[1]: expected a string, found an integer"},
      {R"("keywords":["k"])", R"("keywords":"k")",
       "chart.metadata.keywords: expected a list, found a string"},
      {R"("example.test/a":"1")", R"("example.test/a":1)",
       "chart.metadata.annotations.example.test/a: expected a string, found an integer"},
      {R"([{"child":"c","parent":"p"}])", "[1]",
       "chart.metadata.dependencies[0].import-values[0]: expected a string or an object, found an integer"},
      {R"("name":"alias",)", "", "chart.metadata.dependencies[0].name: missing"},
      {R"("enabled":true)", R"("enabled":1)",
       "chart.metadata.dependencies[0].enabled: expected a boolean, found an integer"},
      {"2026-01-02T03:04:05.6+02:00", "2026-01-02", "chart.lock.generated: expected an RFC 3339 time"},
      {R"("schema":"e30=")", R"("schema":"e30")", "chart.schema: base64: wrong padding"},
      {R"("schema":"e30=")", R"("schema":"e3\n0=")", "chart.schema: a line break in base64"},
      {R"("values":{)", R"("values":[],"x":{)", "chart.values: expected an object, found a list"},
      {R"("files":[)", R"("files":{},"x":[)", "chart.files: expected a list, found an object"},
      {R"("name":"README.md")", R"("name":null)", "chart.files[0].name: : its name is empty"},
      {R"("data":"YTogMQo=")", R"("data":"YTogMQo")", "chart.templates[0].data: base64: wrong padding"},
      {R"("hooks":[{)", R"("hooks":[1,{)", "hooks[0]: expected an object, found an integer"},
      {R"("weight":-5)", R"("weight":-5.5)", "hooks[0].weight: expected an integer, found a number"},
      {R"("events":["pre-install"])", R"("events":"x")", "hooks[0].events: expected a list, found a string"},
  };
  for (const auto& [from, to, why] : cases) {
    EXPECT_THAT(WhyNot(from, to), StartsWith("release-malformed: rec: " + why)) << to;
  }
  for (const std::string root : {"[]", "null", "1", "\"\""}) {
    EXPECT_THAT(WhyNot(root), StartsWith("release-malformed: rec: expected an object")) << root;
  }
}

TEST(Release, WithNamesOfFilesThatRepeatOrThatToolsReadDifferentlyIsRefused) {
  const std::map<std::string, std::string> cases = {
      {"templates/a.yaml", "another file has the same name"},
      {"templates/a.yaml/x", "\"templates/a.yaml\" is a file and a directory"},
      {"templates", "a directory has the same name"},
      {"../x", "a component of its name is \"..\""},
      {"/etc/x", "its name is absolute"},
      {"a\\\\b", "its name has a backslash"},
      {"a\\u0000b", "its name has a control character"},
  };
  for (const auto& [name, why] : cases) {
    EXPECT_THAT(WhyNot(R"("files":[)", R"("files":[{"name":")" + name + R"(","data":""},)"),
                testing::AllOf(StartsWith("release-malformed: rec: chart.files["), HasSubstr(why)))
        << name;
  }
}

TEST(Release, WithTooManyFilesOrHooksIsRefused) {
  std::string hooks;
  for (size_t i = 0; i < limits::kMaxReleaseHooks; ++i) hooks += "{},";
  EXPECT_EQ(WhyNot(R"("hooks":[)", R"("hooks":[)" + hooks),
            "limit-exceeded: rec: hooks: 1001 entries, more than the limit of 1000");
  std::string files;
  for (size_t i = 0; i + 2 < limits::kMaxReleaseFiles; ++i)
    files += R"({"name":"f)" + std::to_string(i) + "\"},";
  EXPECT_EQ(WhyNot(R"("files":[)", R"("files":[)" + files),
            "limit-exceeded: rec: chart.files: 9999 entries, more than the limit of 9998");
}

TEST(Release, WithTooManyDocumentsIsRefused) {
  std::string documents;
  for (size_t i = 0; i < limits::kMaxRenderedDocuments; ++i) documents += "---\\na\\n";
  EXPECT_EQ(WhyNot(R"("manifest":"---)", R"("manifest":")" + documents + "---"),
            "limit-exceeded: rec: 10002 documents in manifest and hooks, more than the limit of 10000");
}

}  // namespace
}  // namespace chartseal::chart
