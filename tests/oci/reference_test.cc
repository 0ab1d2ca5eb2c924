#include "verifier/oci/reference.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;

const std::string kHex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const std::string kDigest = "sha256:" + kHex;

struct Good {
  std::string text, canonical, name, familiar;
};
class GoodReferenceTest : public testing::TestWithParam<Good> {};

TEST_P(GoodReferenceTest, HasOneCanonicalSpelling) {
  const auto reference = Reference::Parse(GetParam().text);
  ASSERT_TRUE(reference.ok()) << reference.status();
  EXPECT_EQ(reference->ToString(), GetParam().canonical);
  EXPECT_EQ(reference->Name(), GetParam().name);
  EXPECT_EQ(reference->FamiliarName(), GetParam().familiar);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoodReferenceTest,
    testing::Values(
        Good{"nginx", "index.docker.io/library/nginx:latest", "index.docker.io/library/nginx", "nginx"},
        Good{"nginx:1.25", "index.docker.io/library/nginx:1.25", "index.docker.io/library/nginx", "nginx"},
        Good{"grafana/loki", "index.docker.io/grafana/loki:latest", "index.docker.io/grafana/loki",
             "grafana/loki"},
        Good{"docker.io/nginx", "index.docker.io/library/nginx:latest", "index.docker.io/library/nginx",
             "nginx"},
        Good{"registry-1.docker.io/library/nginx", "index.docker.io/library/nginx:latest",
             "index.docker.io/library/nginx", "nginx"},
        Good{"docker.io/library/a/b", "index.docker.io/library/a/b:latest", "index.docker.io/library/a/b",
             "library/a/b"},
        Good{"ghcr.io/org/app:v1", "ghcr.io/org/app:v1", "ghcr.io/org/app", "ghcr.io/org/app"},
        Good{"GHCR.io/org/app:V1", "ghcr.io/org/app:V1", "ghcr.io/org/app", "ghcr.io/org/app"},
        Good{"ghcr.io:443/org/app:v1", "ghcr.io:443/org/app:v1", "ghcr.io/org/app", "ghcr.io:443/org/app"},
        Good{"ghcr.io:4430/org/app:v1", "ghcr.io:4430/org/app:v1", "ghcr.io:4430/org/app",
             "ghcr.io:4430/org/app"},
        Good{"localhost/app", "localhost/app:latest", "localhost/app", "localhost/app"},
        Good{"localhost:5000/a/b/c:x", "localhost:5000/a/b/c:x", "localhost:5000/a/b/c",
             "localhost:5000/a/b/c"},
        Good{"[::1]:5000/app:x", "[::1]:5000/app:x", "[::1]:5000/app", "[::1]:5000/app"},
        Good{"[fd00::1]/app:x", "[fd00::1]/app:x", "[fd00::1]/app", "[fd00::1]/app"},
        Good{"ghcr.io/a@" + kDigest, "ghcr.io/a@" + kDigest, "ghcr.io/a", "ghcr.io/a"},
        Good{"ghcr.io/a:t@" + kDigest, "ghcr.io/a:t@" + kDigest, "ghcr.io/a", "ghcr.io/a"},
        Good{"oci://ghcr.io/org/charts/app:1.2.3", "ghcr.io/org/charts/app:1.2.3", "ghcr.io/org/charts/app",
             "ghcr.io/org/charts/app"},
        Good{"oci://ghcr.io/org/app:1.2.3+build.5", "ghcr.io/org/app:1.2.3_build.5", "ghcr.io/org/app",
             "ghcr.io/org/app"},
        Good{"oci://registry/charts/app:1", "registry/charts/app:1", "registry/charts/app",
             "registry/charts/app"},
        Good{"oci://ghcr.io/org/app", "ghcr.io/org/app", "ghcr.io/org/app", "ghcr.io/org/app"},
        Good{"a.b/x__y/z--w.v_u", "a.b/x__y/z--w.v_u:latest", "a.b/x__y/z--w.v_u", "a.b/x__y/z--w.v_u"},
        Good{"localhost:5000", "index.docker.io/library/localhost:5000", "index.docker.io/library/localhost",
             "localhost"}));

struct BadText {
  std::string text, why;
};
class BadReferenceTest : public testing::TestWithParam<BadText> {};

