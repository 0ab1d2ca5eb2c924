#include "publisher/release/step_outputs.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/file.h"
#include "verifier/base/status.h"

namespace chartseal::publisher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StepOutputsTest : public ::testing::Test {
 protected:
  Environment With(const std::string& name, const std::string& value) const {
    return [=](const char* asked) -> std::optional<std::string> {
      if (name == asked) return value;
      return std::nullopt;
    };
  }
  std::string Read() const { return ReadFile(path_, 1 << 20).value(); }

  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("outputs").value();
  std::string path_ = directory_.path() + "/file";
};

PublishResult Result() {
  PublishResult result;
  result.steps = {{.name = "push", .outcome = StepOutcome::kDone, .detail = "a | <b> `c`"},
                  {.name = "sign", .outcome = StepOutcome::kFailed, .detail = "no"}};
  result.published.reference = "ghcr.io/acme/app:1@sha256:00";
  result.published.identity = "https://github.com/acme/app";
  result.published.issuer = "https://issuer.test";
  return result;
}

TEST_F(StepOutputsTest, OutputsAreAppendedLineByLine) {
  ASSERT_TRUE(WriteStepOutputs({{"digest", "sha256:00"}}, With("GITHUB_OUTPUT", path_)).ok());
  ASSERT_TRUE(WriteStepOutputs({{"tag", "1"}, {"ref", "a=b"}}, With("GITHUB_OUTPUT", path_)).ok());
  EXPECT_EQ(Read(), "digest=sha256:00\ntag=1\nref=a=b\n");
}

TEST_F(StepOutputsTest, OutsideOfActionsNothingIsWritten) {
  EXPECT_TRUE(WriteStepOutputs({{"a", "b"}}, With("OTHER", path_)).ok());
  EXPECT_TRUE(WriteStepOutputs({{"a", "b"}}, With("GITHUB_OUTPUT", "")).ok());
  EXPECT_TRUE(WriteStepSummary(Result(), With("OTHER", path_)).ok());
  EXPECT_FALSE(ReadFile(path_, 100).ok());
}

TEST_F(StepOutputsTest, AValueThatWouldSetAnotherOutputIsRefused) {
  for (const char* value : {"a\nevil=1", "a\revil=1"}) {
    const absl::Status status = WriteStepOutputs({{"digest", value}}, With("GITHUB_OUTPUT", path_));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(Message(status), HasSubstr("step output digest holds a line break"));
  }
  EXPECT_FALSE(ReadFile(path_, 100).ok());
}

TEST_F(StepOutputsTest, AFileThatCannotBeWrittenIsSaid) {
  const absl::Status status =
      WriteStepOutputs({{"a", "b"}}, With("GITHUB_OUTPUT", directory_.path() + "/no/file"));
  EXPECT_EQ(ReasonOf(status), Reason::kFileUnusable);
  EXPECT_THAT(Message(status), HasSubstr("/no/file: cannot be written"));
}

TEST_F(StepOutputsTest, TheSummaryShowsStepsAndTakesMarkupFromTexts) {
  PublishResult result = Result();
  result.status = absl::FailedPreconditionError("sign: no");
  ASSERT_TRUE(WriteStepSummary(result, With("GITHUB_STEP_SUMMARY", path_)).ok());
  EXPECT_THAT(Read(), HasSubstr("### Chart not published"));
  EXPECT_THAT(Read(), HasSubstr("| push | done | a \\| \\<b\\> \\`c\\` |\n| sign | failed | no |\n"));
  EXPECT_THAT(Read(), Not(HasSubstr("chartseal verify")));
}

TEST_F(StepOutputsTest, AReleaseComesWithTheCommandsThatCheckIt) {
  const std::string text = StepSummary(Result());
  EXPECT_THAT(text,
              HasSubstr("chartseal verify oci://ghcr.io/acme/app:1@sha256:00 --certificate-identity "
                        "'https://github.com/acme/app' --certificate-oidc-issuer 'https://issuer.test'"));
  EXPECT_THAT(text, HasSubstr("helm pull oci://ghcr.io/acme/app:1\n"));
}

}  // namespace
}  // namespace chartseal::publisher
