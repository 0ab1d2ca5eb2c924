#include "publisher/release/publish.h"

#include "tests/publisher/release/publish_fixture.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/verification/artifact_verifier.h"
#include "verifier/verification/blob_verifier.h"
#include "verifier/verification/inspection.h"

namespace chartseal::publisher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRepository[] = "acme/charts/app";
constexpr char kOtherWorkflow[] = "https://github.com/acme/other/.github/workflows/x.yml@refs/heads/main";

class PublishChainTest : public PublishTest {
 protected:
  // Everything attached to the published digest, as a stranger sees it.
  verification::Inspection Inspect(const PublishResult& result) const {
    const auto client = oci::RegistryClient::Create(Registry()).value();
    const auto reference = oci::Reference::Parse(Cat("oci://", result.published.reference)).value();
    return verification::Inspect(*client, reference, *root_, absl::Now() + absl::Seconds(20)).value();
  }

  // One correct release: one signature, one statement of the right fingerprint, two assets.
  void ExpectOneRelease(const PublishResult& result) const {
    ASSERT_TRUE(result.status.ok()) << result.status;
    const verification::Inspection inspection = Inspect(result);
    EXPECT_EQ(inspection.digest.ToString(), result.published.digest);
    ASSERT_EQ(inspection.signatures.size(), 1u);
    EXPECT_TRUE(inspection.signatures[0].accepted);
    ASSERT_EQ(inspection.attestations.size(), 1u);
    EXPECT_TRUE(inspection.attestations[0].accepted);
    EXPECT_EQ(inspection.attestations[0].predicate_type, chart::kContentPredicate);
    const auto stated = chart::FingerprintOf(inspection.attestations[0].signature->statement->predicate);
    EXPECT_EQ(*stated, result.published.fingerprint);
    const auto assets = github_->AssetsOf(release_);
    ASSERT_EQ(assets.size(), 2u);
    EXPECT_EQ(assets[0].name, "app-1.2.3.tgz");
    EXPECT_EQ(crypto::Digest::Sha256Of(assets[0].bytes).ToString(), result.published.archive_digest);
    EXPECT_EQ(assets[1].name, "app-1.2.3.tgz.sigstore.json");
  }

  void ExpectFailure(const PublishResult& result, Reason reason, const std::vector<std::string>& outcomes) {
    EXPECT_EQ(Name(ReasonOf(result.status)), Name(reason)) << result.status;
    EXPECT_EQ(Outcomes(result), outcomes);
    EXPECT_EQ(progress_.told.back().substr(0, 6), "failed");
  }
  // The chart is packaged, `step` failed, and nothing else was done or written.
  void ExpectFailedBeforePush(const PublishResult& result, Reason reason, const std::string& step) {
    std::vector<std::string> outcomes = {"package done",    "push not done",   "sign not done",
                                         "attest not done", "verify not done", "mirror not done"};
    for (std::string& outcome : outcomes) {
      if (outcome == step + " not done") outcome = step + " failed";
    }
    ExpectFailure(result, reason, outcomes);
    EXPECT_THAT(Message(result.status), HasSubstr(step + ": nothing was pushed yet: "));
    EXPECT_EQ(Writes(), 0u);
    EXPECT_EQ(Certificates(), 0u);
  }
};

TEST_F(PublishChainTest, EveryStepIsDoneInItsOrder) {
  const PublishResult result = Run();
  ExpectOneRelease(result);
  EXPECT_THAT(Outcomes(result), ElementsAre("package done", "push done", "sign done", "attest done",
                                            "verify done", "mirror done"));
  EXPECT_THAT(progress_.told, ElementsAre("begin package", "done package", "begin push", "done push",
                                          "begin sign", "done sign", "begin attest", "done attest",
                                          "begin verify", "done verify", "begin mirror", "done mirror"));
  EXPECT_EQ(result.published.tag, "1.2.3");
  EXPECT_EQ(result.published.reference,
            Cat(registry_->host(), "/", kRepository, ":1.2.3@", result.published.digest));
  EXPECT_THAT(result.published.identity, HasSubstr("https://github.com/"));
  EXPECT_EQ(result.published.issuer, services_->issuer().url());
  EXPECT_EQ(result.published.release_url, "https://github.com/acme/app/releases/tag/v9.9");
}

