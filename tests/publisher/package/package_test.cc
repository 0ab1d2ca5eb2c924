#include "publisher/package/package.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "test_directories.h"
#include "tests/base/why.h"
#include "tests/publisher/package/tree.h"
#include "verifier/base/encoding.h"
#include "verifier/base/file.h"
#include "verifier/chart/fingerprint.h"

namespace chartseal::publisher {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

chart::Archive Unpacked(const Package& package) {
  auto archive = chart::ReadArchive(package.bytes, package.file_name);
  EXPECT_TRUE(archive.ok()) << archive.status();
  return archive.ok() ? *std::move(archive) : chart::Archive();
}

std::vector<std::string> EntriesOf(const Package& package) {
  std::vector<std::string> names;
  for (const chart::File& file : Unpacked(package).files) names.push_back(file.name);
  return names;
}

std::string BytesOf(const Package& package, std::string_view name) {
  for (const chart::File& file : Unpacked(package).files) {
    if (file.name == name) return file.bytes;
  }
  return "no such entry";
}

class PackageTest : public ::testing::Test {
 protected:
  Package Make() {
    auto package = MakePackage(tree_.root(), kTime);
    EXPECT_TRUE(package.ok()) << package.status();
    return *std::move(package);
  }
  std::string Refusal() { return Why(MakePackage(tree_.root(), kTime)); }

  Tree tree_;
};

TEST_F(PackageTest, EntriesComeInHelmsOrder) {
  tree_.Chart().File("values.yaml", "a: 1\n").File("values.schema.json", "{}").File("README.md", "# app\n");
  tree_.File("Chart.lock", "dependencies: []\ndigest: \"\"\ngenerated: \"2026-01-02T03:04:05Z\"\n");
  tree_.File("templates/z.yaml", "z").File("templates/a/b.yaml", "b").File("templates/.dot", "x");
  tree_.File("templates/a/.dot", "d")
      .File("crds/c.yaml", "c")
      .File(".helmignore", "*.bak\n")
      .File("x.bak", "x");
  tree_.Chart("charts/b/", "bb").File("charts/b/templates/x.yaml", "x").File("charts/b/.helmignore", "*\n");
  tree_.Chart("charts/b/charts/deep/", "deep").Chart("charts/a/", "cc").Chart("charts/c/", "aa");
  EXPECT_THAT(
      EntriesOf(Make()),
      ElementsAre("Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json", "templates/a/.dot",
                  "templates/a/b.yaml", "templates/z.yaml", ".helmignore", "README.md", "crds/c.yaml",
                  "charts/aa/Chart.yaml", "charts/bb/Chart.yaml", "charts/bb/templates/x.yaml",
                  "charts/bb/.helmignore", "charts/bb/charts/deep/Chart.yaml", "charts/cc/Chart.yaml"));
}

TEST_F(PackageTest, NameDigestAndChartAreThoseOfTheArchive) {
  tree_.Chart().File("templates/a.yaml", "a");
  const Package package = Make();
  EXPECT_EQ(package.file_name, "app-1.2.3.tgz");
  EXPECT_EQ(package.digest, crypto::Digest::Sha256Of(package.bytes));
  EXPECT_EQ(Unpacked(package).directory, "app");
  EXPECT_EQ(package.chart.metadata().version, "1.2.3");
}

TEST_F(PackageTest, ByteOrderMarksAreTakenOffAndOtherBytesKept) {
  const std::string binary("\x00\xff\r\n\x80", 5);
  tree_.Chart()
      .File("values.yaml",
            "\xEF\xBB\xBF"
            "a: 1\r\n")
      .File("files/bin", "\xEF\xBB\xBF" + binary);
  const Package package = Make();
  EXPECT_EQ(BytesOf(package, "values.yaml"), "a: 1\r\n");
  EXPECT_EQ(BytesOf(package, "files/bin"), binary);
}

TEST_F(PackageTest, VendoredArchiveIsUnpackedInPlace) {
  Tree sub;
  sub.Chart("", "sub").File("templates/s.yaml", "s").File(".helmignore", "x\n");
  const auto vendored = MakePackage(sub.root(), kTime);
  ASSERT_TRUE(vendored.ok()) << vendored.status();
  tree_.Chart("", "app",
              "dependencies: [{name: sub, version: 1.x.x, repository: \"https://charts.test\"}]\n");
  tree_.File("charts/" + vendored->file_name, vendored->bytes).Chart("charts/zz/", "zz");
  EXPECT_THAT(EntriesOf(Make()),
              ElementsAre("Chart.yaml", "charts/sub/Chart.yaml", "charts/sub/templates/s.yaml",
                          "charts/sub/.helmignore", "charts/zz/Chart.yaml"));
}

TEST_F(PackageTest, ChartOfVersion1KeepsItsRequirements) {
  tree_.File("Chart.yaml", "apiVersion: v1\nname: app\nversion: 1.0.0\nengine: gotpl\n");
  tree_.File("requirements.yaml", "dependencies:\n- name: sub\n  version: 1.2.3\n  repository: \"\"\n");
  tree_.File("requirements.lock", "dependencies: []\ndigest: \"\"\ngenerated: \"2026-01-02T03:04:05Z\"\n");
  tree_.Chart("charts/sub/", "sub");
  const Package package = Make();
  EXPECT_THAT(EntriesOf(package),
              ElementsAre("Chart.yaml", "requirements.lock", "requirements.yaml", "charts/sub/Chart.yaml"));
  EXPECT_EQ(BytesOf(package, "Chart.yaml"), "apiVersion: v1\nname: app\nversion: 1.0.0\n");
}

// golden/NAME.yaml is a Chart.yaml, golden/NAME.helm.yaml what helm 3.17.3 and 4.2.3 put into the archive.
TEST(PackageGoldenTest, ChartYamlIsByteForByteWhatHelmWrites) {
  const std::filesystem::path golden(CHARTSEAL_SOURCE_DIR "/tests/publisher/package/golden");
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    const std::string path = entry.path().string();
    if (path.ends_with(".helm.yaml")) continue;
    const std::string expected = *ReadFile(path.substr(0, path.size() - 5) + ".helm.yaml", 1 << 20);
    Tree tree;
    tree.File("Chart.yaml", *ReadFile(path, 1 << 20));
    if (expected.find("name: sub") != std::string::npos) tree.Chart("charts/sub/", "sub");
    const auto package = MakePackage(tree.root(), kTime);
    ASSERT_TRUE(package.ok()) << path << package.status();
    EXPECT_EQ(BytesOf(*package, "Chart.yaml"), expected) << path;
    ++count;
  }
  EXPECT_EQ(count, 12);
}

