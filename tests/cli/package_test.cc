#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/command.h"
#include "verifier/base/file.h"
#include "verifier/crypto/digest.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class PackageCommandTest : public ::testing::Test {
 protected:
  PackageCommandTest() {
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    std::filesystem::create_directories(command_.path("files/app/templates"));
    command_.File("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3+b.1\n");
    command_.File("app/templates/a.yaml", "a");
  }
  ~PackageCommandTest() override { unsetenv("SOURCE_DATE_EPOCH"); }

  Ended Run(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"package", chart_, "-d", out_};
    words.insert(words.end(), more.begin(), more.end());
    return command_.Run(words);
  }

  Command command_;
  const std::string chart_ = command_.path("files/app");
  const std::string out_ = command_.path("out");
  const std::string path_ = out_ + "/app-1.2.3+b.1.tgz";
};

TEST_F(PackageCommandTest, SaysHelmsLineAndTheDigest) {
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto bytes = ReadFile(path_, 1 << 20);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(ended.out, "Successfully packaged chart and saved it to: " + path_ +
                           "\nDigest: " + crypto::Digest::Sha256Of(*bytes).ToString() + "\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(PackageCommandTest, JsonNamesWhatLaterStepsNeed) {
  const Node node = Run({"--output", "json"}).Json();
  EXPECT_EQ(node.StringOr("path"), path_);
  EXPECT_EQ(node.StringOr("digest"), crypto::Digest::Sha256Of(*ReadFile(path_, 1 << 20)).ToString());
  EXPECT_EQ(node.StringOr("name"), "app");
  EXPECT_EQ(node.StringOr("version"), "1.2.3+b.1");
  EXPECT_EQ(node.StringOr("contentFingerprint").size(), 64U);
}

TEST_F(PackageCommandTest, SecondRunGivesTheSameBytes) {
  const std::string first = Run().out;
  std::filesystem::remove(path_);
  EXPECT_EQ(Run().out, first);
}

TEST_F(PackageCommandTest, ChartThatBreaksARuleIsOneAndNothingIsWritten) {
  command_.File("app/.helmignore", "ok\na/**\n");
  const Ended ended = Run({"--output", "json"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, AllOf(StartsWith("chartseal: "), HasSubstr("app/.helmignore:2: "),
                               HasSubstr("[ignore-rule-invalid]")));
  EXPECT_EQ(ended.Json().StringOr("reason"), "ignore-rule-invalid");
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST_F(PackageCommandTest, NameAndVersionThatCannotBePublishedAreOne) {
  command_.File("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: v1\n");
  EXPECT_EQ(Run().code, 1);
  command_.File("app/Chart.yaml", "apiVersion: v2\nname: App\nversion: 1.0.0\n");
  EXPECT_THAT(Run().err, HasSubstr("[chart-name-invalid]"));
}

TEST_F(PackageCommandTest, DirectoryThatIsNoChartIsThree) {
  EXPECT_EQ(command_.Run({"package", command_.path("none")}).code, 3);
  std::filesystem::remove(chart_ + "/Chart.yaml");
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("app/Chart.yaml: missing"));
}

TEST_F(PackageCommandTest, DestinationThatCannotBeWrittenIsThree) {
  command_.File("plain", "x");
  const Ended ended = command_.Run({"package", chart_, "--destination", command_.path("files/plain")});
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("cannot write "), HasSubstr("[file-unusable]")));
}

TEST_F(PackageCommandTest, TimeThatIsNoneIsWrongUsage) {
  setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("SOURCE_DATE_EPOCH: \"yesterday\" is not a whole number"));
}

TEST_F(PackageCommandTest, WithoutTimeTheVariableIsAskedFor) {
  unsetenv("SOURCE_DATE_EPOCH");
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("set SOURCE_DATE_EPOCH"));
}

// The chart is released as it is committed.
TEST_F(PackageCommandTest, VersionsCannotBeOverridden) {
  for (const std::string flag : {"--version", "--app-version", "-u", "--sign"}) {
    const Ended ended = Run({flag, "9.9.9"});
    EXPECT_EQ(ended.code, 2) << flag;
    EXPECT_FALSE(std::filesystem::exists(out_)) << flag;
  }
  EXPECT_EQ(command_.Run({"package"}).code, 2);
}

}  // namespace
}  // namespace chartseal::cli
