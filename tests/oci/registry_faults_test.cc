#include <gmock/gmock.h>

#include "tests/oci/client_fixture.h"
#include "tests/sandbox/raw_server.h"
#include "verifier/oci/registry_client.h"

// A registry that is down, slow, lying or endless: a typed error within the deadline.
namespace chartseal::oci {
namespace {

using sandbox::Delivery;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr size_t kMany = 1 << 20;

class RegistryFaultsTest : public testing::Test {
 protected:
  RegistryFaultsTest() {
    registry_->PutBlob("org/app", "{}");
    registry_->PutBlob("org/app", "hello");
    digest_ = registry_->PutManifest("org/app", kManifestType, manifest_);
    registry_->Tag("org/app", "1", digest_);
    client_ = StartClient(TestOptions(&sleeps_));
  }
  Reference App() const { return Ref(registry_->host() + "/org/app:1"); }
  absl::StatusOr<ManifestBytes> Manifest(absl::Duration allowed = absl::Seconds(10)) {
    return client_->FetchManifest(App(), DigestOf(digest_), kMany, absl::Now() + allowed);
  }
  absl::StatusOr<std::string> Blob(absl::Duration allowed = absl::Seconds(10)) {
    return client_->FetchBlob(App(), BlobOf("hello"), kMany, absl::Now() + allowed);
  }
  static sandbox::HttpResponse Status(int status,
                                      std::vector<std::pair<std::string, std::string>> headers = {}) {
    return {.status = status, .headers = std::move(headers)};
  }
  static void ExpectFailure(const absl::Status& status, absl::StatusCode code, Reason reason,
                            const std::string& text) {
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(ReasonOf(status), reason) << status;
    EXPECT_THAT(Message(status), HasSubstr(text));
  }

