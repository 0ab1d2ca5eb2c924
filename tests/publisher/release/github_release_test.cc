#include "publisher/release/github_release.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sandbox/github.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRepository[] = "acme/app";
constexpr char kToken[] = "ghs_sandbox";

class GithubReleaseTest : public ::testing::Test {
 protected:
  void StartWith(sandbox::GithubOptions options) {
    github_ = sandbox::Github::Start(std::move(options)).value();
    release_ = github_->AddRelease(kRepository, "v1.2.3");
  }
  void SetUp() override { StartWith({}); }

  GithubOptions Options() const {
    return {.api_url = github_->url(),
            .token = oci::Secret(kToken),
            .http = net::MakeHttpClient().value(),
            .sleeper = [](absl::Duration) {}};
  }
  absl::StatusOr<std::unique_ptr<GithubRelease>> Find(GithubOptions options,
                                                      const std::string& tag = "v1.2.3") const {
    return FindGithubRelease({.owner = "acme", .repository = "app", .tag = tag}, std::move(options),
                             Deadline());
  }
  std::unique_ptr<GithubRelease> Found() const { return Find(Options()).value(); }
  static absl::Time Deadline() { return absl::Now() + absl::Seconds(20); }

  absl::StatusOr<AssetOutcome> Put(GithubRelease& release, std::string_view bytes) const {
    return release.Put({.name = "app-1.2.3.tgz", .bytes = bytes, .media_type = "application/gzip"},
                       Deadline());
  }
  std::string Stored() const {
    const auto assets = github_->AssetsOf(release_);
    return assets.size() == 1 ? assets[0].bytes : Cat(assets.size(), " assets");
  }
  size_t Uploads() const { return github_->api().log().Count("POST", "/uploads/*"); }

  std::unique_ptr<sandbox::Github> github_;
  int64_t release_ = 0;
};

void ExpectFailure(const absl::Status& status, absl::StatusCode code, Reason reason, const char* text) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(Name(ReasonOf(status)), Name(reason)) << status;
  EXPECT_THAT(Message(status), HasSubstr(text));
  EXPECT_THAT(Message(status), Not(HasSubstr(kToken)));
}

TEST_F(GithubReleaseTest, AnAssetIsUploadedOnceAndFoundAgain) {
  const auto release = Found();
  EXPECT_EQ(Put(*release, "chart").value(), AssetOutcome::kUploaded);
  EXPECT_EQ(Stored(), "chart");
  EXPECT_EQ(Put(*release, "chart").value(), AssetOutcome::kWasThere);
  EXPECT_EQ(Uploads(), 1u);
  EXPECT_EQ(release->url(), "https://github.com/acme/app/releases/tag/v1.2.3");
}

TEST_F(GithubReleaseTest, AnAssetWithOtherBytesIsAConflictAndStays) {
  github_->AddAsset(release_, "app-1.2.3.tgz", "other");
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kFailedPrecondition,
                Reason::kAssetConflict, "has another asset app-1.2.3.tgz: expected sha256:");
  EXPECT_EQ(Stored(), "other");
  EXPECT_EQ(Uploads(), 0u);
}

TEST_F(GithubReleaseTest, AnAssetOfAnotherSizeIsAConflictWithoutADownload) {
  StartWith({.asset_digests = false});
  github_->AddAsset(release_, "app-1.2.3.tgz", "longer than the chart");
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kFailedPrecondition,
                Reason::kAssetConflict, "found 21 bytes");
  EXPECT_EQ(github_->storage().log().size(), 0u);
}

TEST_F(GithubReleaseTest, AnAssetWithOtherBytesIsReplacedWhenAsked) {
  github_->AddAsset(release_, "app-1.2.3.tgz", "other");
  GithubOptions options = Options();
  options.replace = true;
  const auto release = Find(std::move(options)).value();
  EXPECT_EQ(Put(*release, "chart").value(), AssetOutcome::kReplaced);
  EXPECT_EQ(Stored(), "chart");
}

TEST_F(GithubReleaseTest, WithoutDigestsInAnswersAnAssetIsComparedByItsBytes) {
  StartWith({.asset_digests = false});
  github_->AddAsset(release_, "app-1.2.3.tgz", "chart");
  EXPECT_EQ(Put(*Found(), "chart").value(), AssetOutcome::kWasThere);
  EXPECT_EQ(Put(*Found(), "chars").status().code(), absl::StatusCode::kFailedPrecondition);
  // The storage that a download is redirected to never sees the token: it refuses whoever shows one.
  EXPECT_FALSE(github_->storage().log().AnyHasHeader("authorization"));
  EXPECT_EQ(github_->storage().log().Count("GET", "/asset/*"), 2u);
}

