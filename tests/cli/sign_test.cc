#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/cli/signed_registry.h"
#include "tests/sandbox/fault_recipes.h"
#include "tests/sandbox/signing_services.h"

namespace chartseal::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kKey[] = "chart.key";

// The program against services and a registry on loopback.
class SignTest : public CliTest {
 protected:
  SignTest()
      : services_(sandbox::SigningServices::Start(sigstore_).value()),
        own_root_(command_.File("own_root.json", sandbox::TrustedRootJson(sigstore_))) {
    registry_->log().Clear();
  }

  std::string Config(const sandbox::SigningConfigOptions& options = {}) const {
    return command_.File("signing.json",
                         sandbox::SigningConfigJson(services_->urls(), sigstore_.start(), options));
  }
  // What every signing here is told.
  std::vector<std::string> Signing(std::vector<std::string> words, bool registry = true) const {
    words.insert(words.end(), {"--trusted-root", own_root_, "--signing-config", Config(), "--identity-token",
                               command_.File("token", token_)});
    if (registry) words.push_back("--plain-http");
    return words;
  }
  std::vector<std::string> WithKey(std::vector<std::string> words, const std::string& key) const {
    words.insert(words.end(), {"--key", key, "--plain-http"});
    return words;
  }
  std::vector<std::string> Verifying(std::vector<std::string> words, bool registry = true) const {
    words.insert(words.end(),
                 {"--trusted-root", own_root_, "--certificate-identity", std::string(verification::kIdentity),
                  "--certificate-oidc-issuer", services_->urls().oidc});
    if (registry) words.push_back("--plain-http");
    return words;
  }

  std::vector<std::string> Writes() {
    std::vector<std::string> writes;
    for (const sandbox::RequestRecord& record : registry_->log().Records()) {
      if (record.method != "GET" && record.method != "HEAD")
        writes.push_back(record.method + " " + record.path);
    }
    return writes;
  }
  size_t ServiceRequests() const {
    return services_->fulcio_server().log().size() + services_->rekor_v1_server().log().size() +
           services_->tsa_server().log().size();
  }
  std::string Tagged(const std::string& tag) const {
    return Cat(registry_->host(), "/", kRepository, ":", tag);
  }
  std::string Content(const std::string& path) const {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  sandbox::Sigstore sigstore_;
  std::unique_ptr<sandbox::SigningServices> services_;
  const std::string own_root_;
  std::string token_ = services_->Token(nlohmann::json::object());
};

TEST_F(SignTest, ATagIsResolvedOnceAndItsDigestIsSignedAndShownFirst) {
  const crypto::Digest image = PutImage("a");
  registry_->Tag(kRepository, "v1", image.ToString());
  const Ended ended = command_.Run(Signing({"sign", Tagged("v1"), "-y"}));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, StartsWith(Cat("RESOLVED  ", Tagged("v1"), " is ", image.ToString(), "\nSIGNED  ")));
  EXPECT_THAT(ended.out, HasSubstr(Cat("signed by    ", verification::kIdentity)));
  EXPECT_THAT(ended.out, HasSubstr("attached as  bundle "));
  EXPECT_EQ(registry_->log().Count("", "*/manifests/v1"), 1u);
  EXPECT_EQ(command_.Run(Verifying({"verify", Ref(image)})).code, 0);
}

TEST_F(SignTest, ATagThatMovesMeanwhileDoesNotChangeWhatIsSigned) {
  const crypto::Digest image = PutImage("a");
  const crypto::Digest other = PutImage("b");
  registry_->Tag(kRepository, "v1", image.ToString());
  // As soon as the tag was looked at, it is somebody else's.
  registry_->AddFault({.path_glob = "*/manifests/v1",
                       .times = -1,
                       .rewrite = [&](const sandbox::HttpRequest&, sandbox::HttpResponse&) {
                         registry_->Tag(kRepository, "v1", other.ToString());
                       }});
  const Ended ended = command_.Run(Signing({"sign", Tagged("v1")}));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(command_.Run(Verifying({"verify", Ref(image)})).code, 0);
  EXPECT_EQ(command_.Run(Verifying({"verify", Ref(other)})).code, 1);
}

