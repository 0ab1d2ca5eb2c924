#include "tests/sandbox/registry.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include <atomic>
#include <thread>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/sandbox/content_digest.h"

namespace chartseal::sandbox {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kEmptyType = "application/vnd.oci.empty.v1+json";
constexpr const char* kBundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

std::unique_ptr<Registry> StartRegistry(RegistryOptions options = {}) {
  auto registry = Registry::Start(std::move(options));
  EXPECT_TRUE(registry.ok()) << registry.status();
  return *std::move(registry);
}

// A manifest with an empty config; with `subject`, one that refers to it as a bundle does.
std::string ManifestBytes(const std::string& subject = "", const std::string& note = "") {
  Json manifest = {{"schemaVersion", 2},
                   {"mediaType", kManifestType},
                   {"config", {{"mediaType", kEmptyType}, {"digest", ContentDigest("{}")}, {"size", 2}}},
                   {"layers", Json::array()},
                   {"annotations", {{"note", note}}}};
  if (!subject.empty()) {
    manifest["artifactType"] = kBundleType;
    manifest["subject"] = {{"mediaType", kManifestType}, {"digest", subject}, {"size", 1}};
  }
  return manifest.dump();
}

TEST(RegistryTest, PushesABlobInOneRequestAndServesItBack) {
  auto registry = StartRegistry();
  httplib::Client client(registry->url());
  std::string digest = ContentDigest("hello");
  EXPECT_EQ(client.Head("/v2/a/b/blobs/" + digest)->status, 404);
  auto started = client.Post("/v2/a/b/blobs/uploads/");
  ASSERT_EQ(started->status, 202);
  std::string location = started->get_header_value("Location");
  auto finished = client.Put(location + "?digest=" + digest, "hello", "application/octet-stream");
  EXPECT_EQ(finished->status, 201);
  auto blob = client.Get("/v2/a/b/blobs/" + digest);
  EXPECT_EQ(blob->status, 200);
  EXPECT_EQ(blob->body, "hello");
  EXPECT_EQ(blob->get_header_value("Docker-Content-Digest"), digest);
}

TEST(RegistryTest, RefusesABlobWhoseDigestIsAnothers) {
  auto registry = StartRegistry();
  httplib::Client client(registry->url());
  std::string location = client.Post("/v2/a/b/blobs/uploads/")->get_header_value("Location");
  auto finished =
      client.Put(location + "?digest=" + ContentDigest("other"), "hello", "application/octet-stream");
  EXPECT_EQ(finished->status, 400);
  EXPECT_THAT(finished->body, HasSubstr("DIGEST_INVALID"));
}

TEST(RegistryTest, AppendsPatchesInOrderOnly) {
  auto registry = StartRegistry();
  httplib::Client client(registry->url());
  std::string location = client.Post("/v2/a/b/blobs/uploads/")->get_header_value("Location");
  httplib::Headers first = {{"Content-Range", "0-2"}}, wrong = {{"Content-Range", "7-8"}};
  EXPECT_EQ(client.Patch(location, first, "hel", "application/octet-stream")->get_header_value("Range"),
            "0-2");
  EXPECT_EQ(client.Patch(location, wrong, "lo", "application/octet-stream")->status, 416);
  EXPECT_EQ(client.Patch(location, "lo", "application/octet-stream")->status, 202);
  EXPECT_EQ(client.Put(location + "?digest=" + ContentDigest("hello"))->status, 201);
}

TEST(RegistryTest, MountsABlobOfAnotherRepository) {
  auto registry = StartRegistry();
  httplib::Client client(registry->url());
  std::string digest = registry->PutBlob("source", "hello");
  EXPECT_EQ(client.Post("/v2/a/b/blobs/uploads/?from=source&mount=" + digest)->status, 201);
  EXPECT_EQ(client.Post("/v2/a/b/blobs/uploads/?from=nowhere&mount=" + digest)->status, 202);
  EXPECT_EQ(client.Get("/v2/a/b/blobs/" + digest)->body, "hello");
}

TEST(RegistryTest, AbsoluteLocationsMustBeUsedWithTheirQuery) {
  auto registry = StartRegistry({.absolute_locations = true});
  httplib::Client client(registry->url());
  std::string location = client.Post("/v2/a/b/blobs/uploads/")->get_header_value("Location");
  EXPECT_THAT(location, HasSubstr(registry->url()));
  std::string path = location.substr(registry->url().size());
  path = path.substr(0, path.find('?')) + "?digest=" + ContentDigest("hello");
  auto refused = client.Put(path, "hello", "application/octet-stream");
  EXPECT_EQ(refused->status, 400);
  EXPECT_THAT(refused->body, HasSubstr("query was not kept"));
}

TEST(RegistryTest, PushesManifestsByTagAndByDigest) {
  auto registry = StartRegistry();
  httplib::Client client(registry->url());
  std::string bytes = ManifestBytes(), digest = ContentDigest(bytes);
  auto refused = client.Put("/v2/a/b/manifests/v1", bytes, kManifestType);
  EXPECT_EQ(refused->status, 404);
  EXPECT_THAT(refused->body, HasSubstr("MANIFEST_BLOB_UNKNOWN"));
  registry->PutBlob("a/b", "{}");
  EXPECT_EQ(client.Put("/v2/a/b/manifests/v1", bytes, kManifestType)->status, 201);
  EXPECT_EQ(client.Put("/v2/a/b/manifests/" + digest, bytes, kManifestType)->status, 201);
  auto wrong = client.Put("/v2/a/b/manifests/" + ContentDigest("x"), bytes, kManifestType);
  EXPECT_EQ(wrong->status, 400);
  EXPECT_THAT(wrong->body, HasSubstr("DIGEST_INVALID"));
  auto by_tag = client.Get("/v2/a/b/manifests/v1");
  EXPECT_EQ(by_tag->body, bytes);
  EXPECT_EQ(by_tag->get_header_value("Content-Type"), kManifestType);
  EXPECT_EQ(client.Get("/v2/a/b/manifests/" + digest)->body, bytes);
  EXPECT_THAT(client.Get("/v2/a/b/manifests/v2")->body, HasSubstr("MANIFEST_UNKNOWN"));
}

TEST(RegistryTest, HeadTellsLengthAndDigestUnlessToldNotTo) {
  for (bool tell : {true, false}) {
    auto registry = StartRegistry({.head_content_digest = tell});
    std::string digest = registry->PutManifest("a/b", kManifestType, ManifestBytes());
    registry->Tag("a/b", "v1", digest);
    httplib::Client client(registry->url());
    auto head = client.Head("/v2/a/b/manifests/v1");
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->get_header_value("Docker-Content-Digest"), tell ? digest : "");
    EXPECT_EQ(head->get_header_value("Content-Length"), std::to_string(ManifestBytes().size()));
  }
}