TEST_F(GithubReleaseTest, ANameThatGithubChangesIsFoundAgain) {
  const auto release = Found();
  const ReleaseAsset asset{
      .name = "app-1.2.3+build 5.tgz", .bytes = "chart", .media_type = "application/gzip"};
  EXPECT_EQ(release->Put(asset, Deadline()).value(), AssetOutcome::kUploaded);
  EXPECT_EQ(github_->AssetsOf(release_).at(0).name, "app-1.2.3.build.5.tgz");
  EXPECT_EQ(release->Put(asset, Deadline()).value(), AssetOutcome::kWasThere);
}

TEST_F(GithubReleaseTest, WhatABrokenUploadLeftIsTakenAway) {
  github_->AddAsset(release_, "app-1.2.3.tgz", "", "starter");
  EXPECT_EQ(Put(*Found(), "chart").value(), AssetOutcome::kUploaded);
  EXPECT_EQ(Stored(), "chart");
}

TEST_F(GithubReleaseTest, AnUploadWhoseAnswerGotLostCounts) {
  github_->api().faults().Add({.method = "POST",
                               .path_glob = "/uploads/*",
                               .rewrite = [](const auto&, auto& response) { response.status = 502; }});
  EXPECT_EQ(Put(*Found(), "chart").value(), AssetOutcome::kUploaded);
  EXPECT_EQ(Stored(), "chart");
  EXPECT_EQ(Uploads(), 1u);
}

TEST_F(GithubReleaseTest, AnUploadThatFailsInPassingIsTriedAgain) {
  github_->api().faults().Add({.method = "POST",
                               .path_glob = "/uploads/*",
                               .respond = sandbox::MakeResponse(502, "text/html", "<html>")});
  EXPECT_EQ(Put(*Found(), "chart").value(), AssetOutcome::kUploaded);
  EXPECT_EQ(Uploads(), 2u);
}

TEST_F(GithubReleaseTest, AnUploadThatKeepsFailingIsGivenUp) {
  github_->api().faults().Add({.method = "POST",
                               .path_glob = "/uploads/*",
                               .times = -1,
                               .respond = sandbox::MakeResponse(502, "text/html", "<html>")});
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kUnavailable, Reason::kGithubFailed,
                "upload of asset app-1.2.3.tgz: HTTP 502");
  EXPECT_EQ(Uploads(), 3u);
}

TEST_F(GithubReleaseTest, AReplacementThatFailsSaysThatTheOldAssetIsGone) {
  github_->AddAsset(release_, "app-1.2.3.tgz", "other");
  github_->api().faults().Add({.method = "POST",
                               .path_glob = "/uploads/*",
                               .times = -1,
                               .respond = sandbox::MakeResponse(500, "text/html", "<html>")});
  GithubOptions options = Options();
  options.replace = true;
  const auto release = Find(std::move(options)).value();
  ExpectFailure(Put(*release, "chart").status(), absl::StatusCode::kUnavailable, Reason::kGithubFailed,
                "the old asset was deleted and the new one is not there");
}

// Somebody else is quicker: GitHub answers that the asset exists.
class RacedUploadTest : public GithubReleaseTest {
 protected:
  void OthersUpload(const std::string& bytes) {
    const char* answer =
        R"({"message":"Validation Failed","errors":[{"resource":"ReleaseAsset","code":"already_exists"}]})";
    github_->api().faults().Add({.method = "POST",
                                 .path_glob = "/uploads/*",
                                 .respond = sandbox::MakeResponse(422, "application/json", answer),
                                 .rewrite = [this, bytes](const auto&, auto&) {
                                   github_->AddAsset(release_, "app-1.2.3.tgz", bytes);
                                 }});
  }
};

TEST_F(RacedUploadTest, TheSameBytesAreSuccess) {
  OthersUpload("chart");
  EXPECT_EQ(Put(*Found(), "chart").value(), AssetOutcome::kUploaded);
  EXPECT_EQ(Uploads(), 1u);
}

TEST_F(RacedUploadTest, OtherBytesAreAConflict) {
  OthersUpload("other");
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kFailedPrecondition,
                Reason::kAssetConflict, "has another asset");
  EXPECT_EQ(Stored(), "other");
}

