#include <gmock/gmock.h>
#include <httplib.h>

#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "tests/sandbox/blob_storage.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/fault_recipes.h"
#include "tests/sandbox/registry.h"
#include "tests/sandbox/test_client.h"

namespace chartseal::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kManifest = R"({"schemaVersion":2,"layers":[]})";

class FaultTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart({}); }

  void Restart(RegistryOptions options) {
    auto started = Registry::Start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.status();
    registry_ = *std::move(started);
    registry_->Tag("r", "v1", registry_->PutManifest("r", kManifestType, kManifest));
    blob_ = registry_->PutBlob("r", "hello");
  }

  httplib::Result GetManifest() { return httplib::Client(registry_->url()).Get("/v2/r/manifests/v1"); }
  std::string RawGet(const std::string& path) { return RawExchange(registry_->host(), path); }

  std::unique_ptr<Registry> registry_;
  std::string blob_;
};

TEST_F(FaultTest, HitsOnlyTheOccurrencesItNames) {
  registry_->AddFault({.method = "GET",
                       .path_glob = "/v2/*/manifests/*",
                       .skip = 1,
                       .times = 2,
                       .respond = StatusAnswer(503, "7")});
  std::vector<int> statuses;
  for (int i = 0; i < 5; ++i) statuses.push_back(GetManifest()->status);
  EXPECT_THAT(statuses, ElementsAre(200, 503, 503, 200, 200));
  EXPECT_THAT(registry_->faults().Hits(), ElementsAre(2));
}

TEST_F(FaultTest, LeavesOtherMethodsAndPathsAlone) {
  registry_->AddFault({.method = "HEAD", .times = -1, .respond = StatusAnswer(500)});
  registry_->AddFault({.path_glob = "/v2/other/*", .times = -1, .respond = StatusAnswer(500)});
  EXPECT_EQ(GetManifest()->status, 200);
  EXPECT_THAT(registry_->faults().Hits(), ElementsAre(0, 0));
}

