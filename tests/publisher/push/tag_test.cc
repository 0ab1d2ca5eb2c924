#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/publisher/push/writer_fixture.h"

namespace chartseal::publisher {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A registry that has the config which manifests name.
std::unique_ptr<sandbox::Registry> WithConfig(sandbox::RegistryOptions options = {}) {
  auto registry = StartRegistry(std::move(options));
  registry->PutBlob("org/app", "{}");
  return registry;
}

absl::Status Push(sandbox::Registry& registry, const std::string& manifest, bool replace = false) {
  return MakeWriter().PushTag(Repo(registry), "1.0", manifest, oci::kOciManifest, replace, Soon());
}

std::string TagNames(sandbox::Registry& registry, const std::string& tag = "1.0") {
  return registry.store().Resolve("org/app", tag).value_or("nothing");
}

TEST(ManifestTest, IsPutUnderItsOwnDigest) {
  for (const int status : {200, 201, 202}) {
    auto registry = WithConfig({.manifest_status = status});
    const std::string manifest = ManifestJson("a");
    const auto pushed = MakeWriter().PushManifest(Repo(*registry), manifest, oci::kOciManifest, Soon());
    ASSERT_TRUE(pushed.ok()) << pushed.status();
    EXPECT_EQ(pushed->digest.ToString(), sandbox::ContentDigest(manifest));
    EXPECT_EQ(pushed->size, static_cast<int64_t>(manifest.size()));
    EXPECT_EQ(registry->log().Records().back().path,
              "/v2/org/app/manifests/" + sandbox::ContentDigest(manifest));
    EXPECT_EQ(registry->log().Records().back().headers.find("content-type")->second, oci::kOciManifest);
    EXPECT_EQ(registry->log().size(), 1u);
  }
}

TEST(ManifestTest, ThatTheRegistryKeepsUnderAnotherDigestIsAnError) {
  auto registry = WithConfig();
  registry->AddFault(
      {.method = "PUT",
       .rewrite = sandbox::ReplaceHeader("Docker-Content-Digest", sandbox::ContentDigest("x"))});
  const auto pushed =
      MakeWriter().PushManifest(Repo(*registry), ManifestJson("a"), oci::kOciManifest, Soon());
  EXPECT_EQ(ReasonOf(pushed.status()), Reason::kDigestMismatch);
  EXPECT_THAT(Message(pushed.status()), HasSubstr("the registry stored other content than it was sent"));
}

TEST(ManifestTest, ADigestThatIsNoneOrOfAnotherKindSaysNothing) {
  for (const std::string& said :
       std::vector<std::string>{"", "nonsense", "sha512:" + std::string(128, 'a')}) {
    auto registry = WithConfig();
    registry->AddFault({.method = "PUT", .rewrite = sandbox::ReplaceHeader("Docker-Content-Digest", said)});
    EXPECT_TRUE(MakeWriter().PushManifest(Repo(*registry), ManifestJson("a"), oci::kOciManifest, Soon()).ok())
        << said;
  }
}

TEST(ManifestTest, ThatNamesWhatIsNotThereIsRefusedInTheRegistrysWords) {
  auto registry = StartRegistry();
  const auto pushed =
      MakeWriter().PushManifest(Repo(*registry), ManifestJson("a"), oci::kOciManifest, Soon());
  EXPECT_EQ(ReasonOf(pushed.status()), Reason::kNotFound);
  EXPECT_THAT(Message(pushed.status()), AllOf(HasSubstr("pushing manifest sha256:"),
                                              HasSubstr("404: MANIFEST_BLOB_UNKNOWN: blob unknown")));
}

TEST(ManifestTest, ThatIsTooLargeIsNotSent) {
  auto registry = WithConfig();
  const auto pushed = MakeWriter().PushManifest(Repo(*registry), ManifestJson(std::string(4 << 20, 'a')),
                                                oci::kOciManifest, Soon());
  EXPECT_EQ(ReasonOf(pushed.status()), Reason::kLimitExceeded);
  EXPECT_EQ(registry->log().size(), 0u);
}

TEST(TagTest, ANewTagIsLookedAtWrittenAndReadBack) {
  auto registry = WithConfig();
  ASSERT_TRUE(Push(*registry, ManifestJson("a")).ok());
  EXPECT_EQ(TagNames(*registry), sandbox::ContentDigest(ManifestJson("a")));
  EXPECT_THAT(Requests(*registry),
              ElementsAre("GET manifests/1.0 404", "PUT manifests/1.0 201", "GET manifests/1.0 200"));
}

TEST(TagTest, ATagThatNamesTheDigestAlreadyIsSuccessWithoutAWrite) {
  for (const bool immutable : {false, true}) {
    auto registry = WithConfig({.immutable_tags = immutable});
    ASSERT_TRUE(Push(*registry, ManifestJson("a")).ok());
    registry->log().Clear();
    EXPECT_TRUE(Push(*registry, ManifestJson("a")).ok());
    EXPECT_THAT(Requests(*registry), ElementsAre("GET manifests/1.0 200"));
  }
}

TEST(TagTest, WhatTheRegistryCallsTheDigestOfATagIsNotBelieved) {
  auto registry = WithConfig();
  ASSERT_TRUE(Push(*registry, ManifestJson("a")).ok());
  registry->AddFault({.method = "GET",
                      .times = -1,
                      .rewrite = sandbox::ReplaceHeader("Docker-Content-Digest",
                                                        sandbox::ContentDigest(ManifestJson("b")))});
  EXPECT_EQ(ReasonOf(Push(*registry, ManifestJson("b"))), Reason::kTagConflict);
}

TEST(TagTest, ATagThatNamesAnotherDigestIsLeftAlone) {
  auto registry = WithConfig();
  ASSERT_TRUE(Push(*registry, ManifestJson("a")).ok());
  registry->log().Clear();
  const absl::Status refused = Push(*registry, ManifestJson("b"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), Reason::kTagConflict);
  EXPECT_THAT(Message(refused), AllOf(HasSubstr("org/app:1.0 names another digest already: expected " +
                                                sandbox::ContentDigest(ManifestJson("b")) + ", found " +
                                                sandbox::ContentDigest(ManifestJson("a"))),
                                      HasSubstr("--replace-tag")));
  EXPECT_EQ(Writes(*registry), 0u);
  EXPECT_EQ(TagNames(*registry), sandbox::ContentDigest(ManifestJson("a")));
}

TEST(TagTest, ATagIsMovedWhenThatIsAllowed) {
  auto registry = WithConfig();
  ASSERT_TRUE(Push(*registry, ManifestJson("a")).ok());
  EXPECT_TRUE(Push(*registry, ManifestJson("b"), /*replace=*/true).ok());
  EXPECT_EQ(TagNames(*registry), sandbox::ContentDigest(ManifestJson("b")));
}

TEST(TagTest, AnImmutableTagThatShouldMoveIsAConflictThatExplainsItself) {
  auto registry = WithConfig({.immutable_tags = true});
  ASSERT_TRUE(Push(*registry, ManifestJson("a")).ok());
  const absl::Status refused = Push(*registry, ManifestJson("b"), /*replace=*/true);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), Reason::kTagConflict);
  EXPECT_THAT(Message(refused), AllOf(HasSubstr("400: TAG_INVALID: The image tag '1.0' already exists"),
                                      HasSubstr("raise the chart's version")));
}

