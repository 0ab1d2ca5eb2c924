// Under whose policies the images of a release are judged, and what follows when it cannot be told what
// images there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/release_images_fixture.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using ReleaseImagePlacesTest = ReleaseImagesTest;

// -- Records that lie elsewhere than they say that the release is.

TEST_F(ReleaseImagePlacesTest, WhatNamesNoNamespaceIsJudgedWhereTheRecordLiesToo) {
  UseImages("**", "enforce", "storage", "allow");
  images_->Answer(kAppImage, No(Reason::kIdentityMismatch));
  EXPECT_TRUE(CreateAsRecorded().response.allowed) << "the policy is about another namespace";
  EXPECT_THAT(images_->asked(), IsEmpty());
  ExpectDenied(CreateInStorage(), Reason::kIdentityMismatch);
  EXPECT_THAT(images_->pulls(), Contains(PullContext{"storage", "default", {}}));
}

TEST_F(ReleaseImagePlacesTest, BothNamespacesCountForNoMatchToo) {
  UseImages("**", "enforce", "newns", "allow");
  images_->Answer(kAppImage, No(Reason::kIdentityMismatch));
  ExpectDenied(CreateInStorage(), Reason::kIdentityMismatch);
  UseImages("**", "enforce", "newns");
  images_->Answer(kAppImage, Yes("app"));
  ExpectDenied(CreateInStorage(), Reason::kNoPolicyMatches);
}

TEST_F(ReleaseImagePlacesTest, ItIsAskedAboutOnceWhereBothHaveTheSamePolicies) {
  const Decision decision = CreateInStorage();
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_THAT(images_->asked(), UnorderedElementsAre("ghcr.io/acme/app:1.0.0-rc1", HasSubstr("busybox:1")));
  EXPECT_EQ(decision.reports.size(), 2u);
}

TEST_F(ReleaseImagePlacesTest, WhatNamesANamespaceIsJudgedThereAlone) {
  UseImages("registry.test/**", "enforce", "storage", "allow");
  images_->Answer("registry.test/x", No(Reason::kNoSignature));
  const auto pod = [](std::string_view metadata) {
    return Cat("apiVersion: v1\nkind: Pod\nmetadata: { name: p", metadata,
               " }\nspec: { containers: [{name: c, image: registry.test/x:1}] }\n");
  };
  EXPECT_TRUE(CreateInStorage(pod(", namespace: elsewhere")).response.allowed);
  EXPECT_THAT(images_->asked(), IsEmpty());
  ExpectDenied(CreateInStorage(pod("")), Reason::kNoSignature);
  ExpectDenied(CreateWith(pod(", namespace: storage")), Reason::kNoSignature);
}

TEST_F(ReleaseImagePlacesTest, APullSecretOfTheReleaseCountsThereToo) {
  UseImages("registry.test/**", "enforce", "storage", "allow");
  images_->Answer("registry.test/private",
                  Unknown(Reason::kUnauthorized, absl::StatusCode::kUnauthenticated));
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"
      "  imagePullSecrets: [{name: pull}]\n  containers: [{name: c, image: registry.test/private}]\n";
  ExpectDenied(CreateInStorage(pod), Reason::kUnauthorized);
  const Decision decision =
      CreateInStorage(pod + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: pull}\n");
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_EQ(decision.verdict, "warned");
}

TEST_F(ReleaseImagePlacesTest, ARecordThatSaysNoNamespaceIsOfTheOneInWhichItLies) {
  images_->Answer(kAppImage, No(Reason::kIdentityMismatch));
  const auto create = [this] {
    return CreateChanged([](nlohmann::ordered_json& record) { record["namespace"] = ""; });
  };
  ExpectDenied(create(), Reason::kIdentityMismatch);
  UseImages("**", "enforce", "storage", "allow");
  EXPECT_TRUE(create().response.allowed);
}

// -- What cannot be read is denied where an image in it could be.

constexpr char kTwice[] =
    "spec: {containers: [{name: c, image: registry.test/good, image: registry.test/evil}]}\n";

TEST_F(ReleaseImagePlacesTest, WhereAllPoliciesOfImagesWarnSoDoesADocumentThatCannotBeRead) {
  UseImages("**", "warn");
  images_->Answer(kAppImage, No(Reason::kNoSignature));
  const Decision decision = CreateWith(Cat("kind: Pod\n", kTwice));
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_EQ(decision.verdict, "warned");
  EXPECT_THAT(decision.response.warnings,
              AllOf(Contains(HasSubstr("could not tell: yaml-malformed: tracecore/charts/subby/templates/")),
                    Contains(HasSubstr("no-signature: ghcr.io/acme/app:1.0.0-rc1"))))
      << "the others are judged";
  const Decision field = CreateWith("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {}\n");
  EXPECT_TRUE(field.response.allowed) << field.response.message;
  EXPECT_THAT(field.response.warnings,
              Contains(HasSubstr("could not tell: image-field-malformed: tracecore/")));
}

TEST_F(ReleaseImagePlacesTest, ThatTheyDoNotCoverEveryImageIsEnoughForNoMatchToDeny) {
  UseImages("ghcr.io/**", "warn");
  ExpectDenied(CreateWith(Cat("kind: Pod\n", kTwice)), Reason::kYamlMalformed);
}

TEST_F(ReleaseImagePlacesTest, WhereNoPolicyOfImagesHoldsADocumentThatCannotBeReadWarns) {
  UseImages("**", "enforce", "prod", "allow");
  const Decision decision = CreateWith(Cat("kind: Pod\n", kTwice));
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_THAT(decision.response.warnings, Contains(HasSubstr("could not tell: yaml-malformed")));
  ExpectDenied(CreateWith(Cat("kind: Pod\nmetadata: {namespace: prod}\n", kTwice)), Reason::kYamlMalformed);
  ExpectDenied(CreateWith(Cat("kind: Pod\n\"\\x6eamespace\": prod\n", kTwice)), Reason::kYamlMalformed);
  ExpectDenied(CreateWith(Cat("kind: Pod\n", kTwice), "prod"), Reason::kYamlMalformed);
  ExpectDenied(CreateWith("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: prod}\n"),
               Reason::kImageFieldMalformed);
  UseImages("**", "enforce", "prod", "deny");
  ExpectDenied(CreateWith(Cat("kind: Pod\n", kTwice)), Reason::kYamlMalformed);
}

}  // namespace
}  // namespace chartseal::webhook
