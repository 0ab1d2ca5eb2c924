#include "helm_plugin/helm_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/status.h"

namespace chartseal::helm_plugin {
namespace {

class HelmProgramTest : public ::testing::Test {
 protected:
  // A program "helm" that does this.
  std::string Script(const std::string& what, const std::string& name = "helm") {
    const std::string path = directory_.path() + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n" << what << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  static absl::StatusOr<int> Run(const std::string& helm, const std::vector<std::string>& words = {}) {
    const SignalsForHelm signals;
    return RunHelm(helm, words, signals);
  }
  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("helm").value();
};

TEST(HonoursDigestsTest, From318On) {
  for (const char* version : {"v3.18.0", "v3.18.6", "v3.21.4", "v4.0.0", "v4.1.4+g05fa379", "3.18.0"}) {
    EXPECT_TRUE(HonoursDigests(version)) << version;
  }
  for (const char* version : {"v3.17.3", "v3.16.1", "v3.18.0-rc.1", "v2.17.0", "", "v3", "latest", "v4.1"}) {
    EXPECT_FALSE(HonoursDigests(version)) << version;
  }
}

TEST_F(HelmProgramTest, IsFoundByPathOrByName) {
  const std::string helm = Script("exit 0");
  EXPECT_EQ(*FindHelm(helm, ""), helm);
  EXPECT_EQ(*FindHelm("", "/nowhere:" + directory_.path()), helm);
  EXPECT_EQ(*FindHelm("helm", directory_.path()), helm);
  EXPECT_EQ(ReasonOf(FindHelm("helm", "/nowhere").status()), Reason::kHelmFailed);
  EXPECT_EQ(ReasonOf(FindHelm("/nowhere/helm", directory_.path()).status()), Reason::kHelmFailed);
  EXPECT_EQ(ReasonOf(FindHelm("helm3", directory_.path()).status()), Reason::kHelmFailed);
}

TEST_F(HelmProgramTest, ItsVersionIsWhatItPrints) {
  EXPECT_EQ(*HelmVersion(Script("echo v3.17.3")), "v3.17.3");
  EXPECT_EQ(ReasonOf(HelmVersion(Script("exit 1")).status()), Reason::kHelmFailed);
  EXPECT_EQ(ReasonOf(HelmVersion(Script("yes v4")).status()), Reason::kHelmFailed);
}

TEST_F(HelmProgramTest, ItsExitCodeAndSignalsAreToldApart) {
  EXPECT_EQ(*Run(Script("exit 42")), 42);
  EXPECT_EQ(*Run(Script("test \"$1$2\" = 'a b --c'"), {"a b", " --c"}), 0);
  EXPECT_EQ(*Run(Script("kill -9 $$")), 128 + 9);
  EXPECT_EQ(ReasonOf(Run(directory_.path() + "/gone").status()), Reason::kHelmFailed);
}

TEST_F(HelmProgramTest, ASignalToUsIsPassedOnToHelm) {
  // helm tells its parent, which is this process, to end; and ends by what it is passed.
  EXPECT_EQ(*Run(Script("trap 'exit 9' TERM\nkill -TERM $PPID\nwhile :; do sleep 0.01; done")), 9);
}

TEST_F(HelmProgramTest, WhatATerminalSendsIsLeftToHelm) {
  EXPECT_EQ(*Run(Script("kill -INT $PPID; kill -QUIT $PPID; exit 7")), 7);
  EXPECT_EQ(*Run(Script("kill -INT $$; exit 7")), 128 + SIGINT);
}

TEST_F(HelmProgramTest, SignalsThatAreIgnoredStayIgnoredHereAndInHelm) {
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) {
    const auto before = std::signal(number, SIG_IGN);
    const std::string send = "kill -" + std::to_string(number) + " ";
    EXPECT_EQ(*Run(Script(send + "$$; exit 7")), 7) << number;
    EXPECT_EQ(*Run(Script(send + "$PPID; sleep 0.05; exit 7")), 7) << number;
    EXPECT_EQ(std::signal(number, before), SIG_IGN) << number;
  }
}

TEST_F(HelmProgramTest, ASignalThatComesFirstKeepsHelmFromRunning) {
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) {
    const SignalsForHelm signals;
    std::raise(number);
    EXPECT_EQ(*RunHelm(Script("touch " + directory_.path() + "/ran"), {}, signals), 128 + number);
  }
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/ran"));
}

}  // namespace
}  // namespace chartseal::helm_plugin