TEST(RegistryTest, SaysOciSubjectWithTheReferrersApiOrWhenToldTo) {
  struct Case {
    RegistryOptions options;
    bool says;
  };
  for (const Case& one : {Case{{}, true}, Case{{.referrers_api = false}, false},
                          Case{{.referrers_api = false, .send_oci_subject = true}, true},
                          Case{{.send_oci_subject = false}, false}}) {
    auto registry = StartRegistry(one.options);
    registry->PutBlob("a/b", "{}");
    httplib::Client client(registry->url());
    std::string subject = ContentDigest("subject");
    auto put = client.Put("/v2/a/b/manifests/sig", ManifestBytes(subject), kManifestType);
    EXPECT_EQ(put->status, 201);
    EXPECT_EQ(put->get_header_value("OCI-Subject"), one.says ? subject : "");
  }
}

TEST(RegistryTest, RefusesToMoveATagWhenTagsAreImmutable) {
  auto registry = StartRegistry({.check_manifest_blobs = false, .immutable_tags = true});
  httplib::Client client(registry->url());
  EXPECT_EQ(client.Put("/v2/a/b/manifests/v1", ManifestBytes(), kManifestType)->status, 201);
  auto again = client.Put("/v2/a/b/manifests/v1", ManifestBytes(), kManifestType);
  EXPECT_EQ(again->status, 400);
  EXPECT_THAT(again->body, HasSubstr("TAG_INVALID"));
  EXPECT_EQ(client.Put("/v2/a/b/manifests/" + ContentDigest(ManifestBytes()), ManifestBytes(), kManifestType)
                ->status,
            201);
}