TEST_F(SignTest, JsonSaysWhatWasAttachedWhereAndByWhom) {
  const crypto::Digest image = PutImage("a");
  const Ended ended = command_.Run(Signing({"sign", Ref(image), "--layout", "both", "-o", "json"}));
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Node json = ended.Json();
  EXPECT_EQ(json.StringOr("verdict"), "yes");
  const Node& result = json.Find("results")->list().at(0);
  EXPECT_EQ(result.StringOr("digest"), image.ToString());
  EXPECT_EQ(result.StringOr("reference"), Ref(image));
  const Node::List& attachments = result.Find("attachments")->list();
  ASSERT_EQ(attachments.size(), 2u);
  EXPECT_EQ(attachments[0].StringOr("layout"), "bundle");
  EXPECT_EQ(attachments[0].StringOr("predicateType"), "https://sigstore.dev/cosign/sign/v1");
  EXPECT_EQ(attachments[0].Find("signer")->StringOr("identity"), verification::kIdentity);
  EXPECT_EQ(attachments[1].StringOr("layout"), "legacy");
  EXPECT_THAT(std::string(attachments[1].StringOr("location")), HasSubstr(":sha256-"));
}

TEST_F(SignTest, WhatWasSignedBeforeAFailureIsShownAllTheSame) {
  const crypto::Digest image = PutImage("a");
  const std::string missing = Ref(crypto::Digest::Sha256Of("nowhere"));
  const Ended ended = command_.Run(Signing({"sign", Ref(image), missing, "--output", "json"}));
  EXPECT_EQ(ended.code, 3);
  const Node json = ended.Json();
  EXPECT_EQ(json.StringOr("verdict"), "could-not-tell");
  EXPECT_EQ(json.StringOr("reason"), "not-found");
  EXPECT_THAT(json.Find("results")->list(), SizeIs(1));
}

TEST_F(SignTest, AnAttestationIsMadeFromAFile) {
  const crypto::Digest image = PutImage("a");
  const std::string predicate = command_.File("predicate.json", R"({"builder":{"id":"https://b.test"}})");
  const Ended ended =
      command_.Run(Signing({"attest", Ref(image), "--predicate", predicate, "--type", "slsaprovenance1"}));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, StartsWith("ATTESTED  "));
  const Ended verified =
      command_.Run(Verifying({"verify-attestation", Ref(image), "--type", "slsaprovenance1", "-o", "json"}));
  EXPECT_EQ(verified.code, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("https://b.test"));
}

TEST_F(SignTest, ABlobsBundleIsWrittenWhole) {
  const std::string blob = command_.File("blob", "some bytes");
  const std::string bundle = command_.File("blob.sigstore.json", "what was there before");
  const Ended ended = command_.Run(Signing({"sign-blob", blob, "--bundle", bundle}, false));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(command_.Run(Verifying({"verify-blob", blob, "--bundle", bundle}, false)).code, 0);
  EXPECT_EQ(command_.Run(Signing({"sign-blob", "-", "--bundle", bundle}, false), "piped").code, 0);
  EXPECT_EQ(command_.Run(Verifying({"verify-blob", "-", "--bundle", bundle}, false), "piped").code, 0);
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(SignTest, ABlobThatCannotBeSignedLeavesTheOldBundleAlone) {
  const std::string blob = command_.File("blob", "some bytes");
  const std::string bundle = command_.File("blob.sigstore.json", "what was there before");
  sandbox::Fault fault{.times = -1, .respond = sandbox::StatusAnswer(400)};
  services_->rekor_v1_server().faults().Add(fault);
  const Ended ended = command_.Run(Signing({"sign-blob", blob, "--bundle", bundle}, false));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("[rekor-failed]"));
  EXPECT_EQ(Content(bundle), "what was there before");
}

TEST_F(SignTest, ABundleThatCannotBeWrittenIsAnError) {
  const Ended ended = command_.Run(
      Signing({"sign-blob", command_.File("blob", "b"), "--bundle", "/nonexistent/b.json"}, false));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("/nonexistent/b.json: cannot be written"));
}

TEST_F(SignTest, AnotherSigstoresRootIsADefiniteNoAndNothingIsPushed) {
  const crypto::Digest image = PutImage("a");
  std::vector<std::string> words = Signing({"sign", Ref(image), "-o", "json"});
  *(std::find(words.begin(), words.end(), "--trusted-root") + 1) = root_;  // of the other private Sigstore
  const Ended ended = command_.Run(words);
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.Json().StringOr("verdict"), "no");
  EXPECT_EQ(ended.Json().StringOr("reason"), "self-verification-failed");
  EXPECT_THAT(Writes(), IsEmpty());
}

