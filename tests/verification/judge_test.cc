#include "verifier/verification/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/minted.h"

namespace chartseal::verification {
namespace {

using policy::Requirement;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const crypto::Digest& Image() {
  static const auto* const digest = new crypto::Digest(crypto::Digest::Sha256Of("an image"));
  return *digest;
}

crypto::Digest OtherImage() { return crypto::Digest::Sha256Of("another image"); }

absl::Status Gap() {
  return WithReason(absl::UnavailableError("registry.test: connection refused"), Reason::kUnreachable);
}

Evidence Of(std::vector<Candidate> candidates) {
  Evidence evidence;
  evidence.candidates = std::move(candidates);
  return evidence;
}

absl::StatusOr<Verdict> JudgeImage(const Evidence& evidence, const Requirement& requirement) {
  return Judge(evidence, {Image(), std::nullopt}, SignatureForm::kContainer, requirement, TestRoot());
}

// The reason of a "no"; kNone for a yes. A status fails the test.
Reason NoReason(const absl::StatusOr<Verdict>& verdict) {
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  return verdict.ok() ? verdict->reason : Reason::kNone;
}

bool IsYes(const absl::StatusOr<Verdict>& verdict) { return verdict.ok() && verdict->accepted; }

Candidate Undecodable() { return BundleCandidate("{}", "rubbish"); }

// -- Three values.

TEST(JudgeTest, SignatureByTheWantedIdentityIsAYesWithItsFacts) {
  const auto verdict = JudgeImage(Of({BundleCandidate(MintSignature(Image()))}), SignedByWorkflow());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->accepted) << verdict->Summary();
  EXPECT_EQ(verdict->digest, Image());
  EXPECT_THAT(verdict->trusted_root_version, StartsWith("sha256:"));
  const Finding* decisive = verdict->Decisive();
  ASSERT_NE(decisive, nullptr);
  EXPECT_EQ(decisive->authority, "release");
  EXPECT_EQ(decisive->predicate_type, sigstore::kCosignSignPredicate);
  ASSERT_TRUE(decisive->signature.has_value() && decisive->signature->claims.has_value());
  EXPECT_EQ(decisive->signature->claims->identity, kIdentity);
}

TEST(JudgeTest, LegacySignatureByTheWantedIdentityIsAYes) {
  const auto verdict = JudgeImage(Of({LegacyCandidate(MintLegacy(Image()))}), SignedByWorkflow());
  EXPECT_TRUE(IsYes(verdict)) << verdict->Summary();
}

TEST(JudgeTest, NothingAttachedIsANo) {
  const auto verdict = JudgeImage({}, SignedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kNoSignature);
  EXPECT_EQ(verdict->found, "nothing attached");
  EXPECT_THAT(verdict->expected, HasSubstr(std::string(kIdentity)));
  EXPECT_THAT(verdict->next, HasSubstr("sign this digest"));
  EXPECT_EQ(verdict->Decisive(), nullptr);
}

TEST(JudgeTest, YesOutweighsAGap) {
  Evidence evidence = Of({BundleCandidate(MintSignature(Image()))});
  evidence.gaps.push_back(Gap());
  EXPECT_TRUE(IsYes(JudgeImage(evidence, SignedByWorkflow())));
}

TEST(JudgeTest, YesOutweighsRubbishBesideIt) {
  const Evidence evidence = Of({Undecodable(), BundleCandidate(MintSignature(Image()))});
  const auto verdict = JudgeImage(evidence, SignedByWorkflow());
  ASSERT_TRUE(IsYes(verdict));
  EXPECT_TRUE(verdict->findings[0].undecodable);
}

TEST(JudgeTest, GapOutweighsANo) {
  Evidence evidence = Of({BundleCandidate(MintSignatureBy(OtherWorkflow(), Image()))});
  evidence.gaps.push_back(Gap());
  const auto verdict = JudgeImage(evidence, SignedByWorkflow());
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(ReasonOf(verdict.status()), Reason::kUnreachable);
  EXPECT_EQ(verdict.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(verdict.status()), HasSubstr("connection refused"));
}

TEST(JudgeTest, GapWithoutAnyCandidateIsCouldNotTell) {
  Evidence evidence;
  evidence.gaps.push_back(Gap());
  EXPECT_EQ(ReasonOf(JudgeImage(evidence, SignedByWorkflow()).status()), Reason::kUnreachable);
}

TEST(JudgeTest, CandidateThatCannotBeDecodedIsCouldNotTell) {
  const Evidence evidence = Of({BundleCandidate(MintSignatureBy(OtherWorkflow(), Image())), Undecodable()});
  const auto verdict = JudgeImage(evidence, SignedByWorkflow());
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(ReasonOf(verdict.status()), Reason::kBundleUnknownVersion);
  EXPECT_THAT(Message(verdict.status()), HasSubstr("rubbish"));
}

TEST(JudgeTest, SatisfiedSignatureDoesNotHideAGapWhereTheAttestationMayBe) {
  Requirement requirement = SignedByWorkflow();
  requirement.attestation_types.emplace_back(kProvenance);
  Evidence evidence = Of({BundleCandidate(MintSignature(Image()))});
  evidence.gaps.push_back(Gap());
  EXPECT_EQ(ReasonOf(JudgeImage(evidence, requirement).status()), Reason::kUnreachable);
}

// -- What counts as a signature.

TEST(JudgeTest, AttestationIsNotASignature) {
  const auto verdict = JudgeImage(Of({BundleCandidate(MintAttestation(Image()))}), SignedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kNoSignature);
  EXPECT_THAT(verdict->found, HasSubstr(std::string(kProvenance)));
  ASSERT_THAT(verdict->findings, SizeIs(1));
  EXPECT_EQ(verdict->findings[0].rejection.reason, Reason::kPredicateTypeMismatch);
}

TEST(JudgeTest, SignPredicateWithAnythingAddedIsNotASignature) {
  for (const std::string_view type :
       {"https://sigstore.dev/cosign/sign/v1/", "https://sigstore.dev/cosign/sign/v2",
        "https://sigstore.dev/cosign/SIGN/v1"}) {
    const auto verdict =
        JudgeImage(Of({BundleCandidate(MintAttestation(Image(), type))}), SignedByWorkflow());
    EXPECT_EQ(NoReason(verdict), Reason::kNoSignature) << type;
  }
}

TEST(JudgeTest, MessageSignatureInARegistryIsNotASignature) {
  const std::string manifest = "the manifest";
  const Evidence evidence = Of({BundleCandidate(MintMessageSignature(manifest))});
  const sigstore::Artifact artifact{crypto::Digest::Sha256Of(manifest), std::nullopt};
  const auto verdict = Judge(evidence, artifact, SignatureForm::kContainer, SignedByWorkflow(), TestRoot());
  ASSERT_EQ(NoReason(verdict), Reason::kNoSignature);
  EXPECT_THAT(verdict->found, HasSubstr("a message signature"));
  EXPECT_TRUE(IsYes(Judge(evidence, artifact, SignatureForm::kBlob, SignedByWorkflow(), TestRoot())));
}

TEST(JudgeTest, EnvelopeWithoutAStatementIsNotASignature) {
  sandbox::MintRequest request = RequestFor(Image());
  request.content_hooks.payload = [](std::string& payload) { payload = "{}"; };
  const auto verdict = JudgeImage(Of({BundleCandidate(TestSigstore().Mint(request))}), SignedByWorkflow());
  EXPECT_EQ(NoReason(verdict), Reason::kStatementMalformed);
}

TEST(JudgeTest, StatementUnderAnotherPayloadTypeIsNotASignature) {
  sandbox::MintRequest request = RequestFor(Image());
  request.payload_type = "application/json";
  const auto verdict = JudgeImage(Of({BundleCandidate(TestSigstore().Mint(request))}), SignedByWorkflow());
  EXPECT_EQ(NoReason(verdict), Reason::kDssePayloadType);
}

TEST(JudgeTest, SignatureOfOtherContentIsANo) {
  const auto verdict = JudgeImage(Of({BundleCandidate(MintSignature(OtherImage()))}), SignedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kSubjectDigestMismatch);
  EXPECT_THAT(verdict->next, HasSubstr("made for other content"));
}

TEST(JudgeTest, LegacySignatureOfOtherContentIsANo) {
  const auto verdict = JudgeImage(Of({LegacyCandidate(MintLegacy(OtherImage()))}), SignedByWorkflow());
  EXPECT_EQ(NoReason(verdict), Reason::kSubjectDigestMismatch);
}

// -- Who signed.

TEST(JudgeTest, OtherIdentityIsANoThatNamesBoth) {
  const auto verdict =
      JudgeImage(Of({BundleCandidate(MintSignatureBy(OtherWorkflow(), Image()))}), SignedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kIdentityMismatch);
  EXPECT_THAT(verdict->expected, HasSubstr("github.com/acme/app/"));
  EXPECT_THAT(verdict->found, HasSubstr("github.com/evil/app/"));
  EXPECT_FALSE(verdict->findings[0].accepted);
  EXPECT_TRUE(verdict->findings[0].signature.has_value());  // the cryptography did hold
}

TEST(JudgeTest, OtherIssuerIsANoEvenWithTheRightIdentity) {
  const auto identity = sandbox::Uri(kIdentity, "https://issuer.evil.test");
  const auto verdict =
      JudgeImage(Of({BundleCandidate(MintSignatureBy(identity, Image()))}), SignedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kIssuerMismatch);
  EXPECT_THAT(verdict->found, HasSubstr("issuer.evil.test"));
}

TEST(JudgeTest, ClaimThatDiffersIsANo) {
  Requirement requirement = SignedByWorkflow();
  requirement.authorities[0].identities[0].claims["runnerEnvironment"] = "self-hosted";
  const auto verdict = JudgeImage(Of({BundleCandidate(MintSignature(Image()))}), requirement);
  ASSERT_EQ(NoReason(verdict), Reason::kClaimMismatch);
  EXPECT_THAT(verdict->expected, HasSubstr("self-hosted"));
}

TEST(JudgeTest, AnyOneOfSeveralAuthoritiesSuffices) {
  Requirement requirement = SignedByWorkflow();
  requirement.authorities.insert(requirement.authorities.begin(),
                                 KeylessAuthority("nightly", IdentityOf("https://nightly.test")));
  const auto verdict = JudgeImage(Of({BundleCandidate(MintSignature(Image()))}), requirement);
  ASSERT_TRUE(IsYes(verdict));
  EXPECT_EQ(verdict->Decisive()->authority, "release");
  EXPECT_THAT(verdict->Decisive()->rejection.detail, IsEmpty());
}

TEST(JudgeTest, AuthorityWithHigherThresholdsIsJudgedByItsOwn) {
  Requirement requirement = SignedByWorkflow();
  requirement.authorities[0].thresholds.timestamp_authorities = 1;
  const Evidence evidence = Of({BundleCandidate(MintSignature(Image()))});
  ASSERT_EQ(NoReason(JudgeImage(evidence, requirement)), Reason::kTimestampThreshold);
  requirement.authorities.push_back(KeylessAuthority("lenient", IdentityOf(kIdentity)));
  const auto verdict = JudgeImage(evidence, requirement);
  ASSERT_TRUE(IsYes(verdict));
  EXPECT_EQ(verdict->Decisive()->authority, "lenient");
}

TEST(JudgeTest, KeyAuthorityAcceptsItsOwnKeyOnly) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const auto other = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const Evidence evidence = Of({BundleCandidate(MintKeyed(Image(), key))});
  Requirement requirement;
  requirement.authorities = {KeyAuthority("ours", key)};
  const auto verdict = JudgeImage(evidence, requirement);
  ASSERT_TRUE(IsYes(verdict)) << verdict->Summary();
  EXPECT_EQ(verdict->Decisive()->authority, "ours");
  requirement.authorities = {KeyAuthority("theirs", other)};
  const auto refused = JudgeImage(evidence, requirement);
  ASSERT_EQ(NoReason(refused), Reason::kKeyMismatch);
  EXPECT_THAT(refused->next, HasSubstr("other key"));
}

