#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_directories.h"
#include "tests/chart/release_writer.h"
#include "tests/cli/command.h"
#include "verifier/base/file.h"

namespace chartseal::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kVector[] = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/vec-0.1.0+b.1.tgz";
// spec/helm-oci-kubernetes.md §9.1
constexpr char kFingerprint[] = "4985759249a9d440d16e243bcd48e0b545942944ed84bce99f0fa9e042ba7e19";

class FingerprintTest : public ::testing::Test {
 protected:
  // A directory with this Chart.yaml.
  std::string ChartOf(const std::string& chart_yaml) {
    std::filesystem::create_directories(command_.path("files/c"));
    command_.File("c/Chart.yaml", chart_yaml);
    return command_.path("files/c");
  }
  const Command command_;
};

TEST_F(FingerprintTest, OfAnArchiveIsPrintedAlone) {
  const Ended ended = command_.Run({"fingerprint", kVector});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, std::string(kFingerprint) + "\n");
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST_F(FingerprintTest, JsonHasThePredicateToo) {
  const Node json = command_.Run({"fingerprint", kVector, "--output", "json"}).Json();
  EXPECT_EQ(json.StringOr("name"), "vec");
  EXPECT_EQ(json.StringOr("version"), "0.1.0+b.1");
  EXPECT_EQ(json.StringOr("contentFingerprint"), kFingerprint);
  EXPECT_EQ(json.StringOr("predicateType"), "https://chartseal.dev/attestation/chart-content/v1");
  EXPECT_EQ(json.FindPath({"predicate", "fingerprint", "sha256"})->string_value(), kFingerprint);
}

TEST_F(FingerprintTest, InputIsTheBytesThatAreHashed) {
  const Ended ended = command_.Run({"fingerprint", "--input", kVector});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out.substr(0, 27), R"({"files":[["README.md","f82)");
  EXPECT_EQ(ended.out.back(), '}');
  EXPECT_THAT(command_.Run({"fingerprint", "--input", "--output", "json", kVector}).err,
              HasSubstr("--input"));
}

TEST_F(FingerprintTest, OfADirectoryNeedsNoRepositoryAndNoTime) {
  const Ended ended = command_.Run({"fingerprint", ChartOf("apiVersion: v2\nname: c\nversion: 1.2.3\n")});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out.size(), 65u);
}

TEST_F(FingerprintTest, AChartThatBreaksARuleIsOneAndNamesTheLine) {
  const Ended ended =
      command_.Run({"fingerprint", ChartOf("apiVersion: v2\nname: c\nversion: 1.2.3\nappVersion: 1.10\n")});
  EXPECT_EQ(ended.code, 1) << ended.out;
  EXPECT_THAT(ended.err, HasSubstr("Chart.yaml:4: appVersion: 1.10 without quotes"));
  EXPECT_THAT(ended.err, HasSubstr("[chart-scalar-ambiguous]"));
  EXPECT_THAT(ended.out, IsEmpty());
}

TEST_F(FingerprintTest, WhatCannotBeReadIsThree) {
  const Ended missing = command_.Run({"fingerprint", command_.path("files/none.tgz")});
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("none.tgz"));
  const Ended text = command_.Run({"fingerprint", command_.File("a.tgz", "text")});
  EXPECT_EQ(text.code, 3);
  EXPECT_THAT(text.err, HasSubstr("a.tgz: not gzip"));
  EXPECT_THAT(text.err, HasSubstr("[archive-malformed]"));
}

TEST_F(FingerprintTest, WithoutAPathIsTwo) {
  const Ended ended = command_.Run({"fingerprint"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("TGZ|DIR"));
}

// -- Records of releases.

constexpr char kVectors[] = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";

TEST_F(FingerprintTest, OfARecordIsThatOfItsChart) {
  const std::string json = ReadFile(std::string(kVectors) + "vec-release-object.json", 1 << 20).value();
  const Ended ended = command_.Run({"fingerprint", std::string(kVectors) + "vec-release-object.json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, std::string(kFingerprint) + "\n");
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_EQ(command_.Run({"fingerprint", "-"}, json).out, ended.out);
  EXPECT_EQ(command_.Run({"fingerprint", "-"}, chart::Encoded(json)).out, ended.out);
  EXPECT_EQ(command_.Run({"fingerprint", "-"}, chart::Base64(chart::Encoded(json)) + "\n").out, ended.out);
  EXPECT_EQ(command_.Run({"fingerprint", "--input", "-"}, json).out,
            command_.Run({"fingerprint", "--input", kVector}).out);
}

TEST_F(FingerprintTest, OfEverySecretThatHelmRecordedIsTheOneThatIsExpected) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kVectors)) {
    if (!entry.path().filename().string().starts_with("helm-")) continue;
    ++count;
    const Node recorded = ParseJson(ReadFile(entry.path(), 1 << 20).value(), "recorded").value();
    const std::string secret = WriteJson(*recorded.Find("secret"));
    EXPECT_EQ(command_.Run({"fingerprint", "-"}, secret).out, Cat(recorded.StringOr("fingerprint"), "\n"));
    EXPECT_EQ(command_.Run({"fingerprint", command_.File("secret", secret)}).out,
              Cat(recorded.StringOr("fingerprint"), "\n"));
  }
  EXPECT_EQ(count, 24);
}

TEST_F(FingerprintTest, JsonOfARecordHasItsPartsAndTheRelease) {
  const std::string json = ReadFile(std::string(kVectors) + "vec-release-object.json", 1 << 20).value();
  const Node out = command_.Run({"fingerprint", "-", "-o", "json"}, json).Json();
  EXPECT_EQ(out.StringOr("contentFingerprint"), kFingerprint);
  EXPECT_EQ(out.StringOr("name"), "vec");
  EXPECT_EQ(out.Find("release")->StringOr("name"), "r");
  EXPECT_EQ(out.Find("release")->StringOr("namespace"), "default");
  EXPECT_EQ(out.Find("release")->Find("revision")->integer_value(), 1);
  EXPECT_EQ(out.FindPath({"input", "templates"})->list().at(0).list().at(0).string_value(),
            "templates/cm.yaml");
  const Node of_chart = command_.Run({"fingerprint", kVector, "-o", "json"}).Json();
  EXPECT_EQ(WriteJson(*of_chart.Find("input")), WriteJson(*out.Find("input")));
  EXPECT_EQ(of_chart.Find("release"), nullptr);
}

TEST_F(FingerprintTest, WhatIsNoRecordIsThree) {
  for (const std::string text : {"", "text", "{}", "a: 1\n", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}"}) {
    const Ended ended = command_.Run({"fingerprint", "-"}, text);
    EXPECT_EQ(ended.code, 3) << text;
    EXPECT_THAT(ended.err, HasSubstr("-malformed]")) << text;
    EXPECT_THAT(ended.out, IsEmpty());
  }
}

TEST_F(FingerprintTest, AGzipBombInARecordIsThree) {
  const std::string bomb = chart::Base64(chart::Gzip(std::string(64 << 20, ' ')));
  const Ended ended = command_.Run({"fingerprint", "-"}, bomb);
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("[limit-exceeded]"));
}

}  // namespace
}  // namespace chartseal::cli
