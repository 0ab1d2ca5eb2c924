#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "nlohmann/json.hpp"
#include "tests/publisher/push/writer_fixture.h"
#include "tests/sandbox/debian_registry.h"
#include "verifier/base/limits.h"
#include "verifier/oci/reference.h"

namespace chartseal::publisher {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string& Subject() {
  static const std::string subject = sandbox::ContentDigest("subject");
  return subject;
}
std::string Tag() { return "sha256-" + Subject().substr(7); }

std::unique_ptr<sandbox::Registry> WithConfig(sandbox::RegistryOptions options = {}) {
  auto registry = StartRegistry(std::move(options));
  registry->PutBlob("org/app", "{}");
  return registry;
}

absl::StatusOr<oci::Descriptor> Attach(sandbox::Registry& registry, const std::string& manifest) {
  return MakeWriter().Attach(Repo(registry), manifest, oci::kOciManifest, Soon());
}

std::string IndexText(sandbox::Registry& registry) {
  const auto digest = registry.store().Resolve("org/app", Tag());
  return digest.has_value() ? registry.store().FindManifest("org/app", *digest)->bytes : "null";
}

std::vector<std::string> Listed(sandbox::Registry& registry) {
  std::vector<std::string> digests;
  const Json index = Json::parse(IndexText(registry));
  if (index.is_null()) return digests;
  for (const Json& entry : index["manifests"]) digests.push_back(entry["digest"]);
  return digests;
}

void PutIndex(sandbox::Registry& registry, const std::string& bytes,
              const std::string& type = std::string(oci::kOciIndex)) {
  registry.Tag("org/app", Tag(), registry.PutManifest("org/app", type, bytes));
}

Json Entry(const std::string& digest) {
  return Json{{"mediaType", oci::kOciManifest}, {"digest", digest}, {"size", 7}};
}

Json IndexOf(std::vector<Json> entries) {
  return Json{{"schemaVersion", 2}, {"mediaType", oci::kOciIndex}, {"manifests", entries}};
}

TEST(AttachTest, WhereTheApiListsItNoIndexIsWritten) {
  auto registry = WithConfig();
  const std::string manifest = ManifestJson("sig", Subject());
  const auto attached = Attach(*registry, manifest);
  ASSERT_TRUE(attached.ok()) << attached.status();
  EXPECT_EQ(attached->digest.ToString(), sandbox::ContentDigest(manifest));
  EXPECT_EQ(attached->artifact_type, "application/x-test");
  EXPECT_EQ(attached->annotations.at("note"), "sig");
  EXPECT_THAT(Requests(*registry), ElementsAre("PUT manifests/sha256 201", "GET referrers/sha256 200"));
}

TEST(AttachTest, WithoutOciSubjectTheIndexIsWrittenAndReadBack) {
  auto registry = WithConfig({.referrers_api = false});
  const std::string manifest = ManifestJson("sig", Subject());
  ASSERT_TRUE(Attach(*registry, manifest).ok());
  EXPECT_THAT(Requests(*registry), ElementsAre("PUT manifests/sha256 201", "GET manifests/sha256 404",
                                               "PUT manifests/sha256 201", "GET manifests/sha256 200"));
  const Json expected = IndexOf({{{"mediaType", oci::kOciManifest},
                                  {"digest", sandbox::ContentDigest(manifest)},
                                  {"size", manifest.size()},
                                  {"artifactType", "application/x-test"},
                                  {"annotations", {{"note", "sig"}}}}});
  EXPECT_EQ(Json::parse(IndexText(*registry)), expected);
  const auto digest = registry->store().Resolve("org/app", Tag());
  EXPECT_EQ(registry->store().FindManifest("org/app", *digest)->media_type, oci::kOciIndex);
}

TEST(AttachTest, ARegistryThatSaysOciSubjectAndHasNoApiGetsTheIndexToo) {
  for (const int status : {404, 400, 405, 406, 403, 500}) {
    auto registry =
        WithConfig({.referrers_api = false, .referrers_status = status, .send_oci_subject = true});
    ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok()) << status;
    EXPECT_GE(registry->log().Count("GET", "*/referrers/*"), 1u);
    EXPECT_THAT(Listed(*registry), ElementsAre(sandbox::ContentDigest(ManifestJson("sig", Subject()))));
  }
}

