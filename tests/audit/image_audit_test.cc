#include "audit/image_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sandbox/fault_recipes.h"
#include "tests/verification/signed_images.h"
#include "verifier/net/clock.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using verification::Answer;
using verification::Effect;

class ImageAuditTest : public ::testing::Test {
 protected:
  ImageInUse Image(const std::string& image, const std::string& namespace_name = "shop") const {
    ImageInUse in_use;
    in_use.object = {{"apps", "v1", "Deployment"}, "deployments", namespace_name, "web", "uid"};
    in_use.image = image;
    in_use.path = "spec.template.spec.containers[web].image";
    return in_use;
  }

  std::vector<Result> Run(const std::vector<ImageInUse>& images, const std::string& yaml = "") {
    policies_ = policy::ParsePolicyFile(yaml.empty() ? images_.PolicyYaml() : yaml, "policy.yaml").value();
    return AuditImages(images, {.policies = policies_,
                                .labels = labels_,
                                .source = images_.client(),
                                .root = {&verification::TestRoot(), [](const auto*) {}},
                                .clock = clock_,
                                .time_for_each = absl::Seconds(20)});
  }

  Result RunOne(const ImageInUse& image, const std::string& yaml = "") { return Run({image}, yaml).at(0); }

  // Manifests that were asked for by tag.
  int TagRequests(const std::string& tag) {
    const auto records = images_.registry().log().Records();
    return static_cast<int>(std::count_if(records.begin(), records.end(), [&](const auto& record) {
      return record.target.ends_with("/manifests/" + tag);
    }));
  }

  verification::SignedImages images_;
  NamespaceLabels labels_;
  policy::PolicySet policies_;
  net::Clock clock_ = net::SystemClock();
};

TEST_F(ImageAuditTest, ASignedImageIsYesWithSignerAndDigest) {
  const crypto::Digest image = images_.PutSigned("app");
  images_.Tag("v1", image);
  const Result result = RunOne(Image(images_.name() + ":v1"));
  EXPECT_EQ(result.verdict(), Verdict::kYes);
  EXPECT_EQ(result.digest, image);
  EXPECT_FALSE(result.running);
  EXPECT_EQ(result.Decisive().policy, "release");
  EXPECT_EQ(result.Decisive().conclusion->signer, verification::kIdentity);
}

TEST_F(ImageAuditTest, AnUnsignedImageIsNoSignature) {
  const Result result = RunOne(Image(images_.Ref(images_.PutUnsigned("app"))));
  EXPECT_EQ(result.verdict(), Verdict::kNo);
  EXPECT_EQ(result.Decisive().reason, Reason::kNoSignature);
}

TEST_F(ImageAuditTest, AnotherWorkflowIsIdentityMismatch) {
  const Result result = RunOne(Image(images_.Ref(images_.PutSignedByOther("app"))));
  EXPECT_EQ(result.Decisive().reason, Reason::kIdentityMismatch);
  EXPECT_THAT(result.Decisive().found, HasSubstr("evil/app"));
}

TEST_F(ImageAuditTest, WhatRunsIsJudgedAndNotWhereTheTagPointsNow) {
  const crypto::Digest running = images_.PutUnsigned("what was there");
  images_.Tag("v1", images_.PutSigned("what is there now"));
  ImageInUse image = Image(images_.name() + ":v1");
  image.running = running;
  const Result result = RunOne(image);
  EXPECT_EQ(result.verdict(), Verdict::kNo);
  EXPECT_EQ(result.Decisive().reason, Reason::kNoSignature);
  EXPECT_EQ(result.digest, running);
  EXPECT_TRUE(result.running);
  EXPECT_EQ(TagRequests("v1"), 1) << "the tag may name an index with it";
}