TEST_F(PublishChainTest, AFirstRunAsksOnlyForWhatItCannotKnow) {
  const PublishResult result = Run();
  ASSERT_TRUE(result.status.ok()) << result.status;
  const sandbox::RequestLog& log = registry_->log();
  // What was pushed a moment ago is looked at by the verification alone, and nobody can have signed it
  // before.
  EXPECT_EQ(log.Count("GET", Cat("*/manifests/", result.published.digest)), 1u);
  EXPECT_EQ(log.Count("GET", Cat("*/blobs/", result.published.archive_digest)), 1u);
  // After each of two attachments, whether the API lists it; and the verification.
  EXPECT_EQ(log.Count("GET", "*/referrers/*"), 3u);
  // Config, archive, and twice the empty config; a bundle is new.
  EXPECT_EQ(log.Count("HEAD", "*/blobs/*"), 4u);
}

TEST_F(PublishChainTest, TheMirroredBundleVerifiesTheArchive) {
  const PublishResult result = Run();
  const auto assets = github_->AssetsOf(release_);
  ASSERT_EQ(assets.size(), 2u);
  policy::Requirement requirement;
  requirement.authorities.push_back(By(result.published.identity, result.published.issuer));
  const auto verdict = verification::VerifyBlob(
      {.digest = crypto::Digest::Sha256Of(assets[0].bytes), .bytes = assets[0].bytes}, assets[1].bytes,
      "bundle", requirement, *root_);
  EXPECT_TRUE(verdict.ok() && verdict->accepted) << verdict.status();
}

TEST_F(PublishChainTest, ASecondRunFindsEverythingAndMakesNothing) {
  ExpectOneRelease(Run());
  const size_t writes = Writes(), certificates = Certificates(), entries = LogEntries();
  const PublishResult again = Run();
  ExpectOneRelease(again);
  EXPECT_THAT(Outcomes(again), ElementsAre("package done", "push was there", "sign was there",
                                           "attest was there", "verify done", "mirror was there"));
  EXPECT_EQ(Writes(), writes);
  EXPECT_EQ(Certificates(), certificates);
  EXPECT_EQ(LogEntries(), entries);
}

TEST_F(PublishChainTest, WhoSignsNeedNotBeForeseen) {
  foresees_ = false;
  ExpectOneRelease(Run());
}

TEST_F(PublishChainTest, BothLayoutsAreMadeAndFound) {
  PublishOptions options;
  options.layout = SignatureLayout::kBoth;
  EXPECT_TRUE(Run(options).status.ok());
  const size_t certificates = Certificates();
  const PublishResult again = Run(options);
  EXPECT_THAT(Outcomes(again), ElementsAre("package done", "push was there", "sign was there",
                                           "attest was there", "verify done", "mirror was there"));
  EXPECT_EQ(Certificates(), certificates);
}

TEST_F(PublishChainTest, ALayoutThatIsMissingIsAddedAlone) {
  EXPECT_TRUE(Run().status.ok());
  PublishOptions options;
  options.layout = SignatureLayout::kBoth;
  const PublishResult again = Run(options);
  EXPECT_TRUE(again.status.ok()) << again.status;
  EXPECT_EQ(Inspect(again).signatures.size(), 2u);
}

TEST_F(PublishChainTest, WithoutTheStatementTheStepIsNotThere) {
  PublishOptions options;
  options.attest_content = false;
  const PublishResult result = Run(options);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_THAT(Outcomes(result),
              ElementsAre("package done", "push done", "sign done", "verify done", "mirror done"));
  EXPECT_THAT(Inspect(result).attestations, IsEmpty());
}

TEST_F(PublishChainTest, AChartThatIsRefusedEndsItBeforeAnythingIsAsked) {
  Write("Chart.yaml", "apiVersion: v2\nname: app\nversion: not-semver\n");
  ExpectFailure(Run(), Reason::kChartVersionInvalid,
                {"package failed", "push not done", "sign not done", "attest not done", "verify not done",
                 "mirror not done"});
  EXPECT_EQ(registry_->log().size(), 0u);
  EXPECT_EQ(Certificates(), 0u);
}

TEST_F(PublishChainTest, AVersionThatIsPublishedWithOtherContentIsAConflictAndNothingIsSigned) {
  ASSERT_TRUE(Run().status.ok());
  const size_t certificates = Certificates();
  Write("values.yaml", "replicas: 2\n");
  ExpectFailure(Run(), Reason::kTagConflict,
                {"package done", "push failed", "sign not done", "attest not done", "verify not done",
                 "mirror not done"});
  EXPECT_EQ(Certificates(), certificates);
}