TEST(AttachTest, AnApiThatDoesNotListTheManifestGetsTheIndexToo) {
  auto registry = WithConfig();
  registry->AddFault(
      {.method = "GET",
       .path_glob = "*/referrers/*",
       .respond = sandbox::BodyAnswer(std::string(oci::kOciIndex),
                                      IndexOf({Entry(sandbox::ContentDigest("other"))}).dump())});
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  EXPECT_THAT(Listed(*registry), ElementsAre(sandbox::ContentDigest(ManifestJson("sig", Subject()))));
}

TEST(AttachTest, APortalsPageIsNoApi) {
  auto registry =
      WithConfig({.referrers_api = false, .referrers_content_type = "text/html", .send_oci_subject = true});
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  EXPECT_EQ(Listed(*registry).size(), 1u);
}

TEST(AttachTest, AnOciSubjectOfAnotherDigestDoesNotCount) {
  auto registry = WithConfig();
  registry->AddFault(
      {.method = "PUT", .rewrite = sandbox::ReplaceHeader("OCI-Subject", sandbox::ContentDigest("other"))});
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  EXPECT_EQ(registry->log().Count("GET", "*/referrers/*"), 0u);
  EXPECT_EQ(Listed(*registry).size(), 1u);
}

TEST(AttachTest, EntriesOfOthersStayAsTheyAreAndAllAreSortedByDigest) {
  auto registry = WithConfig({.referrers_api = false});
  Json theirs = Entry("sha256:" + std::string(64, 'f'));
  theirs["platform"] = {{"os", "linux"}, {"architecture", "amd64"}};
  theirs["urls"] = {"https://example.test/x"};
  Json index = IndexOf({theirs, Entry("sha256:" + std::string(64, '0'))});
  index["annotations"] = {{"kept", "yes"}};
  PutIndex(*registry, index.dump());
  const std::string ours = ManifestJson("sig", Subject());
  ASSERT_TRUE(Attach(*registry, ours).ok());
  const Json written = Json::parse(IndexText(*registry));
  EXPECT_EQ(written["annotations"], index["annotations"]);
  ASSERT_EQ(written["manifests"].size(), 3u);
  EXPECT_EQ(written["manifests"][0], Entry("sha256:" + std::string(64, '0')));
  EXPECT_EQ(written["manifests"][1]["digest"], sandbox::ContentDigest(ours));
  EXPECT_EQ(written["manifests"][2], theirs);
}

TEST(AttachTest, AttachingAgainListsItOnceAndDoesNotWriteTheIndex) {
  auto registry = WithConfig({.referrers_api = false});
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  registry->log().Clear();
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  EXPECT_EQ(Listed(*registry).size(), 1u);
  EXPECT_THAT(Requests(*registry), ElementsAre("PUT manifests/sha256 201", "GET manifests/sha256 200"));
}

TEST(AttachTest, AnEntryThatLacksItsTypeIsCompleted) {
  auto registry = WithConfig({.referrers_api = false});
  const std::string ours = ManifestJson("sig", Subject());
  PutIndex(*registry,
           IndexOf({Entry(sandbox::ContentDigest(ours)), Entry(sandbox::ContentDigest(ours))}).dump());
  ASSERT_TRUE(Attach(*registry, ours).ok());
  const Json written = Json::parse(IndexText(*registry));
  ASSERT_EQ(written["manifests"].size(), 1u);
  EXPECT_EQ(written["manifests"][0]["artifactType"], "application/x-test");
}

TEST(AttachTest, ATagThatHoldsSomethingElseIsLeftAlone) {
  struct Case {
    std::string bytes;
    std::string type;
  };
  const Json list = {{"schemaVersion", 2},
                     {"mediaType", oci::kDockerList},
                     {"manifests", Json::array({Entry("sha256:" + std::string(64, '0'))})}};
  for (const Case& one :
       {Case{ManifestJson("image"), std::string(oci::kOciManifest)},
        Case{list.dump(), std::string(oci::kDockerList)}, Case{"{\"a\":1}", "application/json"},
        Case{"[]", std::string(oci::kOciIndex)},
        Case{"{\"schemaVersion\":1,\"mediaType\":\"" + std::string(oci::kOciIndex) + "\",\"manifests\":[]}",
             std::string(oci::kOciIndex)}}) {
    auto registry = WithConfig({.referrers_api = false});
    PutIndex(*registry, one.bytes, one.type);
    const auto attached = Attach(*registry, ManifestJson("sig", Subject()));
    EXPECT_EQ(attached.status().code(), absl::StatusCode::kInvalidArgument) << one.bytes;
    EXPECT_EQ(ReasonOf(attached.status()), Reason::kManifestMalformed) << one.bytes;
    EXPECT_THAT(Message(attached.status()), HasSubstr("listing sha256:"));
    EXPECT_EQ(IndexText(*registry), one.bytes);
  }
}

