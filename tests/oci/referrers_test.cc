#include "verifier/oci/referrers.h"

#include <gmock/gmock.h>

#include "tests/oci/client_fixture.h"
#include "tests/sandbox/debian_registry.h"
#include "verifier/net/http_client.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";
constexpr size_t kMany = 1 << 20;

std::string IndexOf(const std::vector<std::string>& digests) {
  std::string entries;
  for (const std::string& digest : digests) {
    entries += (entries.empty() ? "" : ",") + ("{\"mediaType\":\"" + std::string(kManifestType) +
                                               "\",\"size\":9,\"digest\":\"" + digest + "\"}");
  }
  return "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(kIndexType) + "\",\"manifests\":[" + entries +
         "]}";
}

class ReferrersTest : public testing::Test {
 protected:
  void Start(sandbox::RegistryOptions options) {
    registry_ = StartRegistry(std::move(options));
    registry_->PutBlob("org/app", "{}");
    subject_ = registry_->PutManifest("org/app", kManifestType, ManifestJson("app"));
  }
  void PutFallback(const std::string& bytes, const std::string& type = kIndexType) {
    const std::string digest = registry_->PutManifest("org/app", type, bytes);
    registry_->Tag("org/app", "sha256-" + subject_.substr(7), digest);
  }
  absl::StatusOr<ReferrersResult> List() {
    return client_->ListReferrers(Ref(registry_->host() + "/org/app"), DigestOf(subject_), Soon());
  }
  static std::vector<std::string> Digests(const ReferrersResult& result) {
    std::vector<std::string> digests;
    for (const Descriptor& descriptor : result.descriptors) digests.push_back(descriptor.digest.ToString());
    return digests;
  }
  std::string subject_;
  std::unique_ptr<sandbox::Registry> registry_;
  std::shared_ptr<RegistryClient> client_ = StartClient();
};

TEST_F(ReferrersTest, CollectsThePagesOfTheApi) {
  Start({.referrers_page_size = 2});
  std::vector<std::string> expected;
  for (const char* note : {"a", "b", "c", "d", "e"}) {
    expected.push_back(registry_->PutManifest("org/app", kManifestType, ManifestJson(note, subject_)));
  }
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kApi);
  EXPECT_THAT(Digests(*listed), UnorderedElementsAreArray(expected));
  EXPECT_EQ(registry_->log().Count("GET", "/v2/org/app/referrers/*"), 3u);
}

TEST_F(ReferrersTest, BelievesAnEmptyListOfTheApi) {
  Start({});
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kApi);
  EXPECT_THAT(listed->descriptors, IsEmpty());
  EXPECT_EQ(registry_->log().Count("GET", "*/referrers/*"), 1u);
}

class NoApiTest : public ReferrersTest, public testing::WithParamInterface<int> {};

TEST_P(NoApiTest, ReadsTheFallbackTag) {
  Start({.referrers_api = false, .referrers_status = GetParam()});
  const std::string referrer = sandbox::ContentDigest("referrer");
  PutFallback(IndexOf({referrer, referrer}));
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kFallbackTag);
  EXPECT_THAT(Digests(*listed), UnorderedElementsAreArray({referrer}));
}

INSTANTIATE_TEST_SUITE_P(All, NoApiTest, testing::Values(400, 403, 404, 405, 406, 501));

class ApiDownTest : public ReferrersTest, public testing::WithParamInterface<std::pair<int, Reason>> {};

TEST_P(ApiDownTest, IsNotTakenForAnEmptyList) {
  Start({.referrers_api = false, .referrers_status = GetParam().first});
  PutFallback(IndexOf({}));
  const auto listed = List();
  EXPECT_EQ(ReasonOf(listed.status()), GetParam().second) << listed.status();
  EXPECT_THAT(Message(listed.status()),
              HasSubstr("referrers of " + registry_->host() + "/org/app@" + subject_));
}

INSTANTIATE_TEST_SUITE_P(All, ApiDownTest,
                         testing::Values(std::pair(500, Reason::kRegistryError),
                                         std::pair(503, Reason::kRegistryError),
                                         std::pair(429, Reason::kRateLimited),
                                         std::pair(401, Reason::kUnauthorized)));

TEST_F(ReferrersTest, ReadsTheFallbackTagWhenTheApiAnswersAnotherType) {
  Start({.referrers_api = false, .referrers_content_type = "text/html"});
  PutFallback(IndexOf({subject_}));
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kFallbackTag);
}

TEST_F(ReferrersTest, SaysNoneWhenThereIsNoFallbackTag) {
  Start({.referrers_api = false});
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kNone);
}

TEST_F(ReferrersTest, RefusesAFallbackTagThatIsNoIndex) {
  Start({.referrers_api = false});
  PutFallback(ManifestJson("not an index"), kManifestType);
  EXPECT_EQ(ReasonOf(List().status()), Reason::kManifestMalformed);
  EXPECT_THAT(Message(List().status()), HasSubstr("expected an OCI index of referrers"));
}

TEST_F(ReferrersTest, RefusesAListThatBreaksOff) {
  Start({.referrers_page_size = 1});
  for (const char* note : {"a", "b"})
    registry_->PutManifest("org/app", kManifestType, ManifestJson(note, subject_));
  registry_->AddFault(
      {.path_glob = "*/referrers/*", .skip = 1, .respond = sandbox::HttpResponse{.status = 404}});
  EXPECT_EQ(ReasonOf(List().status()), Reason::kNotFound);
}