TEST_F(PackageTest, LockIsWrittenAsHelmWritesIt) {
  tree_.Chart("", "app",
              "dependencies: [{name: sub, version: 1.x.x, repository: \"https://charts.test\"}]\n");
  tree_.Chart("charts/sub/", "sub");
  tree_.File("Chart.lock", R"(# made by hand
generated: 2026-01-02T03:04:05.600+02:00
digest: sha256:00
dependencies:
  - {version: 1.2.3, name: sub, repository: 'https://charts.test'}
)");
  EXPECT_EQ(BytesOf(Make(), "Chart.lock"),
            "dependencies:\n- name: sub\n  repository: https://charts.test\n  version: 1.2.3\n"
            "digest: sha256:00\ngenerated: \"2026-01-02T03:04:05.6+02:00\"\n");
}

// The test vector of spec/helm-oci-kubernetes.md §9.1: the archive that helm 4.2.3 makes of this tree.
constexpr std::string_view kVector =
    "H4sIFAAAAAAA/ykAK2FIUjBjSE02THk5NWIzVjBkUzVpWlM5Nk9WVjZNV2xqYW5keVRRbz1IZWxtAOyWwWrcMBBAfdZXiBR6KZVH"
    "ih2DKYWS5pgecsh9Ik9TUcsWkmIagv+9aJctrC97KPa2rN5FWBLW2OjNzES6vP2BPopXtH2xCgAAN1W1GwFgOYJSdSGrWlVNA1Wa"
    "l7KpoeCwTjjHvISIvoC/Pmv5cf8JOAxjxGjGIbSMc/qF1vUkIoVYjtp89OTGYOLoX1vu6Xm/oNOFCeVEmqEzj+SDGYeWT4qhc38e"
    "pQABrKOgvXFxN4X809Nn/p5rNqCllqc3TIf9IKSAD09CsnP/lAsi+T9h/0JhvQRwyn+Q1cJ/pUBl/7fAk+uNxtBylbW7QJL/kazr"
    "MVIotV0jC5zyX9Zy4f/1dfZ/G47qt2Q/zdC1/HYcvpvne3TMUsQOI6beYF+y3964eKCeMJD4hpb4PLPDDt/yq7T+uC8oh9zC5/kq"
    "J5d/k+T/w92Xr/d3wnYrnXGy/sPNsv9XTZP934J3ux783FFkMplMZmt+BwAA///K+R0bABQAAA==";

