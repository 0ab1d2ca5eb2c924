#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_directories.h"
#include "tests/cli/command.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kCommit[] = "0123456789012345678901234567890123456789";

// A workflow in which every rule holds.
std::string Workflow() {
  return Cat(R"(on:
  push: { tags: ["v*"] }
permissions: {}
jobs:
  release:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
      id-token: write
      packages: write
    steps:
      - uses: actions/checkout@)",
             kCommit, R"(
      - name: Image
        env:
          KO_DOCKER_REPO: ghcr.io/acme/app
        run: |
          ko build --bare ./cmd/app > image
          cosign sign --yes "$(cat image)@${DIGEST}"
)");
}

class CheckTest : public ::testing::Test {
 protected:
  // `check workflow` of Workflow() with `what` replaced.
  Ended Check(const std::string& what = "", const std::string& instead = "",
              const std::vector<std::string>& more = {}) {
    std::string yaml = Workflow();
    if (!what.empty()) {
      EXPECT_NE(yaml.find(what), std::string::npos) << what;
      yaml.replace(yaml.find(what), what.size(), instead);
    }
    std::vector<std::string> words = {"check", "workflow", command_.File("release.yml", yaml),
                                      "--parameterless", "KO_DOCKER_REPO"};
    words.insert(words.end(), more.begin(), more.end());
    return command_.Run(words);
  }
  std::string Chart(const std::string& app_version, const std::string& readme) {
    std::filesystem::create_directories(command_.path("files/app"));
    command_.File("app/Chart.yaml",
                  Cat("apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: ", app_version, "\n"));
    command_.File("app/README.md", readme);
    return command_.path("files/app");
  }

  Command command_;
};

constexpr char kReadme[] =
    "# app\n## Install\n    helm install app oci://ghcr.io/acme/charts/app\n## Upgrade\n## Uninstall\n"
    "## Values reference\n## Troubleshooting\n";

TEST_F(CheckTest, OurOwnReleaseHoldsItsOwnRules) {
  const std::string source = CHARTSEAL_SOURCE_DIR;
  const Ended workflow = command_.Run({"check", "workflow", source + "/.github/workflows/release.yml"});
  EXPECT_EQ(workflow.code, 0) << workflow.out << workflow.err;
  EXPECT_THAT(workflow.out, StartsWith("ok  "));
  const std::string chart = source + "/helm/chartseal";
  const Ended readme = command_.Run({"check", "chart", chart, "--readme"});
  EXPECT_EQ(readme.code, 0) << readme.out << readme.err;
}

struct Rule {
  std::string what, instead;
  std::string reason;
  int line;
};

TEST_F(CheckTest, EachRuleOfWorkflowsHasItsReasonAndLine) {
  EXPECT_EQ(Check().code, 0) << Check().out;
  const std::vector<Rule> rules = {
      {"permissions: {}\n", "permissions: {}\nenv: { KO_DOCKER_REPO: x }\n", "workflow-variable-redirectable",
       4},
      {"    steps:\n", "    env: { KO_DOCKER_REPO: x }\n    steps:\n", "workflow-variable-redirectable", 11},
      {"on:\n", "on:\n  workflow_dispatch: { inputs: { KO_DOCKER_REPO: {} } }\n",
       "workflow-variable-redirectable", 2},
      {"          ko build", "          echo KO_DOCKER_REPO=x >> $GITHUB_ENV\n          ko build",
       "workflow-variable-redirectable", 17},
      {"ghcr.io/acme/app", "${{ vars.TARGET }}", "workflow-variable-not-literal", 15},
      {"          ko build", "          echo $KO_DOCKER_REPO\n          ko build",
       "workflow-variable-repeated", 17},
      {"ko build", "make", "workflow-variable-missing", 15},
      {"      packages: write\n", "      packages: write\n      actions: read\n", "workflow-permission-extra",
       11},
      {"      id-token: write\n", "", "workflow-permission-missing", 8},
      {kCommit, "v6", "workflow-action-unpinned", 12},
      {"@${DIGEST}", "", "workflow-signs-tag", 18},
  };
  for (const Rule& rule : rules) {
    const Ended text = Check(rule.what, rule.instead);
    EXPECT_EQ(text.code, 1) << rule.instead;
    EXPECT_THAT(text.out, HasSubstr(Cat("release.yml:", rule.line, ": ", rule.reason, ": "))) << text.out;
    EXPECT_THAT(text.out, HasSubstr("\n  next      "));
    const Node json = Check(rule.what, rule.instead, {"--output", "json"}).Json();
    EXPECT_EQ(json.StringOr("verdict"), "no");
    const Node::List& findings = json.Find("findings")->list();
    ASSERT_EQ(findings.size(), 1u) << rule.reason << text.out;
    EXPECT_EQ(findings[0].StringOr("reason"), rule.reason);
    EXPECT_EQ(findings[0].Find("line")->integer_value(), rule.line);
  }
}

