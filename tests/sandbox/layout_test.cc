#include <gmock/gmock.h>
#include <httplib.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "nlohmann/json.hpp"
#include "test_directories.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/debian_registry.h"
#include "tests/sandbox/layout_pusher.h"
#include "tests/sandbox/registry_commands.h"
#include "tests/sandbox/temporary_directory.h"

namespace chartseal::sandbox {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

const std::string& VectorsDirectory() {
  static const std::string directory = CHARTSEAL_SOURCE_DIR "/../shared/vectors/cosign";
  return directory;
}

Json Cases() {
  std::ifstream file(VectorsDirectory() + "/cases.json");
  EXPECT_TRUE(file) << "test data is missing: " << VectorsDirectory();
  return Json::parse(file, nullptr, false).value("cases", Json::array());
}

OciLayout ReadVector(const std::string& name) {
  auto layout = OciLayout::Read(VectorsDirectory() + "/" + name);
  EXPECT_TRUE(layout.ok()) << layout.status();
  return *std::move(layout);
}

// Every manifest and tag of `layout` is served by the registry at `url` byte for byte.
void ExpectServed(const OciLayout& layout, const std::string& url, const std::string& repository) {
  httplib::Client client(url);
  for (const LayoutManifest& manifest : layout.manifests()) {
    std::vector<std::string> references = manifest.tags;
    references.push_back(manifest.digest);
    for (const std::string& reference : references) {
      // Without Accept, Debian's registry answers an OCI manifest with 404.
      auto answer =
          client.Get("/v2/" + repository + "/manifests/" + reference, {{"Accept", manifest.media_type}});
      ASSERT_EQ(answer->status, 200) << repository << " " << reference << " " << answer->body;
      EXPECT_EQ(answer->body, manifest.bytes) << repository << " " << reference;
      EXPECT_EQ(answer->get_header_value("Content-Type"), manifest.media_type);
    }
  }
  for (const LayoutBlob& blob : layout.blobs()) {
    EXPECT_EQ(client.Get("/v2/" + repository + "/blobs/" + blob.digest)->body, blob.bytes);
  }
}

TEST(LayoutTest, EveryRealLayoutSurvivesOurRegistry) {
  auto registry = Registry::Start();
  ASSERT_TRUE(registry.ok());
  Json cases = Cases();
  ASSERT_GE(cases.size(), 12u);
  for (const Json& one : cases) {
    std::string name = one["name"];
    OciLayout layout = ReadVector(name);
    EXPECT_NE(layout.Find(one["digest"]), nullptr) << name;
    absl::Status pushed = PushLayout(layout, (*registry)->host(), name);
    ASSERT_TRUE(pushed.ok()) << name << ": " << pushed;
    ExpectServed(layout, (*registry)->url(), name);
  }
}

TEST(LayoutTest, EveryRealLayoutSurvivesDebiansRegistry) {
  auto registry = DebianRegistry::Start();
  ASSERT_TRUE(registry.ok()) << registry.status();
  for (const Json& one : Cases()) {
    std::string name = one["name"];
    OciLayout layout = ReadVector(name);
    absl::Status pushed = PushLayout(layout, (*registry)->host(), name);
    ASSERT_TRUE(pushed.ok()) << name << ": " << pushed;
    ExpectServed(layout, (*registry)->url(), name);
  }
}

TEST(LayoutTest, DebiansRegistryEndsWithItsObject) {
  auto registry = DebianRegistry::Start();
  ASSERT_TRUE(registry.ok()) << registry.status();
  pid_t pid = (*registry)->pid();
  httplib::Client client((*registry)->url());
  EXPECT_EQ(client.Get("/v2/")->status, 200);
  registry->reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
  EXPECT_FALSE(client.Get("/v2/"));
}

TEST(LayoutTest, TheReferrersApiListsWhatTheFallbackTagListed) {
  auto registry = Registry::Start();
  ASSERT_TRUE(registry.ok());
  OciLayout layout = ReadVector("image-crowd");
  PutLayout(layout, **registry, "crowd", {.fallback_tags = false});
  const LayoutManifest* image = layout.Find("v1");
  ASSERT_NE(image, nullptr);
  std::string tag = "sha256-" + image->digest.substr(7);
  const LayoutManifest* fallback = layout.Find(tag);
  ASSERT_NE(fallback, nullptr);
  httplib::Client client((*registry)->url());
  EXPECT_EQ(client.Get("/v2/crowd/manifests/" + tag)->status, 404);
  EXPECT_EQ(client.Get("/v2/crowd/manifests/" + fallback->digest)->status, 404);
  Json listed = Json::parse(client.Get("/v2/crowd/referrers/" + image->digest)->body)["manifests"];
  std::set<std::string> api, index;
  for (const Json& descriptor : listed) api.insert(descriptor["digest"]);
  Json tagged = Json::parse(fallback->bytes)["manifests"];
  for (const Json& descriptor : tagged) index.insert(descriptor["digest"]);
  EXPECT_EQ(api.size(), 6u);
  EXPECT_EQ(api, index);
}

TEST(LayoutTest, LegacyTagsArePushedWithoutFallbackTagsToo) {
  auto registry = Registry::Start();
  ASSERT_TRUE(registry.ok());
  OciLayout layout = ReadVector("legacy-signed");
  ASSERT_TRUE(PushLayout(layout, (*registry)->host(), "legacy", {.fallback_tags = false}).ok());
  std::string tag = "sha256-" + layout.Find("v1")->digest.substr(7) + ".sig";
  EXPECT_EQ(httplib::Client((*registry)->url()).Get("/v2/legacy/manifests/" + tag)->status, 200);
}

TEST(LayoutTest, PushFailureNamesTheRequestAndTheAnswer) {
  auto registry = Registry::Start();
  ASSERT_TRUE(registry.ok());
  (*registry)->AddFault({.method = "PUT",
                         .path_glob = "*/manifests/*",
                         .respond = HttpResponse{.status = 403, .body = "quota"}});
  absl::Status pushed = PushLayout(ReadVector("image-unsigned"), (*registry)->host(), "r");
  EXPECT_THAT(std::string(pushed.message()), HasSubstr("manifest sha256:"));
  EXPECT_THAT(std::string(pushed.message()), HasSubstr("expected status 201, found 403: quota"));
}

TEST(LayoutTest, PushRefusesARegistryElsewhere) {
  absl::Status pushed = PushLayout(ReadVector("image-unsigned"), "registry.example:5000", "r");
  EXPECT_THAT(std::string(pushed.message()), HasSubstr("is not a loopback registry"));
}

class BrokenLayoutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto temporary = TemporaryDirectory::Create("layout");
    ASSERT_TRUE(temporary.ok()) << temporary.status();
    temporary_.emplace(*std::move(temporary));
    directory_ = temporary_->path();
    std::filesystem::copy(VectorsDirectory() + "/image-unsigned", directory_,
                          std::filesystem::copy_options::recursive);
    std::filesystem::permissions(directory_, std::filesystem::perms::owner_all);
  }

  std::string Error() { return std::string(OciLayout::Read(directory_).status().message()); }
  std::string FirstBlob() {
    return std::filesystem::directory_iterator(directory_ + "/blobs/sha256")->path().string();
  }
  void Write(const std::string& path, const std::string& bytes) {
    std::filesystem::permissions(std::filesystem::path(path).parent_path(),
                                 std::filesystem::perms::owner_all);
    std::filesystem::remove(path);
    std::ofstream(path) << bytes;
  }

  std::optional<TemporaryDirectory> temporary_;
  std::string directory_;
};