TEST(JudgeTest, KeyAuthorityDoesNotAcceptACertificate) {
  Requirement requirement;
  requirement.authorities = {KeyAuthority("key", sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256))};
  const auto verdict = JudgeImage(Of({BundleCandidate(MintSignature(Image()))}), requirement);
  ASSERT_EQ(NoReason(verdict), Reason::kCertificateUnexpected);
  EXPECT_THAT(verdict->next, HasSubstr("identity and issuer"));
}

TEST(JudgeTest, KeylessAuthorityDoesNotAcceptAKey) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const auto verdict = JudgeImage(Of({BundleCandidate(MintKeyed(Image(), key))}), SignedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kKeyRequired);
  EXPECT_THAT(verdict->next, HasSubstr("public key"));
}

TEST(JudgeTest, KeyBesideKeylessAuthorityIsAnAlternative) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  Requirement requirement = SignedByWorkflow();
  requirement.authorities.push_back(KeyAuthority("break-glass", key));
  const auto verdict = JudgeImage(Of({BundleCandidate(MintKeyed(Image(), key))}), requirement);
  ASSERT_TRUE(IsYes(verdict)) << verdict->Summary();
  EXPECT_EQ(verdict->Decisive()->authority, "break-glass");
}

// -- Attestations.

TEST(JudgeTest, AttestationOfTheWantedTypeIsAYesWithItsStatement) {
  const auto verdict = JudgeImage(Of({BundleCandidate(MintAttestation(Image()))}), AttestedByWorkflow());
  ASSERT_TRUE(IsYes(verdict)) << verdict->Summary();
  ASSERT_TRUE(verdict->Decisive()->signature->statement.has_value());
  EXPECT_EQ(verdict->Decisive()->signature->statement->predicate_type, kProvenance);
}

