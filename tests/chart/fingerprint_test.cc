#include "verifier/chart/fingerprint.h"
#include "test_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/chart/tar_writer.h"
#include "verifier/base/encoding.h"
#include "verifier/base/file.h"
#include "verifier/base/strict_json.h"
#include "verifier/chart/go_json.h"

namespace chartseal::chart {
namespace {

using ::testing::HasSubstr;

constexpr char kVectors[] = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";

Chart FromVector(const std::string& name) {
  const auto tgz = ReadFile(kVectors + name, 1 << 20);
  EXPECT_TRUE(tgz.ok()) << tgz.status() << "; the shared test data must lie beside the tree";
  auto chart = Chart::FromArchive(tgz.value(), name);
  EXPECT_TRUE(chart.ok()) << chart.status();
  return *std::move(chart);
}

std::vector<File> Files() {
  return {
      {"Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.2.3\nannotations: {a: b}\n"},
      {"Chart.lock", "generated: \"2026-01-02T03:04:05.600+02:00\"\ndigest: sha256:00\ndependencies: []\n"},
      {"values.yaml", "a: 1\n"},
      {"values.schema.json", "{}"},
      {"templates/b.yaml", "b"},
      {"templates/a.yaml", "a"},
      {"README.md", "# c\n"},
      {"charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"}};
}

std::string Of(std::vector<File> files) {
  const auto chart = Chart::FromFiles(std::move(files), "c");
  EXPECT_TRUE(chart.ok()) << chart.status();
  return ContentFingerprint(chart.value());
}

std::vector<File> With(const std::string& name, const std::string& bytes) {
  std::vector<File> files = Files();
  for (File& file : files) {
    if (file.name != name) continue;
    file.bytes = bytes;
    return files;
  }
  files.push_back({name, bytes});
  return files;
}

std::vector<File> Without(const std::string& name) {
  std::vector<File> files = Files();
  std::erase_if(files, [&](const File& file) { return file.name == name; });
  return files;
}

TEST(Fingerprint, OfTheSpecificationsVectorIsTheOneStatedThere) {
  const Chart chart = FromVector("vec-0.1.0+b.1.tgz");
  EXPECT_EQ(ContentFingerprint(chart), "4985759249a9d440d16e243bcd48e0b545942944ed84bce99f0fa9e042ba7e19");
  EXPECT_EQ(WriteCanonicalJson(FingerprintInput(chart)),
            R"({"files":[["README.md","f82b2a5dc3a45fd50f83007d6fb05a2bfffccb908c4236744fd148bdbb54933f"]],)"
            R"("lock":null,"metadata":{"annotations":{"example.test/oci-repository":"reg.test/charts/vec"},)"
            R"("apiVersion":"v2","appVersion":"1.0.0","description":"a <b> & c","name":"vec",)"
            R"("version":"0.1.0+b.1"},"schema":"","templates":[["templates/cm.yaml",)"
            R"("6ab2ff90bd66eb867062b1e1b3fecd4277c08a3db3914a1e5a0b722761e060a9"]],"v":1})");
}

TEST(Fingerprint, OfAChartIsTheOneThatHelmsRecordsOfItsReleasesHave) {
  const auto record = ReadFile(std::string(kVectors) + "helm-4.1-04-put-deployed-rev1.json", 1 << 20);
  ASSERT_TRUE(record.ok()) << record.status();
  const auto node = ParseJson(*record, "record");
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(ContentFingerprint(FromVector("tracecore-0.3.1.tgz")), node->StringOr("fingerprint"));
}

TEST(Fingerprint, OfFilesIsThatOfTheirArchive) {
  TarWriter tar;
  for (const File& file : Files()) tar.Add("c/" + file.name, file.bytes);
  const auto chart = Chart::FromArchive(Tgz(tar), "c.tgz");
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_EQ(ContentFingerprint(*chart), Of(Files()));
}

TEST(Fingerprint, DoesNotDependOnTheOrderOfFilesOrOnTheirTimes) {
  std::vector<File> files = Files();
  std::reverse(files.begin(), files.end());
  for (File& file : files) file.modified = absl::FromUnixSeconds(77);
  EXPECT_EQ(Of(files), Of(Files()));
}

TEST(Fingerprint, DoesNotCountWhatInstallingChanges) {
  EXPECT_EQ(Of(With("values.yaml", "a: 2\n")), Of(Files()));
  EXPECT_EQ(Of(With("charts/sub/templates/x.yaml", "x")), Of(Files()));
  EXPECT_EQ(Of(With("Chart.yaml",
                    "apiVersion: v2\nname: c\nversion: 1.2.3\nannotations: {a: b, fleet.cattle.io/x: z}\n"
                    "dependencies: [{name: sub, version: 0.1.0, repository: ''}]\n")),
            Of(Files()));
  EXPECT_EQ(Of(With("Chart.yaml",
                    "# comment\nversion: '1.2.3'\nname: \"c\"\napiVersion: v2\nannotations: {\"a\": 'b'}")),
            Of(Files()));
  EXPECT_EQ(Of(With("Chart.lock", "digest: sha256:00\ngenerated: 2026-01-02T03:04:05.6+02:00\n")),
            Of(Files()));
}

TEST(Fingerprint, ChangesWithEverythingElse) {
  const std::string head = "apiVersion: v2\nname: c\nversion: 1.2.3\nannotations: {a: b}\n";
  std::vector<std::string> seen = {Of(Files())};
  for (const auto& files :
       {With("templates/a.yaml", "A"), With("templates/c.yaml", ""), Without("templates/a.yaml"),
        With("README.md", "# d\n"), With("crds/a.yaml", "a"), With("values.schema.json", "{ }"),
        Without("values.schema.json"), Without("Chart.lock"),
        With("Chart.lock", "generated: \"2026-01-02T03:04:05.600+02:00\"\ndigest: sha256:01\n"),
        With("Chart.lock", "generated: \"2026-01-02T03:04:05.601+02:00\"\ndigest: sha256:00\n"),
        With("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.2.4\nannotations: {a: b}\n"),
        With("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.2.3\nannotations: {a: c}\n"),
        With("Chart.yaml", head + "description: x\n"), With("Chart.yaml", head + "deprecated: true\n"),
        With("Chart.yaml", head + "type: library\n")}) {
    const std::string fingerprint = Of(files);
    EXPECT_THAT(seen, testing::Not(testing::Contains(fingerprint)));
    seen.push_back(fingerprint);
  }
}

TEST(Fingerprint, AFileMovedToTheTemplatesChangesIt) {
  std::vector<File> moved = Files();
  for (File& file : moved) {
    if (file.name == "README.md") file.name = "templates/README.md";
  }
  EXPECT_NE(Of(moved), Of(Files()));
}

// -- The predicate.

Node Predicate() { return ContentPredicate(Chart::FromFiles(Files(), "c").value()); }

std::string WhyNot(const std::string& json) {
  const auto checked = FingerprintOf(ParseJson(json, "json").value());
  return checked.ok() ? "ok" : Cat(Name(checked.rejection().reason), ": ", checked.rejection().detail);
}

constexpr char kHash[] = "4985759249a9d440d16e243bcd48e0b545942944ed84bce99f0fa9e042ba7e19";

std::string Json(const std::string& version, const std::string& sha256,
                 const std::string& chart = R"({"name":"c","version":"1.2.3"})") {
  return R"({"fingerprint":{"version":)" + version + R"(,"sha256":)" + sha256 + R"(},"chart":)" + chart + "}";
}

TEST(ContentPredicate, StatesTheFingerprintAndWhatChartItIsOf) {
  EXPECT_EQ(WriteJson(Predicate()), Json("1", "\"" + Of(Files()) + "\""));
  const auto read = FingerprintOf(Predicate());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, Of(Files()));
}

TEST(ContentPredicate, OfAnotherVersionIsRefused) {
  const std::string quoted = "\"" + std::string(kHash) + "\"";
  ASSERT_EQ(WhyNot(Json("1", quoted)), "ok");
  for (const std::string version : {"2", "0", "\"1\"", "1.5", "null", "true"}) {
    EXPECT_EQ(WhyNot(Json(version, quoted)),
              "statement-malformed: predicate: fingerprint.version: expected 1, the only one that is known");
  }
}

TEST(ContentPredicate, AHashThatIsNotLowerCaseHexOf32BytesIsRefused) {
  std::string upper(kHash);
  upper.back() = 'F';
  for (const std::string& hash :
       {std::string(), std::string(kHash).substr(1), kHash + std::string("0"), upper, std::string(64, 'g')}) {
    EXPECT_THAT(WhyNot(Json("1", "\"" + hash + "\"")),
                HasSubstr("statement-malformed: predicate: fingerprint.sha256: expected 64 lower-case"));
  }
  EXPECT_EQ(WhyNot(Json("1", "7")),
            "statement-malformed: predicate: fingerprint.sha256: expected a string, found an integer");
}

TEST(ContentPredicate, OfAnotherShapeIsRefused) {
  const std::string quoted = "\"" + std::string(kHash) + "\"";
  EXPECT_EQ(WhyNot("[]"), "statement-malformed: predicate: expected an object, found a list");
  EXPECT_EQ(WhyNot("{}"), "statement-malformed: predicate: fingerprint: missing");
  EXPECT_EQ(WhyNot(R"({"fingerprint":"x"})"),
            "statement-malformed: predicate: fingerprint: expected an object, found a string");
  EXPECT_EQ(WhyNot(Json("1", quoted, "null")), "statement-malformed: predicate: chart: missing");
  EXPECT_EQ(WhyNot(Json("1", quoted, R"({"name":"c"})")),
            "statement-malformed: predicate: chart.version: missing");
  EXPECT_EQ(WhyNot(Json("1", quoted, R"({"version":"c"})")),
            "statement-malformed: predicate: chart.name: missing");
  EXPECT_EQ(WhyNot(Json("1", quoted + R"(,"sha512":"")")),
            "statement-malformed: predicate: fingerprint.sha512: unknown field");
  EXPECT_EQ(WhyNot(Json("1", quoted, R"({"name":"c","version":"1","x":1})")),
            "statement-malformed: predicate: chart.x: unknown field");
  EXPECT_EQ(WhyNot(Json("1", quoted).substr(0, Json("1", quoted).size() - 1) + R"(,"x":1})"),
            "statement-malformed: predicate: x: unknown field");
}

}  // namespace
}  // namespace chartseal::chart