TEST(TagTest, ARefusalThatFollowsALostAnswerIsSuccess) {
  auto registry = WithConfig({.immutable_tags = true});
  // The first PUT is stored, but its answer is a gateway's; the retry meets a tag that cannot be written.
  registry->AddFault(
      {.method = "PUT", .rewrite = [](const auto&, auto& response) { response.status = 502; }});
  EXPECT_TRUE(Push(*registry, ManifestJson("a")).ok());
  EXPECT_THAT(Requests(*registry), ElementsAre("GET manifests/1.0 404", "PUT manifests/1.0 502",
                                               "PUT manifests/1.0 400", "GET manifests/1.0 200"));
}

TEST(TagTest, ARegistryThatRefusesATagThatIsNotThereIsNoConflict) {
  auto registry = WithConfig();
  registry->AddFault(
      {.method = "PUT",
       .times = -1,
       .respond = sandbox::HttpResponse{
           .status = 412,
           .body = R"({"errors":[{"code":"PRECONDITION","message":"configured as immutable"}]})"}});
  const absl::Status refused = Push(*registry, ManifestJson("a"));
  EXPECT_EQ(ReasonOf(refused), Reason::kRegistryError);
  EXPECT_THAT(Message(refused), HasSubstr("change the rule of immutable tags"));
}

TEST(TagTest, ARegistryThatRewritesManifestsIsFoundOut) {
  auto registry = WithConfig({.rewrite_tagged = true});
  const absl::Status moved = Push(*registry, ManifestJson("a"));
  EXPECT_EQ(moved.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(moved), Reason::kTagMoved);
  EXPECT_THAT(Message(moved), HasSubstr("expected " + sandbox::ContentDigest(ManifestJson("a")) + ", found " +
                                        sandbox::ContentDigest(ManifestJson("a") + " ")));
}

TEST(TagTest, SomebodyElsesPushBetweenWriteAndReadIsFoundOut) {
  auto registry = WithConfig();
  sandbox::Registry* behind = registry.get();
  registry->AddFault(
      {.method = "PUT", .rewrite = [behind](const auto&, auto&) {
         behind->Tag("org/app", "1.0",
                     behind->PutManifest("org/app", std::string(oci::kOciManifest), ManifestJson("theirs")));
       }});
  const absl::Status moved = Push(*registry, ManifestJson("ours"));
  EXPECT_EQ(ReasonOf(moved), Reason::kTagMoved);
  EXPECT_THAT(Message(moved), HasSubstr("found " + sandbox::ContentDigest(ManifestJson("theirs"))));
}

TEST(TagTest, ATagThatVanishesIsNotSuccess) {
  auto registry = WithConfig();
  registry->AddFault({.method = "GET", .times = -1, .respond = sandbox::StatusAnswer(404)});
  const absl::Status moved = Push(*registry, ManifestJson("a"));
  EXPECT_EQ(ReasonOf(moved), Reason::kTagMoved);
  EXPECT_THAT(Message(moved), HasSubstr("found no such tag"));
}

TEST(TagTest, WhatCannotBeLookedAtIsNotWritten) {
  auto registry = WithConfig();
  registry->AddFault({.method = "GET", .times = -1, .respond = sandbox::StatusAnswer(500)});
  const absl::Status failed = Push(*registry, ManifestJson("a"), /*replace=*/true);
  EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(failed), HasSubstr("looking at tag "));
  EXPECT_EQ(Writes(*registry), 0u);
}

TEST(TagTest, WhatIsNoTagIsNotAskedFor) {
  auto registry = WithConfig();
  for (const char* tag : {"1.0+b", "", "-a", "a/b", "sha256:0"}) {
    const absl::Status refused =
        MakeWriter().PushTag(Repo(*registry), tag, ManifestJson("a"), oci::kOciManifest, true, Soon());
    EXPECT_EQ(ReasonOf(refused), Reason::kReferenceMalformed) << tag;
    EXPECT_THAT(Message(refused), HasSubstr("not a tag"));
  }
  EXPECT_EQ(registry->log().size(), 0u);
}

}  // namespace
}  // namespace chartseal::publisher
