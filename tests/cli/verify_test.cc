#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/signed_registry.h"
#include "tests/sandbox/fault_recipes.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using verification::MintAttestation;
using verification::MintSignature;

class VerifyTest : public CliTest {};

TEST_F(VerifyTest, SignedDigestIsZeroAndSaysBywhomAndWhen) {
  const Ended ended = command_.Run(With({"verify", Ref(PutSigned("app"))}));
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(StartsWith("VERIFIED"), HasSubstr(std::string(verification::kIdentity)),
                               HasSubstr("signed at"), HasSubstr("log entry"), HasSubstr("digest")));
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST_F(VerifyTest, TagIsAnsweredWithTheDigestItPointedTo) {
  const crypto::Digest image = PutSigned("app");
  registry_->Tag(kRepository, "v1", image.ToString());
  const Ended ended = command_.Run(With({"verify", registry_->host() + "/acme/app:v1"}));
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(image.ToString()));
}

TEST_F(VerifyTest, OtherIdentityIsOneWithExpectedFoundAndNext) {
  const Ended ended = command_.Run(With({"verify", Ref(PutSigned("app"))}, OtherWorkflow()));
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(StartsWith("NOT VERIFIED"), HasSubstr("identity-mismatch"),
                               HasSubstr("expected     "), HasSubstr("https://other.test/workflow"),
                               HasSubstr("found        "), HasSubstr("next         ")));
}

TEST_F(VerifyTest, UnsignedIsOne) {
  const Ended ended = command_.Run(With({"verify", Ref(PutImage("app"))}));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("no-signature"));
}

TEST_F(VerifyTest, AttestationAloneIsOne) {
  const crypto::Digest image = PutImage("app");
  Attach(image, MintAttestation(image));
  const Ended ended = command_.Run(With({"verify", Ref(image)}));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("no-signature"));
}

TEST_F(VerifyTest, JsonOfAYesHasItsDocumentedShape) {
  const crypto::Digest image = PutSigned("app");
  const Ended ended = command_.Run(With({"verify", Ref(image), "--output", "json"}));
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("verdict"), "yes");
  ASSERT_EQ(root.Find("results")->list().size(), 1u);
  const Node& result = root.Find("results")->list()[0];
  EXPECT_EQ(result.StringOr("subject"), Ref(image));
  EXPECT_EQ(result.StringOr("verdict"), "yes");
  EXPECT_EQ(result.StringOr("digest"), image.ToString());
  EXPECT_THAT(std::string(result.StringOr("trustedRoot")), StartsWith("sha256:"));
  const Node& finding = result.Find("findings")->list().at(0);
  EXPECT_EQ(finding.StringOr("layout"), "bundle");
  EXPECT_TRUE(finding.Find("accepted")->bool_value());
  const Node* signer = finding.Find("signer");
  ASSERT_NE(signer, nullptr);
  EXPECT_EQ(signer->StringOr("identity"), verification::kIdentity);
  EXPECT_EQ(signer->StringOr("issuer"), verification::kIssuer);
  EXPECT_EQ(signer->Find("claims")->StringOr("sourceRepositoryURI"), "https://github.com/acme/app");
  EXPECT_EQ(signer->Find("signedTimes")->list().size(), 1u);
  EXPECT_EQ(signer->Find("logEntries")->list().size(), 1u);
}

TEST_F(VerifyTest, JsonOfANoHasReasonExpectedFoundAndNext) {
  const Ended ended = command_.Run(With({"verify", Ref(PutSigned("app")), "-o", "json"}, OtherWorkflow()));
  ASSERT_EQ(ended.code, 1) << ended.out << ended.err;
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("verdict"), "no");
  const Node& result = root.Find("results")->list().at(0);
  EXPECT_EQ(result.StringOr("reason"), "identity-mismatch");
  for (const char* key : {"detail", "expected", "found", "next"}) EXPECT_NE(result.StringOr(key), "") << key;
  EXPECT_EQ(result.Find("findings")->list().at(0).StringOr("reason"), "identity-mismatch");
}

TEST_F(VerifyTest, RegistryThatIsDownIsThree) {
  const Ended ended =
      command_.Run(With({"verify", "127.0.0.1:1/acme/app:v1", "--timeout", "2s", "--output", "json"}));
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("verdict"), "could-not-tell");
  const std::string_view reason = root.Find("results")->list().at(0).StringOr("reason");
  EXPECT_TRUE(reason == "registry-unreachable" || reason == "deadline-exceeded") << reason;
}

