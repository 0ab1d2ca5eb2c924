#include "verifier/oci/manifest.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;

const std::string kDigest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const std::string kEmpty =
    R"({"mediaType":"application/vnd.oci.empty.v1+json","digest":")" + kDigest + R"(","size":2})";

std::string Image(const std::string& more = "") {
  return R"({"schemaVersion":2,"config":)" + kEmpty + R"(,"layers":[)" + kEmpty + "]" + more + "}";
}

std::string Type(std::string_view type) { return ",\"mediaType\":\"" + std::string(type) + "\""; }

TEST(ManifestTest, ReadsAnImageManifest) {
  const auto manifest = Manifest::Parse(Image(Type(kOciManifest) + R"(,"artifactType":"a/b","subject":)" +
                                              kEmpty + R"(,"annotations":{"k":"v"})"),
                                        "");
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->kind(), ManifestKind::kImage);
  EXPECT_EQ(manifest->media_type(), kOciManifest);
  EXPECT_EQ(manifest->artifact_type(), "a/b");
  EXPECT_EQ(manifest->config()->size, 2);
  ASSERT_EQ(manifest->layers().size(), 1u);
  EXPECT_EQ(manifest->layers()[0].digest.ToString(), kDigest);
  EXPECT_EQ(manifest->subject()->digest.ToString(), kDigest);
  EXPECT_EQ(manifest->annotations().at("k"), "v");
}

TEST(ManifestTest, ReadsAnIndex) {
  const auto index = Manifest::Parse(
      R"({"manifests":[{"digest":")" + kDigest +
          R"(","size":7,"mediaType":"m","artifactType":"a","annotations":{"x":"y"},"platform":{"os":"linux"}}],)" +
          R"("schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json"})",
      "");
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->kind(), ManifestKind::kIndex);
  ASSERT_EQ(index->manifests().size(), 1u);
  EXPECT_EQ(index->manifests()[0].artifact_type, "a");
  EXPECT_EQ(index->manifests()[0].annotations.at("x"), "y");
}

TEST(ManifestTest, TellsTheKindOfAHelmManifestWithoutMediaTypeByItsShape) {
  const auto manifest = Manifest::Parse(Image(), "application/json");
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->kind(), ManifestKind::kImage);
  EXPECT_EQ(manifest->media_type(), kOciManifest);
  EXPECT_EQ(Manifest::Parse(Image(), kDockerManifest)->media_type(), kDockerManifest);
}

TEST(ManifestTest, DoesNotBelieveTheTransportAgainstTheShape) {
  const auto manifest = Manifest::Parse(Image(), kOciIndex);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->kind(), ManifestKind::kImage);
  EXPECT_EQ(manifest->media_type(), kOciManifest);
}

TEST(ManifestTest, ReadsDockerTypes) {
  EXPECT_EQ(Manifest::Parse(Image(Type(kDockerManifest)), "")->kind(), ManifestKind::kImage);
  EXPECT_EQ(Manifest::Parse(R"({"schemaVersion":2,"manifests":[])" + Type(kDockerList) + "}", "")->kind(),
            ManifestKind::kIndex);
}

TEST(ManifestTest, AnIndexWhoseListIsNullIsEmpty) {
  const auto index = Manifest::Parse(R"({"schemaVersion":2,"manifests":null)" + Type(kOciIndex) + "}", "");
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->kind(), ManifestKind::kIndex);
  EXPECT_TRUE(index->manifests().empty());
}

TEST(ManifestTest, ToleratesUnknownMembersAndNulls) {
  EXPECT_TRUE(Manifest::Parse(Image(R"(,"x":{"y":[1]},"annotations":null,"subject":null)"), "").ok());
}

TEST(ManifestTest, CallsAnythingElseOther) {
  EXPECT_EQ(Manifest::Parse("{}", "")->kind(), ManifestKind::kOther);
  EXPECT_EQ(Manifest::Parse(R"({"mediaType":"application/vnd.other"})", "")->media_type(),
            "application/vnd.other");
}