TEST_F(BrokenLayoutTest, MissingIndexIsNamed) {
  std::filesystem::remove(directory_ + "/index.json");
  EXPECT_EQ(Error(), "cannot read " + directory_ + "/index.json");
}

TEST_F(BrokenLayoutTest, IndexThatIsNotOneIsRefused) {
  Write(directory_ + "/index.json", "[]");
  EXPECT_EQ(Error(), directory_ + "/index.json is not an OCI index");
}

TEST_F(BrokenLayoutTest, ChangedBlobIsRefused) {
  std::string blob = FirstBlob();
  Write(blob, "changed");
  EXPECT_EQ(Error(), blob + " has the digest " + ContentDigest("changed"));
}

TEST_F(BrokenLayoutTest, DigestWithAPathInItIsRefused) {
  Write(directory_ + "/index.json", R"({"manifests":[{"digest":"sha256:../../../index.json"}]})");
  EXPECT_THAT(Error(), HasSubstr("is not a sha256 digest"));
}

TEST(PushLayoutCommandTest, ReturnsTwoOnWrongUsageAndThreeWhenItCannot) {
  auto run = [](std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    return RunPushLayout(static_cast<int>(argv.size()), argv.data());
  };
  auto registry = Registry::Start();
  ASSERT_TRUE(registry.ok());
  std::string vector = VectorsDirectory() + "/image-unsigned", host = (*registry)->host();
  EXPECT_EQ(run({vector}), 2);
  EXPECT_EQ(run({vector, host}), 2);
  EXPECT_EQ(run({vector, host + "/r", "--what"}), 2);
  EXPECT_EQ(run({vector, "example.com/r"}), 2);
  EXPECT_EQ(run({vector + "-missing", host + "/r"}), 3);
  EXPECT_EQ(run({vector, host + "/r"}), 0);
  EXPECT_THAT((*registry)->store().Tags("r"), ::testing::ElementsAre("v1"));
}

}  // namespace
}  // namespace chartseal::sandbox
