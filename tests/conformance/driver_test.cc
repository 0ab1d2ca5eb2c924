#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "test_directories.h"

// What the suite does not test of its own driver: a mistake in the protocol must not look like a refusal.
namespace chartseal::conformance {
namespace {

int ExitCodeOf(const std::string& arguments) {
  const std::string line =
      "'" CHARTSEAL_BINARY_DIR "/bin/chartseal-conformance' " + arguments + " >/dev/null 2>&1";
  const int status = std::system(line.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(DriverTest, SignBundleIsNotOffered) {
  EXPECT_EQ(ExitCodeOf("sign-bundle --identity-token T --bundle b.json f"), 2);
}

TEST(DriverTest, WrongArgumentsAreTwo) {
  EXPECT_EQ(ExitCodeOf(""), 2);
  EXPECT_EQ(ExitCodeOf("verify-bundle"), 2);
  EXPECT_EQ(ExitCodeOf("verify-bundle --bundle"), 2);
  EXPECT_EQ(ExitCodeOf("verify-bundle --bundle b.json f"), 2);  // nobody named who must have signed
  EXPECT_EQ(ExitCodeOf("verify-bundle --bundle b.json --key k f g"), 2);
  EXPECT_EQ(ExitCodeOf("verify-bundle --bundle b.json --key k --unknown f"), 2);
  EXPECT_EQ(ExitCodeOf("verify-bundle --staging --bundle b.json --key k f"), 2);  // needs its root
}

TEST(DriverTest, FilesThatAreNotThereAreThree) {
  EXPECT_EQ(
      ExitCodeOf("verify-bundle --bundle /nowhere --certificate-identity a --certificate-oidc-issuer b f"),
      3);
}

}  // namespace
}  // namespace chartseal::conformance