TEST_F(VerifyTest, RegistryThatNeverAnswersIsThreeWithinTheTimeout) {
  registry_->AddFault({.times = -1, .delivery = sandbox::HangDelivery()});
  const absl::Time start = absl::Now();
  const Ended ended = command_.Run(With({"verify", registry_->host() + "/acme/app:v1", "--timeout", "1s"}));
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.out,
              AllOf(StartsWith("COULD NOT TELL"), HasSubstr("deadline-exceeded"), HasSubstr("--timeout")));
  EXPECT_LT(absl::Now() - start, absl::Seconds(15));  // generous: the machine may be busy
}

TEST_F(VerifyTest, DigestThatIsNotThereIsThree) {
  const Ended ended = command_.Run(With({"verify", Ref(crypto::Digest::Sha256Of("nothing"))}));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, HasSubstr("not-found"));
}

TEST_F(VerifyTest, RubbishBesideNoSignatureIsThreeAndNamesIt) {
  const crypto::Digest image = PutImage("app");
  Attach(image, "{");
  const Ended ended = command_.Run(With({"verify", Ref(image)}));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("json-malformed"), HasSubstr("/acme/app@sha256:")));
}

TEST_F(VerifyTest, NoOfOneArtifactOutweighsCouldNotTellOfAnother) {
  const Ended ended =
      command_.Run(With({"verify", Ref(PutSigned("app")), Ref(crypto::Digest::Sha256Of("nothing")),
                         Ref(PutImage("unsigned")), "--output", "json"}));
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("verdict"), "no");
  std::vector<std::string> verdicts;
  for (const Node& result : root.Find("results")->list()) verdicts.emplace_back(result.StringOr("verdict"));
  EXPECT_THAT(verdicts, ::testing::ElementsAre("yes", "could-not-tell", "no"));
}

TEST_F(VerifyTest, CouldNotTellOfOneArtifactOutweighsYesOfAnother) {
  const Ended ended =
      command_.Run(With({"verify", Ref(PutSigned("app")), Ref(crypto::Digest::Sha256Of("nothing"))}));
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
}

TEST_F(VerifyTest, AnnotationMustBeSigned) {
  const crypto::Digest image = PutImage("app");
  Attach(image, verification::MintAnnotated(image, {{"env", "prod"}}));
  EXPECT_EQ(command_.Run(With({"verify", Ref(image), "-a", "env=prod"})).code, 0);
  // The reference is not taken for a second annotation.
  EXPECT_EQ(command_.Run(With({"verify", "-a", "env=prod", Ref(image)})).code, 0);
  const Ended other = command_.Run(With({"verify", Ref(image), "-a", "env=dev"}));
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.out, HasSubstr("annotation-mismatch"));
}

TEST_F(VerifyTest, KeyVerifiesWhatItSigned) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const auto other = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const crypto::Digest image = PutImage("app");
  Attach(image, verification::MintKeyed(image, key));
  const std::string ours = command_.File("ours.pem", key.SpkiPem());
  const std::string theirs = command_.File("theirs.pem", other.SpkiPem());
  EXPECT_EQ(command_.Run(With({"verify", Ref(image)}, {"--key", ours})).code, 0);
  const Ended ended = command_.Run(With({"verify", Ref(image)}, {"--key", theirs}));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("key-mismatch"));
}

TEST_F(VerifyTest, PolicyFileSaysWhoMustHaveSigned) {
  const auto policy = [&](const std::string& images, const std::string& subject) {
    return command_.File(
        "policy.yaml",
        Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\n",
            "metadata: {name: release}\nspec:\n  match: {images: [\"", images,
            "\"]}\n  authorities:\n  - name: ci\n    keyless:\n      identities:\n", "      - {issuer: \"",
            verification::kIssuer, "\", subject: \"", subject, "\"}\n"));
  };
  const std::string image = Ref(PutSigned("app"));
  const std::string identity(verification::kIdentity);
  const Ended yes = command_.Run(With({"verify", image, "--policy", policy("127.0.0.1:*/**", identity)}, {}));
  EXPECT_EQ(yes.code, 0) << yes.out << yes.err;
  EXPECT_THAT(yes.out, HasSubstr("policy release"));
  const Ended no =
      command_.Run(With({"verify", image, "--policy", policy("127.0.0.1:*/**", "https://x")}, {}));
  EXPECT_EQ(no.code, 1) << no.out << no.err;
  const Ended none = command_.Run(With({"verify", image, "--policy", policy("ghcr.io/**", identity)}, {}));
  EXPECT_EQ(none.code, 1) << none.out << none.err;
  EXPECT_THAT(none.out, HasSubstr("no-policy-matches"));
}