TEST(RegistryTest, HonoursConditionsWhenItGivesEtags) {
  auto registry = StartRegistry({.check_manifest_blobs = false, .etags = true});
  httplib::Client client(registry->url());
  const std::string path = "/v2/a/b/manifests/v1", bytes = ManifestBytes();
  const httplib::Headers none = {{"If-None-Match", "*"}};
  EXPECT_EQ(client.Put(path, none, bytes, kManifestType)->status, 201);
  EXPECT_EQ(client.Put(path, none, bytes, kManifestType)->status, 412);
  const std::string etag = client.Get(path)->get_header_value("ETag");
  EXPECT_EQ(client.Put(path, {{"If-Match", "\"other\""}}, bytes, kManifestType)->status, 412);
  EXPECT_EQ(client.Put(path, {{"If-Match", etag}}, bytes, kManifestType)->status, 201);
}

TEST(RegistryTest, CanStoreATaggedManifestOtherwiseThanItCame) {
  auto registry =
      StartRegistry({.check_manifest_blobs = false, .manifest_status = 202, .rewrite_tagged = true});
  httplib::Client client(registry->url());
  EXPECT_EQ(client.Put("/v2/a/b/manifests/v1", ManifestBytes(), kManifestType)->status, 202);
  EXPECT_EQ(client.Get("/v2/a/b/manifests/v1")->body, ManifestBytes() + " ");
}

TEST(RegistryTest, LimitsWhatAnUploadTakesAtOnce) {
  auto registry = StartRegistry({.max_put_bytes = 3, .chunk_min_bytes = 4, .chunk_takes = 4});
  httplib::Client client(registry->url());
  auto begun = client.Post("/v2/a/b/blobs/uploads/");
  EXPECT_EQ(begun->get_header_value("OCI-Chunk-Min-Length"), "4");
  const std::string session = begun->get_header_value("Location");
  EXPECT_EQ(client.Put(session + "?digest=" + ContentDigest("hello"), "hello", "x/y")->status, 413);
  EXPECT_EQ(client.Patch(session, "hello", "x/y")->get_header_value("Range"), "0-3");
  EXPECT_EQ(client.Patch(session, "o", "x/y")->get_header_value("Range"), "0-4");
  EXPECT_EQ(client.Patch(session, "x", "x/y")->status, 416);
  EXPECT_EQ(client.Put(session + "?digest=" + ContentDigest("hello"))->status, 201);
}

TEST(RegistryTest, PagesTagsByLink) {
  auto registry = StartRegistry({.tags_page_size = 2});
  for (const char* tag : {"a", "b", "c", "d", "e"}) registry->Tag("r", tag, ContentDigest(tag));
  httplib::Client client(registry->url());
  auto page = client.Get("/v2/r/tags/list?n=1000");
  EXPECT_EQ(Json::parse(page->body)["tags"], (Json{"a", "b"}));
  EXPECT_EQ(page->get_header_value("Link"), "</v2/r/tags/list?n=2&last=b>; rel=\"next\"");
  page = client.Get("/v2/r/tags/list?n=2&last=d");
  EXPECT_EQ(Json::parse(page->body)["tags"], (Json{"e"}));
  EXPECT_FALSE(page->has_header("Link"));
}

TEST(RegistryTest, ListsReferrersInPages) {
  auto registry = StartRegistry({.referrers_page_size = 2});
  std::string subject = registry->PutManifest("r", kManifestType, ManifestBytes());
  for (const char* note : {"1", "2", "3"}) {
    registry->PutManifest("r", kManifestType, ManifestBytes(subject, note));
  }
  httplib::Client client(registry->url());
  auto page = client.Get("/v2/r/referrers/" + subject);
  EXPECT_EQ(page->get_header_value("Content-Type"), "application/vnd.oci.image.index.v1+json");
  EXPECT_EQ(Json::parse(page->body)["manifests"].size(), 2u);
  ASSERT_EQ(page->get_header_value("Link"), "</v2/r/referrers/" + subject + "?offset=2>; rel=\"next\"");
  page = client.Get("/v2/r/referrers/" + subject + "?offset=2");
  EXPECT_EQ(Json::parse(page->body)["manifests"].size(), 1u);
  EXPECT_FALSE(page->has_header("Link"));
}

TEST(RegistryTest, DescriptorsSayTheArtifactTypeAsConfigured) {
  struct Case {
    DescriptorArtifactType how;
    Json expected;
  };
  for (const auto& [how, expected] : {Case{DescriptorArtifactType::kManifest, kBundleType},
                                      Case{DescriptorArtifactType::kConfigMediaType, kEmptyType},
                                      Case{DescriptorArtifactType::kMissing, nullptr}}) {
    auto registry = StartRegistry({.descriptor_artifact_type = how});
    std::string subject = ContentDigest("subject");
    registry->PutManifest("r", kManifestType, ManifestBytes(subject));
    httplib::Client client(registry->url());
    Json index = Json::parse(client.Get("/v2/r/referrers/" + subject)->body);
    ASSERT_EQ(index["manifests"].size(), 1u);
    EXPECT_EQ(index["manifests"][0].value("artifactType", Json()), expected);
  }
}