  const std::string manifest_ = ManifestJson("app");
  std::string digest_;
  RecordedSleeps sleeps_;
  std::unique_ptr<sandbox::Registry> registry_ = StartRegistry();
  std::shared_ptr<RegistryClient> client_;
};

TEST_F(RegistryFaultsTest, SaysUnreachableWhenTheRegistryIsDown) {
  const auto nobody = Ref(StartRegistry()->host() + "/org/app:1");  // stopped at the end of the statement
  const auto resolved = client_->ResolveTag(nobody, Soon());
  ExpectFailure(resolved.status(), absl::StatusCode::kUnavailable, Reason::kUnreachable,
                "HEAD http://127.0.0.1:");
  EXPECT_THAT(sleeps_.sleeps(), SizeIs(4));  // five attempts
  EXPECT_THAT(Message(resolved.status()), HasSubstr("tried 5 times: "));
}

TEST_F(RegistryFaultsTest, EndsASlowAnswerAtTheDeadline) {
  registry_->AddFault({.times = -1, .delay = absl::Seconds(5)});
  const absl::Time start = absl::Now();
  ExpectFailure(Manifest(absl::Milliseconds(200)).status(), absl::StatusCode::kDeadlineExceeded,
                Reason::kDeadlineExceeded, "the time allowed ran out");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
}

TEST_F(RegistryFaultsTest, EndsATrickleAtTheDeadline) {
  registry_->AddFault(
      {.times = -1, .delivery = Delivery{.kind = Delivery::Kind::kDrip, .pause = absl::Milliseconds(50)}});
  const absl::Time start = absl::Now();
  ExpectFailure(Manifest(absl::Milliseconds(300)).status(), absl::StatusCode::kDeadlineExceeded,
                Reason::kDeadlineExceeded, "the time allowed ran out");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
}

TEST_F(RegistryFaultsTest, NoticesAManifestWithAnotherDigest) {
  registry_->AddFault(
      {.rewrite = [](const auto&, sandbox::HttpResponse& response) { response.body += " "; }});
  ExpectFailure(Manifest().status(), absl::StatusCode::kDataLoss, Reason::kDigestMismatch,
                "the registry sent other content: expected " + digest_);
}

TEST_F(RegistryFaultsTest, NoticesABlobWithAnotherDigest) {
  registry_->AddFault(
      {.rewrite = [](const auto&, sandbox::HttpResponse& response) { response.body = "hallo"; }});
  ExpectFailure(Blob().status(), absl::StatusCode::kDataLoss, Reason::kDigestMismatch,
                "the registry sent other content");
}

TEST_F(RegistryFaultsTest, NoticesABlobThatIsLongerOrShorter) {
  registry_->AddFault(
      {.rewrite = [](const auto&, sandbox::HttpResponse& response) { response.body = "hello!"; }});
  ExpectFailure(Blob().status(), absl::StatusCode::kDataLoss, Reason::kDigestMismatch,
                "expected 5 bytes, found more");
  registry_->AddFault(
      {.rewrite = [](const auto&, sandbox::HttpResponse& response) { response.body = "hell"; }});
  ExpectFailure(Blob().status(), absl::StatusCode::kDataLoss, Reason::kDigestMismatch,
                "expected 5 bytes, found 4");
}

TEST_F(RegistryFaultsTest, DoesNotTakePartOfABlobForTheBlob) {
  registry_->AddFault(
      {.rewrite = [](const auto&, sandbox::HttpResponse& response) { response.status = 206; }});
  ExpectFailure(Blob().status(), absl::StatusCode::kFailedPrecondition, Reason::kRegistryError,
                "answered 206");
}

TEST_F(RegistryFaultsTest, StopsEndlessAnswers) {
  registry_->AddFault({.times = -1, .delivery = Delivery{.kind = Delivery::Kind::kEndless}});
  ExpectFailure(Manifest().status(), absl::StatusCode::kResourceExhausted, Reason::kLimitExceeded,
                "longer than 1048576 bytes");
  ExpectFailure(Blob().status(), absl::StatusCode::kDataLoss, Reason::kDigestMismatch,
                "expected 5 bytes, found more");
}

TEST_F(RegistryFaultsTest, AsksForNoBlobThatIsAnnouncedTooLarge) {
  Descriptor blob = BlobOf("hello");
  blob.size = kMany + 1;
  ExpectFailure(client_->FetchBlob(App(), blob, kMany, Soon()).status(), absl::StatusCode::kResourceExhausted,
                Reason::kLimitExceeded, "1048577 bytes, at most 1048576 are accepted here");
  EXPECT_EQ(registry_->log().size(), 0u);
}

TEST_F(RegistryFaultsTest, StartsABlobOverAfterABrokenConnection) {
  registry_->AddFault({.delivery = Delivery{.kind = Delivery::Kind::kTruncated}});
  const auto blob = Blob();
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(*blob, "hello");
  EXPECT_EQ(registry_->log().size(), 2u);
}

TEST_F(RegistryFaultsTest, SaysUnreachableWhenTheConnectionKeepsBreaking) {
  registry_->AddFault({.times = -1, .delivery = Delivery{.kind = Delivery::Kind::kTruncated}});
  ExpectFailure(Blob().status(), absl::StatusCode::kUnavailable, Reason::kUnreachable,
                "GET http://127.0.0.1:");
  EXPECT_EQ(registry_->log().size(), 5u);
}

TEST_F(RegistryFaultsTest, TriesAgainWithGrowingDelays) {
  registry_->AddFault({.times = 3, .respond = Status(503)});
  ASSERT_TRUE(Manifest().ok());
  EXPECT_THAT(sleeps_.sleeps(),
              ElementsAre(absl::Milliseconds(250), absl::Milliseconds(500), absl::Milliseconds(1000)));
}

TEST_F(RegistryFaultsTest, WaitsAsLongAsTheRegistryAsks) {
  registry_->AddFault({.respond = Status(429, {{"Retry-After", "3"}})});
  ASSERT_TRUE(Manifest().ok());
  EXPECT_THAT(sleeps_.sleeps(), ElementsAre(absl::Seconds(3)));
}

TEST_F(RegistryFaultsTest, DoesNotStartAWaitThatEndsAfterTheDeadline) {
  registry_->AddFault({.times = -1, .respond = Status(429, {{"Retry-After", "30"}})});
  ExpectFailure(Manifest().status(), absl::StatusCode::kResourceExhausted, Reason::kRateLimited,
                "answered 429");
  EXPECT_THAT(sleeps_.sleeps(), IsEmpty());
}

TEST_F(RegistryFaultsTest, SaysRateLimitedWhenTheRegistryKeepsRefusing) {
  registry_->AddFault({.times = -1, .respond = Status(429)});
  ExpectFailure(Manifest().status(), absl::StatusCode::kResourceExhausted, Reason::kRateLimited,
                "answered 429");
  EXPECT_EQ(registry_->log().size(), 5u);
}

TEST_F(RegistryFaultsTest, DoesNotTryAgainWhatCannotChange) {
  for (const int status : {400, 403, 404, 405, 501}) {
    registry_->log().Clear();
    registry_->AddFault({.respond = Status(status)});
    EXPECT_THAT(Message(Manifest().status()), HasSubstr("answered " + std::to_string(status)));
    EXPECT_EQ(registry_->log().size(), 1u) << status;
  }
}

TEST_F(RegistryFaultsTest, ShowsTheErrorButNoSecretOfIt) {
  sandbox::HttpResponse denied = sandbox::MakeResponse(
      403, "application/json",
      R"({"errors":[{"code":"DENIED","message":"see https://x.example/?token=abc Bearer abcdefghijklmnopqrstuv"}]})");
  registry_->AddFault({.respond = denied});
  const auto status = Manifest().status();
  ExpectFailure(status, absl::StatusCode::kPermissionDenied, Reason::kUnauthorized,
                "403: DENIED: see https://x.example/?... Bearer [redacted]");
}

TEST_F(RegistryFaultsTest, KeepsAnEndlessErrorShort) {
  sandbox::HttpResponse error = sandbox::MakeResponse(400, "text/plain", std::string(1000, 'x'));
  error.delivery.kind = Delivery::Kind::kEndless;
  registry_->AddFault({.respond = error});
  const auto status = Manifest().status();
  EXPECT_EQ(ReasonOf(status), Reason::kRegistryError);
  EXPECT_LT(Message(status).size(), 500u);
}

TEST_F(RegistryFaultsTest, DoesNotBelieveTheDigestHeaderOfATag) {
  registry_->AddFault({.method = "GET", .rewrite = [](const auto&, sandbox::HttpResponse& response) {
                         response.SetHeader("Docker-Content-Digest", sandbox::ContentDigest("lie"));
                       }});
  const auto fetched = client_->FetchManifestByTag(App(), "1", kMany, Soon());
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->digest.ToString(), digest_);
}

TEST_F(RegistryFaultsTest, HashesTheManifestWhenHeadGivesNoUsableDigest) {
  registry_->AddFault({.method = "HEAD", .rewrite = [](const auto&, sandbox::HttpResponse& response) {
                         response.SetHeader("Docker-Content-Digest", "sha256:nonsense");
                       }});
  EXPECT_EQ(client_->ResolveTag(App(), Soon())->digest.ToString(), digest_);
}

TEST_F(RegistryFaultsTest, NoticesAHeadThatNamesAnotherDigestThanAskedFor) {
  const auto reference = App().WithDigest(crypto::Digest::Sha256Of("other"));
  registry_->AddFault({.method = "HEAD", .respond = Status(200, {{"Docker-Content-Digest", digest_}})});
  EXPECT_EQ(ReasonOf(client_->ResolveTag(reference, Soon()).status()), Reason::kNotFound);
}

TEST_F(RegistryFaultsTest, SurvivesBytesThatAreNoHttp) {
  auto server =
      sandbox::RawServer::Start(std::vector<sandbox::ByteScript>{{.steps = {{.bytes = "\x16\x03\x01"}}}})
          .value();
  const auto resolved = client_->ResolveTag(Ref(server->host() + "/a/b:1"), Soon());
  ExpectFailure(resolved.status(), absl::StatusCode::kUnavailable, Reason::kUnreachable,
                "HEAD http://127.0.0.1:");
}

TEST_F(RegistryFaultsTest, SpeaksTlsToLoopbackUnlessToldOtherwise) {
  RegistryOptions options = TestOptions();
  options.plain_http_hosts = {"localhost"};
  const auto resolved = StartClient(options)->ResolveTag(App(), Soon());
  ExpectFailure(resolved.status(), absl::StatusCode::kFailedPrecondition, Reason::kTlsFailed,
                "HEAD https://127.0.0.1:");
}

TEST_F(RegistryFaultsTest, TrustsTheGivenAuthority) {
  auto secure = StartRegistry({.tls = true});
  secure->PutBlob("org/app", "hello");
  RegistryOptions options = TestOptions();
  options.plain_http_hosts.clear();
  const auto app = Ref(secure->host() + "/org/app:1");
  EXPECT_EQ(ReasonOf(StartClient(options)->FetchBlob(app, BlobOf("hello"), kMany, Soon()).status()),
            Reason::kTlsFailed);
  options.ca_file = secure->ca_file();
  EXPECT_EQ(*StartClient(options)->FetchBlob(app, BlobOf("hello"), kMany, Soon()), "hello");
}

TEST_F(RegistryFaultsTest, NeedsATagOrADigest) {
  const auto resolved = client_->ResolveTag(Ref("oci://" + registry_->host() + "/org/app"), Soon());
  ExpectFailure(resolved.status(), absl::StatusCode::kInvalidArgument, Reason::kReferenceMalformed,
                "names neither a tag nor a digest");
}

TEST_F(RegistryFaultsTest, TellsObserverAndWarnings) {
  registry_->AddFault({.rewrite = [](const auto&, sandbox::HttpResponse& response) {
    response.headers.emplace_back("Warning", "299 - \"will be deleted\x01 soon\"");
    response.headers.emplace_back("Warning", "110 - \"stale\"");
  }});
  RegistryOptions options = TestOptions();
  std::vector<std::string> requests, warnings;
  options.on_request = [&](std::string_view method, std::string_view url, int status) {
    requests.push_back(std::string(method) + " " + std::string(url) + " " + std::to_string(status));
  };
  options.on_warning = [&](std::string_view, std::string_view text) { warnings.emplace_back(text); };
  ASSERT_TRUE(StartClient(options)->ResolveTag(App(), Soon()).ok());
  EXPECT_THAT(requests, ElementsAre("HEAD " + registry_->url() + "/v2/org/app/manifests/1 200"));
  EXPECT_THAT(warnings, ElementsAre("will be deleted\\x01 soon"));
}

TEST_F(RegistryFaultsTest, ListsTagsOverPages) {
  auto paged = StartRegistry({.tags_page_size = 2});
  paged->PutBlob("org/app", "{}");
  const std::string digest = paged->PutManifest("org/app", kManifestType, manifest_);
  for (const char* tag : {"1", "2", "3", "4", "5"}) paged->Tag("org/app", tag, digest);
  const auto tags = client_->ListTags(Ref(paged->host() + "/org/app"), Soon());
  ASSERT_TRUE(tags.ok()) << tags.status();
  EXPECT_THAT(*tags, ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_EQ(paged->log().size(), 3u);
}

TEST_F(RegistryFaultsTest, ToleratesTagsNullButNothingElse) {
  const auto list = [&](const std::string& body) {
    registry_->AddFault({.respond = sandbox::MakeResponse(200, "application/json", body)});
    return client_->ListTags(App(), Soon());
  };
  EXPECT_THAT(*list(R"({"name":"org/app","tags":null})"), IsEmpty());
  EXPECT_THAT(Message(list(R"({"tags":"x"})").status()), HasSubstr("\"tags\" is no list"));
  EXPECT_THAT(Message(list(R"({"tags":[1]})").status()), HasSubstr("a tag is no string"));
  EXPECT_EQ(ReasonOf(list("<html>").status()), Reason::kJsonMalformed);
}

}  // namespace
}  // namespace chartseal::oci