TEST_F(PublishChainTest, AFailedPushIsFollowedByNothingAndTheNextRunDoesEverything) {
  registry_->AddFault({.method = "PUT",
                       .path_glob = "*/manifests/*",
                       .times = -1,
                       .respond = sandbox::MakeResponse(403, "application/json", "{}")});
  const PublishResult failed = Run();
  EXPECT_FALSE(failed.status.ok());
  EXPECT_THAT(Outcomes(failed), ElementsAre("package done", "push failed", "sign not done", "attest not done",
                                            "verify not done", "mirror not done"));
  EXPECT_EQ(Certificates(), 0u);
  registry_->faults().Clear();
  ExpectOneRelease(Run());
}

TEST_F(PublishChainTest, AFailedSignatureLeavesThePushAndTheNextRunDoesTheRest) {
  for (sandbox::LoopbackServer* service :
       {&services_->fulcio_server(), &services_->rekor_v1_server(), &services_->tsa_server()}) {
    service->faults().Add({.method = "POST",
                           .times = -1,
                           .respond = sandbox::MakeResponse(400, "application/json", R"({"message":"no"})")});
    const PublishResult failed = Run();
    EXPECT_FALSE(failed.status.ok());
    EXPECT_THAT(Outcomes(failed)[2], "sign failed");
    EXPECT_THAT(Outcomes(failed)[3], "attest not done");
    EXPECT_THAT(Inspect(failed).signatures, IsEmpty());
    EXPECT_THAT(github_->AssetsOf(release_), IsEmpty());
    service->faults().Clear();
  }
  const PublishResult done = Run();
  EXPECT_THAT(Outcomes(done)[1], "push was there");
  ExpectOneRelease(done);
}

TEST_F(PublishChainTest, AFailedAttestationLeavesTheSignatureAndTheNextRunDoesTheRest) {
  services_->fulcio_server().faults().Add(
      {.method = "POST",
       .skip = 1,
       .times = -1,
       .respond = sandbox::MakeResponse(400, "application/json", R"({"message":"no"})")});
  ExpectFailure(
      Run(), Reason::kFulcioFailed,
      {"package done", "push done", "sign done", "attest failed", "verify not done", "mirror not done"});
  EXPECT_THAT(github_->AssetsOf(release_), IsEmpty());
  services_->fulcio_server().faults().Clear();
  const PublishResult done = Run();
  EXPECT_THAT(Outcomes(done)[2], "sign was there");
  ExpectOneRelease(done);
}

TEST_F(PublishChainTest, ATagThatIsMovedBeforeTheVerificationIsFoundAndNothingIsMirrored) {
  const std::string other =
      registry_->PutManifest(kRepository, "application/vnd.oci.image.manifest.v1+json",
                             Cat(R"({"schemaVersion":2,"config":{"mediaType":"a/b","digest":")",
                                 registry_->PutBlob(kRepository, "{}"), R"(","size":2},"layers":[]})"));
  // Whoever moves it does so while the chart is being signed.
  services_->tsa_server().faults().Add({.method = "POST", .rewrite = [&](const auto&, auto&) {
                                          registry_->Tag(kRepository, "1.2.3", other);
                                        }});
  ExpectFailure(
      Run(), Reason::kTagMoved,
      {"package done", "push done", "sign done", "attest done", "verify failed", "mirror not done"});
  EXPECT_THAT(github_->AssetsOf(release_), IsEmpty());
}

TEST_F(PublishChainTest, ATokenThatIsNotTheDemandedSignersIsRefusedBeforeAnythingIsWritten) {
  PublishOptions options;
  options.demanded = By(kOtherWorkflow, services_->issuer().url());
  ExpectFailedBeforePush(Run(options), Reason::kIdentityMismatch, "sign");
  options.demanded = By("x", "https://other.test");
  const PublishResult result = Run(options);
  ExpectFailedBeforePush(result, Reason::kIssuerMismatch, "sign");
  EXPECT_THAT(Message(result.status),
              HasSubstr(Cat("expected https://other.test, found ", services_->issuer().url())));
}

TEST_F(PublishChainTest, ATokenOfTheDemandedSignerIsTaken) {
  PublishOptions options;
  options.demanded = By("https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3",
                        services_->issuer().url());
  ExpectOneRelease(Run(options));
}

