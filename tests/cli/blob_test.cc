#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_directories.h"
#include "tests/cli/command.h"
#include "tests/verification/minted.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kBlob = "a release archive";

class BlobTest : public ::testing::Test {
 protected:
  // verify-blob `what` with a good bundle, identity and root, then `more`, which wins where a flag is
  // repeated by replacing it here.
  Ended Run(const std::string& what, std::vector<std::string> more = {}, std::string_view input = "") {
    std::vector<std::string> words = {"verify-blob", what};
    const auto unless_given = [&](const std::string& flag, const std::string& value) {
      if (std::find(more.begin(), more.end(), flag) == more.end()) words.insert(words.end(), {flag, value});
    };
    unless_given("--bundle", bundle_);
    unless_given("--trusted-root", root_);
    if (std::find(more.begin(), more.end(), "--key") == more.end()) {
      unless_given("--certificate-identity", std::string(verification::kIdentity));
      unless_given("--certificate-oidc-issuer", std::string(verification::kIssuer));
    }
    words.insert(words.end(), more.begin(), more.end());
    return command_.Run(words, input);
  }

  Command command_;
  const std::string blob_ = command_.File("app.tgz", kBlob);
  const std::string bundle_ =
      command_.File("app.sigstore.json", verification::MintMessageSignature(std::string(kBlob)));
  const std::string root_ =
      command_.File("trusted_root.json", sandbox::TrustedRootJson(verification::TestSigstore()));
};

TEST_F(BlobTest, FileItsDigestAndStandardInputAreZero) {
  EXPECT_EQ(Run(blob_).code, 0);
  EXPECT_EQ(Run(crypto::Digest::Sha256Of(kBlob).ToString()).code, 0);
  EXPECT_EQ(Run("-", {}, kBlob).code, 0);
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(BlobTest, OtherBytesAreOne) {
  const Ended ended = Run("-", {}, "other bytes");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, AllOf(StartsWith("NOT VERIFIED"), HasSubstr("message-digest-mismatch")));
  EXPECT_EQ(Run(crypto::Digest::Sha256Of("other").ToString()).code, 1);
}

TEST_F(BlobTest, OtherIdentityIsOne) {
  const Ended ended = Run(blob_, {"--certificate-identity", "https://other.test"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("identity-mismatch"));
}

TEST_F(BlobTest, ExpressionMustMatchTheWholeIdentityAndAdviceIsGiven) {
  const Ended ended = command_.Run({"verify-blob", blob_, "--bundle", bundle_, "--trusted-root", root_,
                                    "--certificate-identity-regexp", "acme/app", "--certificate-oidc-issuer",
                                    std::string(verification::kIssuer)});
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("identity-mismatch"), HasSubstr(".*")));
}

TEST_F(BlobTest, PublicGoodRootDoesNotKnowOurLogs) {
  const Ended ended = command_.Run({"verify-blob", blob_, "--bundle", bundle_, "--certificate-identity",
                                    std::string(verification::kIdentity), "--certificate-oidc-issuer",
                                    std::string(verification::kIssuer)});
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
}

TEST_F(BlobTest, AttestationCountsWithItsTypeOnly) {
  const std::string bundle =
      command_.File("att.json", verification::MintAttestation(crypto::Digest::Sha256Of(kBlob)));
  EXPECT_EQ(Run(blob_, {"--bundle", bundle}).code, 1);
  EXPECT_EQ(Run(blob_, {"--bundle", bundle, "--type", "slsaprovenance1"}).code, 0);
  EXPECT_EQ(Run(blob_, {"--bundle", bundle, "--type", "spdxjson"}).code, 1);
}

// What cannot be read is "could not tell", names the file and says what is wrong in it.
struct BadFile {
  std::string flag;
  std::string content;
  std::string reason;
};

TEST_F(BlobTest, MalformedInputIsThreeAndNamesTheFile) {
  const std::vector<BadFile> bad = {
      {"--bundle", "", "json-malformed"},
      {"--bundle", "{\"mediaType\":", "json-malformed"},
      {"--bundle", "{\"a\":1,\"a\":2}", "json-malformed"},
      {"--bundle", std::string(100'000, '['), "limit-exceeded"},
      {"--bundle", "{}", "bundle-"},
      {"--bundle", R"({"mediaType":"application/vnd.dev.sigstore.bundle.v9+json"})",
       "bundle-unknown-version"},
      {"--trusted-root", "[]", "trusted-root-malformed"},
      {"--trusted-root", "{\"mediaType\":1}", "trusted-root-malformed"},
      {"--trusted-root", "nonsense", "json-malformed"},
      {"--key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "key-malformed"},
      {"--key", "not PEM", "key-malformed"}};
  for (const BadFile& one : bad) {
    const Ended ended = Run(blob_, {one.flag, command_.File("bad-input", one.content)});
    EXPECT_EQ(ended.code, 3) << one.flag << " " << one.content.substr(0, 60) << ended.out << ended.err;
    const std::string text = ended.out + ended.err;
    EXPECT_THAT(text, AllOf(HasSubstr("bad-input"), HasSubstr(one.reason))) << one.content.substr(0, 60);
  }
}

TEST_F(BlobTest, MissingFilesAreThreeAndNamed) {
  for (const std::string flag : {"--bundle", "--trusted-root", "--key"}) {
    const Ended ended = Run(blob_, {flag, command_.path("missing-file")});
    EXPECT_EQ(ended.code, 3) << flag << ended.out << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("missing-file")) << flag;
  }
  const Ended ended = Run(command_.path("missing-file"));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("missing-file"));
  EXPECT_EQ(Run(command_.path("cwd")).code, 3);  // a directory
}

TEST_F(BlobTest, ErrorsHaveAJsonFormToo) {
  const Ended ended = Run(blob_, {"--trusted-root", command_.File("root.json", "[]"), "-o", "json"});
  EXPECT_EQ(ended.code, 3);
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("verdict"), "could-not-tell");
  EXPECT_EQ(root.StringOr("reason"), "trusted-root-malformed");
  EXPECT_TRUE(root.Find("results")->list().empty());
}

TEST_F(BlobTest, ControlCharactersOfOthersDoNotReachTheTerminal) {
  const std::string bundle = command_.File(
      "evil.json", verification::MintAttestation(crypto::Digest::Sha256Of(kBlob), "https://x/\x1b[2Jevil"));
  const Ended ended = Run(blob_, {"--bundle", bundle});
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.out.find('\x1b'), std::string::npos) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("evil"));
}

TEST_F(BlobTest, OutputThatCannotBeWrittenIsNotAYes) {
  const std::string line =
      Cat("exec '", CHARTSEAL_BINARY_DIR, "/bin/chartseal' verify-blob '", blob_, "' --bundle '", bundle_,
          "' --trusted-root '", root_, "' --certificate-identity '", verification::kIdentity,
          "' --certificate-oidc-issuer '", verification::kIssuer, "' >/dev/full 2>/dev/null");
  const int status = std::system(line.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

}  // namespace
}  // namespace chartseal::cli
