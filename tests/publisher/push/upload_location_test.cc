#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oci/scripted_http.h"
#include "tests/publisher/push/writer_fixture.h"
#include "verifier/base/limits.h"
#include "verifier/oci/credentials.h"

namespace chartseal::publisher {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPublic[] = "140.82.112.33";
const std::string kDigest = "digest=sha256%3A" + sandbox::ContentDigest("hello").substr(7);

// A registry somewhere on the internet that knows us by name and password, and begins every upload at
// `location`. `patched_to` is where it says that a chunk's upload goes on; "" says nothing.
struct FarRegistry {
  explicit FarRegistry(std::string location, std::string peer = kPublic, std::string name = "ghcr.io")
      : host(std::move(name)),
        http(std::make_shared<oci::ScriptedHttp>(
            [=, this](const net::HttpRequest& request) { return Answer(request, location, peer); })) {
    oci::RegistryOptions options = TestOptions();
    options.plain_http_hosts = {"plain.example"};
    options.credentials =
        oci::FixedCredential(host, oci::Credential{.username = "me", .password = oci::Secret("secret")},
                             oci::AnonymousCredentials());
    writer = std::make_unique<RegistryWriter>(oci::RegistryClient::CreateOver(http, options));
  }

  net::HttpResponse Answer(const net::HttpRequest& request, const std::string& location,
                           const std::string& peer) {
    const bool at_home = request.url.Authority() == host;
    if (at_home && !request.headers.Has("Authorization")) {
      return oci::AnswerOf(401, {{"WWW-Authenticate", "Basic realm=\"r\""}}, "", peer);
    }
    if (request.method == "HEAD") return oci::AnswerOf(404, {}, "", peer);
    if (request.method == "POST") return oci::AnswerOf(202, {{"Location", location}}, "", peer);
    if (request.method == "PATCH") {
      return patched_to.empty() ? oci::AnswerOf(202) : oci::AnswerOf(202, {{"Location", patched_to}});
    }
    if (request.method == "PUT" && request.body.size() > max_put) return oci::AnswerOf(413);
    return oci::AnswerOf(request.method == "PUT" ? put_status : 204, {}, "", peer);
  }

  absl::Status Push(const std::string& bytes = "hello") {
    const auto repository = oci::Reference::Parse("oci://" + host + "/org/app").value();
    return writer->PushBlob(repository, bytes, "application/octet-stream", Soon()).status();
  }

  // The requests of a method.
  std::vector<oci::ScriptedHttp::Seen> Seen(const std::string& method) const {
    std::vector<oci::ScriptedHttp::Seen> found;
    for (const auto& seen : http->seen()) {
      if (seen.method == method) found.push_back(seen);
    }
    return found;
  }

  std::string host;
  std::string patched_to;
  size_t max_put = SIZE_MAX;
  int put_status = 201;
  std::shared_ptr<oci::ScriptedHttp> http;
  std::unique_ptr<RegistryWriter> writer;
};

TEST(UploadLocationTest, IsResolvedAndItsQueryIsKeptAsItCame) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/v2/org/app/blobs/uploads/1", "https://ghcr.io/v2/org/app/blobs/uploads/1?"},
      {"uploads/1?_state=a%2Fb==", "https://ghcr.io/v2/org/app/blobs/uploads/uploads/1?_state=a%2Fb==&"},
      {"https://ghcr.io/u/1?x=%2f&y", "https://ghcr.io/u/1?x=%2f&y&"},
      {"//ghcr.io/u", "https://ghcr.io/u?"},
      {"?only=query", "https://ghcr.io/v2/org/app/blobs/uploads/?only=query&"}};
  for (const auto& [location, expected] : cases) {
    FarRegistry registry(location);
    ASSERT_TRUE(registry.Push().ok()) << location;
    ASSERT_EQ(registry.Seen("PUT").size(), 1u);
    EXPECT_EQ(registry.Seen("PUT")[0].url, expected + kDigest);
    EXPECT_THAT(registry.Seen("PUT")[0].authorization, HasSubstr("Basic "));
  }
}

TEST(UploadLocationTest, OfAnotherHostIsToldNothingAboutUs) {
  for (const char* location : {"https://storage.example/u?sig=1", "https://ghcr.io:8443/u"}) {
    FarRegistry registry(location);
    ASSERT_TRUE(registry.Push().ok());
    ASSERT_EQ(registry.Seen("PUT").size(), 1u);
    EXPECT_EQ(registry.Seen("PUT")[0].authorization, "") << location;
    EXPECT_EQ(registry.Seen("PUT")[0].body, "hello");
  }
}

TEST(UploadLocationTest, OfAPublicRegistryIsDialledAtPublicAddressesOnly) {
  FarRegistry registry("https://storage.example/u");
  ASSERT_TRUE(registry.Push().ok());
  EXPECT_EQ(registry.Seen("POST")[0].dial_scope, net::DialScope::kAnything);
  EXPECT_EQ(registry.Seen("PUT")[0].dial_scope, net::DialScope::kPublic);
}

TEST(UploadLocationTest, AtTheRegistryItselfIsDialledLikeTheRegistry) {
  FarRegistry registry("/u");
  ASSERT_TRUE(registry.Push().ok());
  EXPECT_EQ(registry.Seen("PUT")[0].dial_scope, net::DialScope::kAnything);
}

TEST(UploadLocationTest, OfAPrivateRegistryMayBePrivate) {
  FarRegistry registry("https://10.1.2.3/u", "10.0.0.1");
  ASSERT_TRUE(registry.Push().ok());
  EXPECT_EQ(registry.Seen("PUT")[0].dial_scope, net::DialScope::kPrivate);
}

