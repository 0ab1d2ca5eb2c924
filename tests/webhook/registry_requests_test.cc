// Admission requests against a real registry over HTTP: what it is asked, and what follows from its moods.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/sandbox/cosign_layout.h"
#include "tests/sandbox/mint.h"
#include "tests/sandbox/registry.h"
#include "tests/sandbox/trusted_root_file.h"
#include "tests/verification/minted.h"
#include "tests/webhook/policies.h"
#include "tests/webhook/reviews.h"
#include "verifier/oci/registry_client.h"
#include "webhook/admission_handler.h"
#include "webhook/caching_image_verifier.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";

class RegistryRequestsTest : public testing::Test {
 protected:
  RegistryRequestsTest() {
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry_->host()};
    verifier_ = std::make_shared<CachingImageVerifier>(
        std::make_shared<FixedSource>(oci::RegistryClient::Create(options).value()), net::SystemClock());
    PolicySnapshot snapshot;
    policy::Policy policy{.name = "release", .fingerprint = "release"};
    policy.images.push_back(policy::Glob::Parse("**").value());
    policy.requirement = verification::SignedByWorkflow();
    snapshot.policies.policies.push_back(std::move(policy));
    snapshot.root =
        std::shared_ptr<const sigstore::TrustedRoot>(&verification::TestRoot(), [](const auto*) {});
    snapshot.root_fingerprint = "test root";
    gate_ = std::make_unique<Gate>(std::make_shared<const FixedPolicies>(std::move(snapshot)), verifier_);
    gates_ = std::make_unique<Gates>(*gate_);
    handler_ = std::make_unique<AdmissionHandler>(*gates_, metrics_, net::SystemClock());
  }

  // An image; its digest.
  std::string Image(const std::string& note) {
    return registry_->PutManifest(
        "acme/app", kManifestType,
        Cat(R"({"schemaVersion":2,"mediaType":")", kManifestType,
            R"(","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":")",
            crypto::Digest::Sha256Of("{}").ToString(), R"(","size":2},"layers":[],"annotations":{"note":")",
            note, R"("}})"));
  }
  std::string SignedImage(const std::string& note) {
    const std::string digest = Image(note);
    const auto manifest = sandbox::MintReferrer(verification::TestSigstore(), {digest, 2}, {});
    for (const sandbox::OciBlob& blob : manifest.blobs) registry_->PutBlob("acme/app", blob.bytes);
    registry_->PutManifest("acme/app", manifest.media_type, manifest.bytes);
    return digest;
  }
  std::string ByDigest(const std::string& digest) const {
    return Cat(registry_->host(), "/acme/app@", digest);
  }
  std::string ByTag(const std::string& tag) const { return Cat(registry_->host(), "/acme/app:", tag); }

  static HttpRequest RequestFor(const std::string& object, const std::string& timeout = "10s") {
    return {.path = "/validate",
            .query = "timeout=" + timeout,
            .body = ReviewText{.object = object}.Json(),
            .received = absl::Now()};
  }
  std::string Admit(const std::string& object, const std::string& timeout = "10s") {
    return handler_->Answer(Endpoint::kValidate, RequestFor(object, timeout)).body;
  }
  // How many requests the registry got since the last call.
  size_t Requests() {
    const size_t count = registry_->log().size();
    registry_->log().Clear();
    return count;
  }

  const std::unique_ptr<sandbox::Registry> registry_ =
      sandbox::Registry::Start({.latency = absl::Milliseconds(20)}).value();
  std::shared_ptr<CachingImageVerifier> verifier_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Gates> gates_;
  Metrics metrics_;
  std::unique_ptr<AdmissionHandler> handler_;
};

constexpr char kAllowed[] = R"("allowed":true)";
constexpr char kDenied[] = R"("allowed":false)";