TEST_F(FaultTest, RetryAfterIsSecondsOrADate) {
  registry_->AddFault({.respond = StatusAnswer(429, "3")});
  registry_->AddFault({.respond = StatusAnswer(429, HttpDate(absl::FromUnixSeconds(784111777)))});
  EXPECT_EQ(GetManifest()->get_header_value("Retry-After"), "3");
  EXPECT_EQ(GetManifest()->status, 200) << "both rules had their first occurrence in the first request";
  EXPECT_EQ(HttpDate(absl::FromUnixSeconds(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_F(FaultTest, DelaysTheHead) {
  registry_->AddFault({.delay = absl::Milliseconds(150)});
  absl::Time start = absl::Now();
  EXPECT_EQ(GetManifest()->status, 200);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(150));
}

TEST_F(FaultTest, DripsTheBody) {
  registry_->AddFault({.delivery = DripDelivery(1, absl::Milliseconds(30))});
  absl::Time start = absl::Now();
  EXPECT_EQ(httplib::Client(registry_->url()).Get("/v2/r/blobs/" + blob_)->body, "hello");
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(4 * 30));
}

TEST_F(FaultTest, TruncatesTheBody) {
  registry_->AddFault({.delivery = TruncatedDelivery(10)});
  std::string wire = RawGet("/v2/r/blobs/" + blob_);
  EXPECT_THAT(wire, HasSubstr("Content-Length: 15\r\n"));
  EXPECT_THAT(wire, EndsWith("\r\n\r\nhello"));
}

TEST_F(FaultTest, SendsWithoutEndUntilTheClientLeaves) {
  registry_->AddFault({.delivery = EndlessDelivery()});
  std::size_t received = 0;
  httplib::Client(registry_->url()).Get("/v2/r/blobs/" + blob_, [&](const char*, std::size_t size) {
    received += size;
    return received < 1'000'000;
  });
  EXPECT_GE(received, 1'000'000u);
}

TEST_F(FaultTest, StopsWhileAClientIsStillBeingSentAnEndlessBody) {
  registry_->AddFault({.delivery = EndlessDelivery(absl::Milliseconds(5))});
  registry_->AddFault({.skip = 1, .delivery = HangDelivery()});
  std::string host = registry_->host();
  std::thread endless([&] { RawExchange(host, "/v2/r/manifests/v1"); });
  absl::SleepFor(absl::Milliseconds(50));
  std::thread hanging([&] { RawExchange(host, "/v2/r/manifests/v1"); });
  absl::SleepFor(absl::Milliseconds(50));
  absl::Time start = absl::Now();
  registry_.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  endless.join();
  hanging.join();
}

TEST_F(FaultTest, ResetsTheConnectionInsteadOfAnswering) {
  registry_->AddFault({.delivery = ResetDelivery()});
  EXPECT_EQ(RawGet("/v2/r/manifests/v1"), kConnectionReset);
  EXPECT_THAT(RawGet("/v2/r/manifests/v1"), StartsWith("HTTP/1.1 200"));
}

TEST_F(FaultTest, ResetsUnderTlsToo) {
  Restart({.tls = true});
  registry_->AddFault({.delivery = ResetDelivery()});
  httplib::Client client(registry_->url());
  client.set_ca_cert_path(registry_->ca_file().c_str());
  auto broken = client.Get("/v2/");
  EXPECT_FALSE(broken);
  EXPECT_EQ(broken.error(), httplib::Error::Read);
  EXPECT_EQ(client.Get("/v2/")->status, 200);
}

TEST_F(FaultTest, PlaysRawBytesOnARegistryConnection) {
  registry_->AddFault({.delivery = ScriptDelivery({.steps = {{.bytes = "HTTP/9.9 what\r\n"}}})});
  EXPECT_EQ(RawGet("/v2/r/manifests/v1"), "HTTP/9.9 what\r\n");
}

TEST_F(FaultTest, RedirectsWithTheExactLocation) {
  registry_->AddFault({.respond = RedirectAnswer("http://10.0.0.1/a%2Fb?c=%2B", 302)});
  EXPECT_THAT(RawGet("/v2/r/manifests/v1"), HasSubstr("Location: http://10.0.0.1/a%2Fb?c=%2B\r\n"));
}

TEST_F(FaultTest, RedirectLoopNeverRepeatsAUrl) {
  registry_->AddFault({.times = -1, .rewrite = RedirectToItself()});
  EXPECT_THAT(RawGet("/v2/"), HasSubstr("Location: /v2/?again=1\r\n"));
  EXPECT_THAT(RawGet("/v2/?again=1"), HasSubstr("Location: /v2/?again=1&again=1\r\n"));
}

TEST_F(FaultTest, ChangesBytesSoThatTheDigestIsWrong) {
  registry_->AddFault({.rewrite = FlipLastByte()});
  auto blob = httplib::Client(registry_->url()).Get("/v2/r/blobs/" + blob_);
  EXPECT_EQ(blob->body, "helln");
  EXPECT_EQ(blob->get_header_value("Docker-Content-Digest"), blob_);
}

TEST_F(FaultTest, RewritesJsonIntoWhatAStrictReaderRefuses) {
  registry_->AddFault({.rewrite = DuplicateFirstKey()});
  EXPECT_EQ(GetManifest()->body, R"({"schemaVersion":0,"schemaVersion":2,"layers":[]})");
  registry_->faults().Clear();
  registry_->AddFault({.rewrite = NestDeeply(3)});
  EXPECT_EQ(GetManifest()->body, absl::StrCat("[[[", kManifest, "]]]"));
  registry_->faults().Clear();
  registry_->AddFault({.rewrite = PadTo(1000)});
  EXPECT_EQ(GetManifest()->body.size(), 1000u);
}

TEST_F(FaultTest, ReplacesTheContentType) {
  registry_->AddFault({.rewrite = ReplaceContentType("text/html")});
  auto answer = GetManifest();
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/html");
  EXPECT_EQ(answer->get_header_value_count("Content-Type"), 1u);
}

TEST_F(FaultTest, PacksABombIntoFewBytes) {
  registry_->AddFault({.rewrite = GzipBomb(10'000'000)});
  httplib::Client client(registry_->url());
  client.set_decompress(false);
  auto packed = client.Get("/v2/r/manifests/v1");
  EXPECT_EQ(packed->get_header_value("Content-Encoding"), "gzip");
  EXPECT_LT(packed->body.size(), 20'000u);
  registry_->faults().Clear();
  registry_->AddFault({.rewrite = GzipBomb(10'000'000)});
  EXPECT_EQ(GetManifest()->body.size(), 10'000'000u);
}

TEST_F(FaultTest, LinksAListToItselfOrElsewhere) {
  registry_->AddFault({.rewrite = LinkToItself()});
  httplib::Client client(registry_->url());
  EXPECT_EQ(client.Get("/v2/r/tags/list?n=5")->get_header_value("Link"),
            "</v2/r/tags/list?n=5>; rel=\"next\"");
  registry_->faults().Clear();
  registry_->AddFault({.rewrite = LinkTo("http://127.0.0.1:1/x")});
  EXPECT_EQ(client.Get("/v2/r/tags/list")->get_header_value("Link"), "<http://127.0.0.1:1/x>; rel=\"next\"");
}

TEST_F(FaultTest, FloodsTheHead) {
  registry_->AddFault({.rewrite = HeaderFlood(200, 1000)});
  EXPECT_GT(RawGet("/v2/").size(), 200'000u);
}

TEST_F(FaultTest, BlobStorageWantsTheSignedQueryUntouchedAndNoAuthorization) {
  auto storage = BlobStorage::Start();
  ASSERT_TRUE(storage.ok()) << storage.status();
  Restart({.blob_redirect_base = (*storage)->url()});
  (*storage)->Put("hello");
  auto redirect = httplib::Client(registry_->url()).Get("/v2/r/blobs/" + blob_);
  EXPECT_EQ(redirect->status, 307);
  std::string wire = RawGet("/v2/r/blobs/" + blob_);
  std::size_t begin = wire.find("/bucket/");
  std::string path = wire.substr(begin, wire.find("\r\n", begin) - begin);
  std::string host = (*storage)->url().substr(7, (*storage)->url().find("/bucket") - 7);
  EXPECT_THAT(RawExchange(host, path), EndsWith("\r\n\r\nhello"));
  EXPECT_THAT(RawExchange(host, "/bucket/" + blob_ + "?X-Signature=a/b+c=&X-Expires=600"),
              HasSubstr("SignatureDoesNotMatch"));
  EXPECT_FALSE((*storage)->log().AnyHasHeader("authorization"));
  EXPECT_THAT(RawExchange(host, path, "Authorization: Bearer x\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_TRUE((*storage)->log().AnyHasHeader("authorization"));
}

TEST(GlobTest, StarCrossesSlashesAndTheWholeTextMustMatch) {
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("/v2/*/blobs/sha256:*", "/v2/a/b/blobs/sha256:00"));
  EXPECT_TRUE(GlobMatches("a?c*", "abc"));
  EXPECT_FALSE(GlobMatches("/v2/*/blobs/*", "/v2/a/manifests/x"));
  EXPECT_FALSE(GlobMatches("abc", "abcd"));
  EXPECT_FALSE(GlobMatches("abcd", "abc"));
  EXPECT_FALSE(GlobMatches("", "a"));
}

}  // namespace
}  // namespace chartseal::sandbox
