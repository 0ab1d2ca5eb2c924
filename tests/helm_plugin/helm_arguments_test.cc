#include "helm_plugin/helm_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/status.h"

namespace chartseal::helm_plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

HelmArguments Read(const std::vector<std::string>& words) {
  const auto arguments = ReadHelmArguments(words);
  EXPECT_TRUE(arguments.ok()) << arguments.status();
  return arguments.ok() ? *arguments : HelmArguments();
}
std::string Why(const std::vector<std::string>& words) {
  const auto arguments = ReadHelmArguments(words);
  EXPECT_EQ(arguments.status().code(), absl::StatusCode::kInvalidArgument) << arguments.status();
  return Message(arguments.status());
}

TEST(HelmArgumentsTest, TheChartIsTheLastOfTheArgumentsThatAreNoFlags) {
  const HelmArguments install = Read({"install", "web", "oci://x.test/app", "--wait"});
  EXPECT_EQ(install.command, HelmCommand::kInstall);
  EXPECT_EQ(install.release, "web");
  EXPECT_EQ(install.chart, "oci://x.test/app");
  EXPECT_THAT(install.flags, ElementsAre("--wait"));
  const HelmArguments generated = Read({"template", "-g", "oci://x.test/app"});
  EXPECT_EQ(generated.release, "");
  EXPECT_EQ(generated.chart, "oci://x.test/app");
}

TEST(HelmArgumentsTest, AValueOfAFlagIsNeverTakenForTheChart) {
  for (const char* flag : {"--set", "--values", "-f", "--namespace", "-n", "--kube-context", "--timeout",
                           "--post-renderer", "--description", "-l", "-o", "--set-json"}) {
    const HelmArguments arguments = Read({"install", flag, "oci://evil.test/a", "web", "oci://x.test/app"});
    EXPECT_EQ(arguments.chart, "oci://x.test/app") << flag;
    EXPECT_EQ(arguments.release, "web") << flag;
  }
}

TEST(HelmArgumentsTest, AFlagWithoutAValueDoesNotTakeTheNextWord) {
  for (const char* flag : {"--wait", "--atomic", "--dry-run", "--create-namespace", "-g", "--devel",
                           "--rollback-on-failure", "--plain-http", "--server-side"}) {
    EXPECT_EQ(Read({"install", flag, "web", "oci://x.test/app"}).release, "web") << flag;
  }
}

TEST(HelmArgumentsTest, ServerSideTakesAValueInUpgradeAlone) {
  EXPECT_EQ(Read({"upgrade", "--server-side", "auto", "web", "oci://x.test/app"}).release, "web");
  EXPECT_THAT(Why({"install", "--server-side", "auto", "web", "oci://x.test/app"}), HasSubstr("found 3"));
}

TEST(HelmArgumentsTest, EveryFlagIsHandedOnInOneWord) {
  const HelmArguments arguments = Read({"upgrade", "-f", "a.yaml", "-fb.yaml", "-f=c.yaml", "--set", "a=b",
                                        "-n", "shop", "-i", "--wait=legacy", "web", "oci://x.test/app"});
  EXPECT_THAT(arguments.flags, ElementsAre("--values=a.yaml", "--values=b.yaml", "--values=c.yaml",
                                           "--set=a=b", "--namespace=shop", "--install", "--wait=legacy"));
}

TEST(HelmArgumentsTest, LettersMayBeJoined) {
  EXPECT_THAT(Read({"template", "-gn", "shop", "oci://x.test/app"}).flags,
              ElementsAre("--generate-name", "--namespace=shop"));
}

TEST(HelmArgumentsTest, ValuesThatLookLikeFlagsAreValues) {
  const HelmArguments arguments = Read({"install", "--set", "--wait", "web", "oci://x.test/app"});
  EXPECT_THAT(arguments.flags, ElementsAre("--set=--wait"));
}

