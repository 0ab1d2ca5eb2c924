#include "publisher/checks/workflow_checks.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/publisher/checks/findings.h"
#include "verifier/base/status.h"

namespace chartseal::publisher {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A workflow in which every rule holds. The commit is 40 digits.
constexpr char kRelease[] = R"(on:
  push: { tags: ["v*"] }
permissions: {}
jobs:
  image:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
      id-token: write
      packages: write
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789  # v6
      - name: Build
        env:
          KO_DOCKER_REPO: ghcr.io/acme/app
        run: |
          set -eu
          IMAGE=$(ko build --bare ./cmd/app)
          cosign sign --yes "${IMAGE%@*}@${IMAGE#*@}"
)";

std::string With(std::string text, const std::string& what, const std::string& instead) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

std::vector<std::string> Check(const std::string& yaml,
                               WorkflowRules rules = {.parameterless = {"KO_DOCKER_REPO"},
                                                      .permissions = {}}) {
  const auto findings = CheckWorkflow(yaml, "release.yml", rules);
  EXPECT_TRUE(findings.ok()) << findings.status();
  return findings.ok() ? Brief(*findings) : std::vector<std::string>{};
}

TEST(WorkflowChecksTest, AWorkflowInWhichEverythingHoldsHasNoFindings) {
  EXPECT_THAT(Check(kRelease), IsEmpty());
}

TEST(ParameterlessTest, AVariableForTheWholeWorkflowIsFound) {
  EXPECT_THAT(
      Check(With(kRelease, "permissions: {}\n", "permissions: {}\nenv:\n  KO_DOCKER_REPO: ghcr.io/evil\n")),
      ElementsAre("5 workflow-variable-redirectable"));
}

TEST(ParameterlessTest, AVariableForTheWholeJobIsFound) {
  EXPECT_THAT(
      Check(With(kRelease, "    steps:\n", "    env: { KO_DOCKER_REPO: ghcr.io/evil }\n    steps:\n")),
      ElementsAre("11 workflow-variable-redirectable"));
}

TEST(ParameterlessTest, AnInputOfThatNameIsFound) {
  EXPECT_THAT(
      Check(With(
          kRelease, "permissions: {}\n",
          "  workflow_dispatch:\n    inputs:\n      ko_docker_repo: { type: string }\npermissions: {}\n")),
      ElementsAre("5 workflow-variable-redirectable"));
}

TEST(ParameterlessTest, AValueWithAnExpressionIsNoLiteral) {
  EXPECT_THAT(Check(With(kRelease, "ghcr.io/acme/app", "ghcr.io/${{ github.repository }}")),
              ElementsAre("15 workflow-variable-not-literal"));
}

TEST(ParameterlessTest, AnEmptyValueIsNoLiteral) {
  EXPECT_THAT(Check(With(kRelease, " ghcr.io/acme/app", "")),
              ElementsAre("15 workflow-variable-not-literal"));
}

TEST(ParameterlessTest, ASecondAssignmentIsFound) {
  EXPECT_THAT(
      Check(Cat(kRelease,
                "      - env: { KO_DOCKER_REPO: ghcr.io/acme/app }\n        run: ko build ./cmd/other\n")),
      ElementsAre("20 workflow-variable-repeated"));
}

TEST(ParameterlessTest, AVariableThatIsAssignedNowhereIsFoundAndSoIsTheBuildThatWantsIt) {
  EXPECT_THAT(Check(With(kRelease, "        env:\n          KO_DOCKER_REPO: ghcr.io/acme/app\n", "")),
              ElementsAre("0 workflow-variable-missing", "14 workflow-variable-redirectable"));
}

TEST(ParameterlessTest, AnAssignmentOnAStepThatDoesNotBuildIsFound) {
  EXPECT_THAT(Check(With(kRelease, "ko build --bare", "docker build")),
              ElementsAre("15 workflow-variable-missing"));
}

TEST(ParameterlessTest, AnotherBuildWithoutTheVariableIsFound) {
  EXPECT_THAT(Check(Cat(kRelease, "      - run: ko resolve -f config\n")),
              ElementsAre("20 workflow-variable-redirectable"));
}