TEST_F(ImageAuditTest, ATagIsResolvedOnceAndADigestVerifiedOnceHoweverManyNameThem) {
  const crypto::Digest image = images_.PutSigned("app");
  images_.Tag("v1", image);
  std::vector<ImageInUse> many(20, Image(images_.name() + ":v1"));
  many.resize(40, Image(images_.Ref(image)));
  const auto results = Run(many);
  ASSERT_THAT(results, SizeIs(40));
  for (const Result& result : results) EXPECT_EQ(result.verdict(), Verdict::kYes);
  EXPECT_EQ(TagRequests("v1"), 1);
  const auto records = images_.registry().log().Records();
  EXPECT_LT(records.size(), 12u) << "asked for each use";
}

TEST_F(ImageAuditTest, APartOfASignedIndexIsJudgedByTheIndexThatTheTagNames) {
  const crypto::Digest part = images_.PutUnsigned("for one node");
  const crypto::Digest index = images_.PutIndex({images_.PutUnsigned("for another"), part}, true);
  images_.Tag("v1", index);
  ImageInUse image = Image(images_.name() + ":v1");
  image.running = part;
  const Result result = RunOne(image);
  EXPECT_EQ(result.verdict(), Verdict::kYes);
  EXPECT_EQ(result.digest, index);
  EXPECT_TRUE(result.running);
}

TEST_F(ImageAuditTest, AnIndexSpeaksForItsPartsAloneAndOnlyWhenItIsSigned) {
  const crypto::Digest part = images_.PutUnsigned("for one node");
  ImageInUse image = Image(images_.name() + ":v1");
  image.running = part;
  images_.Tag("v1", images_.PutIndex({part}, false));
  EXPECT_EQ(RunOne(image).Decisive().reason, Reason::kNoSignature);
  images_.Tag("v1", images_.PutIndex({images_.PutUnsigned("for another")}, true));
  EXPECT_EQ(RunOne(image).Decisive().reason, Reason::kNoSignature);
  EXPECT_EQ(RunOne(image).digest, part);
}

TEST_F(ImageAuditTest, WhetherItIsAPartCouldNotBeToldWhenTheTagCannotBeRead) {
  ImageInUse image = Image(images_.name() + ":v1");
  image.running = images_.PutUnsigned("for one node");
  images_.registry().AddFault(
      {.path_glob = "*/manifests/v1", .times = -1, .respond = sandbox::StatusAnswer(403)});
  const Result result = RunOne(image);
  EXPECT_EQ(result.verdict(), Verdict::kCouldNotTell);
  EXPECT_EQ(result.Decisive().reason, Reason::kUnauthorized);
}

TEST_F(ImageAuditTest, WhatNoPolicyCoversFollowsNoMatch) {
  const ImageInUse stranger = Image("127.0.0.1:1/acme/app:v1");
  const Result denied = RunOne(stranger);
  EXPECT_EQ(denied.verdict(), Verdict::kNo);
  EXPECT_EQ(denied.Decisive().reason, Reason::kNoPolicyMatches);
  EXPECT_EQ(denied.Decisive().policy, "");
  const Result warned = RunOne(stranger, images_.PolicyYaml("release", "  noMatch: warn\n"));
  EXPECT_EQ(warned.verdict(), Verdict::kNo);
  EXPECT_EQ(warned.Decisive().effect, Effect::kWarn);
  const Result let_in = RunOne(stranger, images_.PolicyYaml("release", "  noMatch: allow\n"));
  EXPECT_EQ(let_in.verdict(), Verdict::kSkipped);
}

TEST_F(ImageAuditTest, PoliciesOfOtherNamespacesDoNotCount) {
  const std::string yaml =
      images_.PolicyYaml("release") + "---\n" +
      "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: prod}\nspec:\n"
      "  match: {images: [\"**\"], namespaces: [prod]}\n"
      "  authorities:\n  - keyless: {identities: [{issuer: \"https://x.test\", subject: "
      "\"https://x.test/y\"}]}\n";
  const std::string image = images_.Ref(images_.PutSigned("app"));
  EXPECT_THAT(RunOne(Image(image, "shop"), yaml).rulings, SizeIs(1));
  const Result prod = RunOne(Image(image, "prod"), yaml);
  ASSERT_THAT(prod.rulings, SizeIs(2));
  EXPECT_EQ(prod.verdict(), Verdict::kNo);
  EXPECT_EQ(prod.Decisive().policy, "prod");
}