TEST(HelmArgumentsTest, BehindTwoDashesNothingIsAFlag) {
  const HelmArguments arguments = Read({"install", "--wait", "--", "web", "--set"});
  EXPECT_EQ(arguments.chart, "--set");
  EXPECT_THAT(arguments.flags, ElementsAre("--wait"));
}

TEST(HelmArgumentsTest, OurFlagsAndTheVersionAreNotHandedOn) {
  const HelmArguments arguments =
      Read({"install", "web", "oci://x.test/app", "--policy", "a", "--policy=b", "--trusted-root", "r",
            "--version", "1.2.3", "--verify-timeout=5s", "--ca-file", "ca.pem"});
  EXPECT_THAT(arguments.flags, ElementsAre("--ca-file=ca.pem"));
  EXPECT_THAT(arguments.values.at("policy"), ElementsAre("a", "b"));
  EXPECT_EQ(arguments.Value("version"), "1.2.3");
}

TEST(HelmArgumentsTest, TheLastValueCounts) {
  EXPECT_EQ(Read({"install", "w", "oci://x.test/a", "--version=1", "--version", "2"}).Value("version"), "2");
  EXPECT_TRUE(Read({"install", "w", "oci://x.test/a", "--plain-http"}).IsSet("plain-http"));
  EXPECT_FALSE(
      Read({"install", "w", "oci://x.test/a", "--plain-http", "--plain-http=false"}).IsSet("plain-http"));
}

TEST(HelmArgumentsTest, AFlagThatIsNotKnownIsRefusedUnlessItsValueStandsInIt) {
  EXPECT_THAT(Why({"install", "--brand-new", "web", "oci://x.test/app"}),
              AllOf(HasSubstr("--brand-new"), HasSubstr("--brand-new=VALUE")));
  EXPECT_THAT(Why({"install", "-X", "web", "oci://x.test/app"}), HasSubstr("-X"));
  EXPECT_THAT(Read({"install", "--brand-new=1", "web", "oci://x.test/app"}).flags,
              ElementsAre("--brand-new=1"));
}

TEST(HelmArgumentsTest, WhatWouldInstallWhatNobodyVerifiedIsRefused) {
  EXPECT_THAT(Why({"install", "web", "app", "--repo", "https://x.test"}), HasSubstr("--repo"));
  EXPECT_THAT(Why({"install", "web", "oci://x.test/app", "--dependency-update"}),
              HasSubstr("--dependency-update"));
  EXPECT_THAT(Why({"install", "web", "oci://x.test/app", "--insecure-skip-tls-verify"}),
              HasSubstr("--insecure-skip-tls-verify"));
}

TEST(HelmArgumentsTest, WrongNumbersOfArgumentsAreRefused) {
  EXPECT_THAT(Why({"install"}), HasSubstr("CHART"));
  EXPECT_THAT(Why({"upgrade", "oci://x.test/app"}), HasSubstr("RELEASE CHART"));
  EXPECT_THAT(Why({"install", "a", "oci://x.test/app", "oci://evil.test/b"}), HasSubstr("found 3"));
  EXPECT_THAT(Why({"verify", "a", "oci://x.test/app"}), HasSubstr("found 2"));
  EXPECT_THAT(Why({"install", "web", ""}), HasSubstr("empty"));
  EXPECT_THAT(Why({"install", "web", "oci://x.test/app", "--set"}), HasSubstr("--set needs a value"));
}

TEST(HelmArgumentsTest, OtherCommandsAreNotOurs) {
  EXPECT_THAT(Why({}), HasSubstr("install"));
  EXPECT_THAT(Why({"uninstall", "web"}), HasSubstr("uninstall"));
}

TEST(HelmArgumentsTest, HelpNeedsNothingElse) {
  EXPECT_TRUE(Read({"install", "--help"}).help);
  EXPECT_TRUE(Read({"upgrade", "-h"}).help);
}

}  // namespace
}  // namespace chartseal::helm_plugin