TEST(UploadLocationTest, FurtherInsideThanTheRegistryIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://10.0.0.5/u", kPublic},     {"https://127.0.0.1/u", kPublic},
      {"https://localhost/u", kPublic},    {"https://169.254.169.254/u", kPublic},
      {"https://[::1]/u", kPublic},        {"https://2130706433/u", kPublic},
      {"https://127.0.0.1/u", "10.0.0.1"}, {"https://169.254.169.254/u", "127.0.0.1"}};
  for (const auto& [location, peer] : cases) {
    FarRegistry registry(location, peer);
    const absl::Status refused = registry.Push();
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << location;
    EXPECT_EQ(ReasonOf(refused), Reason::kDialRefused);
    EXPECT_THAT(Message(refused), AllOf(HasSubstr("uploading blob sha256:"), HasSubstr("upload location"),
                                        HasSubstr("further inside")));
    EXPECT_THAT(registry.Seen("PUT"), IsEmpty());
  }
}

TEST(UploadLocationTest, WithoutTlsIsRefusedAndItsSignatureIsNotShown) {
  for (const char* location : {"http://ghcr.io/u?sig=secret", "http://storage.example/u?sig=secret"}) {
    FarRegistry registry(location);
    const absl::Status refused = registry.Push();
    EXPECT_EQ(ReasonOf(refused), Reason::kDialRefused);
    EXPECT_THAT(Message(refused), AllOf(HasSubstr("https to plain http"), Not(HasSubstr("secret"))));
    EXPECT_THAT(registry.Seen("PUT"), IsEmpty());
  }
}

TEST(UploadLocationTest, OfARegistryWithoutTlsMayDoWithout) {
  FarRegistry registry("http://plain.example/u", kPublic, "plain.example");
  EXPECT_TRUE(registry.Push().ok());
}

TEST(UploadLocationTest, ThatIsNoUrlIsAnError) {
  for (const char* location : {"ftp://ghcr.io/u", "https://", "https://a b/u", "https://user@ghcr.io/u"}) {
    FarRegistry registry(location);
    const absl::Status refused = registry.Push();
    EXPECT_EQ(ReasonOf(refused), Reason::kRegistryError) << location;
    EXPECT_THAT(Message(refused), HasSubstr("upload location")) << location;
    EXPECT_THAT(registry.Seen("PUT"), IsEmpty());
  }
}

TEST(UploadLocationTest, IsFollowedFromChunkToChunk) {
  FarRegistry registry("/first?s=1");
  registry.max_put = 1000;
  registry.patched_to = "https://storage.example/next?s=2";
  ASSERT_TRUE(registry.Push(std::string(limits::kUploadChunkBytes + 1, 'x')).ok());
  const auto chunks = registry.Seen("PATCH");
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].url, "https://ghcr.io/first?s=1");
  EXPECT_EQ(chunks[1].url, "https://storage.example/next?s=2");
  EXPECT_EQ(chunks[1].authorization, "");
  EXPECT_THAT(registry.Seen("PUT").back().url,
              HasSubstr("https://storage.example/next?s=2&digest=sha256%3A"));
  EXPECT_EQ(registry.Seen("PUT").back().body, "");
}

TEST(UploadLocationTest, IsKeptWhenAChunksAnswerNamesNone) {
  FarRegistry registry("/first?s=1");
  registry.max_put = 1000;
  ASSERT_TRUE(registry.Push(std::string(limits::kUploadChunkBytes + 1, 'x')).ok());
  EXPECT_EQ(registry.Seen("PATCH")[1].url, "https://ghcr.io/first?s=1");
}

TEST(UploadLocationTest, OfTheNextChunkIsCheckedToo) {
  for (const char* next : {"http://storage.example/u", "https://10.0.0.5/u"}) {
    FarRegistry registry("/first");
    registry.max_put = 1000;
    registry.patched_to = next;
    const absl::Status refused = registry.Push(std::string(limits::kUploadChunkBytes + 1, 'x'));
    EXPECT_EQ(ReasonOf(refused), Reason::kDialRefused) << next;
    EXPECT_EQ(registry.Seen("PATCH").size(), 1u);
  }
}

TEST(UploadLocationTest, OfStorageIsNotDeletedWhenTheUploadFails) {
  FarRegistry elsewhere("https://storage.example/u");
  elsewhere.put_status = 403;
  EXPECT_FALSE(elsewhere.Push().ok());
  EXPECT_THAT(elsewhere.Seen("DELETE"), IsEmpty());
  FarRegistry at_home("/u?s=1");
  at_home.put_status = 403;
  EXPECT_FALSE(at_home.Push().ok());
  ASSERT_EQ(at_home.Seen("DELETE").size(), 1u);
  EXPECT_EQ(at_home.Seen("DELETE")[0].url, "https://ghcr.io/u?s=1");
}

TEST(UploadLocationTest, AWriteIsNotSentWhereARedirectPoints) {
  for (const std::string method : {"POST", "PUT"}) {
    FarRegistry registry("/u");
    registry.http = std::make_shared<oci::ScriptedHttp>([=](const net::HttpRequest& request) {
      if (request.method == method) return oci::AnswerOf(307, {{"Location", "https://elsewhere.example/"}});
      return request.method == "POST" ? oci::AnswerOf(202, {{"Location", "/u"}}) : oci::AnswerOf(404);
    });
    RegistryWriter writer(oci::RegistryClient::CreateOver(registry.http, TestOptions()));
    const auto refused =
        writer.PushBlob(oci::Reference::Parse("oci://ghcr.io/a/b").value(), "hello", "x", Soon());
    EXPECT_THAT(Message(refused.status()), HasSubstr("the registry answered 307"));
    for (const auto& seen : registry.http->seen()) EXPECT_THAT(seen.url, HasSubstr("https://ghcr.io/"));
  }
}

}  // namespace
}  // namespace chartseal::publisher