TEST(JudgeTest, AttestationOfAnotherTypeIsANo) {
  const auto verdict =
      JudgeImage(Of({BundleCandidate(MintAttestation(Image(), kSbom))}), AttestedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kNoAttestation);
  EXPECT_THAT(verdict->expected, HasSubstr(std::string(kProvenance)));
  EXPECT_THAT(verdict->found, HasSubstr(std::string(kSbom)));
}

TEST(JudgeTest, SignatureIsNotAnAttestation) {
  for (const Candidate& candidate :
       {BundleCandidate(MintSignature(Image())), LegacyCandidate(MintLegacy(Image()))}) {
    EXPECT_EQ(NoReason(JudgeImage(Of({candidate}), AttestedByWorkflow())), Reason::kNoAttestation);
  }
}

TEST(JudgeTest, AttestationByAnotherIdentityIsANo) {
  sandbox::MintRequest request = RequestFor(Image());
  request.statement.predicate_type = kProvenance;
  request.identity = OtherWorkflow();
  const auto verdict = JudgeImage(Of({BundleCandidate(TestSigstore().Mint(request))}), AttestedByWorkflow());
  EXPECT_EQ(NoReason(verdict), Reason::kIdentityMismatch);
}

TEST(JudgeTest, SignatureAndEveryAttestationAreWanted) {
  Requirement requirement = SignedByWorkflow();
  requirement.attestation_types = {std::string(kProvenance), std::string(kSbom)};
  const Candidate signature = BundleCandidate(MintSignature(Image()));
  const Candidate provenance = BundleCandidate(MintAttestation(Image()));
  const Candidate sbom = BundleCandidate(MintAttestation(Image(), kSbom));
  EXPECT_TRUE(IsYes(JudgeImage(Of({signature, provenance, sbom}), requirement)));
  EXPECT_EQ(NoReason(JudgeImage(Of({signature, provenance}), requirement)), Reason::kNoAttestation);
  EXPECT_EQ(NoReason(JudgeImage(Of({signature, sbom}), requirement)), Reason::kNoAttestation);
  EXPECT_EQ(NoReason(JudgeImage(Of({provenance, sbom}), requirement)), Reason::kNoSignature);
}