TEST_F(SignTest, AnUnusableTokenIsRefusedBeforeAnythingIsSent) {
  const crypto::Digest image = PutImage("a");
  token_ = services_->Token({{"aud", "somebody-else"}});
  const Ended ended = command_.Run(Signing({"sign", Ref(image)}));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("[identity-token-unusable]"));
  EXPECT_EQ(ServiceRequests(), 0u);
  EXPECT_THAT(Writes(), IsEmpty());
}

TEST_F(SignTest, TheTokenIsNeverShown) {
  const crypto::Digest image = PutImage("a");
  const std::string secret = token_.substr(0, 40);
  for (const int status : {200, 400, 401, 500}) {
    services_->fulcio_server().faults().Clear();
    // A service that quotes what it was sent.
    services_->fulcio_server().faults().Add(
        {.times = -1,
         .respond = status == 200
                        ? std::nullopt
                        : std::optional(sandbox::MakeResponse(
                              status, "application/json", Cat(R"({"message":"bad token )", token_, "\"}")))});
    for (const char* format : {"text", "json"}) {
      const Ended ended = command_.Run(Signing({"sign", Ref(image), "-o", format}));
      EXPECT_EQ(ended.code, status == 200 ? 0 : 3);
      EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(secret)));
    }
  }
}

// -- what helm printed

TEST_F(SignTest, HelmsOutputNamesWhatIsSigned) {
  const crypto::Digest chart = PutImage("a");
  registry_->Tag(kRepository, "1.2.3_build", chart.ToString());
  const std::string text = Cat("noise\nPushed: ", registry_->host(), "/", kRepository,
                               ":1.2.3+build\nDigest: ", chart.ToString(), "\nnotice about _\n");
  const Ended ended = command_.Run(Signing({"sign", "--from-helm-output", "-"}), text);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(command_.Run(Verifying({"verify", Ref(chart)})).code, 0);
}

TEST_F(SignTest, OfSeveralTriesOfHelmsTheLastIsSigned) {
  const crypto::Digest first = PutImage("a");
  const crypto::Digest last = PutImage("b");
  registry_->Tag(kRepository, "v1", last.ToString());
  const std::string pushed = Cat("Pushed: ", registry_->host(), "/", kRepository, ":v1\nDigest: ");
  const std::string file = command_.File(
      "push.log", Cat(pushed, first.ToString(), "\nretrying\n", pushed, last.ToString(), "\nDone.\n"));
  const Ended ended = command_.Run(Signing({"sign", "--from-helm-output", file}));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(command_.Run(Verifying({"verify", Ref(last)})).code, 0);
  EXPECT_EQ(command_.Run(Verifying({"verify", Ref(first)})).code, 1);
}

TEST_F(SignTest, AMalformedLastDigestIsNotReplacedByTheOneBefore) {
  const std::string good = Cat("Pushed: ", registry_->host(), "/", kRepository,
                               ":v1\nDigest: ", crypto::Digest::Sha256Of("x").ToString(), "\n");
  for (const std::string last : {"Digest: sha256:12\n", "Digest:\n", "tee: Digest: sha256:34\n"}) {
    const Ended ended = command_.Run(Signing({"sign", "--from-helm-output", "-"}), good + last);
    EXPECT_EQ(ended.code, 3) << last;
    EXPECT_THAT(ended.err, HasSubstr("[helm-output-malformed]"));
  }
  EXPECT_EQ(command_.Run(Signing({"sign", "--from-helm-output", command_.path("none.log")})).code, 3);
  EXPECT_EQ(registry_->log().size(), 0u);
}

TEST_F(SignTest, ADigestThatTheRegistryDoesNotConfirmIsNotSigned) {
  const crypto::Digest chart = PutImage("a");
  const crypto::Digest other = PutImage("b");
  registry_->Tag(kRepository, "v1", other.ToString());
  const std::string text =
      Cat("Pushed: ", registry_->host(), "/", kRepository, ":v1\nDigest: ", chart.ToString(), "\n");
  const Ended ended = command_.Run(Signing({"sign", "--from-helm-output", "-"}), text);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("[tag-moved]"));
  EXPECT_THAT(ended.err, HasSubstr(other.ToString()));
  EXPECT_EQ(ServiceRequests(), 0u);
  EXPECT_THAT(Writes(), IsEmpty());
}