Tree& VectorTree(Tree& tree) {
  tree.File("Chart.yaml",
            "apiVersion: v2\nname: vec\nversion: 0.1.0+b.1\nappVersion: \"1.0.0\"\ndescription: a <b> & c\n"
            "annotations:\n  example.test/oci-repository: reg.test/charts/vec\n");
  return tree.File("values.yaml", "replicas: 2\n").File("README.md", "# vec\n");
}

TEST_F(PackageTest, TestVectorHasTheEntriesOfHelms) {
  const std::string vector_bytes = *Base64Decode(kVector);
  const auto expected = chart::ReadArchive(vector_bytes, "vector");
  ASSERT_TRUE(expected.ok()) << expected.status();
  VectorTree(tree_).File("templates/cm.yaml", expected->files[2].bytes);
  const Package package = Make();
  EXPECT_EQ(package.file_name, "vec-0.1.0+b.1.tgz");
  const chart::Archive archive = Unpacked(package);
  EXPECT_EQ(archive.directory, "vec");
  ASSERT_EQ(archive.files.size(), expected->files.size());
  for (size_t i = 0; i < archive.files.size(); ++i) {
    EXPECT_EQ(archive.files[i].name, expected->files[i].name);
    EXPECT_EQ(archive.files[i].bytes, expected->files[i].bytes);
    EXPECT_EQ(archive.files[i].modified, expected->files[i].modified);
  }
  EXPECT_EQ(package.bytes.substr(0, 58), vector_bytes.substr(0, 58)) << "gzip header";
  // CRC-32 and length of the tar data: the headers are helm's bit for bit, whatever deflate made of them.
  EXPECT_EQ(HexEncode(package.bytes.substr(package.bytes.size() - 8)),
            HexEncode(vector_bytes.substr(vector_bytes.size() - 8)));
  EXPECT_EQ(chart::ContentFingerprint(package.chart),
            "4985759249a9d440d16e243bcd48e0b545942944ed84bce99f0fa9e042ba7e19");
}

// -- The same tree gives the same bytes.

std::vector<std::pair<std::string, std::string>> SomeFiles() {
  std::vector<std::pair<std::string, std::string>> files = {
      {"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\nannotations: {b: x, a: z}\n"},
      {"values.yaml", "a: 1\n"},
      {"templates/a.yaml", "a"},
      {"templates/b.yaml", "b"},
      {"files/é", "é"}};
  for (const std::string name : {"zeta", "alpha", "mid", "beta", "omega"}) {
    files.emplace_back("charts/" + name + "/Chart.yaml",
                       "apiVersion: v2\nname: " + name + "\nversion: 1.0.0\n");
    files.emplace_back("charts/" + name + "/templates/x.yaml", name);
  }
  return files;
}

TEST(ReproducibilityTest, OrderPlaceTimesModesZoneAndMaskDoNotMatter) {
  Tree first, second;
  auto files = SomeFiles();
  for (const auto& [name, bytes] : files) first.File(name, bytes);
  const auto one = MakePackage(first.root(), kTime);
  std::reverse(files.begin(), files.end());
  const mode_t mask = umask(0077);
  for (const auto& [name, bytes] : files) second.File(name, bytes);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(second.root())) {
    std::filesystem::last_write_time(
        entry.path(), std::filesystem::file_time_type::clock::now() - std::chrono::hours(1000));
    std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all);
  }
  setenv("TZ", "America/New_York", 1);
  tzset();
  const auto two = MakePackage(second.root() + "//", kTime);
  unsetenv("TZ");
  tzset();
  umask(mask);
  ASSERT_TRUE(one.ok()) << one.status();
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(one->digest, two->digest);
}

TEST(ReproducibilityTest, LinkAndCopyOfItsTargetAreTheSame) {
  Tree first, second;
  first.Chart().File("files/a", "1").Link("b", "files/a").Link("c", "files");
  second.Chart().File("files/a", "1").File("b", "1").File("c/a", "1");
  EXPECT_EQ(MakePackage(first.root(), kTime)->digest, MakePackage(second.root(), kTime)->digest);
}

