#include "publisher/signing/signer.h"

#include <gtest/gtest.h>

#include "publisher/signing/statement_writer.h"
#include "tests/publisher/signing/signer_fixture.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/encoding.h"
#include "verifier/base/strict_json.h"
#include "verifier/policy/policy_file.h"
#include "verifier/verification/blob_verifier.h"

namespace chartseal::publisher {
namespace {

using testing::HasSubstr;
using testing::Not;

const crypto::Digest kSubject = crypto::Digest::Sha256Of("a manifest");

absl::StatusOr<MadeSignature> SignStatement(const Signer& signer) {
  return signer.SignStatement(MakeSignStatement(kSubject, {}), kSubject, absl::Now() + absl::Seconds(60));
}

// What is in the bundle, as "kind version" of each log entry.
std::vector<std::string> Kinds(const MadeSignature& made) {
  std::vector<std::string> kinds;
  for (const Node& entry : made.log_entries) {
    const Node* kind = entry.Find("kindVersion");
    kinds.push_back(Cat(kind->StringOr("kind"), " ", kind->StringOr("version")));
  }
  return kinds;
}

TEST_F(SignerTest, AKeylessStatementHasCertificateLogEntryAndTimestamp) {
  const auto made = SignStatement(KeylessSigner(Services()));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->verified.claims->identity, kIdentity);
  EXPECT_EQ(made->verified.statement->predicate_type, sigstore::kCosignSignPredicate);
  EXPECT_EQ(made->timestamps.size(), 1u);  // and it verified, or there would be nothing
  EXPECT_EQ(Kinds(*made), std::vector<std::string>{"dsse 0.0.1"});
  const auto bundle = sigstore::Bundle::ParseJson(made->bundle_json, "made");
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->version(), sigstore::BundleVersion::kV03);
  EXPECT_EQ(bundle->certificates().size(), 1u);
  EXPECT_FALSE(bundle->has_certificate_chain_field());
}

TEST_F(SignerTest, RekorV2RecordsTheStatementAsAHashedRekord) {
  const auto made = SignStatement(KeylessSigner(Services(false, true)));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Kinds(*made), std::vector<std::string>{"hashedrekord 0.0.2"});
  EXPECT_EQ(made->verified.signed_times.size(), 1u);
}

TEST_F(SignerTest, SeveralLogsAreAskedAndProven) {
  const auto made = SignStatement(KeylessSigner(Services(true, true)));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Kinds(*made), (std::vector<std::string>{"dsse 0.0.1", "hashedrekord 0.0.2"}));
  EXPECT_EQ(made->verified.log_entries.size(), 2u);
}

TEST_F(SignerTest, LogsAndTimestampsAreAskedForAtTheSameTime) {
  for (sandbox::LoopbackServer* server :
       {&services_->rekor_v1_server(), &services_->rekor_v2_server(), &services_->tsa_server()}) {
    server->faults().Add({.times = -1, .delay = absl::Milliseconds(400)});
  }
  const absl::Time begin = absl::Now();
  ASSERT_TRUE(SignStatement(KeylessSigner(Services(true, true))).ok());
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(1100));
}

TEST_F(SignerTest, ABlobHasAMessageSignatureThatTheBlobVerifierAccepts) {
  for (const bool v2 : {false, true}) {
    const auto made = KeylessSigner(Services(!v2, v2)).SignBlob("a blob", Deadline());
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(Kinds(*made), std::vector<std::string>{v2 ? "hashedrekord 0.0.2" : "hashedrekord 0.0.1"});
    policy::Requirement requirement;
    policy::Identity identity;
    identity.subjects.push_back(policy::TextMatcher::Exactly(std::string(kIdentity)));
    identity.issuers.push_back(policy::TextMatcher::Exactly(services_->urls().oidc));
    requirement.authorities.emplace_back().identities.push_back(std::move(identity));
    const auto verdict = verification::VerifyBlob({crypto::Digest::Sha256Of("a blob"), "a blob"},
                                                  made->bundle_json, "made", requirement, *RootOf(sigstore_));
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_TRUE(verdict->accepted) << verdict->Summary();
  }
}

TEST_F(SignerTest, EverySignatureHasAFreshTokenAndAFreshKey) {
  const Signer signer = KeylessSigner(Services());
  const auto one = SignStatement(signer);
  const auto two = SignStatement(signer);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(tokens_, 2);
  EXPECT_FALSE(*one->verified.key == *two->verified.key);
}

