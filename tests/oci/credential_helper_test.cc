#include "verifier/oci/credential_helper.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/time/clock.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialHelperTest : public testing::Test {
 protected:
  void Install(const std::string& script) {
    const std::string path = directory_.path() + "/docker-credential-test";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    chmod(path.c_str(), 0755);
  }
  absl::StatusOr<Credential> Run(const std::string& name = "test",
                                 absl::Duration allowed = absl::Seconds(10)) {
    return RunCredentialHelper(name, "ghcr.io", directory_.path(), absl::Now() + allowed);
  }
  void ExpectUnusable(const absl::StatusOr<Credential>& credential, const std::string& why) {
    EXPECT_EQ(credential.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReasonOf(credential.status()), Reason::kCredentialsUnusable);
    EXPECT_THAT(Message(credential.status()), HasSubstr(why));
  }
  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("credentials").value();
};

TEST_F(CredentialHelperTest, HandsOverTheHostAndReadsTheReply) {
  Install(R"(read host; echo "{\"ServerURL\":\"$host\",\"Username\":\"$1-$host\",\"Secret\":\"s\"}")");
  const auto credential = Run();
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->username, "get-ghcr.io");
  EXPECT_EQ(credential->password.Reveal(), "s");
}

TEST_F(CredentialHelperTest, TakesTheTokenUserForAnIdentityToken) {
  Install(R"(echo '{"Username":"<token>","Secret":"T"}')");
  const auto credential = Run();
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->identity_token.Reveal(), "T");
  EXPECT_EQ(credential->username, "");
}

TEST_F(CredentialHelperTest, TakesNotFoundForAnonymous) {
  Install("echo 'credentials not found in native keychain'; exit 1");
  const auto credential = Run();
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_TRUE(credential->anonymous());
}

TEST_F(CredentialHelperTest, NeverShowsWhatTheHelperPrints) {
  Install("echo hunter2; exit 3");
  const auto failed = Run();
  ExpectUnusable(failed, "docker-credential-test: exited with 3");
  EXPECT_THAT(Message(failed.status()), Not(HasSubstr("hunter2")));
  Install("echo hunter2");
  const auto garbage = Run();
  ExpectUnusable(garbage, "its answer is not a JSON object");
  EXPECT_THAT(Message(garbage.status()), Not(HasSubstr("hunter2")));
}

TEST_F(CredentialHelperTest, RefusesHalfAnAnswer) {
  Install(R"(echo '{"Username":"u"}')");
  ExpectUnusable(Run(), "lacks Username or Secret");
}

TEST_F(CredentialHelperTest, IsKilledAtTheDeadlineWithWhatItStarted) {
  Install("sleep 60 & sleep 60");
  const absl::Time start = absl::Now();
  ExpectUnusable(Run("test", absl::Milliseconds(200)), "did not finish in time");
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST_F(CredentialHelperTest, IsKilledWhenItPrintsWithoutEnd) {
  Install("yes");
  ExpectUnusable(Run(), "printed more than is accepted");
}

TEST_F(CredentialHelperTest, DoesNotWaitForAHelperThatReadsNothing) {
  Install(R"(exec <&-; echo '{"Username":"u","Secret":"s"}')");
  ASSERT_TRUE(Run().ok());
}

TEST_F(CredentialHelperTest, RunsNothingWithAnOddName) {
  for (const char* name : {"", "../x", "a/b", "a b", "a;id", "$(id)", "a\n"}) {
    ExpectUnusable(Run(name), "the name is not [A-Za-z0-9._-]");
  }
}

TEST_F(CredentialHelperTest, SaysWhenItIsNotInstalled) {
  ExpectUnusable(Run("missing"), "credential helper docker-credential-missing: not found in PATH");
}

TEST_F(CredentialHelperTest, LooksOnlyInAbsoluteDirectories) {
  Install("exit 0");
  const auto credential =
      RunCredentialHelper("test", "ghcr.io", ".::relative", absl::Now() + absl::Seconds(5));
  ExpectUnusable(credential, "not found in PATH");
}

}  // namespace
}  // namespace chartseal::oci