TEST(ReproducibilityTest, TimeAndContentMatter) {
  Tree tree;
  tree.Chart().File("a", "1");
  const auto one = MakePackage(tree.root(), kTime);
  EXPECT_NE(one->digest, MakePackage(tree.root(), kTime + absl::Seconds(1))->digest);
  EXPECT_EQ(one->digest, MakePackage(tree.root(), kTime)->digest);
  tree.File("a", "2");
  EXPECT_NE(one->digest, MakePackage(tree.root(), kTime)->digest);
}

TEST(ReproducibilityTest, ArchiveReadsAsTheDirectoryAndGivesItselfAgain) {
  Tree tree, unpacked;
  for (const auto& [name, bytes] : SomeFiles()) tree.File(name, bytes);
  const auto package = MakePackage(tree.root(), kTime);
  ASSERT_TRUE(package.ok()) << package.status();
  const auto files = ReadChartTree(tree.root());
  const auto chart = chart::Chart::FromFiles(*files, "dir");
  EXPECT_EQ(chart::ContentFingerprint(*chart), chart::ContentFingerprint(package->chart));
  for (const chart::File& file : Unpacked(*package).files) unpacked.File(file.name, file.bytes);
  EXPECT_EQ(MakePackage(unpacked.root(), kTime)->digest, package->digest);
}

// -- What may not be packaged.

TEST_F(PackageTest, DeclaredDependencyThatIsNotThereIsRefusedWithItsLine) {
  tree_.Chart("", "app",
              "dependencies:\n- name: here\n  version: 1.x.x\n  repository: \"\"\n"
              "- name: gone\n  version: 1.x.x\n  repository: \"\"\n");
  tree_.Chart("charts/here/", "here");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-dependency-missing: "),
                               HasSubstr("chart/Chart.yaml:8: the dependency "
                                         "gone is not in charts/; run: helm dependency build")));
}

TEST_F(PackageTest, DependencyIsFoundByItsNameNotItsDirectoryOrAlias) {
  const std::string declares =
      "dependencies: [{name: sub, alias: other, version: 1.x.x, repository: \"\"}]\n";
  tree_.Chart("", "app", declares).Chart("charts/anything/", "sub");
  EXPECT_EQ(Refusal(), "ok");
  Tree by_alias;
  by_alias.Chart("", "app", declares).Chart("charts/sub/", "other");
  EXPECT_THAT(Why(MakePackage(by_alias.root(), kTime)), StartsWith("chart-dependency-missing: "));
}

TEST_F(PackageTest, DependencyOfVersion1IsRefusedWithTheLineOfRequirements) {
  tree_.File("Chart.yaml", "apiVersion: v1\nname: app\nversion: 1.0.0\n");
  tree_.File("requirements.yaml", "dependencies:\n- name: sub\n  version: 1.2.3\n  repository: \"\"\n");
  EXPECT_THAT(Refusal(),
              AllOf(StartsWith("chart-dependency-missing: "), HasSubstr("chart/requirements.yaml:2: ")));
}

TEST_F(PackageTest, VendoredVersionOtherThanTheLockedOneIsRefused) {
  const std::string lock =
      "dependencies: [{name: sub, version: \"VERSION\", repository: \"https://c.test\"}]\n"
      "digest: sha256:00\ngenerated: \"2026-01-02T03:04:05Z\"\n";
  const auto locked = [&](const std::string& version) {
    std::string text = lock;
    return text.replace(text.find("VERSION"), 7, version);
  };
  tree_.Chart("", "app", "dependencies: [{name: sub, version: 1.x.x, repository: \"https://c.test\"}]\n");
  tree_.Chart("charts/sub/", "sub").File("Chart.lock", locked("1.2.4"));
  EXPECT_THAT(Refusal(),
              AllOf(StartsWith("chart-dependency-missing: "),
                    HasSubstr("chart/Chart.yaml:4: charts/ holds sub 1.2.3, but Chart.lock names 1.2.4; run: "
                              "helm dependency build ")));
  for (const std::string version : {"1.2.3", "v1.2.3", ">=2", "1.x.x", "2"}) {
    tree_.File("Chart.lock", locked(version));
    EXPECT_EQ(Refusal(), "ok") << version
                               << ": a range in a lock is what helm writes where there is no repository";
  }
  tree_.File("Chart.lock", locked("1.2.3-rc.1"));
  EXPECT_THAT(Refusal(), StartsWith("chart-dependency-missing: "));
}

struct BadChart {
  std::string file, content, expected;
};