TEST_F(SignerTest, TheLegacyPayloadCarriesAPromise) {
  const auto made =
      KeylessSigner(Services())
          .SignPayload(
              Cat(R"({"critical":{"identity":{"docker-reference":"r"},"image":{"docker-manifest-digest":")",
                  kSubject.ToString(), R"("},"type":"cosign container image signature"},"optional":null})"),
              kSubject, Deadline());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->bundle_json, "");
  EXPECT_EQ(made->verified.payload->manifest_digest, kSubject.ToString());
  EXPECT_EQ(Kinds(*made), std::vector<std::string>{"hashedrekord 0.0.1"});
  EXPECT_THAT(made->chain_pem, HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(SignerTest, TheLegacyAttestationsTimestampIsOverItsEnvelope) {
  const auto made =
      KeylessSigner(Services())
          .SignLegacyStatement(MakeStatement(kSubject, "https://p.test", "{}", {}), kSubject, Deadline());
  ASSERT_TRUE(made.ok()) << made.status();  // its verification wants the timestamp
  EXPECT_THAT(made->layer, HasSubstr(R"("keyid":"")"));
  EXPECT_EQ(made->timestamps.size(), 1u);  // and it verified, or there would be nothing
}

// -- with a key pair

TEST_F(SignerTest, AKeyPairWithoutServicesAsksNobody) {
  for (const auto type :
       {crypto::KeyType::kEcdsaP256, crypto::KeyType::kEcdsaP384, crypto::KeyType::kEd25519}) {
    const Signer signer = KeySigner(std::nullopt, type);
    for (const auto& made : {SignStatement(signer), signer.SignBlob("a blob", Deadline())}) {
      ASSERT_TRUE(made.ok()) << made.status();
      EXPECT_EQ(made->certificate_pem, "");
      EXPECT_EQ(*made->verified.key, pair_->public_key());
      const Node bundle = ParseJson(made->bundle_json, "made").value();
      EXPECT_EQ(bundle.FindPath({"verificationMaterial", "publicKey", "hint"})->string_value(),
                Base64Encode(pair_->public_key().spki_sha256()));
    }
  }
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(SignerTest, AKeyPairUsesLogAndTimestampsButNeitherTokenNorFulcio) {
  const auto made = SignStatement(KeySigner(Services(true, true)));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->verified.log_entries.size(), 2u);
  EXPECT_EQ(made->timestamps.size(), 1u);  // and it verified, or there would be nothing
  EXPECT_EQ(tokens_, 0);
  EXPECT_EQ(services_->fulcio_server().log().size(), 0u);
}

TEST_F(SignerTest, AP384KeyIsRecordedByRekorV2) {
  const auto made =
      KeySigner(Services(false, true), crypto::KeyType::kEcdsaP384).SignBlob("blob", Deadline());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->bundle_json, HasSubstr("SHA2_384"));
}

// -- refused before anything is sent

TEST_F(SignerTest, AnUnusableTokenStopsEverythingBeforeTheFirstRequest) {
  for (const nlohmann::json& claims :
       {nlohmann::json{{"aud", "somebody-else"}}, nlohmann::json{{"exp", 1}}}) {
    const std::string jwt = services_->Token(claims);
    Keyless means{Services(), [&](absl::Time) { return IdentityToken::Parse(jwt, absl::Now()); }};
    const auto made = SignStatement(Signer(std::move(means), caller_, RootOf(sigstore_)));
    EXPECT_EQ(ReasonOf(made.status()), Reason::kTokenUnusable);
    EXPECT_THAT(Message(made.status()), Not(HasSubstr(jwt.substr(0, 20))));
  }
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(SignerTest, ServicesThatCannotSufficeAreRefusedBeforeATokenIsAskedFor) {
  const auto no_time = SignStatement(KeylessSigner(Services(false, true, false)));
  EXPECT_THAT(Why(no_time), HasSubstr("signing-config-malformed"));
  const auto legacy = KeylessSigner(Services(false, true)).SignPayload("{}", kSubject, Deadline());
  EXPECT_THAT(Why(legacy), HasSubstr("--layout bundle"));
  EXPECT_EQ(tokens_, 0);
  EXPECT_EQ(Requests(), 0u);
}

// -- a service fails

TEST_F(SignerTest, AFrozenLogIsReplacedByAnotherOne) {
  Answer(services_->rekor_v2_server(), Json(405, {{"message", "frozen"}}));
  SigningServices services = Services(false, true);
  services.other_rekor.push_back({services_->urls().rekor_v1, 1});
  const auto made = SignStatement(KeylessSigner(services));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Kinds(*made), std::vector<std::string>{"dsse 0.0.1"});
}