TEST(RegistryTest, FiltersReferrersOnlyWhenItSaysSo) {
  for (bool apply : {true, false}) {
    auto registry = StartRegistry({.apply_filters = apply});
    std::string subject = ContentDigest("subject");
    registry->PutManifest("r", kManifestType, ManifestBytes(subject));
    httplib::Client client(registry->url());
    auto answer = client.Get("/v2/r/referrers/" + subject + "?artifactType=text/plain");
    EXPECT_EQ(Json::parse(answer->body)["manifests"].size(), apply ? 0u : 1u);
    EXPECT_EQ(answer->get_header_value("OCI-Filters-Applied"), apply ? "artifactType" : "");
  }
}

TEST(RegistryTest, WithoutTheReferrersApiAnswersTheConfiguredStatus) {
  for (int status : {404, 400, 405, 406, 403}) {
    auto registry = StartRegistry({.referrers_api = false, .referrers_status = status});
    httplib::Client client(registry->url());
    EXPECT_EQ(client.Get("/v2/r/referrers/" + ContentDigest("x"))->status, status);
  }
  auto registry = StartRegistry({.referrers_api = false, .referrers_content_type = "text/html"});
  httplib::Client client(registry->url());
  auto answer = client.Get("/v2/r/referrers/" + ContentDigest("x"));
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/html");
}

TEST(RegistryTest, DeletesManifestsWithTheirTags) {
  auto registry = StartRegistry();
  std::string digest = registry->PutManifest("r", kManifestType, ManifestBytes());
  registry->Tag("r", "v1", digest);
  httplib::Client client(registry->url());
  EXPECT_EQ(client.Delete("/v2/r/manifests/" + digest)->status, 202);
  EXPECT_EQ(client.Get("/v2/r/manifests/v1")->status, 404);
  EXPECT_EQ(client.Delete("/v2/r/manifests/" + digest)->status, 404);
}

TEST(RegistryTest, SpeaksTlsToAClientThatTrustsItsFileOnly) {
  auto registry = StartRegistry({.tls = true});
  httplib::Client trusting(registry->url()), strange(registry->url());
  trusting.set_ca_cert_path(registry->ca_file().c_str());
  auto answer = trusting.Get("/v2/");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
  auto refused = strange.Get("/v2/");
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error(), httplib::Error::SSLServerVerification);
}

TEST(RegistryTest, NeverCompressesOfItsOwnAccord) {
  auto registry = StartRegistry();
  registry->Tag("r", "v1", ContentDigest("x"));
  httplib::Client client(registry->url());
  client.set_decompress(false);
  auto tags = client.Get("/v2/r/tags/list", httplib::Headers{{"Accept-Encoding", "gzip, br"}});
  EXPECT_FALSE(tags->has_header("Content-Encoding"));
  EXPECT_EQ(tags->body, R"({"name":"r","tags":["v1"]})");
  EXPECT_EQ(tags->get_header_value("Content-Length"), std::to_string(tags->body.size()));
}

TEST(RegistryTest, ServesEmptyBlobsAndParallelClients) {
  auto registry = StartRegistry();
  std::string empty = registry->PutBlob("r", ""), large = registry->PutBlob("r", std::string(3'000'000, 'x'));
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      httplib::Client client(registry->url());
      client.set_keep_alive(true);
      bool ok = client.Get("/v2/r/blobs/" + empty)->body.empty();
      ok = ok && client.Get("/v2/r/blobs/" + large)->body.size() == 3'000'000;
      if (ok && client.Head("/v2/r/blobs/" + empty)->get_header_value("Content-Length") == "0") ++good;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 8);
}

TEST(RegistryTest, RefusesAPathThatIsNotTheApis) {
  auto registry = StartRegistry();
  httplib::Client client(registry->url());
  for (const char* path : {"/", "/v1/a/manifests/x", "/v2/A/manifests/x", "/v2//manifests/x"}) {
    auto answer = client.Get(path);
    EXPECT_EQ(answer->status, 404) << path;
    EXPECT_THAT(answer->body, HasSubstr("NAME_INVALID")) << path;
  }
}

}  // namespace
}  // namespace chartseal::sandbox