TEST_F(PackageTest, ChartsThatBreakARuleAreRefusedWithFileAndLine) {
  const std::string good = "apiVersion: v2\nname: app\nversion: 1.2.3\n";
  const std::vector<BadChart> bad = {
      {"Chart.yaml", "apiVersion: v2\nname: Odd_Name\nversion: 1.2.3\n", "chart-name-invalid: "},
      {"Chart.yaml", "apiVersion: v2\nname: app\nversion: v1.2.3\n", "chart-version-invalid: "},
      {"Chart.yaml", "apiVersion: v2\nname: app\nversion: \"1.0\"\n", "chart-version-invalid: "},
      {"Chart.yaml", good + "appVersion: 1.10\n", "chart-scalar-ambiguous: "},
      {"Chart.yaml", good + "description: yes\n", "chart-scalar-ambiguous: "},
      {"Chart.yaml", good + "dependencies: [{name: a, version: 1.0.0}, {name: a, version: 1.0.0}]\n",
       "chart-duplicate: "},
      {"Chart.yaml", good + "annotations: {a: \"\\u007f\"}\n", "chart-refused: "},
      {"Chart.yaml", "name: [\n", "yaml-malformed: "},
      {"values.schema.json", "{ nope", "chart-malformed: "},
      {"values.yaml", "a: [\n", "yaml-malformed: "},
      {"values.yaml", "- a\n", "yaml-malformed: "},
      {"values.yaml", "a: 1\nname: {{ .Release.Name }}\n", "yaml-malformed: "},
      {".helmignore", "Chart.yaml", "chart-malformed: "},
      {".helmignore", "a/**", "ignore-rule-invalid: "}};
  for (const BadChart& one : bad) {
    Tree tree;
    tree.File("Chart.yaml", good).File(one.file, one.content);
    const std::string why = Why(MakePackage(tree.root(), kTime));
    const std::string named = one.content == "Chart.yaml" ? "Chart.yaml" : one.file;
    EXPECT_THAT(why, AllOf(StartsWith(one.expected), HasSubstr("chart/" + named))) << one.content;
  }
}

TEST_F(PackageTest, ValuesOfASubchartThatHelmCannotLoadAreRefused) {
  tree_.Chart().Chart("charts/sub/", "sub").File("charts/sub/values.yaml", "a: [\n");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("yaml-malformed: "), HasSubstr("chart/charts/sub/values.yaml:")));
}

TEST_F(PackageTest, ValuesOfEveryKindThatHelmLoadsAreTaken) {
  for (const std::string values : {"", "# nothing\n", "~", "a: &x {b: 1}\nc: {<<: *x}\n", "a: 1\na: 2\n",
                                   "a: 1\n---\nb: 2\n", "%YAML 1.1\n---\na: !!str 1\n", "a:\tb\t# c\r\n"}) {
    Tree tree;
    tree.Chart().File("values.yaml", values);
    EXPECT_EQ(Why(MakePackage(tree.root(), kTime)), "ok") << values;
  }
}

TEST_F(PackageTest, RefusalsAreToldApartFromWhatCouldNotBeRead) {
  tree_.File("Chart.yaml", "apiVersion: v2\nname: Odd_Name\nversion: 1.2.3\n");
  EXPECT_TRUE(absl::IsFailedPrecondition(MakePackage(tree_.root(), kTime).status()));
  tree_.File("Chart.yaml", "nonsense");
  EXPECT_FALSE(absl::IsFailedPrecondition(MakePackage(tree_.root(), kTime).status()));
  EXPECT_TRUE(absl::IsNotFound(MakePackage(tree_.path("none"), kTime).status()));
}

TEST_F(PackageTest, SubchartsThatHelmWouldMixOrLoseAreRefused) {
  tree_.Chart().Chart("charts/a/", "sub").Chart("charts/b/", "sub");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-duplicate: "), HasSubstr("chart/charts: ")));
  Tree skipped;
  skipped.Chart().Chart("charts/a/", "_sub");
  EXPECT_THAT(Why(MakePackage(skipped.root(), kTime)),
              AllOf(StartsWith("chart-name-invalid: "), HasSubstr("chart/charts/a: the name \"_sub\"")));
}

TEST_F(PackageTest, TimesThatNoArchiveHoldsAreRefused) {
  tree_.Chart();
  for (const absl::Time time : {absl::FromUnixSeconds(-1), absl::FromUnixSeconds(int64_t{1} << 33)}) {
    EXPECT_THAT(Why(MakePackage(tree_.root(), time)),
                AllOf(StartsWith("chart-refused: "), HasSubstr("does not fit")));
  }
}

}  // namespace
}  // namespace chartseal::publisher