TEST_F(SignerTest, AFrozenLogWithoutAnotherOneIsAnError) {
  Answer(services_->rekor_v2_server(), Json(405, {{"message", "frozen"}}));
  EXPECT_THAT(Why(SignStatement(KeylessSigner(Services(false, true)))), HasSubstr("rekor-failed"));
}

TEST_F(SignerTest, FulciosRefusalEndsItBeforeAnythingIsLogged) {
  Answer(services_->fulcio_server(), Json(403, {{"message", "no"}}));
  EXPECT_THAT(Why(SignStatement(KeylessSigner(Services()))), HasSubstr("fulcio-failed"));
  EXPECT_EQ(services_->rekor_v1_server().log().size(), 0u);
  EXPECT_EQ(services_->tsa_server().log().size(), 0u);
}

TEST_F(SignerTest, ATimestampAuthoritysFailureIsAnError) {
  Answer(services_->tsa_server(), sandbox::MakeResponse(500, "text/plain", "x"));
  EXPECT_THAT(Why(SignStatement(KeylessSigner(Services()))), HasSubstr("timestamp-failed"));
}

TEST_F(SignerTest, ACertificateForSomebodyElseIsNoticedBeforeAnythingIsLogged) {
  // This Fulcio names the workflow although the token's proof is of an e-mail address.
  Keyless means{Services(), [this](absl::Time) -> absl::StatusOr<IdentityToken> {
                  return Token({{"email", "dev@acme.test"}, {"email_verified", true}});
                }};
  const auto made = SignStatement(Signer(std::move(means), caller_, RootOf(sigstore_)));
  EXPECT_THAT(Why(made), HasSubstr("self-verification-failed"));
  EXPECT_THAT(Why(made), HasSubstr("the identity token for dev@acme.test"));
  EXPECT_EQ(services_->rekor_v1_server().log().size(), 0u);
}

// -- self-verification

TEST_F(SignerTest, ASignatureThatAnotherRootDoesNotKnowIsNotHandedOut) {
  const sandbox::Sigstore other;
  Keyless means{Services(), [this](absl::Time) { return TokenFor(); }};
  const auto made = SignStatement(Signer(std::move(means), caller_, RootOf(other)));
  EXPECT_EQ(made.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Why(made), HasSubstr("self-verification-failed"));
  EXPECT_THAT(Why(made), HasSubstr("log-unknown"));
  EXPECT_THAT(Why(made), HasSubstr("of the same Sigstore instance"));
}

TEST_F(SignerTest, ATimestampThatTheRootDoesNotKnowIsNotCarriedAlong) {
  const sandbox::Sigstore other;
  sandbox::TrustedRootOptions options;
  options.mutate = [&](nlohmann::json& root) {
    root["timestampAuthorities"] =
        nlohmann::json::parse(sandbox::TrustedRootJson(other))["timestampAuthorities"];
  };
  auto root = sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(sigstore_, options), "root");
  ASSERT_TRUE(root.ok()) << root.status();
  Keyless means{Services(), [this](absl::Time) { return TokenFor(); }};
  const auto made = SignStatement(
      Signer(std::move(means), caller_, std::make_shared<const sigstore::TrustedRoot>(*std::move(root))));
  EXPECT_THAT(Why(made), HasSubstr("self-verification-failed"));
  EXPECT_THAT(Why(made), HasSubstr("timestamp-"));
}

TEST_F(SignerTest, AnEntryOfAnotherSignatureIsNotHandedOut) {
  const auto first = SignStatement(KeylessSigner(Services()));
  ASSERT_TRUE(first.ok());
  const std::string other_body = std::string(first->log_entries[0].StringOr("canonicalizedBody"));
  RewriteJson(services_->rekor_v1_server(),
              [&](nlohmann::json& answer) { answer.begin().value()["body"] = other_body; });
  const auto made = SignStatement(KeylessSigner(Services()));
  EXPECT_THAT(Why(made), HasSubstr("self-verification-failed"));
}

TEST_F(SignerTest, APromiseThatDoesNotVerifyIsNotHandedOut) {
  RewriteJson(services_->rekor_v1_server(), [](nlohmann::json& answer) {
    answer.begin().value()["integratedTime"] = answer.begin().value()["integratedTime"].get<int64_t>() + 1;
  });
  const auto made = SignStatement(KeylessSigner(Services()));
  EXPECT_THAT(Why(made), HasSubstr("self-verification-failed"));
  EXPECT_THAT(Why(made), HasSubstr("set-invalid"));
}

}  // namespace
}  // namespace chartseal::publisher
