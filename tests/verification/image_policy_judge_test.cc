#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/image_policy_fixture.h"
#include "tests/verification/minted.h"
#include "verifier/verification/judge.h"

// ClusterImagePolicy objects against real signatures of a private Sigstore (spec/peers.md §2.2).
namespace chartseal::verification {
namespace {

using policy::Indented;
using ::testing::HasSubstr;

const crypto::Digest& Image() {
  static const auto* const digest = new crypto::Digest(crypto::Digest::Sha256Of("an image"));
  return *digest;
}

// "private" is the Sigstore that signs here; "other" is not.
const policy::TrustRoots& Roots() {
  static const auto* const roots = [] {
    auto* made = new policy::TrustRoots;
    for (const auto& [name, spec] : {std::pair{"private", policy::SigstoreKeys(TestSigstore())},
                                     std::pair{"other", policy::SigstoreKeys(sandbox::Sigstore())}}) {
      made->emplace(name, policy::ReadTrustRoot(policy::TrustRootObjectNode(name, spec), name).value());
    }
    return made;
  }();
  return *roots;
}

absl::StatusOr<Verdict> Judged(std::string_view authorities, std::vector<Candidate> candidates) {
  const Node object = policy::ImagePolicyObject(
      Cat("images: [ { glob: \"ghcr.io/acme/**\" } ]\nauthorities:\n", authorities));
  static const auto* const root =
      new std::shared_ptr(std::make_shared<const sigstore::TrustedRoot>(TestRoot()));
  ASSIGN_OR_RETURN(const policy::ImportedPolicy read,
                   policy::ReadClusterImagePolicy(object, "ClusterImagePolicy acme", {Roots(), *root, {}}));
  Evidence evidence;
  evidence.candidates = std::move(candidates);
  return Judge(evidence, {Image(), std::nullopt}, SignatureForm::kContainer, read.policy, TestRoot());
}

Reason ReasonFor(std::string_view authorities, std::vector<Candidate> candidates) {
  const auto verdict = Judged(authorities, std::move(candidates));
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  if (!verdict.ok()) return ReasonOf(verdict.status());
  EXPECT_EQ(verdict->accepted, verdict->reason == Reason::kNone);
  return verdict->reason;
}

// One keyless authority; `keyless` is added inside, `more` beside it.
std::string Keyless(std::string_view more = "", std::string_view keyless = "") {
  return Cat("- keyless:\n    identities:\n    - issuer: ", kIssuer,
             "\n      subjectRegExp: github.com/acme/app\n", Indented(keyless, 4), Indented(more, 2));
}

std::string WithKey(const sandbox::Key& key, std::string_view hash = "", std::string_view more = "") {
  return Cat("- key:\n", hash.empty() ? "" : Cat("    hashAlgorithm: ", hash, "\n"), "    data: |\n",
             Indented(key.SpkiPem(), 6), Indented(more, 2));
}

sandbox::MintRequest Request() { return RequestFor(Image()); }
Candidate Bundle(const sandbox::MintRequest& request) {
  return BundleCandidate(TestSigstore().Mint(request));
}
Candidate Legacy(const sandbox::Identity& identity) {
  sandbox::MintRequest request;
  request.identity = identity;
  return LegacyCandidate(MintLegacy(Image(), "null", request));
}
Candidate Legacy() { return Legacy(sandbox::MintRequest().identity); }

sandbox::MintRequest Unlogged() {
  sandbox::MintRequest request = Request();
  request.logs.clear();
  return request;
}
sandbox::MintRequest Stamped(sandbox::MintRequest request) {
  request.timestamps.emplace_back();
  return request;
}

constexpr std::string_view kBundle = "signatureFormat: bundle\n";

TEST(ImagePolicyJudgeTest, LegacySignatureSatisfiesAPolicyThatSaysNothingElse) {
  EXPECT_EQ(ReasonFor(Keyless(), {Legacy()}), Reason::kNone);
  EXPECT_EQ(ReasonFor(Keyless(), {Legacy(OtherWorkflow())}), Reason::kIdentityMismatch);
  EXPECT_EQ(ReasonFor(Keyless(), {Bundle(Request())}), Reason::kFormatNotAllowed);
  EXPECT_EQ(ReasonFor(Keyless(kBundle), {Bundle(Request())}), Reason::kNone);
  EXPECT_EQ(ReasonFor(Keyless(kBundle), {Legacy()}), Reason::kFormatNotAllowed);
  EXPECT_EQ(ReasonFor(Keyless(), {}), Reason::kNoSignature);
}

TEST(ImagePolicyJudgeTest, ExpressionThatMatchesAPartIsEnough) {
  const auto verdict = Judged(Keyless(kBundle), {Bundle(Request())});
  ASSERT_TRUE(verdict.ok() && verdict->accepted);
  EXPECT_EQ(verdict->Decisive()->authority, "authority-0");
  const auto refused = Judged(Keyless(kBundle), {BundleCandidate(MintSignatureBy(OtherWorkflow(), Image()))});
  ASSERT_TRUE(refused.ok());
  EXPECT_THAT(refused->expected, HasSubstr("a match of github.com/acme/app"));
}

TEST(ImagePolicyJudgeTest, KeylessNeedsTheLogUnlessATimestampIsAskedFor) {
  const std::string plain = Keyless(kBundle);
  EXPECT_EQ(ReasonFor(plain, {Bundle(Stamped(Unlogged()))}), Reason::kLogThreshold);
  const std::string stamped = Keyless(Cat(kBundle, "rfc3161timestamp: { trustRootRef: private }\n"));
  EXPECT_EQ(ReasonFor(stamped, {Bundle(Stamped(Unlogged()))}), Reason::kNone);
  EXPECT_EQ(ReasonFor(stamped, {Bundle(Request())}), Reason::kTimestampThreshold);
  EXPECT_EQ(ReasonFor(stamped, {Bundle(Unlogged())}), Reason::kNoSignedTime);
  const std::string by_other = Keyless(Cat(kBundle, "rfc3161timestamp: { trustRootRef: other }\n"));
  EXPECT_EQ(ReasonFor(by_other, {Bundle(Stamped(Unlogged()))}), Reason::kTimestampUntrusted);
}

TEST(ImagePolicyJudgeTest, OwnRootWithoutCtlogNeedsASignedTimeAllTheSame) {
  const std::string own = Keyless(kBundle, "trustRootRef: private\n");
  EXPECT_EQ(ReasonFor(own, {Bundle(Request())}), Reason::kNone);
  EXPECT_EQ(ReasonFor(own, {Bundle(Stamped(Unlogged()))}), Reason::kNone);
  EXPECT_EQ(ReasonFor(own, {Bundle(Unlogged())}), Reason::kNoSignedTime);
  const std::string logged =
      Keyless(Cat(kBundle, "ctlog: { trustRootRef: private }\n"), "trustRootRef: private\n");
  EXPECT_EQ(ReasonFor(logged, {Bundle(Request())}), Reason::kNone);
  EXPECT_EQ(ReasonFor(logged, {Bundle(Stamped(Unlogged()))}), Reason::kLogThreshold);
}

TEST(ImagePolicyJudgeTest, RootThatDidNotIssueTheCertificateIsNotEnough) {
  const std::string other =
      Keyless(Cat(kBundle, "rfc3161timestamp: { trustRootRef: private }\n"), "trustRootRef: other\n");
  EXPECT_EQ(ReasonFor(other, {Bundle(Stamped(Request()))}), Reason::kChainUntrusted);
}

TEST(ImagePolicyJudgeTest, SctIsNeededUnlessIgnored) {
  sandbox::MintRequest request = Request();
  request.with_sct = false;
  EXPECT_EQ(ReasonFor(Keyless(kBundle), {Bundle(request)}), Reason::kSctMissing);
  EXPECT_EQ(ReasonFor(Keyless(kBundle, "insecureIgnoreSCT: true\n"), {Bundle(request)}), Reason::kNone);
}

TEST(ImagePolicyJudgeTest, KeyNeedsTheLogOnlyWhenItNamesOne) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  sandbox::MintRequest unlogged = Unlogged();
  unlogged.key = key;
  unlogged.managed_key = true;
  sandbox::MintRequest logged = unlogged;
  logged.logs = Request().logs;
  EXPECT_EQ(ReasonFor(WithKey(key, "", kBundle), {Bundle(unlogged)}), Reason::kNone);
  const std::string with_log = WithKey(key, "", Cat(kBundle, "ctlog: {}\n"));
  EXPECT_EQ(ReasonFor(with_log, {Bundle(unlogged)}), Reason::kLogThreshold);
  EXPECT_EQ(ReasonFor(with_log, {Bundle(logged)}), Reason::kNone);
  const auto other = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  EXPECT_EQ(ReasonFor(WithKey(other, "", kBundle), {Bundle(unlogged)}), Reason::kKeyMismatch);
}

TEST(ImagePolicyJudgeTest, EitherOfSeveralKeysSuffices) {
  const auto one = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256);
  const auto two = sandbox::Key::Generate(sandbox::KeyType::kEd25519);
  const std::string both =
      Cat("- signatureFormat: bundle\n  key:\n    data: |\n", Indented(one.SpkiPem() + two.SpkiPem(), 6));
  EXPECT_EQ(ReasonFor(both, {BundleCandidate(MintKeyed(Image(), one))}), Reason::kNone);
  EXPECT_EQ(ReasonFor(both, {BundleCandidate(MintKeyed(Image(), two))}), Reason::kNone);
}