TEST(ManifestTest, ComputesTheArtifactTypeAsTheReferrersApiDoes) {
  EXPECT_EQ(Manifest::Parse(Image(), "")->EffectiveArtifactType(), kOciEmpty);
  EXPECT_EQ(Manifest::Parse(Image(R"(,"artifactType":"a/b")"), "")->EffectiveArtifactType(), "a/b");
}

struct Bad {
  std::string text, why;
  Reason reason = Reason::kManifestMalformed;
};
class BadManifestTest : public testing::TestWithParam<Bad> {};

TEST_P(BadManifestTest, IsRefusedWithAReason) {
  const auto manifest = Manifest::Parse(GetParam().text, "", "repo@digest");
  EXPECT_EQ(ReasonOf(manifest.status()), GetParam().reason) << GetParam().text;
  EXPECT_THAT(Message(manifest.status()), HasSubstr("repo@digest"));
  EXPECT_THAT(Message(manifest.status()), HasSubstr(GetParam().why));
}

std::string ManyLayers(size_t count) {
  std::string layers;
  for (size_t i = 0; i < count; ++i) layers += (i == 0 ? "" : ",") + kEmpty;
  return R"({"schemaVersion":2,"config":)" + kEmpty + R"(,"layers":[)" + layers + "]}";
}

INSTANTIATE_TEST_SUITE_P(
    All, BadManifestTest,
    testing::Values(
        Bad{"", "", Reason::kJsonMalformed}, Bad{"[]", "expected an object"},
        Bad{R"({"a":1,"a":2})", "", Reason::kJsonMalformed}, Bad{Image() + "x", "", Reason::kJsonMalformed},
        Bad{Image(R"(,"manifests":[])"), "both layers and manifests"},
        Bad{Image(Type(kOciIndex)), "the members are those of another"},
        Bad{R"({"schemaVersion":2,"manifests":[])" + Type(kOciManifest) + "}",
            "the members are those of another"},
        Bad{R"({"schemaVersion":2,"manifests":null)" + Type(kOciManifest) + "}",
            "the members are those of another"},
        Bad{R"({"schemaVersion":1,"manifests":[]})", "schemaVersion: expected 2, found 1"},
        Bad{R"({"manifests":[]})", "schemaVersion: expected 2"},
        Bad{R"({"schemaVersion":2,"layers":[]})", "config: missing"},
        Bad{R"({"schemaVersion":2,"config":[]})", "config: expected an object"},
        Bad{R"({"schemaVersion":2,"config":)" + kEmpty + R"(,"layers":{}})", "layers: expected a list"},
        Bad{R"({"schemaVersion":2,"manifests":[1]})", "manifests[0]: expected an object"},
        Bad{R"({"schemaVersion":2,"manifests":[{"mediaType":"m","digest":"sha256:0","size":1}]})", "digest"},
        Bad{R"({"schemaVersion":2,"manifests":[{"mediaType":"m","digest":")" + kDigest + R"("}]})",
            "manifests[0].size: missing or negative"},
        Bad{R"({"schemaVersion":2,"manifests":[{"mediaType":"m","digest":")" + kDigest + R"(","size":-5}]})",
            "manifests[0].size: missing or negative"},
        Bad{R"({"schemaVersion":2,"manifests":[{"digest":")" + kDigest + R"(","size":1}]})", "mediaType"},
        Bad{Image(R"(,"annotations":[])"), "annotations: expected an object"},
        Bad{Image(R"(,"annotations":{"k":1})"), "the value of k is no string"},
        Bad{Image(R"(,"mediaType":5)"), "mediaType: expected a string"},
        Bad{Image(R"(,"subject":"x")"), "subject: expected an object"}, Bad{ManyLayers(1001), "layers"},
        Bad{Image(",\"x\":" + std::string(40, '[') + std::string(40, ']')), "", Reason::kLimitExceeded},
        Bad{Image(",\"x\":\"" + std::string(5 << 20, 'x') + "\""), "", Reason::kLimitExceeded}));

}  // namespace
}  // namespace chartseal::oci