TEST_F(ReferrersTest, RefusesANextPageAtAnotherServer) {
  Start({});
  registry_->AddFault(
      {.path_glob = "*/referrers/*", .rewrite = [](const auto&, sandbox::HttpResponse& response) {
         response.SetHeader("Link", "<https://evil.example/x>; rel=\"next\"");
       }});
  EXPECT_EQ(ReasonOf(List().status()), Reason::kDialRefused);
}

TEST_F(ReferrersTest, StopsWhenTheNextPageIsTheSame) {
  Start({});
  registry_->AddFault({.path_glob = "*/referrers/*",
                       .times = -1,
                       .rewrite = [](const sandbox::HttpRequest& request, sandbox::HttpResponse& response) {
                         response.SetHeader("Link", "<" + request.target + ">; rel=\"next\"");
                       }});
  EXPECT_TRUE(List().ok());
  EXPECT_EQ(registry_->log().Count("GET", "*/referrers/*"), 1u);
}

TEST_F(ReferrersTest, RefusesAListWithoutEnd) {
  Start({});
  int page = 0;
  registry_->AddFault({.path_glob = "*/referrers/*",
                       .times = -1,
                       .rewrite = [&](const sandbox::HttpRequest& request, sandbox::HttpResponse& response) {
                         response.SetHeader(
                             "Link", "<" + request.path + "?p=" + std::to_string(++page) + ">; rel=next");
                       }});
  EXPECT_EQ(ReasonOf(List().status()), Reason::kLimitExceeded);
  EXPECT_EQ(registry_->log().Count("GET", "*/referrers/*"), static_cast<size_t>(limits::kMaxReferrerPages));
}

TEST_F(ReferrersTest, RefusesMoreReferrersThanAreRead) {
  Start({.referrers_api = false});
  std::vector<std::string> digests;
  for (size_t i = 0; i <= limits::kMaxReferrers; ++i)
    digests.push_back(sandbox::ContentDigest(std::to_string(i)));
  PutFallback(IndexOf(digests));
  EXPECT_FALSE(List().ok());
}

// -- Debian's docker-registry: a real registry, without the API.

class DebianRegistryTest : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = sandbox::DebianRegistry::Start();
    ASSERT_TRUE(registry.ok()) << registry.status();
    registry_ = *std::move(registry);
  }
  net::HttpResponse Send(const std::string& method, const std::string& url, std::string_view body = "",
                         const std::string& type = "application/octet-stream") {
    net::HttpRequest request{.url = net::Url::Parse(url).value()};
    request.method = method;
    request.body = body;
    request.headers.Add("Content-Type", type);
    return http_->Perform(request).value();
  }
  void PushBlob(const std::string& bytes) {
    const auto started = Send("POST", registry_->url() + "/v2/org/app/blobs/uploads/");
    const std::string location(started.headers.Get("Location"));
    const int status = Send("PUT", location + "&digest=" + sandbox::ContentDigest(bytes), bytes).status;
    ASSERT_EQ(status, 201);
  }
  void PushManifest(const std::string& name, const std::string& bytes, const std::string& type) {
    ASSERT_EQ(Send("PUT", registry_->url() + "/v2/org/app/manifests/" + name, bytes, type).status, 201);
  }
  Reference App() const { return Ref(registry_->host() + "/org/app:1"); }

  std::unique_ptr<sandbox::DebianRegistry> registry_;
  std::shared_ptr<net::HttpClient> http_ = net::MakeHttpClient().value();
  std::shared_ptr<RegistryClient> client_ = StartClient();
};

TEST_F(DebianRegistryTest, ServesManifestsBlobsTagsAndReferrersOfTheFallbackTag) {
  const std::string manifest = ManifestJson("app");
  const std::string digest = sandbox::ContentDigest(manifest);
  const std::string signature = ManifestJson("signature", digest);
  PushBlob("{}");
  PushManifest("1", manifest, kManifestType);
  PushManifest(sandbox::ContentDigest(signature), signature, kManifestType);

  const auto resolved = client_->ResolveTag(App(), Soon());
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->digest.ToString(), digest);
  EXPECT_EQ(client_->FetchManifest(App(), DigestOf(digest), kMany, Soon())->bytes, manifest);
  EXPECT_EQ(*client_->FetchBlob(App(), BlobOf("{}"), kMany, Soon()), "{}");
  EXPECT_EQ(client_->ListTags(App(), Soon())->at(0), "1");
  EXPECT_EQ(client_->ListReferrers(App(), DigestOf(digest), Soon())->origin, ReferrersOrigin::kNone);

  PushManifest("sha256-" + digest.substr(7), IndexOf({sandbox::ContentDigest(signature)}), kIndexType);
  const auto listed = client_->ListReferrers(App(), DigestOf(digest), Soon());
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kFallbackTag);
  EXPECT_EQ(listed->descriptors.at(0).digest.ToString(), sandbox::ContentDigest(signature));
}

TEST_F(DebianRegistryTest, SaysNotFoundForWhatItDoesNotHave) {
  EXPECT_EQ(ReasonOf(client_->ResolveTag(App(), Soon()).status()), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(client_->FetchBlob(App(), BlobOf("x"), kMany, Soon()).status()), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(client_->ListTags(App(), Soon()).status()), Reason::kNotFound);
}

}  // namespace
}  // namespace chartseal::oci