TEST(ParameterlessTest, ScriptsThatSetTheVariableAreFoundHoweverTheyDoIt) {
  for (const char* line :
       {"echo \"KO_DOCKER_REPO=ghcr.io/evil\" >> \"$GITHUB_ENV\"", "export KO_DOCKER_REPO=ghcr.io/evil",
        "KO_DOCKER_REPO=ghcr.io/evil ko build ./x", "unset KO_DOCKER_REPO", "read KO_DOCKER_REPO",
        "env KO_DOCKER_REPO=ghcr.io/evil ko build ./x",
        "printf '%s\\n' 'KO_DOCKER_REPO<<EOF' >> $GITHUB_ENV"}) {
    EXPECT_THAT(Check(With(kRelease, "set -eu", line)), ElementsAre("17 workflow-variable-redirectable"))
        << line;
  }
}

TEST(ParameterlessTest, EveryOtherMentionIsFoundBecauseASearchMustFindOneLine) {
  EXPECT_THAT(Check(With(kRelease, "set -eu", "echo $KO_DOCKER_REPO")),
              ElementsAre("17 workflow-variable-repeated"));
  EXPECT_THAT(
      Check(With(kRelease, "    runs-on: ubuntu-24.04\n",
                 "    runs-on: ubuntu-24.04\n    container: { image: x, env: { KO_DOCKER_REPO: y } }\n")),
      ElementsAre("7 workflow-variable-repeated"));
}

TEST(ParameterlessTest, AMentionInACommentIsNone) {
  EXPECT_THAT(Check(With(kRelease, "set -eu", "# KO_DOCKER_REPO is literal on purpose")), IsEmpty());
}

TEST(ParameterlessTest, ACommentBehindTheAssignmentHidesItFromASearch) {
  EXPECT_THAT(Check(With(kRelease, "ghcr.io/acme/app", "ghcr.io/acme/app # literal")),
              ElementsAre("15 workflow-variable-missing"));
  // And what stands before it is not taken for it.
  const std::string twice =
      With(kRelease, "      - name: Build\n", "      - run: echo KO_DOCKER_REPO\n      - name: Build\n");
  EXPECT_THAT(Check(With(twice, "ghcr.io/acme/app", "ghcr.io/acme/app # literal")),
              ElementsAre("13 workflow-variable-repeated", "16 workflow-variable-missing"));
}

TEST(ParameterlessTest, AShellOfOnesOwnCouldSetTheVariable) {
  const std::string own = "defaults: { run: { shell: \"./with-env {0}\" } }\n";
  EXPECT_THAT(Check(With(kRelease, "permissions: {}\n", Cat("permissions: {}\n", own))),
              ElementsAre("4 workflow-variable-redirectable"));
  EXPECT_THAT(Check(With(kRelease, "    steps:\n", Cat("    ", own, "    steps:\n"))),
              ElementsAre("11 workflow-variable-redirectable"));
  EXPECT_THAT(Check(With(kRelease, "        run: |\n", "        shell: env A=b bash {0}\n        run: |\n")),
              ElementsAre("16 workflow-variable-redirectable"));
}

TEST(ParameterlessTest, TheShellsOfActionsAreWell) {
  for (const char* shell : {"bash", "sh", "bash -euo pipefail {0}", "pwsh"}) {
    const std::string line = Cat("defaults: { run: { shell: \"", shell, "\", working-directory: x } }\n");
    EXPECT_THAT(Check(With(kRelease, "permissions: {}\n", Cat("permissions: {}\n", line))), IsEmpty())
        << shell;
  }
}

TEST(ParameterlessTest, InputsPastedIntoTheScriptAreFound) {
  for (const char* expression :
       {"${{ inputs.flags }}", "${{ github.event.inputs.flags }}", "${{ github.head_ref }}"}) {
    EXPECT_THAT(Check(With(kRelease, "--bare", expression)), ElementsAre("18 workflow-variable-redirectable"))
        << expression;
  }
  EXPECT_THAT(Check(With(kRelease, "--bare", "--tags ${{ github.ref_name }}")), IsEmpty());
}