TEST_F(RegistryRequestsTest, AColdDigestTakesThreeRequestsInSequenceAndAWarmOneNone) {
  const std::string pod = PodOf(ByDigest(SignedImage("a")));
  Requests();
  EXPECT_THAT(Admit(pod), HasSubstr(kAllowed));
  EXPECT_LE(registry_->log().SequentialDepth(), 3u);
  EXPECT_LE(registry_->log().MaxInFlight(), 3u);
  EXPECT_GT(Requests(), 0u);
  const auto begun = handler_->Start(Endpoint::kValidate, RequestFor(pod));
  ASSERT_TRUE(std::holds_alternative<HttpReply>(begun)) << "decided on the calling thread";
  EXPECT_THAT(std::get<HttpReply>(begun).body, HasSubstr(kAllowed));
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(RegistryRequestsTest, AWarmTagTakesOneRequest) {
  registry_->Tag("acme/app", "v1", SignedImage("a"));
  const std::string pod = PodOf(ByTag("v1"));
  EXPECT_THAT(Admit(pod), HasSubstr(kAllowed));
  Requests();
  EXPECT_THAT(Admit(pod), HasSubstr(kAllowed));
  EXPECT_EQ(Requests(), 1u);
}

TEST_F(RegistryRequestsTest, ATagThatMovesAfterAnAdmissionIsDecidedAfresh) {
  registry_->Tag("acme/app", "v1", SignedImage("a"));
  EXPECT_THAT(Admit(PodOf(ByTag("v1"))), HasSubstr(kAllowed));
  const std::string moved = Image("never signed");
  registry_->Tag("acme/app", "v1", moved);
  EXPECT_THAT(Admit(PodOf(ByTag("v1"))),
              AllOf(HasSubstr(kDenied), HasSubstr("no-signature"), HasSubstr(moved)));
}

TEST_F(RegistryRequestsTest, IdenticalContainersCostOneVerification) {
  const std::string image = ByDigest(SignedImage("a"));
  const std::string one = PodOf(ByDigest(SignedImage("b")));
  Admit(one);
  Admit(PodOf(ByDigest(SignedImage("c"))));  // the client knows the registry from here
  Requests();
  Admit(PodOf(ByDigest(SignedImage("d"))));
  const size_t for_one = Requests();
  std::string containers;
  for (int i = 0; i < 20; ++i) {
    containers += Cat(i == 0 ? "" : ",", R"({"name":"c)", i, R"(","image":")", image, R"("})");
  }
  EXPECT_THAT(Admit(PodWith(R"({"containers":[)" + containers + "]}")), HasSubstr(kAllowed));
  EXPECT_EQ(Requests(), for_one);
}

TEST_F(RegistryRequestsTest, AnOutageDeniesWhatIsNewKeepsWhatIsKnownAndLeavesNoTrace) {
  const std::string known = PodOf(ByDigest(SignedImage("known")));
  const std::string fresh = PodOf(ByDigest(SignedImage("new")));
  EXPECT_THAT(Admit(known), HasSubstr(kAllowed));
  registry_->AddFault({.times = -1, .respond = sandbox::HttpResponse{.status = 503}});
  EXPECT_THAT(Admit(known, "2s"), HasSubstr(kAllowed));
  EXPECT_THAT(Admit(fresh, "2s"), AllOf(HasSubstr(kDenied), HasSubstr("could not tell: ")));
  registry_->faults().Clear();
  // The flight of the outage may still be trying; whoever joins it gets what it gets.
  for (int i = 0; i < 300 && verifier_->flights() > 0; ++i) absl::SleepFor(absl::Milliseconds(100));
  EXPECT_THAT(Admit(fresh), HasSubstr(kAllowed));
}

TEST_F(RegistryRequestsTest, ARegistryThatStallsIsNamedWithTheStepBeforeTheDeadline) {
  const std::string digest = SignedImage("a");
  registry_->AddFault({.path_glob = "*/referrers/*", .times = -1, .delay = absl::Milliseconds(1500)});
  const absl::Time begin = absl::Now();
  const std::string answer = Admit(PodOf(ByDigest(digest)), "600ms");
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(600));
  EXPECT_THAT(answer, AllOf(HasSubstr(kDenied), HasSubstr("could not tell: deadline-exceeded"),
                            HasSubstr(Cat(registry_->host(), ": listing referrers of ", ByDigest(digest),
                                          " took too long"))));
  absl::SleepFor(absl::Milliseconds(2500));
  const auto begun = handler_->Start(Endpoint::kValidate, RequestFor(PodOf(ByDigest(digest))));
  EXPECT_TRUE(std::holds_alternative<HttpReply>(begun)) << "what came late is there for the next";
}

}  // namespace
}  // namespace chartseal::webhook
