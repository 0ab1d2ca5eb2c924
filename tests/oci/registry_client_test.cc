#include "verifier/oci/registry_client.h"

#include <gmock/gmock.h>

#include "tests/oci/client_fixture.h"

namespace chartseal::oci {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr size_t kMany = 1 << 20;

class RegistryClientTest : public testing::Test {
 protected:
  void Start(sandbox::RegistryOptions options = {}) {
    registry_ = StartRegistry(std::move(options));
    registry_->PutBlob("org/app", "{}");
    digest_ = registry_->PutManifest("org/app", kManifestType, manifest_);
    registry_->Tag("org/app", "1.0", digest_);
    client_ = StartClient();
  }
  Reference App(const std::string& rest = ":1.0") const { return Ref(registry_->host() + "/org/app" + rest); }

  const std::string manifest_ = ManifestJson("app");
  std::string digest_;
  std::unique_ptr<sandbox::Registry> registry_;
  std::shared_ptr<RegistryClient> client_;
};

TEST_F(RegistryClientTest, ResolvesATagWithOneHead) {
  Start();
  const auto resolved = client_->ResolveTag(App(), Soon());
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->digest.ToString(), digest_);
  EXPECT_EQ(resolved->size, static_cast<int64_t>(manifest_.size()));
  EXPECT_EQ(resolved->media_type, kManifestType);
  EXPECT_EQ(registry_->log().size(), 1u);
  EXPECT_EQ(registry_->log().Count("HEAD", "*"), 1u);
}

TEST_F(RegistryClientTest, ResolvesATagByHashingTheManifestWhenHeadGivesNoDigest) {
  Start({.head_content_digest = false});
  const auto resolved = client_->ResolveTag(App(), Soon());
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->digest.ToString(), digest_);
  EXPECT_EQ(registry_->log().Count("GET", "*"), 1u);
}

TEST_F(RegistryClientTest, FetchesAManifestByDigest) {
  Start();
  const auto fetched = client_->FetchManifest(App(), DigestOf(digest_), kMany, Soon());
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->bytes, manifest_);
  EXPECT_EQ(fetched->media_type, kManifestType);
}

TEST_F(RegistryClientTest, FetchesABlob) {
  Start();
  registry_->PutBlob("org/app", "hello");
  const auto blob = client_->FetchBlob(App(), BlobOf("hello"), kMany, Soon());
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(*blob, "hello");
}

TEST_F(RegistryClientTest, SaysNotFoundForAnUnknownTag) {
  Start();
  const auto resolved = client_->FetchManifestByTag(App(), "2.0", kMany, Soon());
  EXPECT_EQ(resolved.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(resolved.status()), Reason::kNotFound);
  EXPECT_THAT(Message(resolved.status()),
              HasSubstr("org/app:2.0: the registry answered 404: MANIFEST_UNKNOWN"));
}

TEST_F(RegistryClientTest, ListsReferrersThroughTheApi) {
  Start();
  const std::string referrer = registry_->PutManifest("org/app", kManifestType, ManifestJson("sig", digest_));
  const auto listed = client_->ListReferrers(App(), DigestOf(digest_), Soon());
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->origin, ReferrersOrigin::kApi);
  ASSERT_EQ(listed->descriptors.size(), 1u);
  EXPECT_EQ(listed->descriptors[0].digest.ToString(), referrer);
}

}  // namespace
}  // namespace chartseal::oci