TEST(ImagePolicyJudgeTest, HashThatIsNamedIsTheOneThatIsVerified) {
  const auto key = sandbox::Key::Generate(sandbox::KeyType::kEcdsaP384);  // signs with SHA-384 here
  sandbox::MintRequest request = Unlogged();
  request.key = key;
  request.managed_key = true;
  EXPECT_EQ(ReasonFor(WithKey(key, "", kBundle), {Bundle(request)}), Reason::kNone);
  EXPECT_EQ(ReasonFor(WithKey(key, "sha384", kBundle), {Bundle(request)}), Reason::kNone);
  EXPECT_EQ(ReasonFor(WithKey(key, "sha256", kBundle), {Bundle(request)}), Reason::kSignatureInvalid);
}

TEST(ImagePolicyJudgeTest, AttestationsAreWantedOfTheAuthorityThatNamesThem) {
  const std::string attested =
      Keyless(Cat(kBundle, "attestations: [ { name: a, predicateType: \"", kProvenance, "\" } ]\n"));
  EXPECT_EQ(ReasonFor(attested, {BundleCandidate(MintAttestation(Image()))}), Reason::kNone);
  EXPECT_EQ(ReasonFor(attested, {Bundle(Request())}), Reason::kNoAttestation);
  EXPECT_EQ(ReasonFor(attested, {BundleCandidate(MintAttestation(Image(), kSbom))}), Reason::kNoAttestation);
}

TEST(ImagePolicyJudgeTest, PolicyThatCannotBeHonouredRefusesWhatAnotherAuthorityWouldTake) {
  const std::string both = Cat(Keyless(kBundle), "- key: { kms: \"awskms:///alias/x\" }\n");
  const auto verdict = Judged(both, {Bundle(Request())});
  ASSERT_TRUE(verdict.ok());
  EXPECT_FALSE(verdict->accepted);
  EXPECT_EQ(verdict->reason, Reason::kPolicyNotHonoured);
  EXPECT_THAT(verdict->detail, HasSubstr("spec.authorities[1].key.kms"));
}

}  // namespace
}  // namespace chartseal::verification