TEST_F(ImageAuditTest, SelectorsOfNamespacesGoByTheirLabels) {
  const std::string yaml =
      Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: prod}\nspec:\n"
          "  noMatch: allow\n  match: {images: [\"**\"], namespaceSelector: {matchLabels: {env: prod}}}\n"
          "  authorities:\n  - keyless: {identities: [{issuer: \"https://x.test\", subject: "
          "\"https://x.test/y\"}]}\n");
  labels_["shop"] = {{"env", "test"}};
  labels_["prod"] = {{"env", "prod"}};
  const std::string image = images_.Ref(images_.PutSigned("app"));
  EXPECT_EQ(RunOne(Image(image, "shop"), yaml).verdict(), Verdict::kSkipped);
  EXPECT_EQ(RunOne(Image(image, "prod"), yaml).Decisive().reason, Reason::kIssuerMismatch);
  // Leaving a policy out could let something pass.
  EXPECT_EQ(RunOne(Image(image, "unknown"), yaml).Decisive().reason, Reason::kIssuerMismatch);
}

TEST_F(ImageAuditTest, ARegistryThatRefusesCouldNotBeTold) {
  images_.registry().AddFault({.times = -1, .respond = sandbox::StatusAnswer(403)});
  const Result by_tag = RunOne(Image(images_.name() + ":v1"));
  EXPECT_EQ(by_tag.verdict(), Verdict::kCouldNotTell);
  EXPECT_EQ(by_tag.Decisive().reason, Reason::kUnauthorized);
  EXPECT_EQ(by_tag.digest, std::nullopt);
  const Result by_digest = RunOne(Image(images_.Ref(crypto::Digest::Sha256Of("x"))));
  EXPECT_EQ(by_digest.verdict(), Verdict::kCouldNotTell);
  EXPECT_EQ(by_digest.Decisive().reason, Reason::kUnauthorized);
}

TEST_F(ImageAuditTest, ATagThatIsNotThereCouldNotBeTold) {
  const Result result = RunOne(Image(images_.name() + ":gone"));
  EXPECT_EQ(result.verdict(), Verdict::kCouldNotTell);
  EXPECT_EQ(result.Decisive().reason, Reason::kNotFound);
}

TEST_F(ImageAuditTest, ANameThatIsNoReferenceCouldNotBeTold) {
  const Result result = RunOne(Image("Not A Reference"));
  EXPECT_EQ(result.verdict(), Verdict::kCouldNotTell);
  EXPECT_EQ(result.Decisive().reason, Reason::kReferenceMalformed);
}

TEST_F(ImageAuditTest, AnObjectThatCannotBeReadIsNo) {
  ImageInUse image = Image("");
  image.unreadable = Rejection{.reason = Reason::kImageFieldMalformed, .detail = "spec cannot be read"};
  const Result result = RunOne(image);
  EXPECT_EQ(result.verdict(), Verdict::kNo);
  EXPECT_EQ(result.Decisive().reason, Reason::kImageFieldMalformed);
}

TEST_F(ImageAuditTest, APolicyThatOnlyWarnsIsANoThatWarns) {
  const Result result =
      RunOne(Image(images_.Ref(images_.PutUnsigned("app"))), images_.PolicyYaml("release", "  mode: warn\n"));
  EXPECT_EQ(result.verdict(), Verdict::kNo);
  EXPECT_EQ(result.Decisive().effect, Effect::kWarn);
}

}  // namespace
}  // namespace chartseal::audit
