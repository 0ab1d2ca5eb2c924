// A release that comes again while its registry is away (docs/decisions/0017).
#include <gmock/gmock.h>

#include "tests/verification/minted.h"
#include "tests/webhook/release_world.h"
#include "webhook/last_seen_tags.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

class ReleaseOutageTest : public ReleaseWorld {
 protected:
  ReleaseOutageTest() { Publish(); }

  Decision CreateAsRecorded(const std::string& dry_run = "false", absl::Duration time = absl::Seconds(10)) {
    ReviewText review{.kind = "Secret", .resource = "secrets", .namespace_name = "newns", .dry_run = dry_run};
    review.object = RecordedSecrets().front().secret.dump();
    return Review(review, time);
  }
  // A policy for all images beside that for charts.
  void UseImages() {
    Use(PolicyText({.extra =
                        "---\napiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\n"
                        "metadata: { name: images }\nspec:\n  match: { images: [\"**\"] }\n"
                        "  authorities:\n  - name: release\n    keyless:\n      identities:\n"
                        "      - { issuer: \"https://issuer.test\", subject: \"https://good.test\" }\n"}));
    images_->Answer("ghcr.io/acme/app", Yes("app"));
    images_->Answer("index.docker.io/library/busybox", Yes("busybox"));
  }
};

TEST_F(ReleaseOutageTest, ANewReleaseCannotBeToldAboutAndTheRegistryIsNamed) {
  Outage();
  const Decision decision = CreateAsRecorded();
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kRegistryError);
  EXPECT_THAT(decision.response.message, AllOf(HasSubstr("could not tell"), HasSubstr(registry_->host())));
}

TEST_F(ReleaseOutageTest, OneThatWasAdmittedIsAdmittedAgain) {
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  Outage();
  const Decision again = CreateAsRecorded();
  EXPECT_TRUE(again.response.allowed) << again.response.message;
  ASSERT_TRUE(again.release.has_value() && again.release->place() != nullptr);
  EXPECT_TRUE(again.release->place()->remembered);
}

TEST_F(ReleaseOutageTest, ThatHoldsAsLongAsADecision) {
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  Outage();
  Wait(limits::kYesLifetime - absl::Minutes(1));
  const Decision late = CreateAsRecorded();
  EXPECT_TRUE(late.response.allowed) << late.response.message;
}

// When the time is over nothing can be asked any more, also not whether somebody has stated by now what is in
// the chart.
TEST_F(ReleaseOutageTest, AndWhenTheRegistryOnlyStalls) {
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  Wait(limits::kNoLifetime);
  registry_->AddFault({.times = -1, .delay = absl::Seconds(2)});
  const Decision again = CreateAsRecorded("false", absl::Milliseconds(500));
  EXPECT_TRUE(again.response.allowed) << again.response.message;
}

TEST_F(ReleaseOutageTest, OneThatDiffersInItsValuesIsNew) {
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  Outage();
  const Decision other = CreateChanged([](Json& record) { record["config"]["replicas"] = 99; });
  EXPECT_FALSE(other.response.allowed);
  EXPECT_EQ(other.reason, Reason::kRegistryError);
}

TEST_F(ReleaseOutageTest, NothingHoldsLongerThanADecision) {
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  Outage();
  Wait(limits::kYesLifetime);
  const Decision late = CreateAsRecorded();
  EXPECT_FALSE(late.response.allowed);
  EXPECT_EQ(late.reason, Reason::kRegistryError);
}

TEST_F(ReleaseOutageTest, APolicyThatChangedIsJudgedAnew) {
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  Outage();
  std::string text = PolicyText();
  text.replace(text.find("release.yml"), 11, "another.yml");
  Use(text);
  const Decision decision = CreateAsRecorded();
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kIdentityMismatch) << decision.response.message;
}

TEST_F(ReleaseOutageTest, ARegistryThatSaysThereIsNoSuchTagHasSaidSomething) {
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  registry_->AddFault(
      {.path_glob = "*/manifests/*", .times = -1, .respond = sandbox::HttpResponse{.status = 404}});
  const Decision decision = CreateAsRecorded();
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kNotFound);
}

TEST_F(ReleaseOutageTest, ADryRunLeavesNothing) {
  ASSERT_TRUE(CreateAsRecorded("true").response.allowed);
  Outage();
  const Decision decision = CreateAsRecorded();
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kRegistryError);
}

TEST_F(ReleaseOutageTest, ADeniedReleaseLeavesNothing) {
  UseImages();
  images_->Answer("ghcr.io/acme/app", No(Reason::kNoSignature));
  ASSERT_EQ(CreateAsRecorded().reason, Reason::kNoSignature);
  images_->Answer("ghcr.io/acme/app", Yes("app"));
  Outage();
  const Decision decision = CreateAsRecorded();
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kRegistryError) << "the tag of the chart was not kept";
}

TEST_F(ReleaseOutageTest, AnImageByTagOfTheSameReleaseIsJudgedByItsDigest) {
  UseImages();
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  // Tags are not resolved any more.
  images_->Behave("ghcr.io/acme/app",
                  [](const ImageQuery&, absl::Time) -> absl::StatusOr<verification::Verdict> {
                    return Unknown(Reason::kUnreachable);
                  });
  const Decision unknown = CreateAsRecorded();
  EXPECT_FALSE(unknown.response.allowed) << "nobody knows its digest";
  EXPECT_EQ(unknown.reason, Reason::kUnreachable);
  images_->Behave("ghcr.io/acme/app",
                  [](const ImageQuery& query, absl::Time) -> absl::StatusOr<verification::Verdict> {
                    if (!query.reference.digest().has_value()) return Unknown(Reason::kUnreachable);
                    EXPECT_EQ(*query.reference.digest(), DigestOf("app"));
                    return Yes("app");
                  });
  const Decision again = CreateAsRecorded();
  EXPECT_TRUE(again.response.allowed) << again.response.message;
  EXPECT_EQ(again.reports[0].digest, DigestOf("app"));
}

TEST_F(ReleaseOutageTest, ATagThatIsGoneIsNotJudgedByTheDigestThatItHad) {
  UseImages();
  ASSERT_TRUE(CreateAsRecorded().response.allowed);
  images_->Behave("ghcr.io/acme/app",
                  [](const ImageQuery& query, absl::Time) -> absl::StatusOr<verification::Verdict> {
                    if (query.reference.digest().has_value()) return Yes("app");
                    return Unknown(Reason::kNotFound, absl::StatusCode::kNotFound);
                  });
  const Decision decision = CreateAsRecorded();
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.reason, Reason::kNotFound);
}

TEST(LastSeenTags, AreOfOneReleaseAndOneReference) {
  LastSeenTags tags;
  const auto reference = oci::Reference::Parse("ghcr.io/acme/app:1").value();
  tags.Put("core", reference, DigestOf("a"));
  EXPECT_EQ(tags.Find("core", reference), DigestOf("a"));
  EXPECT_EQ(tags.Find("other", reference), std::nullopt);
  EXPECT_EQ(tags.Find("core", oci::Reference::Parse("ghcr.io/acme/app:2").value()), std::nullopt);
}

}  // namespace
}  // namespace chartseal::webhook