TEST_F(GithubReleaseTest, WhatGithubListsAfterwardsMustBeWhatWasSent) {
  github_->api().faults().Add(
      {.method = "GET", .path_glob = "*/assets", .skip = 1, .rewrite = [](const auto&, auto& r) {
         r.body = R"([{"id":7,"name":"app-1.2.3.tgz","size":5,"state":"uploaded","digest":"sha256:00"}])";
       }});
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kFailedPrecondition,
                Reason::kAssetConflict, "found sha256:00");
}

TEST_F(GithubReleaseTest, AnUploadThatIsNotListedIsNoSuccess) {
  github_->api().faults().Add({.method = "GET",
                               .path_glob = "*/assets",
                               .skip = 1,
                               .respond = sandbox::MakeResponse(200, "application/json", "[]")});
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kUnavailable, Reason::kGithubFailed,
                "took the upload and does not list it");
}

TEST_F(GithubReleaseTest, ADraftIsFoundByItsTagOnLaterPages) {
  StartWith({.page_size = 100});
  for (int i = 0; i < 130; ++i) github_->AddRelease(kRepository, Cat("v0.", i));
  const int64_t draft = github_->AddRelease(kRepository, "v2.0.0", /*draft=*/true);
  const auto release = Find(Options(), "v2.0.0");
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(Put(**release, "chart").value(), AssetOutcome::kUploaded);
  EXPECT_EQ(github_->AssetsOf(draft).size(), 1u);
}

TEST_F(GithubReleaseTest, ATagWithoutAReleaseIsNotFound) {
  ExpectFailure(Find(Options(), "v9").status(), absl::StatusCode::kNotFound, Reason::kGithubFailed,
                "there is no release or draft of the tag v9");
}

TEST_F(GithubReleaseTest, WithoutATokenTheErrorAsksForOne) {
  GithubOptions options = Options();
  options.token = oci::Secret();
  ExpectFailure(Find(options, "v9").status(), absl::StatusCode::kNotFound, Reason::kGithubFailed,
                "set GITHUB_TOKEN");
  EXPECT_FALSE(github_->api().log().AnyHasHeader("authorization"));
}

TEST_F(GithubReleaseTest, AWrongTokenIsSaidToBeOne) {
  GithubOptions options = Options();
  options.token = oci::Secret("ghs_expired");
  const absl::Status status = Find(options).status();
  ExpectFailure(status, absl::StatusCode::kUnauthenticated, Reason::kGithubFailed, "Bad credentials");
  EXPECT_THAT(Message(status), Not(HasSubstr("ghs_expired")));
}

TEST_F(GithubReleaseTest, ATokenThatMayNotWriteNamesThePermission) {
  StartWith({.may_write = false});
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kPermissionDenied, Reason::kGithubFailed,
                "contents: write");
}

TEST_F(GithubReleaseTest, AServerThatQuotesTheTokenIsNotQuoted) {
  github_->api().faults().Add(
      {.times = -1, .rewrite = [](const sandbox::HttpRequest& request, sandbox::HttpResponse& response) {
         const std::string said = request.Header("authorization").value_or("nobody");
         response = sandbox::MakeResponse(
             400, "application/json",
             Cat(R"({"message":"no: )", said, R"(","errors":[{"message":"no: )", said, R"("}]})"));
       }});
  const absl::Status status = Find(Options()).status();
  EXPECT_THAT(Message(status), HasSubstr("no: Bearer [redacted]"));
  EXPECT_THAT(Message(status), Not(HasSubstr(sandbox::GithubOptions().token)));
}

TEST_F(GithubReleaseTest, ARateLimitIsNoLackOfPermission) {
  sandbox::HttpResponse limited = sandbox::MakeResponse(
      403, "application/json", R"({"message":"API rate limit exceeded for installation"})");
  limited.SetHeader("X-RateLimit-Remaining", "0");
  github_->api().faults().Add({.path_glob = "*", .times = -1, .respond = limited});
  ExpectFailure(Find(Options()).status(), absl::StatusCode::kResourceExhausted, Reason::kGithubFailed,
                "API rate limit exceeded");
}

TEST_F(GithubReleaseTest, AnImmutableReleaseTakesNothing) {
  github_->MakeImmutable(release_);
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kFailedPrecondition, Reason::kGithubFailed,
                "immutable");
}