TEST_F(PublishChainTest, ASignerWhoWasNotForeseenAndIsNotTheDemandedOneIsRefusedAndNothingIsMirrored) {
  foresees_ = false;
  PublishOptions options;
  options.demanded = By(kOtherWorkflow, services_->issuer().url());
  const PublishResult result = Run(options);
  ExpectFailure(
      result, Reason::kSelfVerificationFailed,
      {"package done", "push done", "sign done", "attest done", "verify failed", "mirror not done"});
  EXPECT_THAT(Message(result.status), HasSubstr("signed by another identity"));
  EXPECT_THAT(github_->AssetsOf(release_), IsEmpty());
}

TEST_F(PublishChainTest, SignaturesAndStatementsOfOthersAreNotTakenForOnesOwn) {
  token_ = [this] {
    return services_->Token({{"job_workflow_ref", "evil/app/.github/workflows/x.yml@refs/heads/main"}});
  };
  ASSERT_TRUE(Run().status.ok());
  token_ = [this] { return services_->Token(nlohmann::json::object()); };
  const PublishResult result = Run();
  EXPECT_THAT(Outcomes(result)[2], "sign done");
  EXPECT_THAT(Outcomes(result)[3], "attest done");
  EXPECT_EQ(Inspect(result).signatures.size(), 2u);
  // The mirror holds the other's bundle: it is not replaced unasked.
  EXPECT_EQ(ReasonOf(result.status), Reason::kAssetConflict) << result.status;
}

TEST_F(PublishChainTest, ARegistryThatLosesTheSignatureIsFoundOut) {
  registry_->AddFault({.method = "GET",
                       .path_glob = "*/referrers/*",
                       .times = -1,
                       .respond = sandbox::MakeResponse(200, "application/vnd.oci.image.index.v1+json",
                                                        R"({"schemaVersion":2,"manifests":[]})")});
  const PublishResult result = Run();
  EXPECT_FALSE(result.status.ok());
  EXPECT_THAT(github_->AssetsOf(release_), IsEmpty());
}

TEST_F(PublishChainTest, AFailedMirrorLeavesAVerifiedReleaseAndTheNextRunDoesTheRest) {
  github_->api().faults().Add(
      {.method = "POST",
       .skip = 1,
       .times = -1,
       .respond = sandbox::MakeResponse(403, "application/json", R"({"message":"no"})")});
  const PublishResult failed = Run();
  ExpectFailure(failed, Reason::kGithubFailed,
                {"package done", "push done", "sign done", "attest done", "verify done", "mirror failed"});
  EXPECT_THAT(Message(failed.status), HasSubstr("app-1.2.3.tgz is in the release, its bundle is not"));
  github_->api().faults().Clear();
  const PublishResult done = Run();
  EXPECT_THAT(Outcomes(done), ElementsAre("package done", "push was there", "sign was there",
                                          "attest was there", "verify done", "mirror done"));
  ExpectOneRelease(done);
}

TEST_F(PublishChainTest, ATokenOfNoUseIsSaidBeforeAnythingIsSent) {
  const int64_t past = absl::ToUnixSeconds(absl::Now()) - 3600;
  for (const nlohmann::json& changes :
       {nlohmann::json{{"aud", "somebody-else"}}, nlohmann::json{{"exp", past}}}) {
    token_ = [=, this] { return services_->Token(changes); };
    ExpectFailedBeforePush(Run(), Reason::kTokenUnusable, "sign");
    EXPECT_EQ(registry_->log().size(), 0u);
    EXPECT_EQ(github_->api().log().size(), 0u);
  }
}

TEST_F(PublishChainTest, AReleaseThatIsNotThereIsSaidBeforeAnythingIsWritten) {
  release_tag_ = "v9.10";
  ExpectFailedBeforePush(Run(), Reason::kGithubFailed, "mirror");
}

TEST_F(PublishChainTest, ALayoutThatTheLogCannotServeIsSaidBeforeAnythingIsWritten) {
  services_wanted_.rekor = {{.url = services_->urls().rekor_v2, .version = 2}};
  PublishOptions options;
  for (const SignatureLayout layout : {SignatureLayout::kLegacy, SignatureLayout::kBoth}) {
    options.layout = layout;
    ExpectFailedBeforePush(Run(options), Reason::kSigningConfigMalformed, "sign");
  }
}

TEST_F(PublishChainTest, ARegistryWithoutTheReferrersApiServesAsWell) {
  StartRegistry({.referrers_api = false});
  ExpectOneRelease(Run());
  const size_t writes = Writes();
  ExpectOneRelease(Run());
  EXPECT_EQ(Writes(), writes);
}

}  // namespace
}  // namespace chartseal::publisher