// -- Annotations.

TEST(JudgeTest, WantedAnnotationMustBeSignedWithThatValue) {
  Requirement requirement = SignedByWorkflow();
  requirement.annotations = {{"env", "prod"}};
  const auto judge = [&](Candidate candidate) { return JudgeImage(Of({std::move(candidate)}), requirement); };
  EXPECT_TRUE(IsYes(judge(BundleCandidate(MintAnnotated(Image(), {{"env", "prod"}, {"x", "y"}})))));
  EXPECT_TRUE(IsYes(judge(LegacyCandidate(MintLegacy(Image(), R"({"env":"prod"})")))));

  const auto other = judge(BundleCandidate(MintAnnotated(Image(), {{"env", "dev"}})));
  ASSERT_EQ(NoReason(other), Reason::kAnnotationMismatch);
  EXPECT_EQ(other->expected, "prod");
  EXPECT_EQ(other->found, "dev");
  const auto missing = judge(BundleCandidate(MintSignature(Image())));
  ASSERT_EQ(NoReason(missing), Reason::kAnnotationMismatch);
  EXPECT_EQ(missing->found, "no such annotation");
  EXPECT_EQ(NoReason(judge(LegacyCandidate(MintLegacy(Image(), R"({"env":"dev"})")))),
            Reason::kAnnotationMismatch);
  EXPECT_EQ(NoReason(judge(LegacyCandidate(MintLegacy(Image())))), Reason::kAnnotationMismatch);
}