TEST_P(BadReferenceTest, IsRefusedWithAReason) {
  const auto reference = Reference::Parse(GetParam().text);
  EXPECT_EQ(reference.status().code(), absl::StatusCode::kInvalidArgument) << GetParam().text;
  EXPECT_EQ(ReasonOf(reference.status()), Reason::kReferenceMalformed);
  EXPECT_THAT(Message(reference.status()), HasSubstr(GetParam().why)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadReferenceTest,
    testing::Values(
        BadText{"", "empty"}, BadText{"https://ghcr.io/a", "only the scheme oci:// is known"},
        BadText{"docker://ghcr.io/a", "only the scheme oci:// is known"},
        BadText{"oci://oci://ghcr.io/a", "only the scheme oci:// is known"},
        BadText{"oci://ghcr.io", "no repository after the host"}, BadText{"oci:///a", "the host is not"},
        BadText{"oci://ghcr.io/", "repository component \"\""},
        BadText{"ghcr.io/", "repository component \"\""}, BadText{"ghcr.io//a", "repository component \"\""},
        BadText{"ghcr.io/a/", "repository component \"\""},
        BadText{"ghcr.io/A", "repository component \"A\""},
        BadText{"Nginx", "repository component \"Nginx\""},
        BadText{"ghcr.io/a..b", "repository component \"a..b\""},
        BadText{"ghcr.io/a___b", "repository component \"a___b\""},
        BadText{"ghcr.io/a._b", "repository component \"a._b\""},
        BadText{"ghcr.io/-a", "repository component"}, BadText{"ghcr.io/a-", "repository component"},
        BadText{"ghcr.io/a/../b", "repository component \"..\""},
        BadText{"ghcr.io/a b", "repository component"}, BadText{"ghcr.io/a?b", "repository component"},
        BadText{"ghcr.io/a%2fb", "repository component"}, BadText{"ghcr.io/a:", "the tag is not"},
        BadText{"ghcr.io/a:.x", "the tag is not"}, BadText{"ghcr.io/a:-x", "the tag is not"},
        BadText{"ghcr.io/a:x+y", "the tag is not"}, BadText{"ghcr.io/a:x y", "the tag is not"},
        BadText{"ghcr.io/a:" + std::string(129, 't'), "the tag is not"},
        BadText{"ghcr.io/" + std::string(256, 'r'), "longer than 255"},
        BadText{"ghcr.io/" + std::string(2000, 'r'), "longer than a reference"},
        BadText{"ghcr.io/a@", "reference \"ghcr.io/a@\""},
        BadText{"ghcr.io/a@sha256:00", "reference \"ghcr.io/a@"},
        BadText{"ghcr.io/a@md5:d41d8cd98f00b204e9800998ecf8427e", "reference \"ghcr.io/a@md5"},
        BadText{"ghcr.io/a@" + kDigest + "0", "reference \"ghcr.io/a@"},
        BadText{"ghcr.io/a@" + kDigest + "@" + kDigest, "reference \"ghcr.io/a@"},
        BadText{"ghcr.io./a", "the host is not"}, BadText{"gh_cr.io/a", "the host is not"},
        BadText{"-ghcr.io/a", "the host is not"}, BadText{"ghcr.io:0/a", "the host is not"},
        BadText{"ghcr.io:99999/a", "the host is not"}, BadText{"ghcr.io:/a", "the host is not"},
        BadText{"ghcr.io:05000/a", "the host is not"},
        BadText{"user@ghcr.io/a", "reference \"user@ghcr.io/a\""}, BadText{"[::1/a", "the host is not"},
        BadText{"[::g]/a", "the host is not"}, BadText{std::string("[::1\0\0]/a", 9), "the host is not"},
        BadText{"[::1]x/a", "the host is not"}, BadText{"ghcr.io/a\n", "repository component \"a\\n\""},
        BadText{"ghcr.io/\xc3\xa4", "repository component"}));

TEST(ReferenceTest, KnowsWhereTheApiOfDockerHubIs) {
  EXPECT_EQ(Reference::Parse("nginx")->host(), "index.docker.io");
  EXPECT_EQ(Reference::Parse("nginx")->ApiHost(), "registry-1.docker.io");
  EXPECT_EQ(Reference::Parse("ghcr.io/a")->ApiHost(), "ghcr.io");
}

TEST(ReferenceTest, HasNoDefaultTagBesideADigestOrForCharts) {
  EXPECT_EQ(Reference::Parse("ghcr.io/a@" + kDigest)->tag(), std::nullopt);
  EXPECT_EQ(Reference::Parse("oci://ghcr.io/a")->tag(), std::nullopt);
  EXPECT_EQ(Reference::Parse("ghcr.io/a")->tag(), "latest");
}

TEST(ReferenceTest, CarriesOtherContentOfTheSameRepository) {
  const auto digest = *crypto::Digest::Parse(kDigest);
  const auto reference = *Reference::Parse("ghcr.io/a:t");
  EXPECT_EQ(reference.WithDigest(digest).ToString(), "ghcr.io/a:t@" + kDigest);
  EXPECT_EQ(reference.WithDigestOnly(digest).ToString(), "ghcr.io/a@" + kDigest);
  EXPECT_EQ(reference.WithDigest(digest).WithTag("u")->ToString(), "ghcr.io/a:u");
  EXPECT_THAT(Message(reference.WithTag("a/b").status()), HasSubstr("the tag is not"));
}

TEST(ReferenceTest, ParsesItsOwnCanonicalSpelling) {
  for (const std::string& text : std::vector<std::string>{
           "nginx", "ghcr.io/a/b:t", "localhost:1/x@sha256:" + kHex, "oci://registry/a"}) {
    const auto once = *Reference::Parse(text);
    EXPECT_EQ(*Reference::Parse("oci://" + once.ToString()), once);
  }
}

TEST(DigestTagTest, IsWhatCosignLooksFor) {
  const auto digest = *crypto::Digest::Parse(kDigest);
  EXPECT_EQ(DigestTag(digest), "sha256-" + kHex);
  EXPECT_EQ(DigestTag(digest, ".sig"), "sha256-" + kHex + ".sig");
  EXPECT_TRUE(IsTag(DigestTag(digest, ".att")));
}

}  // namespace
}  // namespace chartseal::oci