TEST_F(VerifyTest, NothingIsWrittenAnywhere) {
  command_.Run(With({"verify", Ref(PutSigned("app"))}));
  command_.Run(With({"inspect", Ref(PutSigned("app"))}, {}));
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(VerifyTest, PlainHttpIsNeverSpokenUnasked) {
  const Ended ended = command_.Run({"verify", Ref(PutSigned("app")), "--trusted-root", root_, "--timeout",
                                    "5s", "--certificate-identity", "x", "--certificate-oidc-issuer", "y"});
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_EQ(registry_->log().size(), 0u);
}

class VerifyAttestationTest : public CliTest {
 protected:
  Ended Run(const std::string& type, std::vector<std::string> who = Workflow()) {
    return command_.Run(
        With({"verify-attestation", Ref(image_), "--type", type, "-o", "json"}, std::move(who)));
  }
  const crypto::Digest image_ = PutImage("app");
};

TEST_F(VerifyAttestationTest, ShortAndFullTypesAreZeroAndGiveThePredicate) {
  Attach(image_, MintAttestation(image_));
  for (const std::string type : {"slsaprovenance1", "https://slsa.dev/provenance/v1"}) {
    const Ended ended = Run(type);
    ASSERT_EQ(ended.code, 0) << type << ended.out << ended.err;
    const Node result = ended.Json().Find("results")->list().at(0);
    EXPECT_NE(result.Find("findings")->list().at(0).FindPath({"signer", "predicate"}), nullptr);
  }
}

TEST_F(VerifyAttestationTest, AnotherTypeIsOne) {
  Attach(image_, MintAttestation(image_));
  const Ended ended = Run("spdxjson");
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.Json().Find("results")->list().at(0).StringOr("reason"), "no-attestation");
}

TEST_F(VerifyAttestationTest, SignatureAloneIsOne) {
  Attach(image_, MintSignature(image_));
  EXPECT_EQ(Run("slsaprovenance1").code, 1);
}

TEST_F(VerifyAttestationTest, OtherIdentityIsOne) {
  Attach(image_, MintAttestation(image_));
  const Ended ended = Run("slsaprovenance1", OtherWorkflow());
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.Json().Find("results")->list().at(0).StringOr("reason"), "identity-mismatch");
}

TEST_F(VerifyAttestationTest, UnknownShortTypeIsTwoAndListsTheKnownOnes) {
  const Ended ended = Run("provenance");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("--type"), HasSubstr("slsaprovenance1")));
}

class InspectTest : public CliTest {};

TEST_F(InspectTest, TreeShowsWhatIsAttached) {
  const crypto::Digest image = PutSigned("app");
  Attach(image, MintAttestation(image));
  const Ended ended = command_.Run(With({"inspect", Ref(image)}, {}));
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("signatures (1)"), HasSubstr("attestations (1)"),
                               HasSubstr("others (0)"), HasSubstr("cryptography holds"), HasSubstr("└── "),
                               HasSubstr(std::string(verification::kIdentity))));
}

TEST_F(InspectTest, JsonHasItsDocumentedShape) {
  const crypto::Digest image = PutSigned("app");
  Attach(image, MintAttestation(image));
  const Ended ended = command_.Run(With({"inspect", Ref(image), "-o", "json"}, {}));
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("digest"), image.ToString());
  EXPECT_EQ(root.StringOr("repository"), registry_->host() + "/acme/app");
  EXPECT_EQ(root.StringOr("mediaType"), verification::SignedImages::kManifest);
  EXPECT_EQ(root.Find("signatures")->list().size(), 1u);
  EXPECT_EQ(root.Find("attestations")->list().size(), 1u);
  EXPECT_TRUE(root.Find("others")->list().empty());
  EXPECT_TRUE(root.Find("gaps")->list().empty());
}

TEST_F(InspectTest, SignatureOfOtherContentIsShownAsNotValid) {
  const crypto::Digest image = PutImage("app");
  Attach(image, MintSignature(crypto::Digest::Sha256Of("other")));
  const Ended ended = command_.Run(With({"inspect", Ref(image)}, {}));
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("not valid"), HasSubstr("subject-digest-mismatch")));
}

TEST_F(InspectTest, WhatCannotBeFetchedIsThreeAndShown) {
  const crypto::Digest image = PutSigned("app");
  registry_->AddFault({.path_glob = "*.sig", .times = -1, .respond = sandbox::StatusAnswer(403)});
  const Ended ended = command_.Run(With({"inspect", Ref(image)}, {}));
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("could not be fetched (1)"));
}

TEST_F(InspectTest, ArtifactThatIsNotThereIsThree) {
  const Ended ended = command_.Run(With({"inspect", Ref(crypto::Digest::Sha256Of("nothing"))}, {}));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("not-found"));
}

}  // namespace
}  // namespace chartseal::cli