TEST(AttachTest, AnIndexThatIsNoJsonIsLeftAlone) {
  auto registry = WithConfig({.referrers_api = false});
  PutIndex(*registry, "<html>");
  const auto attached = Attach(*registry, ManifestJson("sig", Subject()));
  EXPECT_EQ(ReasonOf(attached.status()), Reason::kJsonMalformed);
  EXPECT_EQ(IndexText(*registry), "<html>");
}

TEST(AttachTest, AManifestWithoutASubjectIsNotSent) {
  auto registry = WithConfig();
  const auto attached = Attach(*registry, ManifestJson("plain"));
  EXPECT_EQ(ReasonOf(attached.status()), Reason::kManifestMalformed);
  EXPECT_THAT(Message(attached.status()), HasSubstr("has no subject"));
  EXPECT_EQ(registry->log().size(), 0u);
}

TEST(AttachTest, AnotherWriterThatWasFasterIsNotOverwrittenWhereTheRegistryHasEtags) {
  const std::string theirs = IndexOf({Entry("sha256:" + std::string(64, '0'))}).dump();
  for (const bool existed : {false, true}) {
    auto registry = WithConfig({.referrers_api = false, .etags = true});
    if (existed) PutIndex(*registry, IndexOf({}).dump());
    sandbox::Registry* behind = registry.get();
    // They write between our read and our write.
    registry->AddFault({.method = "GET",
                        .path_glob = "*/manifests/sha256-*",
                        .rewrite = [&](const auto&, auto&) { PutIndex(*behind, theirs); }});
    ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
    EXPECT_THAT(Listed(*registry), ElementsAre("sha256:" + std::string(64, '0'),
                                               sandbox::ContentDigest(ManifestJson("sig", Subject()))));
    EXPECT_EQ(registry->log().Count("PUT", "*/manifests/sha256-*"), 2u);
  }
}

TEST(AttachTest, AnotherWriterThatOverwroteUsIsMergedWith) {
  auto registry = WithConfig({.referrers_api = false});
  sandbox::Registry* behind = registry.get();
  const std::string theirs = IndexOf({Entry("sha256:" + std::string(64, '0'))}).dump();
  registry->AddFault({.method = "PUT",
                      .path_glob = "*/manifests/sha256-*",
                      .rewrite = [&](const auto&, auto&) { PutIndex(*behind, theirs); }});
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  EXPECT_EQ(Listed(*registry).size(), 2u);
}