TEST_F(CheckTest, PermissionsThatAreDemandedCountInsteadOfThoseThatAreSeen) {
  const std::vector<std::string> demanded = {"--permissions",
                                             "release=contents:write,id-token:write,packages:write"};
  EXPECT_EQ(Check("contents: read", "contents: write", demanded).code, 0);
  EXPECT_THAT(Check("", "", demanded).out, HasSubstr("release.yml:8: workflow-permission-missing: "));
  EXPECT_THAT(Check("", "", {"--permissions", "other="}).out, HasSubstr("there is no job other"));
}

TEST_F(CheckTest, EachRuleOfChartsHasItsReason) {
  const auto check = [&](const std::string& app_version, const std::string& readme) {
    return command_.Run(
        {"check", "chart", Chart(app_version, readme), "--app-version", "v1.4.2", "--readme"});
  };
  EXPECT_EQ(check("1.4.2", kReadme).code, 0);
  const std::string without = std::string(kReadme).substr(0, std::string(kReadme).find("## Troubleshooting"));
  const std::vector<std::pair<Ended, std::string>> refused = {
      {check("1.4.1", kReadme), "/Chart.yaml:4: app-version-mismatch: "},
      {check("1.4.2", without), "/README.md: readme-heading-missing: the section \"Troubleshooting\""},
      {check("1.4.2", Cat(kReadme, "## Install\n")), "/README.md:8: readme-heading-repeated: "},
      {check("1.4.2", "## Install\n## Upgrade\n## Uninstall\n## Values reference\n## Troubleshooting\n"),
       "/README.md: readme-text-missing: "}};
  for (const auto& [ended, told] : refused) {
    EXPECT_EQ(ended.code, 1) << told;
    EXPECT_THAT(ended.out, HasSubstr(told));
  }
  const Ended ambiguous = check("1.10", kReadme);
  EXPECT_EQ(ambiguous.code, 3);
  EXPECT_THAT(ambiguous.err, AllOf(HasSubstr("/Chart.yaml:4"), HasSubstr("[chart-scalar-ambiguous]")));
}

TEST_F(CheckTest, WhatIsNoWorkflowOrNotThereIsThree) {
  for (const std::string yaml : {"", "a: [", "a: 1\na: 2\n", "on: push\njobs: {}\n"}) {
    const Ended ended = command_.Run({"check", "workflow", command_.File("w.yml", yaml)});
    EXPECT_EQ(ended.code, 3) << yaml;
    EXPECT_THAT(ended.err, HasSubstr("w.yml")) << yaml;
  }
  EXPECT_EQ(command_.Run({"check", "workflow", command_.path("none.yml")}).code, 3);
  EXPECT_EQ(command_.Run({"check", "chart", command_.path("none"), "--readme"}).code, 3);
}

TEST_F(CheckTest, WrongUsageIsTwo) {
  const std::string workflow = command_.File("release.yml", Workflow());
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"check"},
           {"check", "image", "x"},
           {"check", "workflow"},
           {"check", "chart"},
           {"check", "chart", Chart("1.4.2", kReadme)},
           {"check", "workflow", workflow, "--permissions", "release"},
           {"check", "workflow", workflow, "--permissions", "=contents:read"},
           {"check", "workflow", workflow, "--permissions", "release=contents"},
           {"check", "workflow", workflow, "--permissions", "release=contents:admin"}}) {
    const Ended ended = command_.Run(words);
    EXPECT_EQ(ended.code, 2) << ::testing::PrintToString(words) << ended.err;
    EXPECT_THAT(ended.out, IsEmpty());
  }
}

}  // namespace
}  // namespace chartseal::cli