TEST(ParameterlessTest, AnotherVariableIsJudgedByTheStepThatHasIt) {
  const std::string yaml = With(kRelease, "KO_DOCKER_REPO", "TARGET");
  EXPECT_THAT(Check(yaml, {.parameterless = {"TARGET"}, .permissions = {}}), IsEmpty());
  EXPECT_THAT(Check(yaml), ElementsAre("0 workflow-variable-missing", "16 workflow-variable-redirectable"));
}

TEST(PermissionsTest, AnExtraPermissionIsFound) {
  EXPECT_THAT(
      Check(With(kRelease, "      id-token: write\n", "      id-token: write\n      actions: write\n")),
      ElementsAre("10 workflow-permission-extra"));
  EXPECT_THAT(Check(With(kRelease, "contents: read", "contents: write")),
              ElementsAre("8 workflow-permission-extra"));
}

TEST(PermissionsTest, AMissingPermissionIsFound) {
  EXPECT_THAT(Check(With(kRelease, "      id-token: write\n", "")),
              ElementsAre("8 workflow-permission-missing"));
  EXPECT_THAT(Check(With(kRelease, "packages: write", "packages: read")),
              ElementsAre("10 workflow-permission-missing"));
}

TEST(PermissionsTest, AJobWithoutAnyBlockGetsTheDefaultWhichMayBeEverything) {
  EXPECT_THAT(Check("on: push\njobs:\n  a:\n    steps:\n      - run: 'true'\n", {}),
              ElementsAre("4 workflow-permission-extra"));
}

TEST(PermissionsTest, TheWorkflowsBlockCountsForJobsWithoutOne) {
  EXPECT_THAT(Check("on: push\npermissions: {}\njobs:\n  a:\n    steps:\n      - run: 'true'\n", {}),
              IsEmpty());
  EXPECT_THAT(
      Check("on: push\npermissions: { contents: write }\njobs:\n  a:\n    steps:\n      - run: 'true'\n", {}),
      ElementsAre("2 workflow-permission-extra"));
}

TEST(PermissionsTest, EverythingIsTooMuch) {
  for (const char* all : {"write-all", "read-all"}) {
    EXPECT_THAT(
        Check(Cat("on: push\npermissions: ", all, "\njobs:\n  a:\n    steps:\n      - run: 'true'\n"), {}),
        ElementsAre("2 workflow-permission-extra"));
  }
}

TEST(PermissionsTest, WhatTheCallerDemandsCountsInsteadOfWhatStepsShow) {
  const WorkflowRules rules{
      .parameterless = {},
      .permissions = {{"image", {{"contents", "write"}, {"id-token", "write"}, {"packages", "write"}}}}};
  EXPECT_THAT(Check(kRelease, rules), ElementsAre("8 workflow-permission-missing"));
  EXPECT_THAT(Check(With(kRelease, "contents: read", "contents: write"), rules), IsEmpty());
}

TEST(PermissionsTest, ADemandForAJobThatIsNotThereIsFound) {
  EXPECT_THAT(Check(kRelease, {.parameterless = {}, .permissions = {{"chart", {}}}}),
              ElementsAre("0 workflow-permission-missing"));
}

TEST(PermissionsTest, WhatStepsNeedIsSeenFromTheirCommands) {
  const auto needed = [](const std::string& run) {
    WorkflowJob job;
    job.steps.push_back({.run = {.text = run}});
    std::string out;
    for (const auto& [scope, level] : NeededPermissions(job)) out += Cat(scope, ":", level, " ");
    return out;
  };
  EXPECT_EQ(needed("make"), "");
  EXPECT_EQ(needed("cosign sign-blob --yes a"), "id-token:write ");
  EXPECT_EQ(needed("cosign sign --key k a@sha256:0"), "packages:write ");
  EXPECT_EQ(needed("gh release upload v1 a"), "contents:write ");
  EXPECT_EQ(needed("gh release download v1"), "contents:read ");
  EXPECT_EQ(needed("helm push a.tgz oci://ghcr.io/acme"), "packages:write ");
  EXPECT_EQ(needed("build/bin/chartseal publish chart oci://ghcr.io/a --github-release a/b@v1"),
            "contents:write id-token:write packages:write ");
  EXPECT_EQ(needed("chartseal verify oci://ghcr.io/a"), "");
}