TEST_F(SignTest, TextWithoutADigestIsAnErrorAndNothingIsAsked) {
  for (const std::string text : {"", "Pushed: r.test/a:1\n", "Digest: sha256:1234\n", "Error: 401\n"}) {
    const Ended ended = command_.Run(Signing({"sign", "--from-helm-output", "-"}), text);
    EXPECT_EQ(ended.code, 3) << text;
    EXPECT_THAT(ended.err, HasSubstr("[helm-output-malformed]"));
  }
  EXPECT_EQ(registry_->log().size(), 0u);
}

TEST_F(SignTest, TheReferenceStandsInForALineThatHelmDidNotPrint) {
  const crypto::Digest chart = PutImage("a");
  registry_->Tag(kRepository, "v1", chart.ToString());
  const std::string text = Cat("Digest: ", chart.ToString(), "\n");
  EXPECT_EQ(command_.Run(Signing({"sign", "--from-helm-output", "-"}), text).code, 2);
  EXPECT_EQ(command_.Run(Signing({"sign", Tagged("v1"), "--from-helm-output", "-"}), text).code, 0);
}

TEST_F(SignTest, AReferenceToAnotherRepositoryThanHelmsIsWrongUsage) {
  const std::string text = Cat("Pushed: ", registry_->host(),
                               "/acme/other:v1\nDigest: ", crypto::Digest::Sha256Of("x").ToString());
  const Ended ended = command_.Run(Signing({"sign", Tagged("v1"), "--from-helm-output", "-"}), text);
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("helm pushed to"));
}

// -- wrong usage

TEST_F(SignTest, WrongUsageIsExitCode2AndAsksNobody) {
  const std::string ref = Ref(crypto::Digest::Sha256Of("x"));
  const std::string key = command_.File(kKey, "x");
  const std::vector<std::vector<std::string>> wrong = {
      {"sign"},
      {"sign", "not a reference"},
      {"sign", ref, "-a", "novalue"},
      {"sign", ref, "-a", "k=1", "-a", "k=2"},
      {"sign", ref, "--layout", "new"},
      {"sign", ref, "--key", key, "--identity-token", "x"},
      {"sign", ref, ref, "--from-helm-output", "-"},
      {"sign", "--from-helm-output", "-", "--password-stdin", "--username", "u"},
      {"attest", ref, "--type", "spdx"},
      {"attest", ref, "--predicate", key},
      {"attest", ref, "--predicate", key, "--type", "unknown"},
      {"attest", ref, "--predicate", "-", "--type", "spdx", "--password-stdin", "--username", "u"},
      {"sign-blob", key},
      {"sign", ref, "--timeout", "soon"},
  };
  for (const auto& words : wrong) {
    const Ended ended = command_.Run(words);
    EXPECT_EQ(ended.code, 2) << testing::PrintToString(words) << ended.err;
  }
  EXPECT_EQ(registry_->log().size(), 0u);
  EXPECT_EQ(ServiceRequests(), 0u);
}

TEST_F(SignTest, AKeyThatCannotBeReadIsNamedAndNotShown) {
  const std::string key =
      command_.File(kKey, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
  const Ended ended = command_.Run(WithKey({"sign", Ref(PutImage("a"))}, key));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("[private-key-unusable]"));
  EXPECT_THAT(ended.err, Not(HasSubstr("c2VjcmV0")));
}

TEST_F(SignTest, AKeyWithoutServicesAsksNobodyButTheRegistry) {
  const std::string key =
      command_.File(kKey, sandbox::Key::ForLeaf(sandbox::KeyType::kEcdsaP256).PrivatePem());
  const Ended ended = command_.Run(WithKey({"sign", Ref(PutImage("a"))}, key));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("signed by    key with SPKI SHA-256 "));
  EXPECT_THAT(ended.out, Not(HasSubstr("log entry")));
  EXPECT_EQ(ServiceRequests(), 0u);
}

}  // namespace
}  // namespace chartseal::cli