TEST(AttachTest, ARegistryThatNeverShowsTheEntryIsGivenUp) {
  auto registry = WithConfig({.referrers_api = false});
  registry->AddFault(
      {.method = "GET", .path_glob = "*/manifests/*", .times = -1, .respond = sandbox::StatusAnswer(404)});
  const auto attached = Attach(*registry, ManifestJson("sig", Subject()));
  EXPECT_EQ(attached.status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(Message(attached.status()), HasSubstr("was written to the index 8 times and is not in it"));
  EXPECT_EQ(registry->log().Count("PUT", "*/manifests/sha256-*"), 8u);
}

TEST(AttachTest, ARegistryThatTurnsItsOwnEtagDownIsAskedWithoutIt) {
  auto registry = WithConfig({.referrers_api = false, .etags = true});
  PutIndex(*registry, IndexOf({}).dump());
  registry->AddFault({.method = "GET",
                      .path_glob = "*/manifests/*",
                      .times = -1,
                      .rewrite = sandbox::ReplaceHeader("ETag", "\"another\"")});
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  EXPECT_EQ(Listed(*registry).size(), 1u);
}

TEST(AttachTest, AWeakEtagIsNoCondition) {
  auto registry = WithConfig({.referrers_api = false});
  PutIndex(*registry, IndexOf({}).dump());
  registry->AddFault({.method = "GET",
                      .path_glob = "*/manifests/*",
                      .times = -1,
                      .rewrite = sandbox::ReplaceHeader("ETag", "W/\"abc\"")});
  ASSERT_TRUE(Attach(*registry, ManifestJson("sig", Subject())).ok());
  EXPECT_FALSE(registry->log().AnyHasHeader("if-match"));
}

TEST(AttachTest, AnImmutableFallbackTagIsExplained) {
  auto registry = WithConfig({.referrers_api = false, .immutable_tags = true});
  ASSERT_TRUE(Attach(*registry, ManifestJson("first", Subject())).ok());
  const auto attached = Attach(*registry, ManifestJson("second", Subject()));
  EXPECT_EQ(ReasonOf(attached.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(attached.status()),
              AllOf(HasSubstr("TAG_INVALID"), HasSubstr("make an exception for sha256-*")));
}

TEST(AttachTest, AFullIndexIsNotWritten) {
  auto registry = WithConfig({.referrers_api = false});
  std::vector<Json> entries;
  for (size_t i = 0; i < limits::kMaxIndexEntries; ++i) {
    entries.push_back(Entry(sandbox::ContentDigest(std::to_string(i))));
  }
  PutIndex(*registry, IndexOf(entries).dump());
  const auto attached = Attach(*registry, ManifestJson("sig", Subject()));
  EXPECT_EQ(ReasonOf(attached.status()), Reason::kLimitExceeded);
  EXPECT_THAT(Message(attached.status()), HasSubstr("the index is full (2000 entries)"));
}

TEST(AttachTest, ManyAtATimeByOneWriterAreAllListed) {
  auto registry = WithConfig({.referrers_api = false});
  RegistryWriter writer = MakeWriter();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        EXPECT_TRUE(writer
                        .Attach(Repo(*registry), ManifestJson(std::to_string(i), Subject()),
                                oci::kOciManifest, Soon())
                        .ok());
      });
    }
  }
  EXPECT_EQ(Listed(*registry).size(), 8u);
}

TEST(AttachTest, OnDebiansRegistryReadersFindWhatWasPushed) {
  auto debian = sandbox::DebianRegistry::Start();
  ASSERT_TRUE(debian.ok()) << debian.status();
  const oci::Reference repository = oci::Reference::Parse("oci://" + (*debian)->host() + "/org/app").value();
  RegistryWriter writer = MakeWriter();
  const std::string subject = ManifestJson("subject");
  ASSERT_TRUE(writer.PushBlob(repository, "{}", oci::kOciEmpty, Soon()).ok());
  ASSERT_TRUE(writer.PushBlob(repository, std::string(9 << 20, 'x'), "x/y", Soon()).ok());
  ASSERT_TRUE(writer.PushManifest(repository, subject, oci::kOciManifest, Soon()).ok());
  ASSERT_TRUE(writer.PushTag(repository, "1.0", subject, oci::kOciManifest, false, Soon()).ok());
  for (const char* note : {"1", "2"}) {
    const auto attached = writer.Attach(repository, ManifestJson(note, sandbox::ContentDigest(subject)),
                                        oci::kOciManifest, Soon());
    ASSERT_TRUE(attached.ok()) << attached.status();
  }
  const auto client = oci::RegistryClient::Create(TestOptions()).value();
  const auto found = client->ListReferrers(
      repository, crypto::Digest::Parse(sandbox::ContentDigest(subject)).value(), Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->origin, oci::ReferrersOrigin::kFallbackTag);
  ASSERT_EQ(found->descriptors.size(), 2u);
  for (const oci::Descriptor& descriptor : found->descriptors) {
    EXPECT_EQ(descriptor.artifact_type, "application/x-test");
    EXPECT_EQ(descriptor.annotations.count("note"), 1u);
    EXPECT_TRUE(client->FetchManifest(repository, descriptor.digest, 1 << 20, Soon()).ok());
  }
}

TEST(AttachTest, AManifestThatIsRefusedIsNotListed) {
  auto registry = WithConfig({.referrers_api = false});
  registry->AddFault({.method = "PUT", .times = -1, .respond = sandbox::StatusAnswer(405)});
  const auto attached = Attach(*registry, ManifestJson("sig", Subject()));
  EXPECT_THAT(Message(attached.status()), AllOf(HasSubstr("attaching sha256:"), HasSubstr("@" + Subject()),
                                                HasSubstr("405"), HasSubstr("read-only")));
  EXPECT_EQ(registry->log().size(), 1u);
}

}  // namespace
}  // namespace chartseal::publisher