TEST(PinsTest, WhatIsNotPinnedByCommitIsFound) {
  for (const char* uses :
       {"actions/checkout@v6", "actions/checkout", "actions/checkout@main", "actions/checkout@0123456",
        "actions/checkout@0123456789ABCDEF012345678901234567890123", "docker://alpine:3"}) {
    EXPECT_THAT(Check(With(kRelease, "actions/checkout@0123456789012345678901234567890123456789", uses), {}),
                Contains(HasSubstr("workflow-action-unpinned")))
        << uses;
  }
}

TEST(PinsTest, LocalActionsAndImagesByDigestArePinned) {
  for (const char* uses : {"./.github/actions/build", "docker://alpine@sha256:00"}) {
    const auto found =
        Check(With(kRelease, "actions/checkout@0123456789012345678901234567890123456789", uses), {});
    EXPECT_THAT(found, ElementsAre("8 workflow-permission-extra")) << uses;  // without a checkout
  }
}

TEST(PinsTest, AReusableWorkflowIsPinnedToo) {
  EXPECT_THAT(Check("on: push\njobs:\n  a:\n    uses: acme/ci/.github/workflows/x.yml@main\n", {}),
              ElementsAre("4 workflow-action-unpinned"));
}

TEST(SigningTest, SigningATagIsFound) {
  for (const char* command :
       {"cosign sign --yes ghcr.io/acme/app:v1", "cosign sign -y \"$IMAGE\"",
        "cosign attest --predicate p.json --type slsaprovenance ghcr.io/acme/app:${TAG}",
        "chartseal sign oci://ghcr.io/acme/charts/app:1.0.0",
        "cosign sign --key k --yes a@sha256:0 ghcr.io/acme/app"}) {
    EXPECT_THAT(Check(With(kRelease, "set -eu", command), {.parameterless = {}, .permissions = {}}),
                ElementsAre("17 workflow-signs-tag"))
        << command;
  }
}

TEST(SigningTest, SigningADigestIsWell) {
  for (const char* command :
       {"cosign sign --yes ghcr.io/acme/app@sha256:00", "cosign sign -y \"$REPO@$DIGEST\"",
        "cosign sign-blob --yes app.tgz", "chartseal sign --from-helm-output out.txt",
        "helm push a.tgz oci://ghcr.io/acme 2>&1 | chartseal sign --from-helm-output -",
        "cosign verify ghcr.io/acme/app:v1"}) {
    EXPECT_THAT(Check(With(kRelease, "set -eu", command), {.parameterless = {}, .permissions = {}}),
                IsEmpty())
        << command;
  }
}

TEST(WorkflowFileTest, WhatIsNoWorkflowCannotBeTold) {
  const auto reason = [](std::string_view yaml) {
    return Name(ReasonOf(CheckWorkflow(yaml, "w.yml", {}).status()));
  };
  EXPECT_EQ(reason(""), "workflow-malformed");
  EXPECT_EQ(reason("[]"), "workflow-malformed");
  EXPECT_EQ(reason("on: push\n"), "workflow-malformed");
  EXPECT_EQ(reason("jobs: { a: { steps: [ { run: x } ] } }\n"), "workflow-malformed");
  EXPECT_EQ(reason("on: push\njobs: {}\n"), "workflow-malformed");
  EXPECT_EQ(reason("on: push\njobs: { a: {} }\n"), "workflow-malformed");
  EXPECT_EQ(reason("on: push\njobs: { a: { steps: [] } }\n"), "workflow-malformed");
  EXPECT_EQ(reason("on: push\njobs: { a: { steps: [ { name: x } ] } }\n"), "workflow-malformed");
  EXPECT_EQ(reason("on: push\njobs: { a: { steps: [ { run: x, uses: y } ] } }\n"), "workflow-malformed");
  EXPECT_EQ(reason("on: push\njobs: { a: { env: \"${{ x }}\", steps: [ { run: x } ] } }\n"),
            "workflow-malformed");
  EXPECT_EQ(reason("on: push\non: push\n"), "yaml-malformed");
  EXPECT_EQ(reason("a: &x 1\nb: *x\n"), "yaml-malformed");
  EXPECT_EQ(reason(std::string((1 << 20) + 1, '#')), "limit-exceeded");
}

}  // namespace
}  // namespace chartseal::publisher
