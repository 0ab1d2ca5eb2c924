#include "publisher/checks/chart_checks.h"

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/publisher/checks/findings.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/status.h"

namespace chartseal::publisher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChartChecksTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, std::string_view text) const {
    std::ofstream(directory_.path() + "/" + name, std::ios::binary) << text;
  }
  absl::StatusOr<CheckFindings> AppVersion(std::string_view chart, std::string_view version) const {
    Write("Chart.yaml", chart);
    return CheckAppVersion(directory_.path(), version);
  }
  absl::StatusOr<CheckFindings> Readme(std::string_view text,
                                       const std::vector<std::string>& texts = {}) const {
    Write("README.md", text);
    return CheckReadme(directory_.path(), DefaultReadmeHeadings(), texts);
  }

  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("checks").value();
};

constexpr char kChart[] = "apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: \"1.4.2\"\n";
constexpr char kReadme[] =
    "# app\n\n## Install\n\n```\nhelm install app oci://ghcr.io/acme/charts/app\n```\n\n## "
    "Upgrade\n\nText.\n\n"
    "Uninstall\n---------\n\n## Values reference ##\n\n## Troubleshooting\n";

TEST_F(ChartChecksTest, AnAppVersionThatIsTheReleasedOneIsWell) {
  EXPECT_THAT(*AppVersion(kChart, "1.4.2"), IsEmpty());
  EXPECT_THAT(*AppVersion(kChart, "v1.4.2"), IsEmpty());
}

TEST_F(ChartChecksTest, AnotherAppVersionIsFoundWithItsLine) {
  const CheckFindings findings = AppVersion(kChart, "v1.5.0").value();
  ASSERT_THAT(Brief(findings), ElementsAre("4 app-version-mismatch"));
  EXPECT_EQ(findings[0].expected, "1.5.0");
  EXPECT_EQ(findings[0].found, "1.4.2");
  EXPECT_THAT(findings[0].file, HasSubstr("/Chart.yaml"));
}

TEST_F(ChartChecksTest, TheChartsOwnVersionDoesNotCount) {
  EXPECT_THAT(Brief(*AppVersion(kChart, "0.1.0")), ElementsAre("4 app-version-mismatch"));
}

TEST_F(ChartChecksTest, AMissingAppVersionIsAMismatch) {
  const CheckFindings findings = AppVersion("apiVersion: v2\nname: app\nversion: 0.1.0\n", "1.0.0").value();
  ASSERT_THAT(Brief(findings), ElementsAre("0 app-version-mismatch"));
  EXPECT_EQ(findings[0].found, "none");
}

TEST_F(ChartChecksTest, AnAppVersionWithoutQuotesThatHelmReadsAsANumberCannotBeCompared) {
  const auto findings = AppVersion("apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: 1.10\n", "1.10");
  EXPECT_EQ(ReasonOf(findings.status()), Reason::kChartScalarAmbiguous) << findings.status();
}

TEST_F(ChartChecksTest, ADirectoryWithoutChartCannotBeTold) {
  EXPECT_EQ(ReasonOf(CheckAppVersion(directory_.path(), "1").status()), Reason::kFileUnusable);
  EXPECT_EQ(ReasonOf(CheckReadme(directory_.path(), {}, {}).status()), Reason::kFileUnusable);
}

TEST_F(ChartChecksTest, AReadmeWithEverySectionIsWellHoweverHeadingsAreWritten) {
  EXPECT_THAT(Brief(*Readme(kReadme)), IsEmpty());
}

TEST_F(ChartChecksTest, EachMissingSectionIsNamed) {
  const CheckFindings findings =
      Readme("## Install\nhelm install app oci://ghcr.io/x\n## Upgrade\n## Values Reference\n").value();
  ASSERT_THAT(Brief(findings), ElementsAre("0 readme-heading-missing", "0 readme-heading-missing",
                                           "0 readme-heading-missing"));
  EXPECT_THAT(findings[0].what, HasSubstr("\"Uninstall\""));
  EXPECT_THAT(findings[1].what, HasSubstr("\"Values reference\""));
  EXPECT_THAT(findings[2].what, HasSubstr("\"Troubleshooting\""));
}

TEST_F(ChartChecksTest, AnEmptyReadmeLacksEverything) { EXPECT_EQ(Readme("")->size(), 6u); }

TEST_F(ChartChecksTest, ASectionThatStandsTwiceIsFoundAtItsSecondPlace) {
  EXPECT_THAT(Brief(*Readme(Cat(kReadme, "\n## Install\n"))), ElementsAre("20 readme-heading-repeated"));
}

TEST_F(ChartChecksTest, HeadingsOfOtherLevelsInCodeOrInCommentsDoNotCount) {
  for (const char* hidden :
       {"```\n## Install\n```\n", "~~~~\n```\n## Install\n~~~\n~~~~\n", "    ## Install\n",
        "<!--\n## Install\n-->\n", "### Install\n", "# Install\n", "##Install\n", "> ## Install\n",
        "## Install now\n", "Install\n===\n", "```\nInstall\n---\n```\n"}) {
    std::string readme = kReadme;
    readme.replace(readme.find("## Install\n"), 11, hidden);
    EXPECT_THAT(Brief(*Readme(readme)), ElementsAre("0 readme-heading-missing")) << hidden;
  }
}

TEST_F(ChartChecksTest, AFenceThatStaysOpenHidesTheRest) {
  std::string readme = kReadme;
  readme.replace(readme.find("```\n\n## Upgrade"), 4, "`` \n");
  EXPECT_EQ(Readme(readme)->size(), 4u);
}

TEST_F(ChartChecksTest, AnInstallCommandFromTheRegistryIsWanted) {
  for (const char* other : {"helm install app ./chart", "helm pull oci://ghcr.io/acme/charts/app",
                            "helm install app acme/app\noci://ghcr.io/acme"}) {
    std::string readme = kReadme;
    const std::string command = "helm install app oci://ghcr.io/acme/charts/app";
    readme.replace(readme.find(command), command.size(), other);
    EXPECT_THAT(Brief(*Readme(readme)), ElementsAre("0 readme-text-missing")) << other;
  }
}

TEST_F(ChartChecksTest, AnInstallCommandOverSeveralLinesCounts) {
  std::string readme = kReadme;
  const std::string command = "helm install app oci://ghcr.io/acme/charts/app";
  readme.replace(readme.find(command), command.size(),
                 "helm upgrade --install app \\\n  oci://ghcr.io/acme/charts/app");
  EXPECT_THAT(Brief(*Readme(readme)), IsEmpty());
}

TEST_F(ChartChecksTest, OtherWantedTextsAreLookedForLiterally) {
  EXPECT_THAT(Brief(*Readme(kReadme, {"oci://ghcr.io/acme/charts/app"})), IsEmpty());
  EXPECT_THAT(Brief(*Readme(kReadme, {"oci://ghcr.io/acme/charts/other"})),
              ElementsAre("0 readme-text-missing"));
}

}  // namespace
}  // namespace chartseal::publisher