TEST(JudgeTest, AnnotationOfAnotherSubjectDoesNotCount) {
  sandbox::MintRequest request = RequestFor(Image());
  request.statement.subjects = {{"", {{"sha256", OtherImage().hex()}}, {{"env", "prod"}}},
                                {"", {{"sha256", Image().hex()}}, {}}};
  Requirement requirement = SignedByWorkflow();
  requirement.annotations = {{"env", "prod"}};
  const auto verdict = JudgeImage(Of({BundleCandidate(TestSigstore().Mint(request))}), requirement);
  EXPECT_EQ(NoReason(verdict), Reason::kAnnotationMismatch);
}

TEST(JudgeTest, EveryWantedAnnotationCounts) {
  Requirement requirement = SignedByWorkflow();
  requirement.annotations = {{"env", "prod"}, {"team", "core"}};
  const auto verdict =
      JudgeImage(Of({BundleCandidate(MintAnnotated(Image(), {{"env", "prod"}}))}), requirement);
  ASSERT_EQ(NoReason(verdict), Reason::kAnnotationMismatch);
  EXPECT_THAT(verdict->detail, HasSubstr("team"));
}

// -- The explanation.

TEST(JudgeTest, NoIsExplainedByTheCandidateThatCameClosest) {
  const Candidate attestation = BundleCandidate(MintAttestation(Image()), "1");
  const Candidate elsewhere = BundleCandidate(MintSignature(OtherImage()), "2");
  const Candidate keyed =
      BundleCandidate(MintKeyed(Image(), sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256)), "3");
  const Candidate issuer =
      BundleCandidate(MintSignatureBy(sandbox::Uri(kIdentity, "https://issuer.evil.test"), Image()), "4");
  const Candidate identity = BundleCandidate(MintSignatureBy(OtherWorkflow(), Image()), "5");
  const std::vector<std::pair<Candidate, Reason>> nearer = {{attestation, Reason::kNoSignature},
                                                            {elsewhere, Reason::kSubjectDigestMismatch},
                                                            {keyed, Reason::kKeyRequired},
                                                            {issuer, Reason::kIssuerMismatch},
                                                            {identity, Reason::kIdentityMismatch}};
  std::vector<Candidate> so_far;
  for (const auto& [candidate, reason] : nearer) {
    so_far.insert(so_far.begin(), candidate);  // the order of candidates does not matter
    EXPECT_EQ(NoReason(JudgeImage(Of(so_far), SignedByWorkflow())), reason) << Name(reason);
  }
}

TEST(JudgeTest, EveryCandidateIsReportedWithItsOwnReason) {
  const auto verdict = JudgeImage(Of({BundleCandidate(MintAttestation(Image()), "first"),
                                      BundleCandidate(MintSignatureBy(OtherWorkflow(), Image()), "second")}),
                                  SignedByWorkflow());
  ASSERT_EQ(NoReason(verdict), Reason::kIdentityMismatch);
  ASSERT_THAT(verdict->findings, SizeIs(2));
  EXPECT_EQ(verdict->findings[0].source, "first");
  EXPECT_EQ(verdict->findings[0].rejection.reason, Reason::kPredicateTypeMismatch);
  EXPECT_EQ(verdict->findings[1].rejection.reason, Reason::kIdentityMismatch);
  EXPECT_THAT(verdict->Summary(), HasSubstr("expected"));
  EXPECT_THAT(verdict->Summary(), HasSubstr("; next: "));
}

TEST(JudgeTest, ClosestAuthorityExplainsACandidate) {
  Requirement requirement = SignedByWorkflow();
  requirement.authorities.push_back(
      KeyAuthority("key", sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256)));
  const auto verdict =
      JudgeImage(Of({BundleCandidate(MintSignatureBy(OtherWorkflow(), Image()))}), requirement);
  EXPECT_EQ(NoReason(verdict), Reason::kIdentityMismatch);
}

}  // namespace
}  // namespace chartseal::verification