TEST_F(GithubReleaseTest, AnUploadHostThatIsNotGithubsGetsNoToken) {
  const auto elsewhere = sandbox::Github::Start().value();
  github_->api().faults().Add(
      {.method = "GET", .path_glob = "*/tags/*", .rewrite = [&](const auto&, auto& r) {
         r.body = Cat(R"({"id":1,"tag_name":"v1.2.3","html_url":"","upload_url":")", elsewhere->url(),
                      R"(/uploads/repos/acme/app/releases/1/assets{?name}"})");
       }});
  github_->api().faults().Add({.method = "GET",
                               .path_glob = "*/assets",
                               .times = -1,
                               .respond = sandbox::MakeResponse(200, "application/json", "[]")});
  ExpectFailure(Put(*Found(), "chart").status(), absl::StatusCode::kFailedPrecondition, Reason::kGithubFailed,
                "which does not belong to");
  EXPECT_EQ(elsewhere->api().log().size(), 0u);
}

TEST_F(GithubReleaseTest, AnApiOnPlainHttpElsewhereIsRefusedBeforeAnythingIsSent) {
  GithubOptions options = Options();
  options.api_url = "http://github.example.test/api/v3";
  ExpectFailure(Find(options).status(), absl::StatusCode::kInvalidArgument, Reason::kGithubFailed,
                "is not https");
}

TEST_F(GithubReleaseTest, AnswersThatMakeNoSenseAreErrors) {
  for (const char* body :
       {"<html>", "[]", R"({"id":0,"tag_name":"v1.2.3","upload_url":"x"})",
        R"({"id":"a","tag_name":"v1.2.3","upload_url":"x"})", R"({"id":1,"tag_name":"v1.2.3"})"}) {
    github_->api().faults().Clear();
    github_->api().faults().Add({.method = "GET",
                                 .path_glob = "*/tags/*",
                                 .times = -1,
                                 .respond = sandbox::MakeResponse(200, "application/json", body)});
    ExpectFailure(Find(Options()).status(), absl::StatusCode::kFailedPrecondition, Reason::kGithubFailed,
                  "that of a GitHub server");
  }
}

TEST_F(GithubReleaseTest, AnEndlessListIsBounded) {
  std::string page = "[";
  for (int i = 0; i < 100; ++i) page += Cat(i == 0 ? "" : ",", R"({"id":1,"tag_name":"x","upload_url":"x"})");
  github_->api().faults().Add({.path_glob = "*/releases",
                               .times = -1,
                               .respond = sandbox::MakeResponse(200, "application/json", page + "]")});
  ExpectFailure(Find(Options(), "v9").status(), absl::StatusCode::kResourceExhausted, Reason::kGithubFailed,
                "more than 5000 entries");
}

TEST_F(GithubReleaseTest, TheContentOfAnAssetIsGivenOrThereIsNone) {
  github_->AddAsset(release_, "a.json", "bundle");
  github_->AddAsset(release_, "b.json", "", "starter");
  const auto release = Found();
  EXPECT_EQ(release->Get("a.json", 100, Deadline()).value(), "bundle");
  EXPECT_EQ(release->Get("b.json", 100, Deadline()).value(), std::nullopt);
  EXPECT_EQ(release->Get("c.json", 100, Deadline()).value(), std::nullopt);
  EXPECT_EQ(release->Get("a.json", 3, Deadline()).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(ReleaseNameTest, OwnerRepositoryAndTagAreTakenApart) {
  const ReleaseName name = ReleaseName::Parse("acme/app.io@release/v1@2").value();
  EXPECT_EQ(name.owner, "acme");
  EXPECT_EQ(name.repository, "app.io");
  EXPECT_EQ(name.tag, "release/v1@2");
  EXPECT_EQ(name.ToString(), "acme/app.io@release/v1@2");
}

TEST(ReleaseNameTest, OtherSpellingsAreRefused) {
  for (const char* text : {"", "acme", "acme/app", "acme@v1", "acme/app@", "/app@v1", "acme/@v1", "a/b/c@v1",
                           "acme/..@v1", "ac me/app@v1", "acme/app@v 1", "https://github.com/acme/app@v1"}) {
    const absl::Status status = ReleaseName::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(Message(status), HasSubstr("expected OWNER/REPO@TAG")) << text;
  }
}

}  // namespace
}  // namespace chartseal::publisher
