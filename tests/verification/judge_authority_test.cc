#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/minted.h"
#include "verifier/verification/judge.h"

// What a ClusterImagePolicy may ask of an authority beyond a VerificationPolicy (spec/peers.md §2.2).
namespace chartseal::verification {
namespace {

using policy::Authority;
using policy::Requirement;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kSignatures = "ghcr.io/acme/signatures";

const crypto::Digest& Image() {
  static const auto* const digest = new crypto::Digest(crypto::Digest::Sha256Of("an image"));
  return *digest;
}

absl::Status Gap() {
  return WithReason(absl::UnavailableError("registry.test: connection refused"), Reason::kUnreachable);
}

Evidence Of(std::vector<Candidate> candidates) {
  Evidence evidence;
  evidence.candidates = std::move(candidates);
  return evidence;
}

Evidence WithGap(Evidence evidence) {
  evidence.gaps.push_back(Gap());
  return evidence;
}

Candidate In(std::string_view repository, Candidate candidate) {
  candidate.repository = repository;
  return candidate;
}

Candidate Signature() { return BundleCandidate(MintSignature(Image())); }
Candidate Attestation(std::string_view type = kProvenance) {
  return BundleCandidate(MintAttestation(Image(), type), "an attestation");
}
Candidate AttestationBy(const sandbox::Identity& identity, std::string_view type) {
  sandbox::MintRequest request = RequestFor(Image());
  request.statement.predicate_type = type;
  request.identity = identity;
  return BundleCandidate(TestSigstore().Mint(request));
}
Candidate Undecodable() { return BundleCandidate("{}", "rubbish"); }
Candidate UndecodableLegacy() { return {Layout::kLegacyTag, "a tag", absl::InvalidArgumentError("rubbish")}; }

Authority Release() { return KeylessAuthority("release", IdentityOf(kIdentity)); }
Authority Other() { return KeylessAuthority("other", IdentityOf("https://other.test")); }

Authority Attesting(std::vector<std::string_view> types) {
  Authority authority = KeylessAuthority("attesting", IdentityOf(kIdentity));
  authority.attestation_types.assign(types.begin(), types.end());
  return authority;
}

Authority Static(bool pass, std::string message = "") {
  Authority authority;
  authority.name = pass ? "breakglass" : "never";
  authority.always = policy::StaticAnswer{pass, std::move(message)};
  return authority;
}

absl::StatusOr<Verdict> JudgeImage(const Evidence& evidence, std::vector<Authority> authorities) {
  Requirement requirement;
  requirement.authorities = std::move(authorities);
  return Judge(evidence, {Image(), std::nullopt}, SignatureForm::kContainer, requirement, TestRoot());
}

Reason NoReason(const absl::StatusOr<Verdict>& verdict) {
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  return verdict.ok() ? verdict->reason : Reason::kNone;
}

bool IsYes(const absl::StatusOr<Verdict>& verdict) { return verdict.ok() && verdict->accepted; }

// -- Static answers.

TEST(JudgeAuthorityTest, StaticPassNeedsNothingAndNamesItself) {
  const auto verdict = JudgeImage(WithGap(Of({Undecodable()})), {Other(), Static(true)});
  ASSERT_TRUE(IsYes(verdict));
  ASSERT_NE(verdict->Decisive(), nullptr);
  EXPECT_EQ(verdict->Decisive()->authority, "breakglass");
  EXPECT_EQ(verdict->Decisive()->layout, Layout::kPolicy);
}

TEST(JudgeAuthorityTest, StaticFailIsANoWithItsMessage) {
  const auto verdict = JudgeImage(WithGap(Of({Signature()})), {Static(false, "ask platform@acme.test")});
  ASSERT_EQ(NoReason(verdict), Reason::kPolicyRefuses);
  EXPECT_EQ(verdict->detail, "ask platform@acme.test");
  EXPECT_THAT(verdict->next, HasSubstr("whoever looks after the policy"));
  const auto silent = JudgeImage({}, {Static(false)});
  ASSERT_EQ(NoReason(silent), Reason::kPolicyRefuses);
  EXPECT_EQ(silent->detail, "authority never refuses everything");
}

TEST(JudgeAuthorityTest, StaticFailStandsInNobodysWay) {
  EXPECT_TRUE(IsYes(JudgeImage(Of({Signature()}), {Static(false), Release()})));
  const auto refused = JudgeImage(Of({Signature()}), {Static(false, "ask us"), Other()});
  ASSERT_EQ(NoReason(refused), Reason::kIdentityMismatch);
  EXPECT_THAT(refused->detail, HasSubstr("; the policy adds: ask us"));
  EXPECT_EQ(ReasonOf(JudgeImage(WithGap({}), {Static(false), Release()}).status()), Reason::kUnreachable);
}

TEST(JudgeAuthorityTest, MessageOfThePolicyCannotForgeLines) {
  const auto verdict = JudgeImage({}, {Static(false, "a\nnext: all is well")});
  EXPECT_EQ(verdict->detail.find('\n'), std::string::npos);
}

TEST(JudgeAuthorityTest, EvidenceIsNeededUnlessAPolicyDecidesAlone) {
  const auto needs = [](std::vector<Authority> authorities) {
    Requirement requirement;
    requirement.authorities = std::move(authorities);
    return NeedsEvidence(requirement);
  };
  EXPECT_TRUE(needs({Release()}));
  EXPECT_TRUE(needs({Static(false), Release()}));
  EXPECT_FALSE(needs({Release(), Static(true)}));
  EXPECT_FALSE(needs({Static(false)}));
  policy::Policy policy;
  policy.requirement.authorities = {Release()};
  EXPECT_TRUE(NeedsEvidence(policy));
  policy.not_honoured = Rejection{Reason::kPolicyNotHonoured, "no", "", ""};
  EXPECT_FALSE(NeedsEvidence(policy));
}

// -- Policies that cannot be honoured.

TEST(JudgeAuthorityTest, PolicyThatCannotBeHonouredIsANoWhateverIsAttached) {
  policy::Policy policy;
  policy.requirement.authorities = {Release(), Static(true)};
  policy.not_honoured = Rejection{Reason::kPolicyNotHonoured, "spec.policy: CUE is not evaluated", "", ""};
  const auto verdict =
      Judge(Of({Signature()}), {Image(), std::nullopt}, SignatureForm::kContainer, policy, TestRoot());
  ASSERT_EQ(NoReason(verdict), Reason::kPolicyNotHonoured);
  EXPECT_FALSE(verdict->accepted);
  EXPECT_EQ(verdict->detail, "spec.policy: CUE is not evaluated");
  EXPECT_THAT(verdict->next, HasSubstr("have the policy changed"));
  policy.not_honoured.reset();
  EXPECT_TRUE(IsYes(
      Judge(Of({Signature()}), {Image(), std::nullopt}, SignatureForm::kContainer, policy, TestRoot())));
}

// -- Attestations of one authority.

TEST(JudgeAuthorityTest, AuthorityThatWantsAttestationsIsSatisfiedByThemWithoutASignature) {
  const auto verdict = JudgeImage(Of({Attestation(), Attestation(kSbom)}), {Attesting({kProvenance, kSbom})});
  ASSERT_TRUE(IsYes(verdict)) << verdict->Summary();
  EXPECT_EQ(verdict->Decisive()->authority, "attesting");
}

TEST(JudgeAuthorityTest, SignatureDoesNotReplaceAnAttestation) {
  const auto verdict = JudgeImage(Of({Signature()}), {Attesting({kProvenance})});
  ASSERT_EQ(NoReason(verdict), Reason::kNoAttestation);
  EXPECT_THAT(verdict->expected, HasSubstr("an attestation https://slsa.dev/provenance/v1 by"));
}

TEST(JudgeAuthorityTest, EveryAttestationOfTheAuthorityIsWanted) {
  const auto verdict = JudgeImage(Of({Attestation()}), {Attesting({kProvenance, kSbom})});
  ASSERT_EQ(NoReason(verdict), Reason::kNoAttestation);
  EXPECT_THAT(verdict->expected, HasSubstr(std::string(kSbom)));
}

TEST(JudgeAuthorityTest, AttestationsOfTwoAuthoritiesDoNotAddUp) {
  // Each authority has one of the two that it wants.
  Authority release = Attesting({kProvenance, kSbom});
  Authority evil = Attesting({kProvenance, kSbom});
  evil.identities = {
      IdentityOf("https://github.com/evil/app/.github/workflows/release.yml@refs/tags/v1.2.3")};
  const Evidence half = Of({Attestation(kProvenance), AttestationBy(OtherWorkflow(), kSbom)});
  EXPECT_EQ(NoReason(JudgeImage(half, {release, evil})), Reason::kIdentityMismatch);
  EXPECT_TRUE(IsYes(JudgeImage(Of({Attestation(kProvenance), Attestation(kSbom)}), {evil, release})));
}

TEST(JudgeAuthorityTest, SignatureBySomebodyElseDoesNotHelpTheAttestingAuthority) {
  EXPECT_EQ(NoReason(JudgeImage(Of({Signature()}), {Attesting({kProvenance}), Other()})),
            Reason::kIdentityMismatch);
  EXPECT_TRUE(IsYes(JudgeImage(Of({Signature()}), {Attesting({kProvenance}), Release()})));
  EXPECT_TRUE(IsYes(JudgeImage(Of({Attestation()}), {Attesting({kProvenance}), Other()})));
}

TEST(JudgeAuthorityTest, DecisiveFindingIsOfTheAuthorityThatWasSatisfied) {
  // The first authority has one of its two attestations: accepted as such, but it decided nothing.
  Authority half = Attesting({kProvenance, kSbom});
  half.name = "half";
  const auto verdict = JudgeImage(Of({Attestation(), Signature()}), {half, Release()});
  ASSERT_TRUE(IsYes(verdict));
  EXPECT_EQ(verdict->Decisive()->authority, "release");
  Authority whole = Attesting({kProvenance});
  whole.name = "whole";
  const auto later = JudgeImage(Of({Attestation()}), {half, whole});
  ASSERT_TRUE(IsYes(later));
  EXPECT_EQ(later->Decisive()->authority, "whole");
}

TEST(JudgeAuthorityTest, GapWhereTheMissingAttestationMayBeIsCouldNotTell) {
  const auto verdict = JudgeImage(WithGap(Of({Attestation()})), {Attesting({kProvenance, kSbom})});
  EXPECT_EQ(ReasonOf(verdict.status()), Reason::kUnreachable);
}

// -- Formats.

TEST(JudgeAuthorityTest, SignatureInALayoutThatIsNotAllowedIsTurnedAwayByName) {
  Authority bundles = Release();
  bundles.formats = {.bundle = true, .legacy = false};
  Authority legacy = Release();
  legacy.formats = {.bundle = false, .legacy = true};
  const Candidate old = LegacyCandidate(MintLegacy(Image()));
  EXPECT_TRUE(IsYes(JudgeImage(Of({Signature()}), {bundles})));
  EXPECT_TRUE(IsYes(JudgeImage(Of({old}), {legacy})));
  EXPECT_TRUE(IsYes(JudgeImage(Of({old, Signature()}), {bundles})));

  const auto no_bundle = JudgeImage(Of({old}), {bundles});
  ASSERT_EQ(NoReason(no_bundle), Reason::kFormatNotAllowed);
  EXPECT_EQ(no_bundle->expected, "bundle");
  EXPECT_EQ(no_bundle->found, "legacy");
  EXPECT_THAT(no_bundle->next, HasSubstr("sign in that layout"));
  const auto no_legacy = JudgeImage(Of({Signature()}), {legacy});
  ASSERT_EQ(NoReason(no_legacy), Reason::kFormatNotAllowed);
  EXPECT_EQ(no_legacy->expected, "legacy");
  EXPECT_EQ(no_legacy->found, "bundle");
}

TEST(JudgeAuthorityTest, LayoutIsHeldAgainstWhatWasWantedOnly) {
  Authority legacy = Release();
  legacy.formats = {.bundle = false, .legacy = true};
  const auto attestation = JudgeImage(Of({Attestation()}), {legacy});
  EXPECT_EQ(NoReason(attestation), Reason::kNoSignature);
  const auto both = JudgeImage(Of({Attestation(), Signature()}), {legacy});
  EXPECT_EQ(NoReason(both), Reason::kFormatNotAllowed);
  // An identity that differs is nearer than a layout that does.
  const Candidate evil = LegacyCandidate(MintLegacy(Image(), "null", {.identity = OtherWorkflow()}));
  EXPECT_EQ(NoReason(JudgeImage(Of({Signature(), evil}), {legacy})), Reason::kIdentityMismatch);
}

TEST(JudgeAuthorityTest, EachAuthorityHasItsOwnLayouts) {
  Authority legacy = Release();
  legacy.formats = {.bundle = false, .legacy = true};
  Authority bundles = Other();
  bundles.formats = {.bundle = true, .legacy = false};
  EXPECT_EQ(NoReason(JudgeImage(Of({Signature()}), {legacy, bundles})), Reason::kIdentityMismatch);
}

TEST(JudgeAuthorityTest, RubbishInALayoutThatIsNotAllowedHidesNothing) {
  Authority bundles = Release();
  bundles.formats = {.bundle = true, .legacy = false};
  const auto verdict = JudgeImage(Of({UndecodableLegacy()}), {bundles});
  ASSERT_EQ(NoReason(verdict), Reason::kNoSignature);
  EXPECT_EQ(verdict->found, "1 attached, none of that kind");
  Authority legacy = Release();
  legacy.formats = {.bundle = false, .legacy = true};
  EXPECT_FALSE(JudgeImage(Of({UndecodableLegacy()}), {legacy}).ok());
  // A referrer whose manifest could not be read may be of either layout.
  EXPECT_EQ(ReasonOf(JudgeImage(Of({Undecodable()}), {legacy}).status()), Reason::kBundleUnknownVersion);
}

// -- Sources.

TEST(JudgeAuthorityTest, AuthorityWithASourceLooksThereAndNowhereElse) {
  Authority elsewhere = Release();
  elsewhere.sources = {std::string(kSignatures)};
  EXPECT_TRUE(IsYes(JudgeImage(Of({In(kSignatures, Signature())}), {elsewhere})));
  const auto own = JudgeImage(Of({Signature()}), {elsewhere});
  ASSERT_EQ(NoReason(own), Reason::kNoSignature);
  EXPECT_EQ(own->found, "nothing attached");
  EXPECT_THAT(own->findings, IsEmpty());
  EXPECT_EQ(NoReason(JudgeImage(Of({In("ghcr.io/acme/signatures2", Signature())}), {elsewhere})),
            Reason::kNoSignature);
}

TEST(JudgeAuthorityTest, AuthorityWithoutASourceLooksBesideTheArtifactOnly) {
  EXPECT_EQ(NoReason(JudgeImage(Of({In(kSignatures, Signature())}), {Release()})), Reason::kNoSignature);
  Authority elsewhere = Other();
  elsewhere.sources = {std::string(kSignatures)};
  const auto verdict = JudgeImage(Of({In(kSignatures, Signature())}), {Release(), elsewhere});
  ASSERT_EQ(NoReason(verdict), Reason::kIdentityMismatch);
  EXPECT_THAT(verdict->findings, SizeIs(1));
}

TEST(JudgeAuthorityTest, RubbishWhereNobodyLooksHidesNothing) {
  EXPECT_EQ(NoReason(JudgeImage(Of({In(kSignatures, Undecodable())}), {Release()})), Reason::kNoSignature);
  Authority elsewhere = Release();
  elsewhere.sources = {std::string(kSignatures)};
  EXPECT_EQ(ReasonOf(JudgeImage(Of({In(kSignatures, Undecodable())}), {elsewhere}).status()),
            Reason::kBundleUnknownVersion);
}

// -- Roots.

TEST(JudgeAuthorityTest, AuthorityTrustsItsOwnRootInsteadOfTheCommonOne) {
  sandbox::Sigstore other;
  const auto other_root = std::make_shared<const sigstore::TrustedRoot>(
      sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(other), "other root").value());
  const Candidate by_other = BundleCandidate(other.Mint(RequestFor(Image())), "by the other");
  Authority own = Release();
  own.name = "own";
  own.root = other_root;
  EXPECT_TRUE(IsYes(JudgeImage(Of({by_other}), {own})));
  EXPECT_FALSE(IsYes(JudgeImage(Of({Signature()}), {own})));
  EXPECT_FALSE(IsYes(JudgeImage(Of({by_other}), {Release()})));
  // Two authorities that differ in nothing but the root are asked one by one.
  for (auto authorities : {std::vector{Release(), own}, std::vector{own, Release()}}) {
    const auto verdict = JudgeImage(Of({by_other}), authorities);
    ASSERT_TRUE(IsYes(verdict));
    EXPECT_EQ(verdict->Decisive()->authority, "own");
  }
}

}  // namespace
}  // namespace chartseal::verification
