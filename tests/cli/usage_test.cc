#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/command.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kSubcommands = {
    "verify", "verify-attestation", "verify-blob", "inspect", "explain", "package",     "push",
    "sign",   "sign-blob",          "attest",      "publish", "check",   "fingerprint", "audit",
    "helm",   "completion"};
constexpr char kDigest[] = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class UsageTest : public ::testing::Test {
 protected:
  // Wrong usage: 2, and what is wrong is named on standard error.
  void ExpectUsage(const std::vector<std::string>& words, const std::string& named) {
    const Ended ended = command_.Run(words);
    EXPECT_EQ(ended.code, 2) << ::testing::PrintToString(words) << ended.out << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(named)) << ::testing::PrintToString(words);
  }
  static std::vector<std::string> WithIdentity(std::vector<std::string> words) {
    words.insert(words.end(), {"--certificate-identity", "a", "--certificate-oidc-issuer", "b"});
    return words;
  }
  const std::string ref_ = std::string("ghcr.io/acme/app") + kDigest;
  Command command_;
};

TEST_F(UsageTest, NoSubcommandOrAnUnknownOneIsTwo) {
  ExpectUsage({}, "subcommand");
  ExpectUsage({"frobnicate"}, "frobnicate");
  ExpectUsage({"verify", ref_, "--frobnicate"}, "--frobnicate");
}

TEST_F(UsageTest, MissingArgumentsAreTwoAndNamed) {
  ExpectUsage({"verify"}, "REF");
  ExpectUsage({"inspect"}, "REF");
  ExpectUsage({"verify-blob"}, "FILE");
  ExpectUsage({"verify-blob", "x"}, "--bundle");
  ExpectUsage({"verify-attestation", ref_}, "--type");
  ExpectUsage({"completion"}, "SHELL");
  ExpectUsage({"completion", "tcsh"}, "tcsh");
}

TEST_F(UsageTest, WhoMustHaveSignedHasToBeSaid) {
  ExpectUsage({"verify", ref_}, "--certificate-identity");
  ExpectUsage({"verify", ref_, "--certificate-identity", "x"}, "--certificate-oidc-issuer");
  ExpectUsage({"verify", ref_, "--certificate-oidc-issuer", "x"}, "--certificate-identity");
}

TEST_F(UsageTest, ContradictoryFlagsAreTwo) {
  ExpectUsage(WithIdentity({"verify", ref_, "--key", "k.pem"}), "--key");
  ExpectUsage(WithIdentity({"verify", ref_, "--policy", "p.yaml"}), "--policy");
  ExpectUsage(WithIdentity({"verify", ref_, "--signature-scheme", "rsa-pss-sha256"}), "--signature-scheme");
  ExpectUsage(WithIdentity({"verify", ref_, "--username", "u"}), "--password-stdin");
  ExpectUsage(WithIdentity({"verify", ref_, "--password-stdin"}), "--username");
}

TEST_F(UsageTest, MalformedReferencesAreTwoAndShown) {
  for (const std::string bad :
       {"ghcr.io/acme/app@sha256:abc", "GHCR.io/ACME/app:v1", "oci://", "https://ghcr.io/x:v1",
        "ghcr.io/acme/app:", "ghcr.io/a//b:v1", "ghcr.io/acme/app:v1\x1b[2J"}) {
    const Ended ended = command_.Run(WithIdentity({"verify", bad}));
    EXPECT_EQ(ended.code, 2) << bad << ended.out << ended.err;
    EXPECT_EQ(ended.err.find('\x1b'), std::string::npos) << bad;
    EXPECT_FALSE(ended.err.empty()) << bad;
  }
  ExpectUsage(WithIdentity({"verify", "oci://ghcr.io/acme/app"}), "digest");
}

TEST_F(UsageTest, MalformedValuesAreTwoAndNameTheFlag) {
  ExpectUsage(WithIdentity({"verify", ref_, "--timeout", "soon"}), "--timeout");
  ExpectUsage(WithIdentity({"verify", ref_, "--timeout", "-1s"}), "--timeout");
  ExpectUsage(WithIdentity({"verify", ref_, "-a", "novalue"}), "--annotations");
  ExpectUsage(WithIdentity({"verify", ref_, "--output", "xml"}), "--output");
  ExpectUsage({"verify", ref_, "--certificate-identity-regexp", "(", "--certificate-oidc-issuer", "b"},
              "--certificate-identity-regexp");
}

TEST_F(UsageTest, PolicyFilesThatCannotBeReadAreThreeAndNameFileAndField) {
  const auto run = [&](const std::string& text) {
    return command_.Run({"verify", ref_, "--policy", command_.File("policy.yaml", text)});
  };
  const std::string head =
      "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: x}\n";
  for (const auto& [text, named] : std::vector<std::pair<std::string, std::string>>{
           {"", "policy.yaml"},
           {"a: [", "yaml-malformed"},
           {"a: 1\na: 2\n", "a"},
           {head + "spec: {match: {images: ['**']}, authorities: []}\n", "authorities"},
           {head + "spec: {match: {images: ['**']}, authoritys: []}\n", "spec.authorities: at least one"},
           {"kind: Pod\n", "policy-malformed"}}) {
    const Ended ended = run(text);
    EXPECT_EQ(ended.code, 3) << text << ended.out << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("policy.yaml"), HasSubstr(named))) << text;
  }
}

TEST_F(UsageTest, HelpOfEverySubcommandIsZeroOnStandardOutput) {
  for (const std::string& subcommand : kSubcommands) {
    const Ended ended = command_.Run({subcommand, "--help"});
    EXPECT_EQ(ended.code, 0) << subcommand;
    EXPECT_THAT(ended.out, HasSubstr("chartseal " + subcommand)) << subcommand;
    EXPECT_THAT(ended.err, IsEmpty()) << subcommand;
  }
  const Ended ended = command_.Run({"--help"});
  EXPECT_EQ(ended.code, 0);
  for (const std::string& subcommand : kSubcommands) EXPECT_THAT(ended.out, HasSubstr(subcommand));
  EXPECT_THAT(ended.out, HasSubstr("3 could not tell"));
}

TEST_F(UsageTest, VersionIsZero) {
  const Ended ended = command_.Run({"--version"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("chartseal "));
}

TEST_F(UsageTest, CompletionNamesEverySubcommandAndItsFlags) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Ended ended = command_.Run({"completion", shell});
    EXPECT_EQ(ended.code, 0) << shell;
    for (const std::string& subcommand : kSubcommands) EXPECT_THAT(ended.out, HasSubstr(subcommand)) << shell;
    for (const char* flag : {"certificate-identity-regexp", "plain-http-registry", "release-file",
                             "write-reports", "parameterless", "app-version"}) {
      EXPECT_THAT(ended.out, HasSubstr(flag)) << shell;
    }
    EXPECT_THAT(ended.out, HasSubstr("workflow")) << "a subcommand of a subcommand";
  }
}

TEST_F(UsageTest, BashTakesTheCompletionScript) {
  const std::string script = command_.File("completion.bash", command_.Run({"completion", "bash"}).out);
  const std::string line =
      Cat("bash -c '. ", script, "; COMP_WORDS=(chartseal ver); COMP_CWORD=1; _chartseal; ",
          "[[ ${COMPREPLY[*]} == *verify-blob* ]]'");
  EXPECT_EQ(std::system(line.c_str()), 0);
}

}  // namespace
}  // namespace chartseal::cli
